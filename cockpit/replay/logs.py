"""The log of a run as it was at a moment: the index beside it says how much had been written by then."""

from array import array
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cockpit.text.log_index import ENTRY
from widgets.log_file import LogFile

BLOCK = 1024
"""Index entries per remembered time; one lookup reads so many at most."""


class Written(NamedTuple):
    """What the index says of a moment."""

    size: int
    """Bytes of the log."""
    at: float | None
    """When the last of them came, Unix time; None before the first."""


class LogIndex:
    """Looks moments up in an index that may have a million entries, and may still grow.

    The newest time of each block is kept, as far as moments have been asked for; a clock that jumped back leaves later
    entries older than the ones before, so times count as the newest so far.
    """

    def __init__(self, log: Path, *, block: int = BLOCK) -> None:
        self._file = LogFile(log.with_suffix(".idx"))
        self._block = block
        self._newest = array("d")

    def written(self, moment: float) -> Written | None:
        """How much had been written; None where there is no index."""
        if not self._file.refresh():
            self._newest = array("d")
        if self._file.size < ENTRY.size:
            return None
        place = bisect_right(self._newest, moment)
        while place == len(self._newest):
            entries = self._read(place)
            if len(entries) < self._block:
                return self._within(place, entries, moment)
            before = self._newest[-1] if self._newest else float("-inf")
            self._newest.append(max(before, max(entry[1] for entry in entries)))
            place += self._newest[-1] <= moment
        return self._within(place, self._read(place), moment)

    def _read(self, place: int) -> list[tuple[int, float, int]]:
        """The entries of one block; the last block is shorter."""
        start = place * self._block * ENTRY.size
        data = self._file.read(start, min(self._block * ENTRY.size, self._file.size - start))
        return list(ENTRY.iter_unpack(data[: len(data) // ENTRY.size * ENTRY.size]))

    def _within(self, place: int, entries: list[tuple[int, float, int]], moment: float) -> Written:
        """Up to the first entry that came later."""
        last = self._read(place - 1)[-1] if place else None
        newest = self._newest[place - 1] if place else float("-inf")
        for entry in entries:
            if entry[1] > moment:
                break
            last, newest = entry, max(newest, entry[1])
        return Written(last[0] + last[2], newest) if last is not None else Written(0, None)

    def close(self) -> None:
        self._file.close()
        self._newest = array("d")


class PastLog(LogFile):
    """A log that ends where it ended at a moment. `clock` gives that moment, Unix time.

    `ended`: when the run was over, from when on all of it is there; infinite while it runs. Without an index the log is
    empty until then, or until `last`, the end of the record.
    """

    def __init__(self, path: Path, clock: Callable[[], float], *, ended: float, last: float) -> None:
        super().__init__(path)
        self._clock = clock
        self._ended, self._last = ended, last
        self._index = LogIndex(path)
        self.spoke_at: float | None = None
        """When the last byte came that is shown; None where that is not known."""

    def refresh(self) -> bool:
        """Look again. False where less is there than before: the moment is an earlier one."""
        before, moment = self.size, self._clock()
        same = super().refresh()
        written = self._index.written(moment)
        self.spoke_at = written.at if written is not None else None
        if moment < self._ended:
            unknown = self.size if moment >= self._last else 0
            self.size = min(self.size, written.size if written is not None else unknown)
        return same and self.size >= before

    def read(self, offset: int, length: int) -> bytes:
        return super().read(offset, min(length, self.size - offset))

    def close(self) -> None:
        super().close()
        self._index.close()
