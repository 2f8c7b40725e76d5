"""A face's line to its deploy: the events for as long as it is open, whichever engine serves it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from msgspec.structs import replace

from cockpit.client.session import Session, revive
from cockpit.deploy.events import Event
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import Client, EngineGone, Forget
from cockpit.engine.ipc.wire import Link
from cockpit.errors import CockpitError
from cockpit.text.amounts import seconds_words

RECONNECT_SECONDS = 0.5
SILENT_SECONDS = 4.0
"""An engine that gives no sign of life for so long is stopped, or hangs."""
LINK_SECONDS = 12.0
"""From then on an engine that follows and says nothing is not taken for alive."""


def silence_words(seconds: float) -> str:
    """What it means that the engine on this machine gives no sign of life."""
    return (
        f"no contact with the engine for {seconds_words(seconds)} (stopped or hanging): the screen is that old, and "
        "nothing is decided until it is back. A running script keeps running"
    )


class Line:
    """`client` is the present connection; None while there is no engine."""

    def __init__(self, session: Session, connect: Callable[[], Awaitable[Client]] | None = None) -> None:
        self._session = session
        self._connect: Callable[[], Awaitable[Client]] = connect or session.connect
        self.client: Client | None = None
        self._link: Link | None = None
        self._heard_at = 0.0

    @property
    def link(self) -> Link | None:
        """How the engine stands to the deploy, as it said last; None where no team shares it. An engine that follows
        says it every few seconds: one that hangs says nothing, and this face goes on counting."""
        link = self.client.link if self.client is not None else None
        if link is not self._link:
            self._link, self._heard_at = link, time.monotonic()
        silent = time.monotonic() - self._heard_at
        if link is None or not link.follows or silent < LINK_SECONDS:
            return link
        trouble = link.trouble or f"no contact with the engine on this machine for {seconds_words(silent)}"
        return replace(link, silent_seconds=link.silent_seconds + silent, trouble=trouble)

    @property
    def silent_seconds(self) -> float:
        """Since the engine on this machine gave a sign of life; it does so every second. 0 where there is none."""
        return float(getattr(self.client, "silent_seconds", 0.0))

    @property
    def now(self) -> float:
        """The deploy's time: by the clock of the machine that owns it."""
        link = self.client.link if self.client is not None else None
        return time.time() + (link.clock_behind if link is not None else 0.0)

    async def events(self, state: Callable[[], State], afresh: Callable[[], None]) -> AsyncIterator[Sequence[Event]]:
        """Batches of events after what `state` has; an empty batch where the line broke. Ends with the deploy.

        `afresh` forgets everything: an engine that died with events that no disk took, or one whose deploy went on
        elsewhere, has left the face with others than the next engine knows.
        """
        while True:
            try:
                if self.client is None:
                    self.client = await self._connect()
                async for events in self.client.follow(state().seq, state().at):
                    yield events
            except Forget:
                afresh()
                continue
            except EngineGone:
                await self.close()
                yield ()
            if state().closed is not None:
                return
            await asyncio.sleep(RECONNECT_SECONDS)
            await self.revive()

    async def revive(self) -> None:
        """An engine for the deploy where it has none."""
        with contextlib.suppress(CockpitError):
            await asyncio.to_thread(revive, self._session)

    async def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            await client.close()
