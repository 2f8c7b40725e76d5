"""The engine's socket: faces follow and command; one that does not read is let go, never waited for."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.second_person import is_nobody
from cockpit.engine import wire
from cockpit.engine.engine import Engine
from cockpit.sanitize import one_line

BACKLOG = 256
"""Batches that wait for a face; one that is further behind is disconnected and may follow again from where it was."""
BATCH = 500


class Server:
    """Serves one engine on a Unix socket that only this user can reach (its folder is 0700)."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path
        self._server: asyncio.Server | None = None
        self._faces: set[asyncio.Task[None]] = set()

    @property
    def faces(self) -> int:
        return len(self._faces)

    async def start(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._face, str(self._path), limit=wire.LIMIT)
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for face in list(self._faces):
            face.cancel()
        await asyncio.gather(*self._faces, return_exceptions=True)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    async def _face(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._faces.add(task)
        try:
            await _Face(self._engine, reader, writer).serve()
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            self._faces.discard(task)
            writer.close()


class _Face:
    """One connection."""

    def __init__(self, engine: Engine, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._engine = engine
        self._reader = reader
        self._writer = writer
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._limit = BACKLOG
        self._stop_listening: Callable[[], None] = lambda: None

    async def serve(self) -> None:
        sending = asyncio.create_task(self._send())
        asking: set[asyncio.Task[None]] = set()
        try:
            while line := await self._reader.readline():
                try:
                    ask = wire.decode_ask(line)
                except msgspec.DecodeError as error:
                    self._put(wire.line(wire.Tell(refusal=Refusal(f"not understood: {error}"))))
                    continue
                if ask.follow is not None:
                    self._follow(ask.follow)
                elif ask.command is not None:
                    work = asyncio.create_task(self._command(ask))
                    asking.add(work)
                    work.add_done_callback(asking.discard)
        finally:
            self._stop_listening()
            await asyncio.gather(*asking, return_exceptions=True)
            sending.cancel()

    def _follow(self, after: int) -> None:
        """What was, in batches, then what comes; nothing slips in between: both happen in one turn of the loop."""
        self._stop_listening()
        past = self._engine.events[after:]
        for start in range(0, len(past), BATCH):
            self._queue.put_nowait(_events(past[start : start + BATCH]))
        self._limit = BACKLOG + self._queue.qsize()
        self._put(_events(()))
        self._stop_listening = self._engine.listen(lambda events: self._put(_events(events)))

    async def _command(self, ask: wire.Ask) -> None:
        assert ask.command is not None
        by = one_line(ask.by)
        # What comes over the socket is asked for by a person: nobody speaks as the cockpit.
        refusal = await self._engine.handle(ask.command, "somebody" if is_nobody(by) else by)
        self._put(wire.line(wire.Tell(answer=ask.id, refusal=refusal)))

    def _put(self, data: bytes) -> None:
        if self._queue.qsize() < self._limit:
            self._queue.put_nowait(data)
        else:
            self._stop_listening()
            self._writer.transport.abort()

    async def _send(self) -> None:
        while True:
            self._writer.write(await self._queue.get())
            await self._writer.drain()


def _events(events: Sequence[e.Event]) -> bytes:
    return wire.line(wire.Tell(events=tuple(wire.to_wire(event) for event in events)))
