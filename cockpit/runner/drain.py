"""From the command's output FIFO to the log, so that no death of a supervisor loses a byte or writes one twice.

A chunk is looked at in the FIFO (tee), redacted, moved by one system call into a second FIFO (splice), written to the
log, and then dropped. The wrapper of the command holds both FIFOs open. Who adopts the run finds in the second one what
was on its way, behind the length that the log had before: the log goes back to that length and gets the chunk again.
What could begin a secret stays in the first FIFO until it is known. Linux, standard library only.
"""

import contextlib
import fcntl
import os
import select
import struct
import time
from collections.abc import Callable

from cockpit.runner.logfile import LogWriter
from cockpit.runner.redact import MASK, Redactor

CHUNK = 1 << 16
PIPE_SIZE = 1 << 20
F_SETPIPE_SZ = 1031
F_GETPIPE_SZ = 1032
SPLICE_F_NONBLOCK = 2
_LENGTH = struct.Struct("<Q")
_TRIES = 10

Tee = Callable[[int, int, int], int]
"""From, to, at most: bytes that are in both now. Raises OSError."""


def pipe() -> tuple[int, int]:
    """A pipe that nobody waits at and no child inherits; macOS has no pipe2."""
    ends = os.pipe()
    for fd in ends:
        os.set_blocking(fd, False)
    return ends


def widen(fd: int) -> None:
    """A pipe with room for a command that says much at once, as far as the system allows."""
    try:
        fcntl.fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE)
    except OSError:
        return


def system_tee() -> Tee | None:
    """tee(2), which Python does not have. None where the system has no such thing."""
    if not hasattr(os, "splice"):
        return None
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)

    def tee(source: int, target: int, most: int) -> int:
        done = int(library.tee(source, target, ctypes.c_size_t(most), SPLICE_F_NONBLOCK))
        if done < 0:
            raise OSError(ctypes.get_errno(), "tee")
        return done

    return tee


class Drain:
    """Between two FIFOs and a log. What it says it has taken is in the log or counted there as dropped."""

    def __init__(self, out: int, pending: int, redactor: Redactor, log: LogWriter, tee: Tee) -> None:
        self._out = out
        self._pending = pending
        self._redactor = redactor
        self._log = log
        self._tee = tee
        self._unread = 0
        """Bytes that were looked at and could not be read."""
        self._look_read, self._look_write = pipe()
        for fd in (out, pending, self._look_write):
            widen(fd)
        self._room = min(fcntl.fcntl(fd, F_GETPIPE_SZ) for fd in (out, pending, self._look_write)) // 2
        self.fits = redactor.longest < self._room
        """False where a secret is longer than a pipe: nothing of it could be held back there."""
        self.held = 0
        """Bytes in the output FIFO that wait for what comes behind them."""
        self._left = b""
        """What is in the pending FIFO and not yet in the log."""
        self._to_drop = 0
        """Bytes in the pending FIFO, with the length before them."""
        self._covered = 0
        self._full = 0
        self._take_over()

    @property
    def _most(self) -> int:
        """Bytes that are looked at together."""
        return min(self._room, max(CHUNK, 2 * self._redactor.longest))

    def _take_over(self) -> None:
        """What another supervisor left on its way."""
        found = self._look(self._pending, PIPE_SIZE)
        self._to_drop = len(found)
        if len(found) > _LENGTH.size:
            self._log.back_to(_LENGTH.unpack_from(found)[0])
            self._left = found[_LENGTH.size :]
        elif found:
            self._drop()
        if self._log.ends_with(MASK):
            self._covered = self._redactor.overlap(self._left + self._look(self._out, self._most))

    def step(self, *, final: bool = False) -> bool:
        """One chunk to the log; False where there was nothing new. Raises OSError; the next call goes on from there."""
        if self._to_drop and not self._left:
            self._drop()
        seen = self._look_or_take()
        buffer = self._left + seen
        final = final or self._stuck(buffer)
        if not buffer or (len(buffer) == self.held and not final):
            return False
        clean, used, covered = self._redactor.take(buffer, self._covered, final=final)
        if used < max(1, len(self._left)):
            self.held = len(buffer)
            return False
        self._move(buffer, used)
        self.held, self._covered, self._left = len(buffer) - used, covered, b""
        self._log.write(clean, time.time())
        self._drop()
        return True

    def finish(self) -> None:
        """Everything that is there, also what could have begun a secret."""
        for _ in range(_TRIES):
            try:
                while self.step():
                    pass
                self.step(final=True)
            except OSError:
                continue
            if not select.select([self._out], [], [], 0)[0]:
                return

    def _stuck(self, buffer: bytes) -> bool:
        """The pipe is full of what is held back, and stays so: nothing can come that would decide it."""
        full = 0 < len(buffer) == self.held and not select.select([], [self._out], [], 0)[1]
        self._full = self._full + 1 if full else 0
        return self._full > _TRIES

    def _look(self, fd: int, most: int) -> bytes:
        """The bytes in a FIFO; they stay there. Raises OSError."""
        if self._unread:
            self._unread -= len(os.read(self._look_read, self._unread))
        try:
            self._unread = self._tee(fd, self._look_write, most)
        except BlockingIOError:
            return b""
        data = os.read(self._look_read, self._unread) if self._unread else b""
        self._unread = 0
        return data

    def _look_or_take(self) -> bytes:
        """Where the system cannot look: never stop draining, what is read is then in our hands alone."""
        try:
            return self._look(self._out, self._most)
        except OSError:
            with contextlib.suppress(BlockingIOError):
                self._left += os.read(self._out, self._most)
            return b""

    def _move(self, buffer: bytes, used: int) -> None:
        """These bytes of the buffer from the output FIFO to the pending one."""
        if not self._to_drop:
            self._to_drop = os.write(self._pending, _LENGTH.pack(self._log.size))
        while len(self._left) < used:
            wanted = used - len(self._left)
            try:
                moved = os.splice(self._out, self._pending, wanted)
                self._to_drop += moved
            except OSError:
                # No room, or no memory.
                moved = len(os.read(self._out, wanted))
            self._left = buffer[: len(self._left) + moved]

    def close(self) -> None:
        """The FIFOs are the supervisor's."""
        for fd in (self._look_read, self._look_write):
            os.close(fd)

    def _drop(self) -> None:
        self._to_drop -= len(os.read(self._pending, self._to_drop))
