"""A client of an engine in this process."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from cockpit.deploy.commands import PublicCommand, Refusal
from cockpit.deploy.events import Event
from cockpit.engine.core import Engine
from cockpit.engine.ipc import wire


class LocalClient:
    """To an engine in this process."""

    def __init__(self, engine: Engine, by: str) -> None:
        self._engine = engine
        self._by = by

    @property
    def link(self) -> wire.Link | None:
        return self._engine.link()

    async def follow(self, after: int = 0, at: float = 0.0) -> AsyncIterator[Sequence[Event]]:
        queue: asyncio.Queue[Sequence[Event]] = asyncio.Queue()
        past = self._engine.events[after:]
        stop = self._engine.listen(queue.put_nowait)
        try:
            if past:
                yield past
            while True:
                yield await queue.get()
        finally:
            stop()

    async def ask(self, command: PublicCommand) -> Refusal | None:
        return await self._engine.handle(command, self._by)

    async def close(self) -> None:
        return
