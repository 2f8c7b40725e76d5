"""The screen that a browser shows: it looks, and no key of it does anything to the deploy or to this machine."""

import subprocess
from pathlib import Path

import pytest
from textual.binding import Binding

from cockpit.deploy import commands as c
from cockpit.settings.keymap import KEYS
from cockpit.web.app import BROWSER_KEYS, NO_COPY, BrowserApp
from cockpit.web.feed import ONLY_LOOKS
from tests.ui.engine_app import RUNBOOK, STEPS, Cockpit, cockpit
from widgets.dialogs.notice import NoticeDialog
from widgets.log_view import LogView

ACTING = [key for key in KEYS if key.acts or key.id == "export"]
EVERY_KEY = [
    *(one for key in KEYS for one in key.key.split(",")),
    *(one for key in LogView.BINDINGS if isinstance(key, Binding) for one in key.key.split(",")),
    *(
        "ctrl+c",
        "ctrl+z",
        "ctrl+s",
        "ctrl+e",
        "ctrl+p",
        "f1",
        "f5",
        "delete",
        "backspace",
        "tab",
        "shift+tab",
        "escape",
    ),
]


def _copied(here: Cockpit) -> str:
    return here.app.clipboard


@pytest.mark.parametrize("key", [one.key for one in ACTING])
@pytest.mark.parametrize("runbook", [RUNBOOK, STEPS], ids=["items", "steps"])
async def test_an_acting_key_does_nothing(tmp_path: Path, runbook: str, key: str) -> None:
    async with cockpit(tmp_path, runbook, screen=BrowserApp) as here:
        before, files = here.state.seq, sorted(tmp_path.rglob("*"))
        await here.press(*key.split(","))
        await here.pilot.pause()
        assert len(here.app.screen_stack) == 1
        assert (here.state.seq, here.state.running) == (before, ())
        assert sorted(tmp_path.rglob("*")) == files


async def test_every_key_there_is_one_after_another_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: object, **more: object) -> None:
        raise AssertionError(f"a program was started: {given}")

    monkeypatch.setattr(subprocess, "run", never)
    for settings in ({}, {"notices": {"team": {"type": "command", "command": "true"}}}):
        root = tmp_path / str(len(settings))
        root.mkdir()
        async with cockpit(root, STEPS, screen=BrowserApp, settings=settings) as here:
            before, files = here.state.seq, sorted(root.rglob("*"))
            for pane in ("1", "2", "3"):
                for key in EVERY_KEY:
                    if key != "q":
                        await here.press(key)
                while len(here.app.screen_stack) > 1:
                    here.app.pop_screen()
                await here.press("escape", pane)
            await here.pilot.pause()
            assert here.app.is_running
            assert (here.state.seq, here.state.running) == (before, ())
            assert sorted(root.rglob("*")) == files
            assert _copied(here) == ""


async def test_a_command_of_any_kind_stays_here(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, screen=BrowserApp) as here:
        before = here.state.seq
        assert await here.app.ask(c.AddNote(text="from a browser")) is not None
        await here.refused(ONLY_LOOKS)
        assert here.state.seq == before


async def test_the_help_and_the_palette_name_what_there_is_and_nothing_else(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, screen=BrowserApp, size=(140, 60)) as here:
        named = {one.title for one in here.app.get_system_commands(here.app.screen)}
        logs = {f"Log: {one.description.lower()}" for one in BrowserApp.log_keys if isinstance(one, Binding)}
        assert not logs & {"Log: copy line", "Log: copy pane", "Log: pager"}
        assert named == {key.word.capitalize() for key in BROWSER_KEYS if key.action != "command_palette"} | logs
        await here.press("question_mark")
        await here.dialog("Keys")
        await here.shows(BROWSER_KEYS[-1].tooltip)
        for key in BROWSER_KEYS:
            assert key.tooltip in here.text, key.id
        for words in ("clipboard", "PAGER", "Copy", "write the record", "asks what becomes", "enter it"):
            assert words not in here.text


async def test_looking_goes_as_ever(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK, screen=BrowserApp) as here:
        await here.press("right_square_bracket")
        await here.until(lambda: here.app.viewed == "deploy", "the next phase")
        assert here.state.phase == "preflight"
        await here.press("l")
        await here.dialog("Story")
        await here.press("escape")
        await here.closed()
        await here.press("n")
        await here.until(lambda: here.app.viewed == "preflight", "the way back")


async def test_the_bottom_line_names_no_key_that_is_not_there(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, screen=BrowserApp) as here:
        assert here.next_line.strip() == "next: run Knead"


async def test_a_browser_copies_by_itself(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, screen=BrowserApp) as here:
        await here.engine.handle(c.RunTask(task=here.id_of("Knead"), attempt=1), "ann")
        await here.ended("Knead")
        await here.at("Knead")
        await here.shows("the dough rises")
        await here.press("2", "y")
        await here.until(lambda: any(NO_COPY in one.message for one in here.app._notifications), "the reason")
        await here.press("Y")
        await here.pilot.pause()
        assert _copied(here) == ""
        assert not any("OSC 52" in one.message for one in here.app._notifications)
        assert not {"copy", "pager", "export"} & {word for _, word in here.app.hinting.shown()}


async def test_there_is_no_pager_in_a_browser(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, screen=BrowserApp) as here:
        await here.engine.handle(c.RunTask(task=here.id_of("Knead"), attempt=1), "ann")
        await here.ended("Knead")
        await here.at("Knead")
        await here.shows("the dough rises")
        await here.press("2", "o")
        await here.refused("No pager here. Zoom the log (z) or filter it (/).")


async def test_notices_are_read_and_not_copied_or_sent(tmp_path: Path) -> None:
    settings = {"notices": {"team": {"type": "command", "command": "true"}}}
    async with cockpit(tmp_path, STEPS, screen=BrowserApp, settings=settings) as here:
        before = here.state.seq
        await here.press("c")
        await here.dialog("Notices")
        await here.press("s", "ctrl+s", "e", "ctrl+e", "y", "enter", "tab", "enter", "space")
        await here.pilot.pause()
        assert _copied(here) == ""
        if isinstance(here.app.screen, NoticeDialog):
            await here.press("escape")
        await here.closed()
        assert here.state.seq == before


async def test_an_engine_that_is_gone_is_told_while_the_deploy_is_open_and_not_afterwards(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, screen=BrowserApp) as here:
        client, here.app.line.client = here.app.line.client, None
        here.app.refresh_view()
        await here.shows("engine restarting")
        here.app.line.client = client
        assert await here.engine.handle(c.CloseDeploy(outcome="aborted", reason="enough bread"), "ann") is None
        await here.until(lambda: here.app.state.closed is not None, "the end")
        here.app.line.client = None
        here.app.refresh_view()
        await here.pilot.pause()
        assert "engine restarting" not in here.text
