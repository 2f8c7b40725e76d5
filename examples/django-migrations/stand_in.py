"""Production of this example: the release before, a SQLite database with orders, and what systemd would do."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server


class Service:
    """One process of `run/current/web.py`, always on the same port."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.variables = {"DATABASE": str(root / "run" / "db.sqlite3")}
        self.process: subprocess.Popen[str] | None = None

    def restart(self) -> None:
        self.stop()
        command = [sys.executable, str((self.root / "run" / "current").resolve() / "web.py"), str(self.port)]
        env = os.environ | self.variables
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()  # it says when it is ready

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()


class _Control(BaseHTTPRequestHandler):
    service: Service

    def do_POST(self) -> None:
        word = self.rfile.read(int(self.headers["Content-Length"])).decode()
        known = word == "restart"
        if known:
            self.service.restart()
        self.send_response(200 if known else 400)
        self.end_headers()
        self.wfile.write(b"restarted" if known else b"only restart")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """The rehearsal's output is the deploy's."""


@contextlib.contextmanager
def stand_in(root: Path) -> Iterator[dict[str, str]]:
    """The release before runs, for as long as the block; gives the variables that the deploy needs."""
    first = root / "run" / "releases" / "first"
    first.mkdir(parents=True)
    (first / "web.py").write_text((root / "web.py").read_text().replace(', "delivery_day"', ""))
    (root / "run" / "current").symlink_to("releases/first")
    service = Service(root)
    manage = [sys.executable, "manage.py", "migrate", "0001"]
    subprocess.run(manage, cwd=root, env=os.environ | service.variables, check=True, stdout=subprocess.DEVNULL)
    with contextlib.closing(sqlite3.connect(service.variables["DATABASE"])) as database, database:
        database.executemany("INSERT INTO orders (total) VALUES (?)", [(5 * n,) for n in range(1, 200)])
    control = ThreadingHTTPServer(("127.0.0.1", 0), type("Control", (_Control,), {"service": service}))
    threading.Thread(target=control.serve_forever, args=(0.05,), daemon=True).start()
    try:
        service.restart()
        address = f"http://127.0.0.1:{control.server_address[1]}"
        yield {**service.variables, "ADDRESS": f"http://127.0.0.1:{service.port}", "SERVICE_STAND_IN": address}
    finally:
        control.shutdown()
        control.server_close()
        service.stop()
