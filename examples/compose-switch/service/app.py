"""The bakery: a page and a health address. `FAILS_AFTER=3` in service/settings.env: a release that tires."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LINES = (Path(__file__).parent / "settings.env").read_text().split()
SETTINGS = dict(line.split("=", 1) for line in LINES)


class Bakery(BaseHTTPRequestHandler):
    served = 0
    """Customers so far; the health check of Compose comes to the container itself and is none."""

    def do_GET(self) -> None:
        Bakery.served += "X-Through-The-Proxy" in self.headers
        tired = Bakery.served > int(SETTINGS.get("FAILS_AFTER", sys.maxsize))
        self.send_response(503 if tired else 200)
        self.end_headers()
        self.wfile.write(f"Bakery {SETTINGS['VERSION']}\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Nobody reads it here."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bakery)
    print(server.server_address[1], flush=True)
    server.serve_forever()
