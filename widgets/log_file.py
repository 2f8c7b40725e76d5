"""Reading a log file in pieces: the only place where the log view touches the disk."""

import os
from pathlib import Path
from typing import Protocol

Span = tuple[int, int]
"""A line as offsets in the file: its first byte, and the byte after its last one (the newline is not in it)."""


class Reader(Protocol):
    """What the index, the filter and the view need of a file."""

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer at the end, none where the file cannot be read."""
        ...


class LogFile:
    """A file that another process appends to. It may be missing, be truncated, or be replaced at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        """Bytes, as of the last `refresh`."""
        self._fd = -1
        self._identity: tuple[int, int] | None = None

    def refresh(self) -> bool:
        """Look at the file again. False where what was read is no longer true: it is another file, or shorter."""
        try:
            found = self.path.stat()
        except OSError:
            # Gone from its place: what is open can still be shown, a file that was never there stays empty.
            return True
        identity = (found.st_dev, found.st_ino)
        same = identity == self._identity and found.st_size >= self.size
        first = self._identity is None
        if identity != self._identity and not self._open():
            return True
        self._identity = identity
        self.size = found.st_size
        return same or first

    def _open(self) -> bool:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return False
        self.close()
        self._fd = fd
        return True

    def read(self, offset: int, length: int) -> bytes:
        if self._fd < 0 or length <= 0:
            return b""
        try:
            return os.pread(self._fd, length, offset)
        except OSError:
            return b""

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
        self._identity = None
