"""What a load balancer says when nothing is behind it: 503 to everybody."""

import selectors
import socket
import threading

_BODY = b"no instance is answering\n"
_ANSWER = b"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)


class Unavailable:
    """Answers the public socket while no release does."""

    def __init__(self, public: socket.socket) -> None:
        self._public = public
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the process that answered before must be gone."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leave the socket to the next release; returns when nothing more is taken from it."""
        if self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._public, selectors.EVENT_READ)
            while not self._stop.is_set():
                if selector.select(0.05):
                    self._answer_one()

    def _answer_one(self) -> None:
        try:
            connection, _ = self._public.accept()
        except OSError:
            return
        with connection:
            try:
                connection.settimeout(0.5)
                connection.recv(4096)  # unread input would turn our answer into a reset
                connection.sendall(_ANSWER)
            except OSError:
                return
