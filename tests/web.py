"""`cockpit watch --web` for tests: the server as a process, and browsers that are a websocket and a screen."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pyte
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.terminal import KEYS
from tests.waiting import SECONDS, soon, wait_for

RUNBOOK = """\
# Baking

## Pre-flight
- [ ] The oven is hot
- [ ] The till works

## Deployment steps

### Knead
```bash
echo kneading the dough
```

## Rollback

**Option 1: The old bread**
```bash
echo the old bread
```
"""


class Served:
    """The server's process; its words are in `said`."""

    def __init__(self, root: Path, *arguments: str) -> None:
        handle, name = tempfile.mkstemp(prefix="web-", suffix=".out", dir=root.parent)
        self.words = Path(name)
        with open(handle, "wb") as out:  # noqa: PTH123 - a descriptor
            command = [sys.executable, "-m", "cockpit", "watch", "--web", *arguments]
            self.process = subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.address = wait_for(self._address, f"the address: {self.said}")
        found = re.fullmatch(r"(http://[^/]+)/\?token=([\w-]+)", self.address)
        assert found, self.said
        self.place, self.token = found[1], found[2]

    @property
    def said(self) -> str:
        return self.words.read_text()

    def _address(self) -> str:
        assert self.process.poll() is None, self.said
        found = re.search(r"http://\S+", self.said)
        return found[0] if found and "Ctrl-C" in self.said else ""

    @property
    def screens(self) -> list[psutil.Process]:
        """The app processes that there are now."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    @asynccontextmanager
    async def look(self, columns: int = 120, rows: int = 40) -> AsyncIterator["Browser"]:
        """A browser with the screen on it."""
        url = f"{self.place}/ws?width={columns}&height={rows}&token={self.token}"
        async with (
            ClientSession() as http,
            http.ws_connect(url, headers={"Origin": self.place}, max_msg_size=0) as line,
        ):
            looking = Browser(line, columns, rows)
            reading = asyncio.create_task(looking.read())
            try:
                yield looking
            finally:
                reading.cancel()


class Browser:
    """What the page's script does: draws what comes, sends what is pressed."""

    def __init__(self, line: ClientWebSocketResponse, columns: int, rows: int) -> None:
        self.line = line
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.reason: str | None = None
        """Why the server closed the line; None while it is open."""
        self.raw = b""

    async def read(self) -> None:
        while True:
            message = await self.line.receive()
            if message.type is WSMsgType.BINARY:
                self.raw += message.data
                # An emulator that knows no kitty keyboard must not show its questions.
                self._stream.feed(re.sub(rb"\x1b\[[<>=?][\d;]*[a-zA-Z]?u|\x1b\[\?\d+\$p", b"", message.data))
            elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR, WSMsgType.CLOSING):
                self.reason = self.reason or (message.extra if isinstance(message.extra, str) else "") or ""
                return

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def shows(self, pattern: str) -> None:
        try:
            await soon(lambda: re.search(pattern, self.text), pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}. The screen:\n{self.text}") from None

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.line.send_str(json.dumps(["stdin", KEYS.get(key, key)]))
