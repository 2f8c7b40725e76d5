"""Keys of a deploy that several machines share: hand over, take over, what is said of the team."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from textual.binding import Binding

from cockpit.client.connection import Line
from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy.events import COCKPIT, Watcher
from cockpit.engine.ipc.client import Client
from cockpit.engine.ipc.wire import Link
from cockpit.paths import Layout
from cockpit.settings.keymap import BY_ID
from tests.ui.engine_app import RUNBOOK, Cockpit, cockpit
from widgets.bars import StatusBar
from widgets.log_view import LogView
from widgets.team_line import Way, team_pieces


async def _share(here: Cockpit) -> None:
    assert await here.engine.handle(c.RecordTeam(epoch=1), COCKPIT) is None
    watchers = (Watcher("ann", "web-1"), Watcher("bob", "web-2"))
    assert await here.engine.handle(c.RecordWatchers(watchers=watchers), COCKPIT) is None
    await here.until(lambda: here.app.state.team is not None, "the team")


def _status(here: Cockpit) -> str:
    here.app.refresh_view()
    return str(here.app.screen_stack[0].query_one(StatusBar).content)


async def test_a_deploy_that_nobody_shares_has_nothing_to_hand_over(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("P")
        await here.refused("under [team] in cockpit.toml")
        await here.press("K")
        await here.refused("under [team] in cockpit.toml")


def test_the_teams_keys_work_in_the_log_too() -> None:
    """The log has keys of its own: one that both had would do another thing there."""
    log = {key for one in LogView.BINDINGS if isinstance(one, Binding) for key in one.key.split(",")}
    assert not {BY_ID[name].key for name in ("take-over", "hand-over")} & log


async def test_an_owner_has_nothing_to_take_over(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await _share(here)
        await here.press("K")
        await here.refused("This machine already runs the deploy")


async def test_a_deploy_is_handed_over_with_a_note_and_taken_back(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await _share(here)
        assert "bob watching" in _status(here)
        await here.press("P")
        await here.dialog("Hand over")
        await here.shows("bob is watching")
        await here.answer("bob")
        await here.dialog("Hand over")
        await here.shows("Handover note for bob")
        await here.answer("the oven is hot")
        await here.until(lambda: here.state.team is not None and here.state.team.offer is not None, "the offer")
        assert here.state.hold is not None
        assert here.state.hold.reason == "handed over to bob: the oven is hot"
        await here.until(lambda: "handed over to bob" in _status(here), "the word that it is handed over")
        await here.press("P")
        await here.until(lambda: here.state.team is not None and here.state.team.offer is None, "the offer taken back")


async def test_who_waits_is_told_where_the_eye_is(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await _share(here)
        assert await here.engine.handle(c.AskForDeploy(reason="a fix waits"), "cem on web-3") is None
        await here.until(lambda: len(here.app._notifications) == 1, "the word that somebody waits")
        (said,) = [one.message for one in here.app._notifications]
        assert said == "cem on web-3 is waiting for this environment: a fix waits"


async def test_how_far_the_teams_journal_is_behind_stands_on_the_screen(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await _share(here)
        seq = here.state.seq
        assert await here.engine.handle(c.RecordTeamLoss(seq=seq, reason="connection refused"), COCKPIT) is None
        assert await here.engine.handle(c.AddNote(text="going on"), "ann") is None
        await here.until(lambda: "team journal 2 behind" in _status(here), "how far it is behind")
        assert await here.engine.handle(c.RecordTeamCatchUp(), COCKPIT) is None
        await here.until(lambda: "behind" not in _status(here), "that it is not any more")


async def test_every_state_of_the_way_is_readable_as_text(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await _share(here)
        state = here.state

        def said(way: Way | None) -> str:
            return "".join(text for text, _ in team_pieces(state, way, "ann", ascii_only=True))

        assert said(None) == "& bob watching  "
        assert said(Way("web-1", 0.3, False, "")).startswith("on web-1  ")
        assert said(Way("web-1", 20, False, "")).startswith("web-1 no contact 20 s  ")
        assert said(Way("web-1", 90, True, "")).startswith("web-1 no contact 1 min 30 s  ")
        assert said(Way("web-1", 0.3, False, "no answer")).startswith("web-1 no contact")


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (
            Way("web-1", 90, True, ""),
            "no contact with web-1, which runs this deploy, for 1 min 30 s; the screen is 1 min 30 s",
        ),
        (
            Way("web-1", 40, False, "connection refused"),
            "no contact with web-1, the screen is 40 s old: connect",
        ),
        (Way("web-1", 15, False, ""), "no contact with web-1 for 15 s; the screen is 15 s old"),
    ],
)
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_screen_that_only_looks_says_how_old_everything_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way, words: str, size: tuple[int, int]
) -> None:
    """On a wall display nobody presses a key: a machine that is gone must not look like one that works."""
    async with cockpit(tmp_path, RUNBOOK, size=size) as here:
        await _share(here)
        here.app.read_only = True
        monkeypatch.setattr(type(here.app), "way", property(lambda _: way))
        lead, said = here.app.drawing.bottom_line()
        assert lead == "team"
        assert said.words.startswith(words)
        assert said.urgent
        assert "K takes" not in said.words
        assert "web-1 no contact" in _status(here)


async def test_an_engine_that_follows_and_hangs_is_counted_by_the_face(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("cockpit.client.connection.time.monotonic", lambda: now[0])
    line = Line(Session(Layout(Path("/nowhere")), "d1", "ann"))
    client = SimpleNamespace(link=Link(follows=True, host="web-1", silent_seconds=1.0))
    line.client = cast("Client", client)
    first = line.link
    now[0] += 60
    link = line.link
    assert first is not None
    assert link is not None
    assert (first.silent_seconds, first.trouble) == (1.0, "")
    assert link.silent_seconds == 61.0
    assert link.trouble == "no contact with the engine on this machine for 1 min"
    client.link = Link(follows=True, host="web-1", silent_seconds=2.0)
    again = line.link
    assert again is not None
    assert (again.silent_seconds, again.trouble) == (2.0, "")
