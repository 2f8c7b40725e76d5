"""R: nothing destructive by accident. Cancel has the focus, the word must be typed, early keys do not count."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Button, Input, OptionList

from cockpit.client import choices as going_back
from tests.ui.engine_app import RUNBOOK, SLOW, STEPS, Cockpit, cockpit
from widgets.dialogs import base
from widgets.dialogs.base import Dialog

TITLE = "Roll back production"


async def _type(here: Cockpit, name: str, text: str) -> None:
    field = here.app.screen.query_one(f"#{name}", Input)
    field.focus()
    field.value = text
    await here.pilot.pause()


async def test_cancel_has_the_focus_and_enter_alone_does_nothing(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.shows("echo the old bread > back.txt")
        assert isinstance(shown.focused, Button)
        assert shown.focused.id == "cancel"
        await here.press("enter")
        await here.closed()
        assert here.state.rollback is None


async def test_keys_of_the_first_moment_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "DEAF_SECONDS", 3600.0)  # the moment lasts until the test ends it
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("R")
        await here.until(lambda: isinstance(here.app.screen, Dialog), "the dialog")
        shown = here.app.screen
        assert isinstance(shown, Dialog)
        await here.press("1", "enter", "space", "tab", "enter", *"production", "enter")
        assert here.app.screen is shown
        assert shown.focused is None
        assert shown.query_one("#confirmation", Input).value == ""
        shown._arm()
        await here.press("1")
        await here.until(lambda: isinstance(shown.focused, Input), "a field with the focus")


async def test_a_wrong_word_is_refused_and_says_which_is_right(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.press("1")
        await _type(here, "reason", "it is stale")
        await _type(here, "confirmation", "prod")
        assert shown.query_one("#go", Button).disabled
        await here.press("enter")
        await here.shows('type "production" to confirm')
        assert here.app.screen is shown
        assert here.state.rollback is None


async def test_the_word_typed_rolls_back_and_closes_the_deploy(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.press("1")
        await here.until(lambda: shown.focused and shown.focused.id == "reason", "the field for the reason")
        await here.press(*"stale", "enter")
        await here.until(lambda: shown.focused and shown.focused.id == "confirmation", "the field for the word")
        await here.press(*"production", "enter")
        await here.until(lambda: here.state.closed is not None, "the end of the rollback")
        assert here.state.closed == "rolled back"
        assert (tmp_path / "back.txt").read_text() == "the old bread\n"
        assert here.state.rollback is not None
        assert (here.state.rollback.reason, here.state.rollback.by) == ("stale", "ann")


async def test_a_running_script_is_gone_before_the_way_back_begins(tmp_path: Path) -> None:
    async with cockpit(tmp_path, SLOW) as here:
        await here.at("Rise")
        await here.press("enter")
        await here.until(lambda: here.of("Rise").status == "running", "the start")
        await here.press("R")
        await here.dialog(TITLE)
        await here.shows("Rise is running; it is cancelled first")
        await here.press("1")
        await _type(here, "reason", "stale")
        await _type(here, "confirmation", "production")
        await here.press("enter")
        await here.until(lambda: here.state.closed is not None, "the end of the rollback")
        kinds = [type(event.body).__name__ for event in here.engine.events]
        assert here.of("Rise").status == "fail"
        assert (
            kinds.index("CancelRequested") < kinds.index("StepFinished") < len(kinds) - kinds[::-1].index("StepStarted")
        )
        await here.press("R")
        await here.refused("This deploy is closed")


async def test_a_runbook_without_a_way_back_says_so(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS.partition("## Rollback")[0]) as here:
        await here.press("R")
        await here.refused("docs/deploy.md has no rollback section")


LOST = STEPS.replace("echo the old bread > back.txt", "no-such-oven --back || echo the old bread > back.txt")


async def test_a_way_back_without_its_tool_says_so_and_wants_more_than_the_name(tmp_path: Path) -> None:
    assert LOST != STEPS
    async with cockpit(tmp_path, LOST) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.shows("no-such-oven is not installed on this machine")
        await here.press("1")
        await _type(here, "reason", "the baker has one")
        await _type(here, "confirmation", "production")
        assert shown.query_one("#go", Button).disabled
        await _type(here, "confirmation", "insist on production")
        assert not shown.query_one("#go", Button).disabled
        await here.press("enter")
        await here.until(lambda: here.state.closed == "rolled back", "the deploy rolled back")
        assert here.state.rollback is not None
        assert here.state.rollback.despite == ("no-such-oven is not installed on this machine",)
    assert (tmp_path / "back.txt").read_text() == "the old bread\n"


async def test_leaving_a_rollback_calls_it_that_and_notices_are_among_its_keys(tmp_path: Path) -> None:
    broken = STEPS.replace("echo the old bread > back.txt", "false")
    async with cockpit(tmp_path, broken, size=(200, 40)) as here:
        await here.press("R")
        await here.dialog(TITLE)
        await here.press("1")
        await _type(here, "reason", "stale")
        await _type(here, "confirmation", "production")
        await here.press("enter")
        await here.until(lambda: here.state.rollback and here.state.rollback.status == "failed", "its failure")
        await here.shows("c notices")
        await here.press("q")
        await here.dialog("Leave")
        await here.shows("The rollback is open and stays open.")
        await here.shows("Detach: the rollback keeps running")
        await here.shows("Close the rollback ...")


async def test_on_the_smallest_screen_the_commands_are_in_sight_while_the_word_is_typed(tmp_path: Path) -> None:
    lines = "\n".join(f"echo loaf {number} > back.txt" for number in range(4))
    async with cockpit(tmp_path, STEPS.replace("echo the old bread > back.txt", lines), size=(60, 16)) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.press("1")
        for field, typed in (("reason", "stale"), ("confirmation", "production")):
            await here.until(lambda field=field: shown.focused and shown.focused.id == field, f"the field {field}")  # type: ignore[misc]
            await here.shows("echo loaf 0 > back.txt")
            await here.press(*typed)
            await here.shows(f" {typed}")
            assert "echo loaf 0 > back.txt" in here.text
            assert "echo loaf 3 > back.txt" in here.text
            assert "Cancel" in here.text
            if field == "reason":
                await here.press("enter")


RESTORE = STEPS.replace("echo the old bread > back.txt", "pg_restore -d app FOLDERpre-<timestamp>.dump")


@pytest.mark.parametrize("folder", ["backups/", "{root}/backups/", "~/backups/", "{root}/nowhere/", "/proc/1/root/"])
async def test_the_dialog_lists_what_it_can_wherever_the_backups_are(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "pre-7.dump").write_text("x")
    (tmp_path / "backups" / "pre-latest.dump").symlink_to("gone.dump")
    async with cockpit(tmp_path, RESTORE.replace("FOLDER", folder.format(root=tmp_path))) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.press("1")
        offered = shown.query_one("#candidates", OptionList)
        assert offered.option_count == (1 if "backups" in folder else 0)
        assert "latest" not in here.text
        await here.press("escape")
        await here.closed()


async def test_a_listing_that_fails_is_said_and_the_value_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise NotImplementedError("Non-relative patterns are unsupported")

    monkeypatch.setattr(going_back, "backups", broken)
    async with cockpit(tmp_path, RESTORE.replace("FOLDER", "backups/")) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.press("1")
        await here.shows("cannot list values for <timestamp> (NotImplementedError: Non-relative patterns")
        field = shown.query_one("#value", Input)
        field.focus()
        field.value = "7"
        await here.press("enter")
        await here.shows("backups/pre-7.dump")


@pytest.mark.parametrize("callback", ["on_input_changed", "_show_target", "_check"])
@pytest.mark.usefixtures("errors_expected")
async def test_no_callback_of_a_dialog_ends_the_screen(
    tmp_path: Path, callback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)

        def broken(*_: object) -> None:
            raise FileNotFoundError(2, "No such file or directory", "/backups/gone")

        monkeypatch.setattr(type(shown), callback, broken)
        await here.press("1")
        await _type(here, "reason", "x")
        await here.shows("ailed: /backups/gone: No such file or directory")
        assert here.app.screen is shown
        await here.press("escape")
        await here.closed()


@pytest.mark.usefixtures("errors_expected")
async def test_no_answer_to_a_dialog_and_no_key_ends_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error", "/mnt/share")

    async with cockpit(tmp_path, STEPS) as here:
        monkeypatch.setattr(here.app.desk, "ask", broken)
        monkeypatch.setitem(here.app.handlers, "export", broken)
        await here.press("x")
        await here.press("e")
        await here.refused(
            "The action failed: /mnt/share: Input/output error. The deploy keeps running; press the key again."
        )
        assert here.app.is_running


VERIFIED = STEPS.replace(
    "## Rollback",
    "## Post-deployment verification\n- [ ] The bread is fresh\n\n## Monitoring\n- [ ] All is calm\n\n## Rollback",
).replace("test -e oven\n", "")


@pytest.mark.parametrize("phase", ["preflight", "verify"])
async def test_a_rollback_is_shown_wherever_it_was_asked_for(tmp_path: Path, phase: str) -> None:
    """Its own commands, its log and its title, not those of the deploy's first step."""
    bake = "echo the old bread > back.txt; echo it is the old bread; test -e never"
    runbook = (RUNBOOK if phase == "preflight" else VERIFIED).replace("echo the old bread > back.txt", bake)
    async with cockpit(tmp_path, runbook) as here:
        if phase != "preflight":
            for title in ("Knead", "Bake"):
                await here.run(title)
            await here.at("Deliver")
            await here.press("s")
            await here.dialog("Skip")
            await here.answer("not today")
            await here.until(lambda: here.state.phase == phase, phase)
        assert here.state.phase == phase
        await here.press("R")
        shown = await here.dialog(TITLE)
        await here.press("1")
        await _type(here, "reason", "stale")
        await _type(here, "confirmation", shown._word)  # type: ignore[attr-defined]
        await here.press("enter")
        await here.until(lambda: here.state.rollback and here.state.rollback.status == "failed", "its end")
        await here.shows("Rollback: ")
        await here.shows("it is the old bread")
        assert here.app.viewed == phase
        assert "echo kneading" not in here.text


