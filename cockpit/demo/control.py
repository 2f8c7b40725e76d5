"""The platform's control service on loopback: the scripts of the shop ask it, with a token."""

import hmac
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Action = Callable[[Body], Body]
_LIMIT = 64 * 1024


class Control:
    """Answers `METHOD /path` with the JSON that the action returns; an action's ValueError is a 409 in its words."""

    def __init__(self, token: str, actions: dict[str, Action]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        _Handler.token, _Handler.actions = token, actions
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further calls."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    token: str
    actions: dict[str, Action]

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """The platform logs what it does, not who asked."""

    def _handle(self) -> None:
        if not hmac.compare_digest(self.headers.get("Authorization", ""), self.token):
            self._answer(403, {"error": "wrong token"})
            return
        action = self.actions.get(f"{self.command} {self.path}")
        if action is None:
            self._answer(404, {"error": f"no such call: {self.command} {self.path}"})
            return
        try:
            length = min(int(self.headers.get("Content-Length") or 0), _LIMIT)
            body = json.loads(self.rfile.read(length) or b"{}")
            self._answer(200, action(body))
        except (ValueError, KeyError, TypeError) as error:
            self._answer(409, {"error": str(error)})

    def _answer(self, status: int, body: Body) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
