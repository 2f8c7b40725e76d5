"""When a line was written, from the index file that the runner keeps beside the log."""

from datetime import UTC, datetime
from pathlib import Path

from cockpit.text.log_index import ENTRY
from widgets.log_file import LogFile


class Times:
    """Looks entries up by bisecting the file; nothing of it is kept."""

    def __init__(self, log: Path) -> None:
        self._file = LogFile(log.with_suffix(".idx"))

    def refresh(self) -> None:
        """Take notice of new entries."""
        self._file.refresh()

    def at(self, offset: int) -> float | None:
        """Unix time of the chunk that has that byte of the log; None where no entry covers it."""
        low, high = 0, self._file.size // ENTRY.size
        while low < high:
            middle = (low + high) // 2
            entry = self._file.read(middle * ENTRY.size, ENTRY.size)
            if len(entry) < ENTRY.size:
                return None
            start, when, length = ENTRY.unpack(entry)
            if start > offset:
                high = middle
            elif start + length <= offset:
                low = middle + 1
            else:
                return float(when)
        return None

    def clock(self, offset: int) -> str:
        """`HH:MM:SS` in UTC, or nothing."""
        when = self.at(offset)
        try:
            return f"{datetime.fromtimestamp(when, UTC):%H:%M:%S}" if when is not None else ""
        except (ValueError, OverflowError, OSError):
            return ""

    def close(self) -> None:
        self._file.close()
