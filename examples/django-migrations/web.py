"""The application: its health is an answer from the database, with the columns that this release reads."""

import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COLUMNS = ("id", "total", "delivery_day")


class Orders(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            with closing(sqlite3.connect(os.environ["DATABASE"])) as connection:
                rows = connection.execute(
                    f"SELECT {', '.join(COLUMNS)} FROM orders ORDER BY id DESC LIMIT 5"
                ).fetchall()
            status, text = 200, "".join(f"order {row}\n" for row in rows)
        except sqlite3.Error as error:
            status, text = 500, f"{error}\n"
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Nobody reads it here."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Orders)
    print("ready", flush=True)
    server.serve_forever()