@pytest.mark.parametrize(
    ("key", "action", "title"),
    [("R", "rollback", TITLE), ("i", "note", "Note"), ("H", "hold", "Hold"), ("q", "quit", "Leave")],
)
async def test_a_key_that_came_again_before_its_dialog_stood_opens_one(
    tmp_path: Path, key: str, action: str, title: str
) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        for _ in range(3):
            here.app.post_message(Key(key, key))
        await here.dialog(title)
        assert len(here.app.screen_stack) == 2
        await here.press("escape")
        await here.closed()
        await here.until(lambda: action not in [worker.group for worker in here.app.workers], "the end of it")
        await here.press(key)
        await here.dialog(title)


async def test_a_rollback_that_is_not_needed_says_what_to_press_instead(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("R")
        await here.dialog(TITLE)
        await here.shows("this deploy has changed nothing yet")
        await here.shows("(close the deploy with C)")


async def test_the_reasons_that_the_runbook_lists_are_offered(tmp_path: Path) -> None:
    listed = ["Critical bug", "Data integrity"]
    async with cockpit(tmp_path, STEPS, settings={"rollback": {"reasons": listed}}) as here:
        await here.press("R")
        shown = await here.dialog(TITLE)
        field = shown.query_one("#reason", Input)
        await here.press("1")
        await here.until(lambda: here.app.focused is field, "the field of the reason")
        seen = []
        for key in ("down", "down", "down", "up"):
            await here.press(key)
            seen.append(field.value)
        assert seen == ["Critical bug", "Data integrity", "Critical bug", "Data integrity"]
        assert not list(tmp_path.glob("back.txt"))
