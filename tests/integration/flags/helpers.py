"""A flag server in the test's hand, and setters built as the engine builds them."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cockpit.flags import registry
from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted

TOKEN = "s3cr3t-of-the-flag-server"
SECONDS = 5.0


def setter(kind: str, options: Mapping[str, object], root: Path | None = None, flag: str = "checkout") -> Setter:
    import os

    context = Context(root=str(root or Path.cwd()), values=dict(os.environ), secrets=(TOKEN,))
    return registry.build(kind, flag, options, context)


async def set_and_read(one: Setter, percent: float, form: Any = "percent", flag: str = "checkout") -> Seen:
    wanted = Wanted(flag, percent, form)
    await one.set(wanted)
    return await one.read(wanted)


async def error_of(work: Any) -> FlagError:
    """The FlagError that it raises."""
    try:
        await asyncio.wait_for(work, SECONDS)
    except FlagError as error:
        return error
    raise AssertionError("no FlagError")


class FlagServer:
    """`PUT /flags/NAME {"percentage": N}` and GET of the same. `status`: answers this instead; `lies`: reads so;
    `gate`: nobody is answered while it is closed."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.percent: dict[str, Any] = {"/flags/checkout": 0}
        self.puts: list[tuple[str, Any]] = []
        self.tokens: set[str] = set()
        self.status = 200
        self.lies: Any = None
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = 0
        import re

        server.expect_request(re.compile("/flags/.*")).respond_with_handler(self._answer)

    def url(self, path: str = "/flags/{flag}") -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"

    def _answer(self, request: Request) -> Response:
        self.tokens.add(request.headers.get("Authorization", ""))
        body = request.get_data()
        if request.method == "PUT":
            self.waiting += 1
            self.gate.wait(30)
            self.waiting -= 1
        if self.status != 200:
            return Response(f"broken, and your token is {TOKEN}", status=self.status)
        if request.method == "PUT":
            value = json.loads(body)["percentage"]
            self.puts.append((request.path, value))
            self.percent[request.path] = value
            return Response(status=204)
        if request.path not in self.percent:
            return Response("no such flag", status=404)
        value = self.percent[request.path] if self.lies is None else self.lies
        return Response(json.dumps({"percentage": value}), content_type="application/json")


@contextmanager
def flag_server() -> Iterator[FlagServer]:
    server = HTTPServer(host="127.0.0.1", threaded=True)
    server.start()
    flags = FlagServer(server)
    try:
        yield flags
    finally:
        flags.gate.set()
        server.stop()
