"""Keys that only look: phases, panes, zoom, help, filter, export, leaving; remapped, read-only, ASCII."""

import json
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from cockpit.settings.keymap import KEYS
from tests.ui.engine_app import DEPLOY, RUNBOOK, SLOW, STEPS, Cockpit, cockpit
from tests.ui.pictures import settle
from tests.ui.scenes import SCENES
from widgets.bars import KeyBar, NextBar, PhaseBar, key_word
from widgets.countdown import CountdownBar
from widgets.log_view import LogView


async def test_the_next_phase_is_entered_when_nothing_holds_it(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        for title in ("The oven is hot", "The till works"):
            await here.at(title)
            here.app.keys.forget_pressed()
            await here.press("space")
            await here.until(lambda title=title: here.of(title).status == "pass", "the tick")  # type: ignore[misc]
        assert "enter Deploy" in here.next_line
        await here.press("right_square_bracket")
        await here.until(lambda: here.state.phase == "deploy", "the phase")
        assert here.app.viewed == "deploy"


async def test_n_goes_to_what_needs_a_person_from_another_phase(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("right_square_bracket")
        await here.until(lambda: here.app.viewed == "deploy", "the look ahead")
        await here.press("n")
        await here.until(lambda: here.app.viewed == "preflight", "the way back")
        assert here.app.selected is not None
        assert here.app.selected.title == "The oven is hot"


@pytest.mark.parametrize("size", [(140, 40), (80, 24)], ids=["140x40", "80x24"])
async def test_numbers_go_to_the_panes_and_z_makes_one_large(tmp_path: Path, size: tuple[int, int]) -> None:
    async with cockpit(tmp_path, STEPS, size=size) as here:
        await here.run("Knead")
        await here.at("Knead")
        await here.press("2")
        await here.until(lambda: isinstance(here.app.focused, LogView), "the focus in the log")
        await here.press("z")
        await here.until(lambda: not here.app.task_list.region, "the log alone")
        assert here.app.log_view.region.width > size[0] - 6
        await here.press("z", "1")
        await here.until(lambda: here.app.focused is here.app.task_list, "the focus in the steps")
        assert here.app.task_list.region
        await here.press("3")
        await here.until(lambda: here.app.focused and here.app.focused.id == "metrics", "the focus in the metrics")


async def test_z_right_behind_a_number_makes_that_pane_large(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.run("Knead")
        await here.at("Knead")
        for key in ("2", "z"):  # both are there before the first is answered, as when they are pasted
            here.app.post_message(Key(key, key))
        await here.until(lambda: not here.app.task_list.region, "the log alone")
        assert here.app.log_view.region.width > 134


async def test_the_help_lists_every_key(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, size=(140, 70)) as here:
        await here.press("question_mark")
        await here.dialog("Keys")
        await here.shows(KEYS[-1].tooltip)
        for key in here.app.keys.here:
            assert key.tooltip in here.text, key.id
            first = key_word(key.key.split(",")[0], False)
            assert any(first in line.partition(key.tooltip)[0] for line in here.text.splitlines()), key.id
        await here.press("q")
        await here.closed()


async def test_the_filter_shows_only_matching_lines_of_the_log(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.run("Knead")
        await here.at("Knead")
        await here.shows("the dough rises")
        rows = here.app.log_view
        await here.press("slash")
        await here.until(lambda: isinstance(here.app.focused, Input), "the filter's field")
        await here.press(*"rises", "enter")
        await here.until(lambda: rows.query_text == "rises", "the filter")
        await here.until(lambda: _log_lines(here) == ["the dough rises"], "the matching line alone")
        await here.press("escape")
        await here.until(lambda: rows.query_text == "", "no filter")
        await here.until(lambda: len(_log_lines(here)) == 2, "all lines again")


@pytest.mark.parametrize("size", [(140, 40), (60, 16)], ids=["140x40", "60x16"])
async def test_in_the_field_of_the_filter_no_letter_is_offered_as_a_key(tmp_path: Path, size: tuple[int, int]) -> None:
    async with cockpit(tmp_path, SLOW, size=size) as here:
        await here.at("Rise")
        await here.press("enter")
        await here.until(lambda: here.of("Rise").status == "running", "the start")
        await here.press("slash")
        await here.until(lambda: isinstance(here.app.focused, Input), "the filter's field")
        bar = here.app.query_one(KeyBar)
        await here.until(lambda: "apply, go to the log" in str(bar.content), "the keys of the field")
        assert "? help" not in str(bar.content)
        assert "Rise has been running for" in here.next_line
        assert "x ends it" not in here.next_line
        await here.press("question_mark", "escape")
        await here.until(lambda: not isinstance(here.app.focused, Input), "the log")
        here.app.refresh_view()
        assert "? help" in str(here.app.query_one(KeyBar).content)


def _log_lines(here: Cockpit) -> list[str]:
    here.app.drawing.poll_log()
    rows = here.app.log_view
    lines = ["".join(part.text for part in rows.render_line(y)).strip() for y in range(rows.size.height)]
    return [line for line in lines if line]


async def test_e_writes_the_record_in_three_formats(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.run("Knead")
        await here.press("e")
        paths = [tmp_path / f"deploy-{DEPLOY}.{kind}" for kind in ("svg", "json", "md")]
        # The picture is written last.
        await here.until(lambda: paths[0].exists() and "</svg>" in paths[0].read_text(), "the files")
        assert "bakery" in paths[0].read_text()
        assert len(json.loads(paths[1].read_text())["events"]) == here.state.seq
        assert "Knead" in paths[2].read_text()


async def test_a_remapped_key_works_and_the_old_one_does_not(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK, settings={"keys": {"tick": "j"}}) as here:
        await here.at("The oven is hot")
        await here.press("space")
        await here.pilot.pause()
        assert here.of("The oven is hot").status == "waiting"
        await here.shows("j tick")
        await here.press("j")
        await here.until(lambda: here.of("The oven is hot").status == "pass", "the tick")


async def test_whatever_speaks_of_a_key_names_the_one_that_is_bound(tmp_path: Path) -> None:
    app = SCENES["countdown"](tmp_path).app()
    async with app.run_test(size=(140, 40)) as pilot:
        app.set_keymap({"now": "f7", "hold": "f8", "rollback": "f9"})
        await settle(pilot)
        banner = str(app.base.query_one(CountdownBar).content)
        assert "f7 now   f8 hold" in banner
        assert "f7: roll back now, f8: hold" in str(app.base.query_one(NextBar).content)
        assert "f9 roll back" in str(app.base.query_one(PhaseBar).content)
        app.refuse("already on hold. ⟦hold⟧ releases it")
        app.refresh_view()
        assert "f8 releases it" in str(app.base.query_one(NextBar).content)


async def test_a_refusal_names_the_key_that_is_bound(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK, settings={"keys": {"hold": "f8", "retry": "f5"}}) as here:
        await here.press("f5")
        await here.refused("retry with f5")


async def test_a_read_only_screen_has_no_acting_key(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK, read_only=True) as here:
        before = here.state.seq
        await here.shows("read only")
        for key in KEYS:
            if key.acts:
                await here.press(*key.key.split(","))
                assert len(here.app.screen_stack) == 1, key.id
        await here.press("right_square_bracket")
        await here.until(lambda: here.app.viewed == "deploy", "the look ahead")
        await here.at("Knead")
        await here.press("enter", "space")
        await here.until(lambda: isinstance(here.app.focused, LogView), "the step's log")
        assert here.state.seq == before
        assert "R rolls back" not in here.text
        await here.press("question_mark")
        await here.dialog("Keys")
        await here.shows("Go")
        assert not [key.id for key in KEYS if key.acts and key.tooltip in here.text]


async def test_ascii_mode_draws_nothing_beyond_ascii(tmp_path: Path) -> None:
    async with cockpit(tmp_path, SLOW, ascii_only=True) as here:
        await here.at("Rise")
        await here.press("enter")
        await here.shows("rising")
        assert _beyond_ascii(here.text) == set()
        (tmp_path / "risen").touch()
        await here.ended("Rise")
        await here.at("Rise")
        assert _beyond_ascii(here.text) == set()


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("R", "Roll back production"),
        ("question_mark", "Keys"),
        ("s", "Skip"),
        ("C", "Close the deploy"),
        ("q", "Leave"),
        ("d", "docs/deploy.md"),
    ],
)
async def test_ascii_mode_draws_no_dialog_beyond_ascii(tmp_path: Path, key: str, title: str) -> None:
    async with cockpit(tmp_path, STEPS, ascii_only=True) as here:
        await here.press(key)
        await here.dialog(title)
        await here.shows(title)
        assert _beyond_ascii(here.text) == set()


def _beyond_ascii(text: str) -> set[str]:
    """Box drawing is Textual's."""
    return {sign for sign in text if not sign.isascii() and not "\u2500" <= sign <= "\u259f"}


async def test_leaving_asks_what_becomes_of_the_deploy_and_staying_is_first(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("q")
        await here.dialog("Leave")
        await here.press("enter")
        await here.closed()
        assert here.app.is_running
        await here.press("q")
        await here.dialog("Leave")
        await here.choose("Abort the deploy")
        await here.dialog("Close the deploy")
        await here.press("escape")
        await here.closed()
        assert here.state.closed is None


async def test_detaching_leaves_the_step_running(tmp_path: Path) -> None:
    async with cockpit(tmp_path, SLOW) as here:
        await here.at("Rise")
        await here.press("enter")
        await here.until(lambda: here.of("Rise").status == "running", "the start")
        await here.press("q")
        await here.dialog("Leave")
        await here.shows("Rise keeps running")
        await here.press("down", "enter")
        await here.pilot.pause()
        assert here.app._exit
        assert here.of("Rise").status == "running"
        assert not here.of("Rise").cancel_requested


async def test_while_a_script_runs_the_keys_that_make_sense_are_said(tmp_path: Path) -> None:
    async with cockpit(tmp_path, SLOW) as here:
        await here.at("Rise")
        await here.press("enter")
        await here.until(lambda: "2 log, x cancel: Rise has been running for" in here.next_line, "the keys")
        await here.press("2")
        await here.until(lambda: "1 steps, x cancel: Rise has been running" in here.next_line, "the way back")
        here.app.read_only = True
        assert "1 steps: Rise has been running" in here.next_line
