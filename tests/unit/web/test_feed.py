"""What stands between a browser's screen and the engine: events pass, commands do not."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from cockpit.client.session import Session
from cockpit.deploy.commands import AddNote, PublicCommand, Refusal
from cockpit.deploy.events import Event, NoteAdded
from cockpit.engine.ipc.client import EngineGone
from cockpit.engine.ipc.wire import Link
from cockpit.paths import Layout
from cockpit.web import feed
from cockpit.web.feed import ONLY_LOOKS, LookingLine, Onlooker, Record

EVENTS = tuple(Event(seq=seq, at=1.0, by="ann", body=NoteAdded(text=str(seq))) for seq in (1, 2, 3))


class _Engine:
    link: Link | None = None

    async def follow(self, after: int = 0, at: float = 0.0) -> AsyncIterator[Sequence[Event]]:
        yield EVENTS[after:]

    async def ask(self, command: PublicCommand) -> Refusal | None:
        raise AssertionError(command)

    async def close(self) -> None:
        return


@pytest.mark.parametrize("client", [Onlooker(_Engine()), Record(EVENTS)], ids=["live", "over"])
async def test_events_pass_and_commands_do_not(client: Onlooker | Record) -> None:
    assert [list(batch) async for batch in client.follow(1)] == [list(EVENTS[1:])]
    assert await client.ask(AddNote(text="from a browser")) == Refusal(reason=ONLY_LOOKS)


async def test_without_an_engine_and_without_a_record_there_is_nothing_to_see(tmp_path: Path) -> None:
    with pytest.raises(EngineGone):
        await feed.look(Session(Layout(tmp_path), "20261122-145548-3fa", ""))


async def test_no_engine_is_started(tmp_path: Path) -> None:
    await LookingLine(Session(Layout(tmp_path), "20261122-145548-3fa", "")).revive()
    assert list(tmp_path.iterdir()) == []
