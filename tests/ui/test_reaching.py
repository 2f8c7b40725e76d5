"""Every action by other ways than its key: the palette and the mouse; keys of the log under other names; copying."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, Static

from cockpit.settings.keymap import KEYS, LOG_IDS
from tests.ui.engine_app import RUNBOOK, STEPS, cockpit
from tests.ui.pictures import press, settle
from tests.ui.rollout_scenes import ROLLOUTS
from tests.ui.scenes import SCENES
from widgets.bars import KeyBar, PhaseBar
from widgets.countdown import CountdownBar
from widgets.log_view import LogView
from widgets.runner_pane import RunnerPane

LOG_KEYS = [one for one in LogView.BINDINGS if isinstance(one, Binding)]


def _titles(app: Any) -> dict[str, str]:
    return {one.title: one.help for one in app.get_system_commands(app.screen)}


async def test_the_palette_has_every_key_of_the_deploy_and_of_its_log(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        found = _titles(here.app)
        for key in KEYS:
            if key.group != "Rollout" and key.id != "palette":
                assert key.tooltip in found[key.word.capitalize()], key.id
        for one in LOG_KEYS:
            assert one.tooltip in found[f"Log: {one.description.lower()}"], one.id


async def test_the_palette_of_a_rollout_has_its_keys_in_its_words(tmp_path: Path) -> None:
    app = ROLLOUTS["due"](tmp_path).app()
    async with app.run_test() as pilot:
        await pilot.pause()
        found = _titles(app)
        assert {"Advance", "Back", "Off"} <= set(found)
        assert not [title for title in found if title.startswith("Log:")], "a rollout has no log"
        assert found["Hold"].startswith("hold the rollout")


async def test_an_entry_of_the_palette_says_its_key_as_it_is_now(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK, settings={"keys": {"tick": "j", "log.wrap": "W"}}) as here:
        found = _titles(here.app)
        assert found["Tick"].endswith("(j)")
        assert found["Log: wrap"].endswith("(W)")


async def test_the_palette_does_what_a_key_of_the_log_does(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, size=(80, 24)) as here:
        await here.run("Knead")
        await here.at("Knead")
        await here.press("1", "colon", *"log: start", "down", "enter")
        await here.until(lambda: not here.app.log_view.following, "the start of the log")
        await here.until(lambda: here.app.log_view.region, "the pane is shown")


async def test_a_key_of_the_log_has_an_id_in_the_settings() -> None:
    assert {one.id for one in LOG_KEYS} == set(LOG_IDS)


async def test_a_key_of_the_log_is_remapped(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS, settings={"keys": {"log.copy-line": "E"}}) as here:
        await here.run("Knead")
        await here.at("Knead")
        await here.press("2")
        await here.until(lambda: isinstance(here.app.focused, LogView), "the focus in the log")
        await here.shows("E copy")
        await here.press("y")
        await here.pilot.pause()
        assert here.app.clipboard == ""
        await here.press("E")
        assert here.app.clipboard == "the dough rises"


async def test_y_copies_the_line_and_says_so(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        said: list[str] = []
        here.app.notify = lambda text, **more: said.append(text)  # type: ignore[method-assign]
        await here.run("Knead")
        await here.at("Knead")
        await here.press("2")
        await here.until(lambda: isinstance(here.app.focused, LogView), "the focus in the log")
        await here.press("y")
        await here.until(lambda: said, "the word")
        assert here.app.clipboard == "the dough rises"
        await here.press("Y")
        await here.until(lambda: len(said) == 2, "the word")
        assert here.app.clipboard == "kneading the dough\nthe dough rises"
        assert said == [f"copied {one} to the clipboard (OSC 52)" for one in ("1 line", "2 lines")]


# -- the mouse


@pytest.fixture
def app(tmp_path: Path) -> Any:
    return SCENES["migrating"](tmp_path).app()


async def _click(pilot: Pilot[int], widget: Widget | type[Widget], where: Callable[[Widget], tuple[int, int]]) -> None:
    found = pilot.app.query_one(widget) if isinstance(widget, type) else widget
    x, y = where(found)
    await pilot.click(offset=(found.region.x + x, found.region.y + y))
    await pilot.pause()
    pilot.app.refresh_view()  # type: ignore[attr-defined]
    await pilot.pause()


async def test_a_click_on_the_badge_in_the_panes_edge_follows_again(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        app.log_view.focus()
        await pilot.press("up", "up")
        app.refresh_view()
        await pilot.pause()
        edge = str(app.query_one(RunnerPane).border_subtitle)
        assert "PAUSED" in edge
        await _click(pilot, RunnerPane, lambda pane: (pane.size.width - 3, pane.outer_size.height - 1))
        assert app.log_view.following


async def test_a_click_on_the_last_line_of_the_log_chooses_it(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        app.log_view.focus()
        await pilot.press("up", "up")
        before = app.log_view.current
        await _click(pilot, LogView, lambda log: (2, log.outer_size.height - 1))
        assert not app.log_view.following
        assert app.log_view.current == before + 2


async def test_a_click_on_a_phase_looks_at_it_and_enters_nothing(app: Any) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        bar = str(app.query_one(PhaseBar).content)
        await _click(pilot, PhaseBar, lambda _: (bar.index("Verify") + 2, 0))
        assert app.viewed == "verify"
        assert app.state.phase == "deploy"
        assert app.task_list.region, "its tasks are shown"
        await _click(pilot, PhaseBar, lambda _: (bar.index("›"), 0))
        assert app.viewed == "verify", "between two phases is no phase"


async def test_a_click_on_a_task_puts_the_cursor_there_and_stays(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await _click(pilot, app.task_list, lambda _: (6, 4))
        assert app.selected.title == "Step 3: Hand over"
        app.refresh_view()
        await pilot.pause()
        assert app.selected.title == "Step 3: Hand over"


async def test_one_click_on_a_step_starts_nothing_and_two_are_enter(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.at("Knead")
        x, y = here.app.task_list.region.offset
        place = (x + 6, y + 1)
        for _ in range(2):
            await here.pilot.click(offset=place)
            await here.pilot.pause()
            # Far enough apart to be no double click.
            here.app._click_chain_last_offset = None
        assert here.of("Knead").status == "waiting"
        assert len(here.app.screen_stack) == 1
        await here.pilot.click(offset=place, times=2)
        await here.until(lambda: here.of("Knead").attempt == 1, "the start")
        await here.ended("Knead")


async def test_a_click_on_a_key_of_the_bar_is_that_key(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        bar = str(app.query_one(KeyBar).content)
        await _click(pilot, KeyBar, lambda _: (bar.index("zoom"), 0))
        assert app.query_one("#panes").has_class("zoomed")
        await _click(pilot, KeyBar, lambda _: (bar.index("? help"), 0))
        assert len(app.screen_stack) == 2


async def test_a_click_on_a_key_of_the_log_is_that_key(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "up", "up")
        app.refresh_view()
        bar = str(app.query_one(KeyBar).content)
        await _click(pilot, KeyBar, lambda _: (bar.index("follow"), 0))
        assert app.log_view.following


# -- what the line of keys says of where one is


async def test_in_the_field_of_the_filter_the_keys_are_those_of_the_field(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await pilot.press("slash")
        app.refresh_view()
        assert app.hinting.shown() == [("⏎", "apply, go to the log"), ("esc", "all lines again")]
        await pilot.press("escape")
        app.refresh_view()
        assert ("f", "follow") in app.hinting.shown()


async def test_a_pane_that_fills_the_screen_says_how_to_go_back(app: Any) -> None:
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert ("z", "zoom") in app.hinting.shown()
        await pilot.press("z")
        assert ("z", "all panes") in app.hinting.shown()[:2]
        await pilot.press("z")
        assert ("z", "zoom") in app.hinting.shown()


async def test_a_long_hint_of_a_step_is_not_cut(tmp_path: Path) -> None:
    app = SCENES["two_people"](tmp_path).app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        shown = str(app.query_one("#script-lines", Static).content)
        assert "needs approval from someone else: V in their own session" in " ".join(shown.split())


async def test_a_countdown_has_its_two_keys_side_by_side(tmp_path: Path) -> None:
    app = SCENES["countdown"](tmp_path).app()
    async with app.run_test(size=(60, 16)) as pilot:
        await settle(pilot)
        assert [key for key, _ in app.hinting.shown()[:2]] == ["N", "H"]


async def test_the_keys_of_a_countdown_work_under_every_dialog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = SCENES["countdown"](tmp_path).app()
    asked: list[object] = []

    async def ask(command: object) -> None:
        asked.append(command)

    monkeypatch.setattr(app.desk, "ask", ask)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        app.drawing.if_due()
        await pilot.pause()
        banner = app.screen.query_one(CountdownBar)
        assert banner.display, "a dialog does not cover it"
        assert "N now   H hold" in str(banner.content)
        await press(pilot, "N")
        assert [type(one).__name__ for one in asked] == ["RollBackNow"]
        asked.clear()
        await press(pilot, "escape", "i", "N")
        assert app.screen.query_one("#answer", Input).value == "N", "where somebody types it is a letter"
        app.soon()
        app.drawing.if_due()
        await pilot.pause()
        assert "f9 now   f8 hold" in str(app.screen.query_one(CountdownBar).content)
        app.keys.forget_pressed()
        await press(pilot, "f9")
        assert [type(one).__name__ for one in asked] == ["RollBackNow"]


async def test_where_one_pane_fits_the_way_to_the_other_is_said(app: Any) -> None:
    async with app.run_test(size=(60, 16)) as pilot:
        await settle(pilot)
        assert ("2", "log") in app.hinting.shown()[:2]
        await pilot.press("2")
        app.refresh_view()
        assert ("1", "steps") in app.hinting.shown()[:2]
