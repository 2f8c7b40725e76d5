"""A way to a TCP server on loopback that can be cut, or that stops forwarding while its ends stay connected."""

import contextlib
import socket
import threading
from typing import Literal, Self

Mode = Literal["open", "stalled", "cut", "deaf"]
"""`stalled`: nothing goes either way; `cut`: connections end, new ones are refused; `deaf`: what the server answers is
dropped, and the connection ends then."""


class Proxy:
    """Use it as a context manager; `port` is where to connect to. `bytes_per_second`: of the way there; 0: as fast as
    it goes."""

    def __init__(self, target: int, *, bytes_per_second: float = 0.0) -> None:
        self._pace = bytes_per_second
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._mode: Mode = "open"
        self._changed = threading.Condition()
        self._lines: set[socket.socket] = set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._closed = True
        self.set("cut")
        self._listener.close()

    def set(self, mode: Mode) -> None:
        with self._changed:
            self._mode = mode
            self._changed.notify_all()
            if mode == "cut":
                for line in list(self._lines):
                    self._end(line)

    def dsn(self, dsn: str) -> str:
        """The same address through this proxy."""
        return dsn.replace(f":{self._target}/", f":{self.port}/")

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                refused = self._mode == "cut"
            if refused:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._lines |= {near, far}
            threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65536):
                with self._changed:
                    while self._mode == "stalled":
                        self._changed.wait()
                    deaf = self._mode == "deaf" and answers
                if deaf:
                    break
                if self._pace and not answers:
                    # The line itself is slow: this is what is played, not a way to wait for something.
                    threading.Event().wait(len(data) / self._pace)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for line in (source, sink):
                self._end(line)

    def _end(self, line: socket.socket) -> None:
        self._lines.discard(line)
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()
