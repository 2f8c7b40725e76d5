"""The output of what outlives its script: read on for as long as anything holds the pipe. Standard library only.

A service that a step starts with `nohup app &` keeps the step's pipe as its output, and `nohup` cannot help: that is no
terminal. With nobody at the other end it would stop in a write once the pipe is full, hours after the deploy.
"""

import contextlib
import os
import select
from pathlib import Path

from cockpit.runner import files
from cockpit.runner.redact import Redactor

CAP = 1 << 20
"""Bytes of `left.log`; the same again is kept of what came before, as `left.log.1`."""
_CHUNK = 1 << 16
_HELD_SECONDS = 1.0
"""What could begin a secret is written after this time without anything behind it."""


def read_on(directory: Path, redactor: Redactor, own: int) -> None:
    """Return when no process holds the pipe any more; at once where none does. `own`: our end of it, closed here."""
    try:
        # For reading alone: a descriptor that can also write would hide the end of the others.
        source = os.open(directory / files.OUT, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    os.close(own)
    log = _Newest(directory / files.LEFT)
    while True:
        ready = select.select([source], [], [], _HELD_SECONDS)[0]
        if not ready:
            log.write(redactor.feed(b"", final=True))
            continue
        try:
            data = os.read(source, _CHUNK)
        except BlockingIOError:
            continue
        except OSError:
            return None
        if not data:
            return log.write(redactor.feed(b"", final=True))
        log.write(redactor.feed(data))


class _Newest:
    """A log that never grows past twice its cap. What the disk refuses is dropped: reading on comes first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._size = 0

    def write(self, data: bytes) -> None:
        if not data:
            return
        with contextlib.suppress(OSError):
            if self._fd < 0 or self._size >= CAP:
                self._begin()
            self._size += os.write(self._fd, data)

    def _begin(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._size = 0
