"""One browser: an app process of its own, and what travels between the two.

To the process: packets of a letter (`D` keys, `M` JSON), 4 bytes of length (big-endian), the payload. From it the same,
after a first line. textual-serve has a class for it, which goes through a shell, waits for ever for a process that does
not end, and hands on files and addresses that the app wants opened; here the screen travels and nothing else.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from cockpit.external.interpreter import own_module

READY = b"__GANGLION__\n"
"""The line with which Textual's driver for the web begins."""
PATIENCE_SECONDS = 0.7
"""For a process to end by itself."""
LEAST, MOST = (20, 6), (400, 200)
"""Columns and rows that a browser may ask for: a screen of any size would take any memory."""

PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "NO_COLOR", "VIRTUAL_ENV")
"""Variables that the process needs; the secrets of a deploy stay here. Besides them all of `LC_` and `PYTHON`."""


def environment(have: Mapping[str, str], columns: int, rows: int) -> dict[str, str]:
    """Of the app process."""
    passed = {name: have[name] for name in have if name in PASSED_ON or name.startswith(("LC_", "PYTHON"))}
    return {
        **passed,
        "TERM": "xterm-256color",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "COLUMNS": str(columns),
        "ROWS": str(rows),
    }


def clamp(columns: object, rows: object) -> tuple[int, int]:
    """A size that a screen may have, of whatever the browser said."""
    numbers: list[int] = []
    for said, least, most in zip((columns, rows), LEAST, MOST, strict=True):
        try:
            number = int(said)  # type: ignore[call-overload]
        except (TypeError, ValueError, OverflowError):
            number = 80 if not numbers else 24
        numbers.append(max(least, min(most, number)))
    return numbers[0], numbers[1]


class Visitor:
    """`arguments`: of `python -m cockpit.web`. `send` takes what the browser is to draw."""

    def __init__(self, arguments: list[str], root: Path, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._arguments = arguments
        self._root = root
        self._send = send
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, columns: int, rows: int) -> None:
        """Raises OSError."""
        self._process = await asyncio.create_subprocess_exec(
            *own_module("cockpit.web"),
            *self._arguments,
            cwd=self._root,
            env=environment(os.environ, columns, rows),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C is for the server, which ends its processes in order.
            start_new_session=True,
        )

    async def show(self) -> bool:
        """Hand on what is to be drawn until the process has ended; False where it never began."""
        assert self._process is not None
        assert self._process.stdout is not None
        out = self._process.stdout
        if await out.readline() != READY:
            await self._process.wait()
            return False
        gone = False
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await out.readexactly(5)
                payload = await out.readexactly(int.from_bytes(head[1:], "big"))
                if head[:1] != b"D" or gone:
                    # A browser that is gone leaves a process that still wants to say goodbye: it must not block.
                    continue
                try:
                    await self._send(payload)
                except ConnectionError:
                    gone = True
        return True

    async def hear(self, message: str) -> str | None:
        """What the browser said, to the process; gives the answer to a ping. Nonsense is not heard."""
        try:
            said = json.loads(message)
        except (ValueError, RecursionError):
            return None
        match said:
            case ["stdin", str(keys)]:
                await self._tell(b"D", keys.encode("utf-8", "replace"))
            case ["resize", {"width": columns, "height": rows}]:
                width, height = clamp(columns, rows)
                await self._tell(b"M", json.dumps({"type": "resize", "width": width, "height": height}).encode())
            case [("focus" | "blur") as kind]:
                await self._tell(b"M", json.dumps({"type": kind}).encode())
            case ["ping", str(number)]:
                return json.dumps(["pong", number[:32]])
            case _:
                pass
        return None

    async def _tell(self, letter: bytes, payload: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(letter + len(payload).to_bytes(4, "big") + payload)
            await self._process.stdin.drain()

    async def end(self) -> None:
        """The process is gone afterwards: it goes when its input closes, or is killed."""
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
