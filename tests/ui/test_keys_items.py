"""Keys that answer items of the checklist: tick, waive, not so; notes, hold, and what is refused."""

from pathlib import Path

from tests.ui.engine_app import RUNBOOK, STEPS, cockpit

OVEN, TILL = "The oven is hot", "The till works"


async def test_space_ticks_moves_on_and_takes_the_tick_back(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.at(OVEN)
        await here.press("space")
        await here.until(lambda: here.of(OVEN).status == "pass", "the tick")
        assert here.of(OVEN).by == "ann"
        await here.until(lambda: here.app.selected and here.app.selected.title == TILL, "the cursor on the next item")
        await here.at(OVEN)
        here.app.keys.forget_pressed()
        await here.press("space")
        await here.until(lambda: here.of(OVEN).status == "waiting", "the tick taken back")


async def test_a_held_space_ticks_one_item(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.at(OVEN)
        await here.press(*["space"] * 6)
        await here.until(lambda: here.of(OVEN).status == "pass", "the tick")
        assert here.of(TILL).status == "waiting"


async def test_a_phase_that_may_not_begin_names_what_holds_it(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("right_square_bracket")
        await here.refused(f'"{OVEN}", "{TILL}" are still open in Preflight')
        assert here.state.phase == "preflight"
        assert here.app.viewed == "deploy", "one may look ahead"
        await here.press("left_square_bracket")
        await here.until(lambda: here.app.viewed == "preflight", "the phase before")
        await here.press("left_square_bracket")
        await here.refused("There is no phase before Preflight")


async def test_a_step_of_a_later_phase_does_not_run(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("right_square_bracket")
        await here.until(lambda: here.app.viewed == "deploy", "the look ahead")
        await here.at("Knead")
        await here.press("enter")
        await here.refused("Cannot enter Deploy")
        assert here.of("Knead").attempt == 0


async def test_w_waives_with_a_reason_and_a_reason_is_needed(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.at(OVEN)
        await here.press("w")
        await here.dialog("Waive")
        await here.press("enter")
        await here.shows("Enter a value.")
        assert here.of(OVEN).status == "waiting"
        await here.answer("it is summer")
        await here.until(lambda: here.of(OVEN).status == "waived", "the waiver")
        assert here.of(OVEN).reason == "it is summer"


async def test_escape_leaves_a_question_without_doing_anything(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.at(OVEN)
        before = here.state.seq
        await here.press("w")
        await here.dialog("Waive")
        await here.press("escape")
        await here.closed()
        assert here.state.seq == before


async def test_an_item_that_is_not_so_says_why_and_can_be_ticked_later(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.at(TILL)
        await here.press("F")
        await here.dialog("Failed")
        await here.answer("no paper in it")
        await here.until(lambda: here.of(TILL).status == "fail", "the failure")
        assert here.of(TILL).reason == "no paper in it"
        await here.at(TILL)
        await here.press("space")
        await here.until(lambda: here.of(TILL).status == "waiting", "an open item again")


async def test_i_writes_a_note_into_the_record(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("i")
        await here.dialog("Note")
        await here.answer("smells good")
        await here.until(lambda: here.state.notes, "the note")
        assert (here.state.notes[0].by, here.state.notes[0].text) == ("ann", "smells good")


async def test_h_holds_with_a_reason_and_releases(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("H")
        await here.dialog("Hold")
        await here.until(lambda: here.state.hold, "the hold, while its reason is typed")
        await here.answer("lunch")
        await here.until(lambda: here.state.hold and here.state.hold.reason == "lunch", "the reason")
        await here.shows("on hold")
        await here.at("Knead")
        await here.press("enter")
        await here.refused("on hold (ann: lunch)")
        assert here.of("Knead").attempt == 0
        await here.press("H")
        await here.until(lambda: here.state.hold is None, "the release")


async def test_a_hold_that_is_given_up_in_its_dialog_is_released(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("H")
        await here.dialog("Hold")
        await here.until(lambda: here.state.hold and here.state.hold.asking, "the hold")
        await here.press("escape")
        await here.until(lambda: here.state.hold is None, "the release")


async def test_closing_with_open_work_asks_for_an_outcome_and_a_reason(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("C")
        await here.dialog("Close the deploy")
        await here.press("enter")  # the first place does nothing
        await here.closed()
        assert here.state.closed is None
        await here.press("C")
        await here.dialog("Close the deploy")
        await here.choose("aborted")
        await here.dialog("Close as aborted")
        await here.answer("no flour")
        await here.until(lambda: here.state.closed == "aborted", "the end")
        assert here.state.closed_reason == "no flour"
