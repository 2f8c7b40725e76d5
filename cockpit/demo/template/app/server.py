"""The web service: `python3 -m app.server SERVE_FD ADMIN_FD`.

The platform gives it two listening sockets: the public one, which an older release may be answering on as well, and a
private one for health and metrics before the release is live. Words come over standard input: `live` (answer the
public socket), `drain` (finish what is running, then end); its end means that the platform is gone, and so are we.
"""

import json
import os
import queue
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from . import settings
from .database import Pool
from .features import Features
from .metrics import Metrics
from .pages import PAGES

POOL_SIZE = 4


class Share:
    """True for exactly the given share of calls, evenly spread: a demo should not depend on luck."""

    def __init__(self, share: float) -> None:
        self._share, self._calls, self._lock = share, 0, threading.Lock()

    def hit(self) -> bool:
        with self._lock:
            self._calls += 1
            return int(self._calls * self._share) > int((self._calls - 1) * self._share)


class Shop:
    """Everything the handlers need."""

    def __init__(self, release: settings.Release, dsn: str) -> None:
        self.release = release
        self.pool = Pool(dsn, POOL_SIZE, f"shop {release.version}")
        self.metrics = Metrics()
        self.routes = {path: page for name, (path, page) in PAGES.items() if name in release.pages}
        self.features = Features(Path.cwd().parents[1] / "flags.json", release.feature_fails_from)
        self._fails, self._slow = Share(release.error_share), Share(release.slow_share)
        self._leaks = Share(release.leak_share)

    def page(self, path: str, query: str) -> tuple[int, str, str]:
        """Status, content type and body of one of the routes. Customers say who and where they are in the query."""
        try:
            if self._slow.hit():
                time.sleep(self.release.slow_seconds)
            if self._leaks.hit():
                self.pool.leak(self.release.leak_until)
            regions = parse_qs(query).get("region")
            if regions and self._fails.hit():
                raise ValueError(f"tax table: no rate for region {regions[0]!r}")
            body = self.routes[path](self.pool)
            if self.features.free_delivery(parse_qs(query).get("customer", [""])[0]):
                body += "<p>Your delivery is free</p>"
            return 200, "text/html; charset=utf-8", body
        except (psycopg.Error, queue.Empty, ValueError) as error:
            log(f"ERROR {path}: {type(error).__name__}: {error}".splitlines()[0])
            return 500, "text/plain; charset=utf-8", "internal error\n"

    def health(self) -> tuple[int, str, str]:
        """200 when the database answers and has what this release needs, else 503; JSON either way."""
        problem = ""
        try:
            with self.pool.connection() as connection:
                needed = self.release.needs_migration
                query = "SELECT count(*) FROM schema_migrations WHERE name = %s"
                row = connection.execute(query, (needed,)).fetchone()
                if needed and row == (0,):
                    problem = f"migration {needed} is missing"
        except (psycopg.Error, queue.Empty) as error:
            problem = f"database: {type(error).__name__}"
        answer = {"status": "failing" if problem else "ok", "version": self.release.version}
        answer |= {"commit": self.release.commit, "problem": problem}
        return (503 if problem else 200), "application/json", json.dumps(answer) + "\n"


class Server(ThreadingHTTPServer):
    """A server on a socket that somebody else opened and that others may be accepting on."""

    daemon_threads = False  # draining waits for every request

    def __init__(self, descriptor: int, shop: Shop) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=descriptor)
        self.server_address = self.socket.getsockname()
        self.shop = shop

    def get_request(self) -> tuple[socket.socket, object]:
        # The listening socket does not block, because the other release may have been faster; the connection does.
        connection, address = self.socket.accept()
        connection.settimeout(35)
        return connection, address


class Handler(BaseHTTPRequestHandler):
    """One request; every connection is closed after its answer, so that a handover leaves none behind."""

    server: Server
    server_version = "shop"

    def do_GET(self) -> None:
        started, shop = time.perf_counter(), self.server.shop
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if path == "/metrics":
            self._answer(200, "text/plain; version=0.0.4; charset=utf-8", shop.metrics.text())
            return
        if path == "/health":
            status, kind, body = shop.health()
        elif path in shop.routes:
            status, kind, body = shop.page(path, query)
        else:
            status, kind, body, path = 404, "text/plain; charset=utf-8", "no such page\n", "other"
        shop.metrics.observe("GET", path, status, time.perf_counter() - started)
        self._answer(status, kind, body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Every request in the log would hide what matters."""

    def _answer(self, status: int, kind: str, body: str) -> None:
        data = body.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            log("WARN the client left before its answer")


def log(text: str) -> None:
    """A line of the service's log, with the time in UTC."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {text}\n")
    sys.stderr.flush()


def main() -> None:
    """Serve until told otherwise."""
    shop = Shop(settings.load(Path.cwd()), os.environ["DATABASE_URL"])
    public, admin = (Server(int(word), shop) for word in sys.argv[1:3])
    threading.Thread(target=admin.serve_forever, args=(0.05,), daemon=True).start()
    log(f"INFO shop {shop.release.version} ({shop.release.commit[:8]}) is ready")
    for word in sys.stdin:
        if word.strip() == "live":
            threading.Thread(target=public.serve_forever, args=(0.05,), daemon=True).start()
            log("INFO live")
            if shop.release.dies_after:
                threading.Timer(shop.release.dies_after, _die).start()
        elif word.strip() == "drain":
            log("INFO draining")
            public.shutdown()
            public.server_close()
            log("INFO drained")
            break
    os._exit(0)


def _die() -> None:
    log("FATAL image cache: cannot allocate memory")
    os._exit(134)


if __name__ == "__main__":
    main()
