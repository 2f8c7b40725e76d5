"""The keys of the replay: they win over the panes' keys, not over dialogs and fields; none of them acts."""

from pathlib import Path

import pytest
from textual.widgets import Input

from cockpit.deploy import commands as c
from cockpit.settings.keymap import KEYS, REPLAY_KEYS
from tests.ui.replay_world import expected, logged, replay
from tests.ui.scenes import SCENES
from widgets.bars import key_word


@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_its_keys_win_over_those_of_every_pane(tmp_path: Path, pane: str) -> None:
    scene, started = logged(tmp_path)
    async with replay(scene, begin=started + 5) as world:
        await world.press(pane)
        begun = world.at
        await world.press("space", "right")
        assert world.at == begun + 10
        await world.press("left")
        assert world.at == begun
        await world.press("home")
        assert world.at == 0
        await world.press("end")
        assert "at its end" in world.status


async def test_where_a_person_types_the_keys_are_letters(tmp_path: Path) -> None:
    scene, started = logged(tmp_path)
    async with replay(scene, begin=started + 5) as world:
        await world.press("space", "slash")
        at = world.at
        await world.press("c", "space", "full_stop", "comma", "plus", "left", "minus", "home", "end")
        field = world.app.focused
        assert isinstance(field, Input)
        assert field.value == "c .,-+"
        assert world.at == at
        assert "replay paused" in world.status
        await world.press("escape", "right")
        assert world.at == at + 10


async def test_a_dialog_has_its_own_keys_and_the_replay_goes_on_below(tmp_path: Path) -> None:
    async with replay(SCENES["breached"](tmp_path), size=(80, 24)) as world:
        await world.press("question_mark")
        await world.dialog()
        reading = world.app.screen.query_one("#reading")
        await world.press("end")
        assert reading.scroll_offset.y > 0
        assert world.at == 0
        await world.later(12)
        assert world.state == expected(world, 12)
        await world.press("q")
        assert len(world.app.screen_stack) == 1
        assert world.app.is_running


async def test_the_help_lists_the_keys_that_there_are(tmp_path: Path) -> None:
    async with replay(SCENES["preflight"](tmp_path), size=(140, 70)) as world:
        await world.press("question_mark")
        await world.dialog()
        await world.settled()
        for key in REPLAY_KEYS:
            assert key.tooltip in world.text, key.id
            first = key_word(key.key.split(",")[0], False)
            assert any(first in line.partition(key.tooltip)[0] for line in world.text.splitlines()), key.id
        gone = {key.tooltip for key in KEYS} - {key.tooltip for key in REPLAY_KEYS}
        assert not [tooltip for tooltip in gone if tooltip in world.text]
        # What the replay took from the log is not promised there.
        assert "Towards the start of long lines" not in world.text
        assert any("g  The first line" in line and "home" not in line for line in world.text.splitlines())


async def test_no_key_acts_and_nothing_is_written(tmp_path: Path) -> None:
    scene, started = logged(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    async with replay(scene, begin=started + 5) as world:
        await world.press("space")
        state = world.state
        mine = {one for key in REPLAY_KEYS for one in key.key.split(",")}
        for key in KEYS:
            for one in key.key.split(","):
                if one not in mine:
                    await world.press(one)
                    assert len(world.app.screen_stack) == 1, key.id
        await world.press("enter", "1", "3", "z", "z")
        assert world.state is state
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


async def test_the_looking_keys_still_look(tmp_path: Path) -> None:
    async with replay(SCENES["breached"](tmp_path), begin=None) as world:
        await world.press("end")
        for key in ("l", "d", "m"):
            await world.press(key)
            assert len(world.app.screen_stack) == 2, key
            await world.dialog()
            await world.press("escape")
            assert len(world.app.screen_stack) == 1, key
        await world.press("right_square_bracket")
        assert world.app.viewed == "verify"
        await world.press("z")
        assert world.app.query_one("#panes").has_class("zoomed")


async def test_the_story_ends_at_the_moment_that_is_shown(tmp_path: Path) -> None:
    async with replay(SCENES["closed"](tmp_path)) as world:
        await world.press("full_stop", "l")
        await world.dialog()
        assert "Story" in world.text
        assert "deploy closed" not in world.text


async def test_the_palette_has_the_replays_actions(tmp_path: Path) -> None:
    async with replay(SCENES["closed"](tmp_path)) as world:
        words = {command.title: command for command in world.app.get_system_commands(world.app.screen)}
        assert "Run" not in words
        assert "Export" not in words
        await world.press("colon", *"10 s forward", "down", "enter")
        await world.settled()
        assert world.at == 10


async def test_the_bell_is_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with replay(SCENES["closed"](tmp_path)) as world:
        rung: list[str] = []
        monkeypatch.setattr(world.app, "bell", lambda: rung.append("bell"))
        monkeypatch.setattr(world.app.stream, "ring", rung.append)
        await world.later(3600)
        assert world.state.closed == "failed"
        assert rung == []


async def test_a_key_that_the_settings_give_away_stays_with_the_replay(tmp_path: Path) -> None:
    async with replay(SCENES["preflight"](tmp_path)) as world:
        have = world.app.keys.remapped({"zoom": "comma", "docs": "D", "note": "full_stop", "replay.pause": "p"})
        assert have == {"docs": "D", "replay.pause": "p"}
        world.app.set_keymap(have)
        await world.press("p")
        await world.later(5)
        assert world.at == 0
        assert "p resume" in world.hints


async def test_q_leaves_at_once_with_status_0(tmp_path: Path) -> None:
    async with replay(SCENES["migrating"](tmp_path)) as world:
        await world.pilot.press("q")  # type: ignore[union-attr]
        assert world.app._exit
        assert not world.app.return_value


async def test_ascii_mode_has_nothing_beyond_ascii(tmp_path: Path) -> None:
    async with replay(SCENES["closed"](tmp_path), ascii_only=True) as world:
        assert "[>] replay x1  00:00:00 / " in world.status
        await world.press("end")
        assert "[||] replay at its end" in world.status
        assert world.status.isascii()
        assert world.last.isascii()
        assert world.hints.isascii()


async def test_events_that_come_together_are_shown_together_when_played(tmp_path: Path) -> None:
    scene = SCENES["failed"](tmp_path)
    scene.deploy.do(c.AddNote(text="one")).do(c.AddNote(text="two"))
    scene.measure(3)
    async with replay(scene) as world:
        notes = [event for event in world.events if type(event.body).__name__ == "NoteAdded"]
        assert notes[0].at == notes[1].at
        world.app.playback.seek(notes[0].at - 0.5)
        await world.press("space", "full_stop")
        assert [note.text for note in world.state.notes] == ["one"]
        await world.press("full_stop")
        assert [note.text for note in world.state.notes] == ["one", "two"]
        await world.press("comma")
        assert [note.text for note in world.state.notes] == ["one"]
        await world.press("space")
        await world.later(0.5)
        assert [note.text for note in world.state.notes] == ["one", "two"]
