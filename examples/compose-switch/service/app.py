"""The bakery: a page and a health address. `TIRES_AFTER=1` in service/settings.env: well until customers come."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LINES = (Path(__file__).parent / "settings.env").read_text().split()
SETTINGS = dict(line.split("=", 1) for line in LINES)


class Bakery(BaseHTTPRequestHandler):
    served = 0

    def do_GET(self) -> None:
        Bakery.served += self.path == "/"
        tired = Bakery.served >= int(SETTINGS.get("TIRES_AFTER", sys.maxsize))
        self.send_response(503 if tired and self.path == "/health" else 200)
        self.end_headers()
        self.wfile.write(f"Bakery {SETTINGS['VERSION']}\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Nobody reads it here."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bakery)
    print(server.server_address[1], flush=True)
    server.serve_forever()
