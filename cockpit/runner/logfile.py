"""The output of a run on disk: raw redacted bytes, and beside them an index (offset, time, length) per chunk.

Never stops draining: where the disk refuses, bytes are counted and writing is tried again with the next chunk. Past the
cap the newest bytes are kept in memory and written at the end, so that the tail is never what is lost. The entries of
the index tile the log: what one of them could not date, the next one does.
Standard library only (the supervisor writes with it).
"""

import os
from pathlib import Path

from cockpit.runner import files
from cockpit.text.log_index import ENTRY

CAP = 4 << 30
TAIL = 1 << 20
HEADROOM = 64 << 20
"""Free bytes that a log leaves to the journal (a twentieth of a small disk): the newest output is kept in memory."""


class LogWriter:
    """Appends to `output.log` and `output.idx` of a run's folder; both are kept on adoption."""

    def __init__(self, directory: Path, cap: int = CAP) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._log = os.open(directory / files.LOG, flags, 0o600)
        self._index = os.open(directory / files.INDEX, flags, 0o600)
        self.size = os.fstat(self._log).st_size
        self.dropped = 0
        self._cap = cap
        self._tail = bytearray()
        self._dated = self._last_entry()
        """Bytes of the log that the index has."""

    def write(self, data: bytes, now: float) -> None:
        if not data:
            return
        if self.size >= self._cap:
            self._keep_tail(data)
            return
        if self._is_short():
            # The newest is kept in memory: the room that is left is the journal's.
            self._keep_tail(data)
            return
        if self._tail:
            self._write_tail()
        self.dropped += len(data) - self._append(data)
        self._date(now)

    def _is_short(self) -> bool:
        """True where the disk has so little room left that a log must leave it to the record."""
        try:
            disk = os.fstatvfs(self._log)
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize < min(HEADROOM, disk.f_blocks * disk.f_frsize // 20)

    def ends_with(self, data: bytes) -> bool:
        return os.pread(self._log, len(data), max(0, self.size - len(data))) == data

    def back_to(self, size: int) -> None:
        """Take back what was written behind this many bytes. Raises OSError."""
        if size < self.size:
            os.ftruncate(self._log, size)
            self.size = size
            self._dated = self._last_entry()

    def _append(self, data: bytes) -> int:
        """How many bytes the disk took."""
        done = 0
        while done < len(data):
            try:
                done += os.write(self._log, data[done:] if done else data)
            except OSError:
                break
        self.size += done
        return done

    def _date(self, now: float) -> None:
        if self._dated == self.size:
            return
        entry = ENTRY.pack(self._dated, now, self.size - self._dated)
        try:
            written = os.write(self._index, entry)
            if written == len(entry):
                self._dated = self.size
            else:
                os.ftruncate(self._index, os.fstat(self._index).st_size - written)
        except OSError:
            # The index only dates lines; the log itself is whole.
            return

    def _last_entry(self) -> int:
        """Where the index ends; a torn entry, and any past the end of the log, are cut off first."""
        have = os.fstat(self._index).st_size
        count, end = have // ENTRY.size, 0
        while count:
            offset, _, length = ENTRY.unpack(os.pread(self._index, ENTRY.size, (count - 1) * ENTRY.size))
            if (end := offset + length) <= self.size:
                break
            count, end = count - 1, 0
        if have != count * ENTRY.size:
            os.ftruncate(self._index, count * ENTRY.size)
        return int(end)

    def _keep_tail(self, data: bytes) -> None:
        self._tail += data
        if len(self._tail) >= 2 * TAIL:
            self.dropped += len(self._tail) - TAIL
            del self._tail[:-TAIL]

    def _write_tail(self) -> None:
        why = "the log had reached its cap" if self.size >= self._cap else "the disk was nearly full"
        mark = b"\n[cockpit: %d bytes left out here, %s]\n" % (self.dropped, why.encode())
        written = self._append((mark if self.dropped else b"") + self._tail)
        self.dropped += len(self._tail) - max(0, written - (len(mark) if self.dropped else 0))
        self._tail.clear()

    def close(self, now: float) -> None:
        """The kept tail goes to the disk, after a line that says what is missing; everything is synced."""
        if self._tail:
            self._write_tail()
        self._date(now)
        for fd in (self._log, self._index):
            try:
                os.fsync(fd)
            except OSError:
                continue
            finally:
                os.close(fd)
