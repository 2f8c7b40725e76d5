"""A small web service whose answers the test sets: loopback, threads, no library."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Service(ThreadingHTTPServer):
    """Answers every path with `status`, `body` and `headers`, after `delay` seconds at most; `seen` are the paths."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.delay = 200, b"", 0.0
        self.headers: dict[str, str] = {}
        self.seen: list[str] = []
        self.asked = 0
        self.growing: Callable[[int], None] | None = None
        """Called with the number of each question before it is answered."""
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def stop(self) -> None:
        """Answer nobody any more; may be called twice."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def url(self, path: str, credentials: str = "") -> str:
        return f"http://{credentials}127.0.0.1:{self.server_address[1]}{path}"

    def page(self, ok: float, failed: float, buckets: dict[str, float] | None = None, started: float = 1.0) -> None:
        """A `/metrics` page with these counters."""
        lines = [f'http_requests_total{{status="200"}} {ok}', f'http_requests_total{{status="500"}} {failed}']
        lines += [f"process_start_time_seconds {started}", "# TYPE http_request_duration_seconds histogram"]
        lines += [f'http_request_duration_seconds_bucket{{le="{le}"}} {n}' for le, n in (buckets or {}).items()]
        self.status, self.body = 200, ("\n".join(lines) + "\n").encode()


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self.server.asked += 1
        if self.server.growing is not None:
            self.server.growing(self.server.asked)
        self.server.closing.wait(self.server.delay)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(self.server.body)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@contextmanager
def service() -> Iterator[Service]:
    """Running for as long as the block."""
    server = Service()
    server.thread.start()
    try:
        yield server
    finally:
        server.stop()
