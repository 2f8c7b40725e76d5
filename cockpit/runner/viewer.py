"""The pseudo-terminal of an interactive run and the people at it: frames in, bytes out. Standard library only.

Frames from an attached screen: kind (`d` typed bytes, `w` rows and columns as two bytes each), two bytes of length, the
bytes. What the command says goes the other way as it is.
"""

import contextlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cockpit.runner import child

CHUNK = 1 << 16
MOST = 1 << 20
"""A screen that is this many bytes behind is let go: it attaches again and reads the log."""


class Viewer:
    """One attached screen; never waits for it."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._typed = b""
        self._unsent = bytearray()

    def fileno(self) -> int:
        return self._connection.fileno()

    @property
    def behind(self) -> bool:
        """True while it has not taken everything."""
        return bool(self._unsent)

    def frames(self) -> list[tuple[bytes, bytes]] | None:
        """What was typed since the last call, whole frames only; None when it has gone."""
        try:
            data = self._connection.recv(1 << 16)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        self._typed += data
        found: list[tuple[bytes, bytes]] = []
        while len(self._typed) >= 3:
            end = 3 + int.from_bytes(self._typed[1:3], "big")
            if len(self._typed) < end:
                break
            found.append((self._typed[:1], self._typed[3:end]))
            self._typed = self._typed[end:]
        return found

    def show(self, data: bytes) -> bool:
        """Send, and keep what it does not take now. False when it has gone or is too far behind."""
        self._unsent += data
        try:
            while self._unsent:
                del self._unsent[: self._connection.send(self._unsent)]
        except BlockingIOError:
            return len(self._unsent) <= MOST
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._connection.close()


class Terminal:
    """The near side of the command's terminal, and a socket where screens attach and leave as they like."""

    def __init__(self, path: Path) -> None:
        self.fd = -1
        """Closed once the command's side is: there is no more to come."""
        self._path = path
        self._viewers: list[Viewer] = []
        self._typed = bytearray()
        """What people typed and the command has not taken."""
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(4)
        self._listener.setblocking(False)

    def watched(self) -> list[Any]:
        """What may have something for us."""
        return [self._listener, *self._viewers]

    def waiting(self) -> list[Any]:
        """Whom we have something for."""
        behind: list[Any] = [viewer for viewer in self._viewers if viewer.behind]
        return [*behind, self.fd] if self._typed and self.fd >= 0 else behind

    def serve(self, ready: Sequence[Any]) -> None:
        for one in ready:
            if one is self._listener:
                with contextlib.suppress(OSError):
                    self._viewers.append(Viewer(self._listener.accept()[0]))
            elif isinstance(one, Viewer) and one in self._viewers:
                self._attend(one)
        self._type()

    def read(self) -> bytes:
        """What the command says; nothing at the end. Raises BlockingIOError."""
        try:
            return os.read(self.fd, CHUNK)
        except BlockingIOError:
            raise
        except OSError:
            os.close(self.fd)
            self.fd = -1
            return b""

    def show(self, data: bytes) -> None:
        for viewer in list(self._viewers):
            if not viewer.show(data):
                self._forget(viewer)

    def close(self) -> None:
        for viewer in list(self._viewers):
            self._forget(viewer)
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _attend(self, viewer: Viewer) -> None:
        frames = viewer.frames()
        if frames is None or self.fd < 0 or not viewer.show(b""):
            self._forget(viewer)
            return
        for kind, payload in frames:
            if kind == b"d":
                self._typed += payload
            elif kind == b"w" and len(payload) == 4:
                with contextlib.suppress(OSError):
                    child.resize(self.fd, int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:], "big"))

    def _type(self) -> None:
        """As much of what was typed as the command's terminal takes now."""
        if not self._typed or self.fd < 0:
            return
        try:
            del self._typed[: os.write(self.fd, self._typed[:CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            self._typed.clear()

    def _forget(self, viewer: Viewer) -> None:
        self._viewers.remove(viewer)
        viewer.close()
