"""Production of this example: Python's own web server over a folder whose link `current` is the live release."""

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """The rehearsal's output is the deploy's."""


@contextlib.contextmanager
def stand_in(root: Path) -> Iterator[dict[str, str]]:
    """Runs for as long as the block; gives the variables that the deploy needs."""
    site = root / "run" / "site"
    first = site / "releases" / "first"
    first.mkdir(parents=True)
    (first / "index.html").write_text("<h1>Bakery</h1>\n<p>Bread from seven in the morning.</p>\n")
    (site / "current").symlink_to("releases/first")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site / "current")))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield {"SITE": str(site), "ADDRESS": address, "FRONT_PAGE": f"{address}/index.html"}
    finally:
        server.shutdown()
        server.server_close()
