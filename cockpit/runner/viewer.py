"""People at the pseudo-terminal of an interactive run: frames in, bytes out. Standard library only.

Frames from an attached screen: kind (`d` typed bytes, `w` rows and columns as two bytes each), two bytes of length, the
bytes. What the command says goes the other way as it is.
"""

import socket

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
