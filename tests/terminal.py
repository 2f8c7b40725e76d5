"""A real terminal for tests: a program on a pseudo-terminal, its screen read by a terminal emulator (pyte)."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte

from cockpit.deploy.actions import named

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "backspace": "\x7f",
}
# Textual answers to what it asked for; an emulator that knows no kitty keyboard must not show its questions.
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][\d;]*[a-zA-Z]?u|\x1b\[>[\d;]*[a-zA-Z]|\x1bP[^\x1b]*\x1b\\|\x1b\[\?\d+\$p")


class Terminal:
    """Runs `argv` in `columns` x `rows`. Use as a context manager; what it started is ended on leaving."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd or Path.cwd())
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it, as nohup does
            # COLUMNS and LINES of whoever runs the tests would win over the size of this terminal.
            have = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
            os.execvpe(argv[0], list(argv), {**have, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})})
        self._size(columns, rows)
        self.status: int | None = None
        self.sent = 0
        """Bytes that the program has sent to the terminal."""
        self.tail = b""
        """The last of them, as they came."""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill(signal.SIGKILL)
        if self._fd >= 0:
            os.close(self._fd)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self._size(columns, rows)

    def press(self, *keys: str) -> None:
        """Named keys, or text as it is."""
        for key in keys:
            os.write(self._fd, KEYS.get(key, key).encode())

    def read(self, seconds: float = 0.05) -> bool:
        """Take in what the program wrote; False once it is gone."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.sent += len(data)
        self.tail = (self.tail + data)[-(1 << 16) :]
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return bool(data)

    def read_all(self, seconds: float = 0.05) -> bool:
        """As `read`, and whatever else has come already."""
        alive = self.read(seconds)
        while alive and select.select([self._fd], [], [], 0)[0]:
            alive = self.read(0)
        return alive

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, seconds: float = 30.0) -> str:
        """The screen once the pattern is on it; AssertionError with the screen where it never comes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            alive = self.read()
            if re.search(pattern, self.text):
                assert not named(self.text), "an action is shown as its key"
                return self.text
            if not alive:
                break
        raise AssertionError(f"{pattern!r} never came within {seconds:g} s. The screen:\n{self.text}")

    def at_rest(self, looks: int = 12) -> None:
        """Until the screen has been the same for so many looks: a frame in between is no picture of anything."""
        same = 0
        while same < looks:
            before = self.text
            self.read(0.05)
            same = same + 1 if self.text == before else 0

    def wait_exit(self, seconds: float = 30.0) -> int:
        """The exit status."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(0.05)
            if self._reap():
                while self.read(0.05) and select.select([self._fd], [], [], 0)[0]:
                    pass
                assert self.status is not None
                return self.status
        raise AssertionError(f"still running after {seconds:g} s. The screen:\n{self.text}")

    @property
    def restored(self) -> bool:
        """As it was before the program: the usual screen, the cursor shown, lines and echo as a shell wants them."""
        flags = termios.tcgetattr(self._fd)[3]
        usual = self.tail.rfind(b"\x1b[?1049l") > self.tail.rfind(b"\x1b[?1049h")
        return usual and not self._screen.cursor.hidden and bool(flags & termios.ECHO) and bool(flags & termios.ICANON)

    def hang_up(self, seconds: float = 30.0) -> int:
        """The terminal goes away, as with a lost connection; the exit status of the program."""
        os.close(self._fd)
        self._fd = -1
        until = time.monotonic() + seconds
        while not self._reap():
            if time.monotonic() > until:
                raise AssertionError(f"still running {seconds:g} s after its terminal was gone")
            time.sleep(0.01)
        assert self.status is not None
        return self.status

    def _reap(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the signal to the program, and for SIGKILL wait until it is gone."""
        if self._reap():
            return
        os.kill(self.pid, number)
        if number == signal.SIGKILL:
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
