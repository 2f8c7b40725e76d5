"""The engine's socket: faces follow and command; one that does not read is let go, never waited for."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import is_nobody
from cockpit.deploy.commands import Command, Refusal
from cockpit.engine.clock import steady
from cockpit.engine.ipc import wire
from cockpit.engine.supervise import words_of
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import one_line

BACKLOG = 256
"""Batches that wait for a face; one that is further behind is disconnected and may follow again from where it was."""
BATCH = 500
BEAT_SECONDS = 1.0


class Served(Protocol):
    """What faces follow and command: the engine that owns a deploy, or one that follows it."""

    events: list[e.Event]

    def listen(self, listener: Callable[[Sequence[e.Event]], None]) -> Callable[[], None]: ...

    async def handle(self, command: Command, by: str) -> Refusal | None: ...

    def link(self) -> wire.Link | None: ...


class Server:
    """Serves one engine on a Unix socket that only this user can reach (its folder is 0700)."""

    def __init__(self, served: Served, path: Path) -> None:
        self.served = served
        self._path = path
        self._server: asyncio.Server | None = None
        self._faces: dict[asyncio.Task[None], _Face] = {}
        self.came = 0
        """Faces that asked for something and have left: not those that only look whether somebody answers."""

    @property
    def faces(self) -> int:
        return len(self._faces)

    @property
    def names(self) -> tuple[str, ...]:
        """Who looks, by name, as far as they said it."""
        return tuple(sorted({face.by for face in self._faces.values() if face.by}))

    def serve(self, served: Served) -> None:
        """Another engine from here on: the faces leave this one and come back to it."""
        self.served = served
        for face in list(self._faces.values()):
            face.leave()

    def tell_link(self) -> None:
        """The way to the deploy is another one than before."""
        for face in self._faces.values():
            face.tell_link()

    @property
    def is_bound(self) -> bool:
        return self._path.exists()

    async def bind_again(self, path: Path) -> None:
        """A new socket under this name; the faces that are here stay. Raises OSError."""
        if self._server is not None:
            self._server.close()
        self._path = path
        await self.start()

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
        face = self._faces[task] = _Face(self.served, reader, writer)
        try:
            await face.serve()
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            self._faces.pop(task, None)
            self.came += face.asked
            writer.close()


class _Face:
    """One connection."""

    def __init__(self, served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._served = served
        self.by = ""
        self.asked = False
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
                    self.by = one_line(ask.by)
                    self._follow(ask.follow, ask.at)
                elif ask.command is not None:
                    work = asyncio.create_task(self._command(ask))
                    asking.add(work)
                    work.add_done_callback(asking.discard)
        finally:
            self._stop_listening()
            await asyncio.gather(*asking, return_exceptions=True)
            sending.cancel()

    def leave(self) -> None:
        """What was written goes out first: an answer, perhaps."""
        self._stop_listening()
        self._put(b"")

    def tell_link(self) -> None:
        link = self._served.link()
        if link is not None:
            self._put(wire.line(wire.Tell(link=link)))

    def _follow(self, after: int, at: float) -> None:
        """What was, in batches, then what comes; nothing slips in between: both happen in one turn of the loop.

        A face that has other events than these (an engine died with what no disk took, or another machine went on from
        an earlier one) must forget them first: it asks again, from the beginning.
        """
        self._stop_listening()
        events = self._served.events
        if after and (after > len(events) or events[after - 1].at != at):
            self._put(wire.line(wire.Tell(afresh=True)))
            return
        self.tell_link()
        past = events[after:]
        for start in range(0, len(past), BATCH):
            self._queue.put_nowait(_events(past[start : start + BATCH]))
        self._limit = BACKLOG + self._queue.qsize()
        self._put(_events(()))
        self._stop_listening = self._served.listen(lambda events: self._put(_events(events)))

    async def _command(self, ask: wire.Ask) -> None:
        assert ask.command is not None
        self.asked = True
        by = one_line(ask.by)
        if await self._given_up(ask):
            return
        # What comes over the socket is asked for by a person: nobody speaks as the cockpit.
        try:
            refusal = await self._served.handle(ask.command, "somebody" if is_nobody(by) else by)
        except Exception as error:  # who asked must not wait for ever
            refusal = Refusal(words_of(error))
        self._put(wire.line(wire.Tell(answer=ask.id, refusal=refusal)))

    async def _given_up(self, ask: wire.Ask) -> bool:
        """True where who asked has left, or waits no more: this engine may have stood still since then, and what was
        wanted in that moment is not done in another one."""
        late = steady() - ask.sent if ask.within else 0.0
        if late > ask.within:
            reason = f"This command waited {seconds_words(late)} for a stalled engine and was not carried out"
            self._put(
                wire.line(wire.Tell(answer=ask.id, refusal=Refusal(f"{reason}. Check the deploy, then try again.")))
            )
            return True
        # The end of the connection, where it has come, stands behind the line that was read.
        for _ in range(3):
            await asyncio.sleep(0)
        return self._reader.at_eof()

    def _put(self, data: bytes) -> None:
        if self._queue.qsize() < self._limit:
            self._queue.put_nowait(data)
        else:
            self._stop_listening()
            self._writer.transport.abort()

    async def _send(self) -> None:
        while data := await self._next():
            self._writer.write(data)
            await self._writer.drain()
        self._writer.close()

    async def _next(self) -> bytes:
        """What is to be sent; where there is nothing, a sign of life."""
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                return await self._queue.get()
        except TimeoutError:
            return wire.BEAT


def _events(events: Sequence[e.Event]) -> bytes:
    return wire.line(wire.Tell(events=tuple(wire.to_wire(event) for event in events)))
