"""Production of this example: what Docker and the proxy would do, with a process for each colour."""

import contextlib
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Colours:
    """The containers: colour -> its process and port. `up`, `stop`, `ps` and `config` as Compose understands them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.running: dict[str, tuple[subprocess.Popen[str], int]] = {}

    def compose(self, line: str) -> str:
        """What it prints. Raises ValueError for words that it does not know."""
        command, *words = line.split()
        names = [word for word in words if not word.startswith("--")]
        if command == "config":
            return ""
        if command == "ps":
            return "".join(f"{name}: port {port}, running\n" for name, (_, port) in self.running.items())
        if command == "stop":
            return "".join(self.stop(name) for name in names)
        if command == "up":
            return "".join(self.stop(name) + self.start(name) for name in names)
        raise ValueError(f"compose {command}: not known to the stand-in")

    def start(self, name: str) -> str:
        command = [sys.executable, str(self.root / "service" / "app.py"), "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        port = int(process.stdout.readline())  # it is open when it says its port
        self.running[name] = (process, port)
        return f"{name}: healthy\n"

    def stop(self, name: str) -> str:
        if name not in self.running:
            return ""
        process, _ = self.running.pop(name)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        return f"{name}: stopped\n"


class _Door(BaseHTTPRequestHandler):
    colours: Colours

    def do_POST(self) -> None:
        """Of Docker's daemon."""
        words = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            self._say(200, self.colours.compose(words))
        except ValueError as error:
            self._say(400, str(error))

    def do_GET(self) -> None:
        """Of the proxy."""
        live = (self.colours.root / "run" / "live").read_text().strip()
        try:
            _, port = self.colours.running[live]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{self.path}", timeout=5) as answer:
                self._say(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            self._say(error.code, error.read().decode())
        except (OSError, KeyError):
            self._say(502, f"{live} does not answer\n")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """The rehearsal's output is the deploy's."""


@contextlib.contextmanager
def stand_in(root: Path) -> Iterator[dict[str, str]]:
    """Blue runs and has the customers, for as long as the block; gives the variables that the deploy needs."""
    (root / "run" / "live").write_text("blue\n")
    colours = Colours(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"colours": colours}))
    try:
        settings = root / "service" / "settings.env"
        new = settings.read_text()
        settings.write_text("VERSION=2.0\n")
        colours.start("blue")
        settings.write_text(new)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        yield {"ADDRESS": address, "HEALTH": f"{address}/health", "COMPOSE_STAND_IN": address}
        server.shutdown()
    finally:
        server.server_close()
        for name in list(colours.running):
            colours.stop(name)
