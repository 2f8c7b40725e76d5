"""The server: a page, its files, and a websocket for each browser that looks."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from aiohttp import WSCloseCode, WSMsgType, web

from cockpit.text.times import clock
from cockpit.web.files import File
from cockpit.web.guard import Guard, add_headers
from cockpit.web.visitor import Visitor, clamp

MOST_BROWSERS = 20
"""Each has a process of its own, of some 70 MB."""
LONGEST_MESSAGE = 1 << 16
HEARTBEAT_SECONDS = 15.0
CLOSE_SECONDS = 0.5
"""How long a browser may take to agree that it is over."""

FULL = "{} browsers are already watching this deploy, which is the limit. Try again when one has left."
LEFT = "You have closed the screen. The deploy keeps running."
FAILED = "The screen could not be started; the terminal of `cockpit watch --web` says why."
ENDED = "`cockpit watch --web` has stopped. The deploy is unaffected."


@dataclass(frozen=True)
class Shown:
    """What there is to look at. `arguments`: of the app process, see `cockpit.web.__main__`."""

    page: bytes
    files: Mapping[str, File]
    arguments: list[str]
    root: Path


class Server:
    """`say` takes one line for whoever runs the server; never with the token."""

    def __init__(self, shown: Shown, guard: Guard, say: Callable[[str], None], *, most: int = MOST_BROWSERS) -> None:
        self._shown = shown
        self._guard = guard
        self._say = say
        self._most = most
        self._looking: dict[web.WebSocketResponse, Visitor] = {}
        self._ending = False

    def app(self) -> web.Application:
        made = web.Application(middlewares=[self._guard.middleware])
        made.on_response_prepare.append(add_headers)
        made.router.add_get("/", self._page)
        made.router.add_get("/static/{name}", self._file)
        made.router.add_get("/ws", self._look)
        return made

    async def serve(self, listening: socket, stop: asyncio.Event) -> None:
        """Until `stop` is set; afterwards nobody looks any more, and no process is left."""
        # No access log: the token is in every address.
        runner = web.AppRunner(self.app(), access_log=None, handle_signals=False, shutdown_timeout=CLOSE_SECONDS)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            await stop.wait()
        finally:
            self._ending = True
            closing = (one.close(code=WSCloseCode.GOING_AWAY, message=ENDED.encode()) for one in self._looking)
            ending = (one.end() for one in self._looking.values())
            await asyncio.gather(*closing, *ending, return_exceptions=True)
            await runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(body=self._shown.page, content_type="text/html", charset="utf-8")

    async def _file(self, request: web.Request) -> web.Response:
        file = self._shown.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=file.content_type)

    async def _look(self, request: web.Request) -> web.WebSocketResponse:
        """A browser's line: its screen down, its keys up, for as long as both are there."""
        line = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LONGEST_MESSAGE, timeout=CLOSE_SECONDS)
        visitor = Visitor(self._shown.arguments, self._shown.root, line.send_bytes)
        full = len(self._looking) >= self._most
        if not full and not self._ending:
            # Before anything is waited for: two that come at once must not both take the last place.
            self._looking[line] = visitor
        try:
            await line.prepare(request)
            if line not in self._looking:
                words = ENDED if self._ending else FULL.format(self._most)
                await line.close(code=WSCloseCode.TRY_AGAIN_LATER, message=words.encode())
                return line
            await self._live(line, visitor, request)
        except OSError:
            await line.close(code=WSCloseCode.INTERNAL_ERROR, message=FAILED.encode())
        finally:
            self._looking.pop(line, None)
        return line

    def _tell_of(self, request: web.Request, what: str) -> None:
        self._say(f"{clock(time.time())} a browser at {request.remote} {what} ({len(self._looking)} of {self._most})")

    async def _live(self, line: web.WebSocketResponse, visitor: Visitor, request: web.Request) -> None:
        await visitor.start(*clamp(request.query.get("width"), request.query.get("height")))
        self._tell_of(request, "looks")
        showing = asyncio.create_task(self._show(line, visitor))
        try:
            async for message in line:
                if message.type is WSMsgType.TEXT:
                    answer = await visitor.hear(message.data)
                    if answer is not None:
                        with contextlib.suppress(ConnectionError):
                            await line.send_str(answer)
        finally:
            # Shielded: whoever ends the server must not end this.
            await asyncio.shield(visitor.end())
            self._looking.pop(line, None)
            self._tell_of(request, "has left")
            with contextlib.suppress(asyncio.CancelledError):
                await showing

    async def _show(self, line: web.WebSocketResponse, visitor: Visitor) -> None:
        began = await visitor.show()
        code = WSCloseCode.OK if began else WSCloseCode.INTERNAL_ERROR
        await line.close(code=code, message=(LEFT if began else FAILED).encode())
