"""So many browsers and no more: the server in this process, with app processes that only wait."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from cockpit.web.guard import Guard
from cockpit.web.server import FULL, Server, Shown
from cockpit.web.visitor import Visitor
from tests.waiting import soon

TOKEN = "t0ken"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Visitor]:
    """Those that were started; each has a process that shows nothing until its input closes."""
    made: list[Visitor] = []

    async def start(self: Visitor, columns: int, rows: int) -> None:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *("sh", "-c", "echo __GANGLION__; cat >/dev/null"), stdin=pipe, stdout=pipe
        )
        made.append(self)

    monkeypatch.setattr(Visitor, "start", start)
    return made


@asynccontextmanager
async def _server(most: int) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    stop = asyncio.Event()
    server = Server(Shown(b"", {}, [], Path()), Guard(TOKEN, "127.0.0.1"), lambda line: None, most=most)
    serving = asyncio.create_task(server.serve(listening, stop))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        await serving


async def _look(http: ClientSession, place: str) -> ClientWebSocketResponse:
    return await http.ws_connect(f"{place}/ws?token={TOKEN}", headers={"Origin": place})


async def test_one_too_many_is_told_so_and_let_in_when_another_has_left(started: list[Visitor]) -> None:
    async with _server(3) as place, ClientSession() as http:
        lines = await asyncio.gather(*(_look(http, place) for _ in range(3)))
        await soon(lambda: len(started) == 3, "three screens")
        late = await _look(http, place)
        told = await late.receive()
        assert (told.data, told.extra) == (1013, FULL.format(3))
        await lines[0].close()
        await soon(lambda: started[0]._process is not None and started[0]._process.returncode is not None, "its end")
        again = await _look(http, place)
        await soon(lambda: len(started) == 4, "the fourth screen")
        assert not again.closed


async def test_many_at_once_do_not_slip_past_the_limit(started: list[Visitor]) -> None:
    async with _server(2) as place, ClientSession() as http:
        lines = await asyncio.gather(*(_look(http, place) for _ in range(12)))
        full = [await line.receive() for line in lines[2:]]
        assert all(one.data == 1013 for one in full)
        await soon(lambda: len(started) == 2, "two screens")
    assert all(one._process is not None and one._process.returncode is not None for one in started)
