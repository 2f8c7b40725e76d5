"""The events of the deploy for one who only looks: nothing is asked for, no engine is started."""

from collections.abc import AsyncIterator, Sequence

from cockpit.client.connection import Line
from cockpit.client.session import Session, find
from cockpit.deploy.commands import PublicCommand, Refusal
from cockpit.deploy.events import Event
from cockpit.engine.ipc.client import Client, EngineGone
from cockpit.engine.ipc.wire import Link
from cockpit.errors import CockpitError
from cockpit.history.reading import events_of

ONLY_LOOKS = "The browser view is read-only. To act, use `cockpit attach`."


class Onlooker:
    """A client that hears everything and asks for nothing."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def link(self) -> Link | None:
        return self._client.link

    def follow(self, after: int = 0, at: float = 0.0) -> AsyncIterator[Sequence[Event]]:
        return self._client.follow(after, at)

    async def ask(self, command: PublicCommand) -> Refusal | None:
        return Refusal(reason=ONLY_LOOKS)

    async def close(self) -> None:
        await self._client.close()


class Record:
    """The same for a deploy that is over, and whose engine has gone: what the journal has."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    link: Link | None = None

    async def follow(self, after: int = 0, at: float = 0.0) -> AsyncIterator[Sequence[Event]]:
        yield self._events[after:]

    async def ask(self, command: PublicCommand) -> Refusal | None:
        return Refusal(reason=ONLY_LOOKS)

    async def close(self) -> None:
        return


async def look(session: Session) -> Client:
    """Raises EngineGone: while the deploy is open, somebody else has to bring its engine back."""
    try:
        return Onlooker(await session.connect())
    except EngineGone:
        try:
            if find(session.layout, session.deploy_id).closed_at is None:
                raise
            return Record(events_of(session.layout, session.deploy_id))
        except CockpitError as error:
            raise EngineGone(str(error)) from error


class LookingLine(Line):
    """Waits for an engine that died. Its watchdog starts another; so does whoever attaches. This process has not their
    environment, and a page that many may open must start nothing."""

    async def revive(self) -> None:
        return
