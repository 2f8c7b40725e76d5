"""The notices' dialog by keys, down to a real server on loopback: choose, fill in, copy, send, and what is refused."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Button, OptionList, Static

from cockpit.deploy import commands as c
from tests.builders import PERSON
from tests.loopback import Answer, Hook, hook
from tests.ui.engine_app import Cockpit, cockpit
from tests.ui.pictures import listens
from tests.ui.scenes import SCENES
from widgets.dialogs import notice
from widgets.dialogs.notice import NoticeDialog
from widgets.dialogs.notice_text import NoticeText
from widgets.tick import Tick

RUNBOOK = """\
# Baking

## Pre-flight
- [ ] The oven is hot

## Deployment steps
```bash
true
```

## Communication

### Before the deploy
```
Baking begins

Where: <environment>
Downtime: <None/Minimal/X minutes>
More: <Link to the issue>
```
"""
SETTINGS = {
    "notices": {
        "team": {"type": "slack", "url": "env:HOOK"},
        "guests": {"type": "command", "command": "cat > guests.txt", "kinds": ["post_deploy"]},
    }
}


@pytest.fixture
def far() -> Iterator[Hook]:
    with hook() as server:
        yield server


@pytest.fixture(autouse=True)
def _a_quick_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presses are as far apart as they are: no test waits between them."""
    monkeypatch.setattr(notice, "HELD_SECONDS", 0.0)


def _world(root: Path, far: Hook, **more: Any) -> Any:
    given = {"settings": SETTINGS, "variables": {"HOOK": far.url()}, **more}
    return cockpit(root, RUNBOOK, **given)


async def _open(here: Cockpit) -> NoticeDialog:
    await here.press("c")
    shown = await here.dialog("Notices")
    assert isinstance(shown, NoticeDialog)
    return shown


def _area(here: Cockpit) -> NoticeText:
    return here.app.screen.query_one(NoticeText)


def _says(here: Cockpit, query: str) -> str:
    return str(here.app.screen.query_one(query, Static).content)


async def test_c_shows_what_is_due_with_its_open_fields_and_s_sends_at_the_second_press(
    tmp_path: Path, far: Hook
) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        assert "Where: production\nDowntime: <None/Minimal/X minutes>\n" in _area(here).text
        assert _says(here, "#open") == "2 fields are missing: downtime, link to the issue"
        assert [box.value for box in here.app.screen.query(Tick)] == [True, False]
        await here.press("enter")
        await here.press("shift+tab")
        await here.press("s")
        await here.until(lambda: "Missing: downtime, link to the issue" in _says(here, ".complaint"), "the warning")
        assert far.posts == []
        assert here.state.notices == ()
        await here.press("s")
        await here.closed()
        await here.until(lambda: here.state.notice_sent("pre_deploy"), "the notice")
        assert far.texts == [here.state.notices[0].text.replace("<", "&lt;").replace(">", "&gt;")]
        assert here.app.notices.drafts == {}
        await _open(here)
        assert "sent to team" in here.text


async def test_a_held_key_confirms_nothing(tmp_path: Path, far: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "HELD_SECONDS", 60.0)
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press(*["s"] * 20)
        await here.until(lambda: "Press send again" in _says(here, ".complaint"), "the warning")
        assert isinstance(here.app.screen, NoticeDialog)
        assert here.state.notices == ()


