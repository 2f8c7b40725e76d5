"""A person's own terminal, put through to the pseudo-terminal of an interactive step, and taken back."""

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import termios
import tty
from pathlib import Path

DETACH = b"\x1d"
"""ctrl-] leaves the step running; so does `~.` at the beginning of a line, for keyboards whose ctrl keys are eaten."""
CHUNK = 1 << 15


def attach(path: Path, said_before: bytes = b"") -> str:
    """Put standard input and output through until the step ends or the person leaves; gives why it ended.

    `said_before`: the end of the output so far, with the question that waits for an answer.

    Raises OSError where the step's terminal cannot be reached.
    """
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(str(path))
    stdin = sys.stdin.fileno()
    before = termios.tcgetattr(stdin)
    _say("\r\n[cockpit: this terminal now belongs to the step. ctrl-] or ~. on a new line: back to the cockpit]\r\n")
    resized = _Resizes()
    try:
        tty.setraw(stdin)
        _send_size(line)
        _write_all(sys.stdout.fileno(), said_before)
        return _shuttle(line, stdin, resized)
    finally:
        resized.stop()
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)
        line.close()


class _Resizes:
    """SIGWINCH as a readable descriptor."""

    def __init__(self) -> None:
        self.read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._old = signal.signal(signal.SIGWINCH, self._note)

    def _note(self, number: int, frame: object) -> None:
        with contextlib.suppress(OSError):
            os.write(self._write, b"w")

    def stop(self) -> None:
        signal.signal(signal.SIGWINCH, self._old)
        os.close(self.read)
        os.close(self._write)


def _shuttle(line: socket.socket, stdin: int, resized: _Resizes) -> str:
    typed_line = b""
    while True:
        ready, _, _ = select.select([line.fileno(), stdin, resized.read], [], [])
        if resized.read in ready:
            os.read(resized.read, 64)
            _send_size(line)
        if line.fileno() in ready:
            data = line.recv(CHUNK)
            if not data:
                return "the step has finished"
            _write_all(sys.stdout.fileno(), data)
        if stdin in ready:
            data = os.read(stdin, 1024)
            typed_line = (typed_line + data).rpartition(b"\r")[2][-8:]
            if not data or DETACH in data or typed_line == b"~.":
                return "detached; the step keeps running"
            with contextlib.suppress(BrokenPipeError):
                line.sendall(b"d" + len(data).to_bytes(2, "big") + data)


def _send_size(line: socket.socket) -> None:
    size = shutil.get_terminal_size()
    payload = size.lines.to_bytes(2, "big") + size.columns.to_bytes(2, "big")
    with contextlib.suppress(OSError):
        line.sendall(b"w" + len(payload).to_bytes(2, "big") + payload)


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _say(text: str) -> None:
    _write_all(sys.stdout.fileno(), text.encode())
