"""The output of a run on disk: raw redacted bytes, and beside them an index (offset, time, length) per chunk.

Never stops draining: where the disk refuses, bytes are counted and writing is tried again with the next chunk. Past the
cap the newest bytes are kept in memory and written at the end, so that the tail is never what is lost.
Standard library only (the supervisor writes with it).
"""

import os
import struct
from collections import deque
from pathlib import Path

from cockpit.runner import files

ENTRY = struct.Struct("<QdI")
"""One index entry: offset in the log, Unix time, bytes."""
CAP = 4 << 30
TAIL = 1 << 20


class LogWriter:
    """Appends to `output.log` and `output.idx` of a run's folder; both are kept on adoption."""

    def __init__(self, directory: Path, cap: int = CAP) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._log = os.open(directory / files.LOG, flags, 0o600)
        self._index = os.open(directory / files.INDEX, flags, 0o600)
        self.size = os.fstat(self._log).st_size
        self.dropped = 0
        self._cap = cap
        self._tail: deque[bytes] = deque()
        self._tail_size = 0

    def write(self, data: bytes, now: float) -> None:
        if not data:
            return
        if self.size >= self._cap:
            self._keep_tail(data)
            return
        written = self._append(data)
        self.dropped += len(data) - written
        if written:
            self._note(now, written)

    def _append(self, data: bytes) -> int:
        """How many bytes the disk took."""
        done = 0
        while done < len(data):
            try:
                done += os.write(self._log, data[done:] if done else data)
            except OSError:
                break
        return done

    def _note(self, now: float, length: int) -> None:
        entry = ENTRY.pack(self.size, now, length)
        self.size += length
        try:
            written = os.write(self._index, entry)
            if written != len(entry):
                os.ftruncate(self._index, os.fstat(self._index).st_size - written)
        except OSError:
            # The index only dates lines; the log itself is whole.
            return

    def _keep_tail(self, data: bytes) -> None:
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail and self._tail_size - len(self._tail[0]) >= TAIL:
            gone = self._tail.popleft()
            self._tail_size -= len(gone)
            self.dropped += len(gone)

    def close(self, now: float) -> None:
        """The kept tail goes to the disk, after a line that says what is missing; everything is synced."""
        if self._tail:
            kept = b"".join(self._tail)
            mark = b"\n[cockpit: %d bytes left out here, the log had reached its cap]\n" % self.dropped
            written = self._append(mark + kept)
            self.dropped += len(kept) - max(0, written - len(mark))
            if written:
                self._note(now, written)
        for fd in (self._log, self._index):
            try:
                os.fsync(fd)
            except OSError:
                continue
            finally:
                os.close(fd)