async def test_typing_takes_the_place_of_the_fields_one_after_another(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("tab", *"none", "tab", *"see #7")
        await here.until(lambda: _says(here, "#open") == "all fields filled in", "the count")
        assert _area(here).text.endswith("Downtime: none\nMore: see #7\n")
        await here.press("ctrl+s")
        await here.until(lambda: far.posts, "the post")
        assert far.texts[0].endswith("Downtime: none\nMore: see #7")


async def test_enter_alone_sends_nothing_wherever_the_focus_was_put_by_the_dialog(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("enter", "enter", "enter")
        await here.pilot.pause()
        assert isinstance(here.app.screen, NoticeDialog)
        assert far.posts == []


async def test_escape_keeps_the_text_for_the_next_time_and_f_fills_in_anew(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("tab", *"never")
        await here.press("escape")
        await here.closed()
        await _open(here)
        assert "Downtime: never\n" in _area(here).text
        assert "1 field is missing: link to the issue" in _says(here, "#open")
        await here.press("f")
        await here.until(lambda: "Downtime: <None" in _area(here).text, "the template")
        await here.press("escape")
        await here.closed()
        assert here.app.notices.drafts == {}


async def test_the_arrow_keys_choose_another_notice_and_its_places(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("down")
        await here.until(lambda: "Deploy of bakery to production" in _area(here).text, "the other notice")
        assert [box.value for box in here.app.screen.query(Tick)] == [True, True]
        await here.press("up")
        await here.until(lambda: "Baking begins" in _area(here).text, "the first notice")


async def test_a_failure_is_told_and_the_person_may_send_again(tmp_path: Path, far: Hook) -> None:
    far.answers = [Answer(404, "no_service")]
    async with _world(tmp_path, far) as here:
        for sent in (False, True):
            await _open(here)
            await here.press("s", "s")
            await here.closed()
            await here.until(lambda sent=sent: len(here.state.notices) == 1 + sent, "the request")
            await here.until(lambda: here.state.notices[-1].status != "sending", "the outcome")
            assert here.state.notice_sent("pre_deploy") == sent
            if not sent:
                notes = [str(one.message) for one in here.app._notifications]
                assert notes == ["not sent to team: the webhook of team returned 404: no_service"]


async def test_a_refusal_costs_no_text(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("tab", *"none", "tab", *"none")
        text = _area(here).text
        far.always = Answer(hang=True)
        command = c.SendNotice(kind="pre_deploy", title="x", text=text, to=("team",))
        assert await here.engine.handle(command, PERSON) is None
        await here.press("ctrl+s")
        await here.refused("This text is already being sent")
        await _open(here)
        assert _area(here).text == text


async def test_a_failure_costs_no_text_and_an_arrival_makes_room_for_the_next(tmp_path: Path, far: Hook) -> None:
    far.answers = [Answer(404)]
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("tab", *"none", "tab", *"none")
        text = _area(here).text
        for status in ("failed", "sent"):
            await here.press("ctrl+s")
            await here.closed()
            await here.until(
                lambda status=status: [one.status for one in here.state.notices][-1:] == [status],
                status,
            )
            await _open(here)
            assert (_area(here).text == text) == (status == "failed")
        assert "Downtime: <None/Minimal/X minutes>" in _area(here).text
        assert far.texts == [text.strip()] * 2


async def test_y_copies_and_says_so(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        await here.press("y")
        await here.until(lambda: here.app.clipboard.startswith("Baking begins"), "the clipboard")
        assert here.app.clipboard == _area(here).text


async def test_without_a_place_it_can_be_copied_and_says_why_not_sent(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far, settings={}) as here:
        await _open(here)
        assert "no [notices.NAME] in cockpit.toml" in _says(here, ".complaint")
        assert [one.id for one in here.app.screen.query(Button)] == ["cancel", "copy", "editor"]
        await here.press("s", "ctrl+s", "y")
        await here.until(lambda: here.app.clipboard, "the clipboard")
        assert isinstance(here.app.screen, NoticeDialog)
        assert here.state.notices == ()


async def test_nowhere_ticked_is_said(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        here.app.screen.query_one(Tick).focus()
        await here.press("space")
        await here.until(lambda: not here.app.screen.query_one(Tick).value, "no tick")
        await here.press("ctrl+s")
        await here.until(lambda: "Choose a destination" in _says(here, ".complaint"), "the complaint")
        assert here.state.notices == ()


@pytest.mark.parametrize("works", [True, False], ids=["works", "fails"])
async def test_the_editor_gets_the_text_and_its_failure_costs_none(
    tmp_path: Path, far: Hook, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "by hand\\033[2J\\n" >> "$1"\n' + ("" if works else "exit 1\n"))
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(editor))
    async with _world(tmp_path, far) as here:
        monkeypatch.setattr(here.app, "suspend", _lent)
        await _open(here)
        before = _area(here).text
        await here.press("ctrl+e")
        if works:
            await here.until(lambda: _area(here).text == before + "by hand\n", "the changed text")
        else:
            await here.until(lambda: "The editor failed" in _says(here, ".complaint"), "the complaint")
            assert _area(here).text == before


class _lent:  # noqa: N801 - stands for a context manager of the App
    """A terminal that can be lent: there is none in a test."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


async def test_a_terminal_that_cannot_be_lent_costs_no_text(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far) as here:
        await _open(here)
        before = _area(here).text
        await here.press("e")
        await here.until(lambda: "The editor failed" in _says(here, ".complaint"), "the complaint")
        assert _area(here).text == before


async def test_a_read_only_cockpit_reads_and_copies(tmp_path: Path, far: Hook) -> None:
    async with _world(tmp_path, far, read_only=True) as here:
        await _open(here)
        assert [one.id for one in here.app.screen.query(Button)] == ["cancel", "copy"]
        assert _says(here, "#open") == "2 fields are missing: downtime, link to the issue"
        before = _area(here).text
        await here.press("s", "ctrl+s", "e", "f", "tab", "x", "y")
        await here.pilot.pause()
        assert _area(here).text == before
        assert here.state.notices == ()
        here.app.screen.query_one("#which", OptionList).focus()
        await here.press("y")
        await here.until(lambda: here.app.clipboard == before, "the clipboard")


async def test_after_a_rollback_its_notice_is_chosen(tmp_path: Path) -> None:
    scene = SCENES["countdown"](tmp_path)
    countdown = scene.state.countdown
    assert countdown is not None
    scene.deploy.do(c.RollBackNow(due_at=countdown.due_at))
    app = scene.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c")
        await listens(pilot)
        text = app.screen.query_one(NoticeText).text
        assert text.startswith("ROLLBACK of bakery in production")
        assert "Reason: trigger: errors" in text
