"""A real browser for tests: headless chromium, driven by the DevTools protocol over a websocket of loopback.

Only where chromium is installed. It may reach nothing but loopback: every other name leads nowhere, and what the page
asks for is written down.
"""

import asyncio
import base64
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.waiting import soon

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    *("--remote-debugging-port=0", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
)
START_SECONDS = 60.0


class Page:
    """One tab. `requested` has every address that it asked for, `said` what it wrote to its console."""

    def __init__(self, line: ClientWebSocketResponse) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.requested: list[str] = []
        self.said: list[str] = []
        self.frames = 0
        """Messages that came over the page's websocket."""
        self.drawing = b""
        """Those of them that are drawn, as the terminal is sent them."""

    async def listen(self) -> None:
        async for message in self._line:
            told = message.json()
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            self._heard(told.get("method", ""), told.get("params", {}))

    def _heard(self, method: str, what: Mapping[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requested.append(what["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requested.append(what["url"])
        elif method == "Network.webSocketFrameReceived":
            self.frames += 1
            if what["response"]["opcode"] == 2:
                self.drawing += base64.b64decode(what["response"]["payloadData"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(str(what["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.said.append(what["entry"]["text"])

    async def ask(self, method: str, **what: Any) -> Any:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._line.send_json({"id": number, "method": method, "params": what})
        told = await asyncio.wait_for(self._answers[number], START_SECONDS)
        assert "error" not in told, (method, told)
        return told["result"]

    async def begin(self, width: int, height: int, *, phone: bool) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.ask(f"{domain}.enable")
        # A pretended scale is not that of a canvas: the letters would be too large by it.
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        await self.ask("Emulation.setDeviceMetricsOverride", **size)
        if phone:
            await self.ask("Emulation.setTouchEmulationEnabled", enabled=True)

    async def go(self, address: str) -> None:
        await self.ask("Page.navigate", url=address)

    async def value(self, script: str) -> Any:
        """What the expression is worth in the page."""
        return (await self.ask("Runtime.evaluate", expression=script, returnByValue=True))["result"].get("value")

    async def until(self, script: str, what: str) -> None:
        end = asyncio.get_running_loop().time() + START_SECONDS
        while not await self.value(script):
            assert asyncio.get_running_loop().time() < end, f"{what} never came; console: {self.said}"
            await asyncio.sleep(0.05)

    async def drawn(self, quiet: int = 8) -> None:
        """Until the screen is there, and nothing new has come for some looks."""
        await self.until("document.body.classList.contains('-first-byte')", "the screen")
        same = 0
        while same < quiet:
            before = self.frames
            await asyncio.sleep(0.05)
            same = same + 1 if self.frames == before else 0

    async def press(self, key: str) -> None:
        """A letter, or a key by its name (`Enter`)."""
        text = {"Enter": "\r", "Escape": "\x1b"}.get(key, key)
        code = {"Enter": 13, "Escape": 27}.get(key, ord(key[0].upper()))
        await self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode((await self.ask("Page.captureScreenshot"))["data"]))


@asynccontextmanager
async def browser() -> AsyncIterator[Callable[..., Any]]:
    """Gives `open_page(width, height, phone=False)`, a context manager; the browser ends with the block."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(prefix="ck-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            *(CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            port_file = Path(profile) / "DevToolsActivePort"
            await soon(lambda: port_file.exists() and port_file.read_text().count("\n") >= 1, "chromium", START_SECONDS)
            port = port_file.read_text().splitlines()[0]
            async with ClientSession() as http:

                @asynccontextmanager
                async def open_page(width: int, height: int, *, phone: bool = False) -> AsyncIterator[Page]:
                    async with http.put(f"http://127.0.0.1:{port}/json/new?about:blank") as made:
                        target = await made.json()
                    async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as line:
                        page = Page(line)
                        listening = asyncio.create_task(page.listen())
                        await page.begin(width, height, phone=phone)
                        try:
                            yield page
                        finally:
                            with contextlib.suppress(ConnectionError):
                                async with http.get(f"http://127.0.0.1:{port}/json/close/{target['id']}"):
                                    pass
                            listening.cancel()

                yield open_page
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
