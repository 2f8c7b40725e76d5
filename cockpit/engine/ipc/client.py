"""A face's end of the conversation, over the engine's socket."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

from cockpit.deploy.commands import PublicCommand, Refusal
from cockpit.deploy.events import Event
from cockpit.engine.clock import steady
from cockpit.engine.ipc import wire

BEAT_SECONDS = 1.0
PATIENCE_SECONDS = 8.0
"""An engine that gives no sign of life for so long is not waited for, and does not do later what was asked."""


class EngineGone(Exception):
    """The connection to the engine ended: it was killed, or it has finished. The deploy's record is whole."""


class EngineSilent(EngineGone):
    """The connection stands, and nothing comes: the engine is stopped, or hangs. What was asked is not done later."""


class Forget(Exception):
    """The engine has other events than this face: forget them all, and follow from the beginning."""


class Client(Protocol):
    """Follow the events of one deploy and ask for things."""

    @property
    def link(self) -> wire.Link | None:
        """How the engine stands to the deploy, where a team shares it."""
        ...

    def follow(self, after: int = 0, at: float = 0.0) -> AsyncIterator[Sequence[Event]]:
        """Batches of events after that number, which has this time: what was, then what comes. Ends with EngineGone,
        or with Forget where the engine has other events."""
        ...

    async def ask(self, command: PublicCommand) -> Refusal | None:
        """Carry out, or a refusal in words. Raises EngineGone."""
        ...

    async def close(self) -> None: ...


class SocketClient:
    """Over the engine's Unix socket. `by` is the person's name."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, by: str) -> None:
        self._reader = reader
        self._writer = writer
        self._by = by
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Refusal | None]] = {}
        self._events: asyncio.Queue[Sequence[Event] | wire.Tell | None] = asyncio.Queue()
        self.link: wire.Link | None = None
        self._heard_at = time.monotonic()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, path: Path, by: str) -> "SocketClient":
        """Raises EngineGone where nobody answers."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(path), limit=wire.LIMIT)
        except OSError as error:
            raise EngineGone(f"{path}: {error.strerror or error}") from error
        return cls(reader, writer, by)

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                self._heard_at = time.monotonic()
                tell = wire.decode_tell(line)
                if tell.answer:
                    waiting = self._waiting.pop(tell.answer, None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(tell.refusal)
                elif tell.link is not None:
                    self.link = tell.link
                elif tell.afresh:
                    self._events.put_nowait(tell)
                elif tell.events:
                    self._events.put_nowait([wire.from_wire(event) for event in tell.events])
        except (ConnectionError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            self._events.put_nowait(None)
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(EngineGone("the engine has stopped"))

    async def follow(self, after: int = 0, at: float = 0.0) -> AsyncIterator[Sequence[Event]]:
        await self._send(wire.Ask(follow=after, at=at, by=self._by))
        while (events := await self._events.get()) is not None:
            if isinstance(events, wire.Tell):
                raise Forget
            yield events
        raise EngineGone("the engine has stopped")

    async def ask(self, command: PublicCommand) -> Refusal | None:
        number = next(self._numbers)
        waiting: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        if self._reading.done():
            raise EngineGone("the engine has stopped")
        await self._send(wire.Ask(id=number, by=self._by, command=command, sent=steady(), within=PATIENCE_SECONDS))
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    return await asyncio.shield(waiting)
            except TimeoutError:
                if self.silent_seconds > PATIENCE_SECONDS:
                    self._waiting.pop(number, None)
                    raise EngineSilent(
                        f"no contact with the engine for {self.silent_seconds:.0f} s: stopped or hanging. Nothing "
                        "was done, and nothing will be when it resumes"
                    ) from None

    @property
    def silent_seconds(self) -> float:
        """Since the engine last said anything; it gives a sign of life every second."""
        return time.monotonic() - self._heard_at

    async def _send(self, ask: wire.Ask) -> None:
        try:
            self._writer.write(wire.line(ask))
            await self._writer.drain()
        except ConnectionError as error:
            raise EngineGone("the engine has stopped") from error

    async def close(self) -> None:
        self._reading.cancel()
        self._writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await self._reading
