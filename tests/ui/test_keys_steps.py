"""Keys that run steps, on real bash: run, retry, skip, accept, cancel, values, confirmation."""

from pathlib import Path

from tests.ui.engine_app import SLOW, STEPS, Cockpit, cockpit

FAILED_LINE = STEPS.splitlines().index("test -e oven") + 1


async def _failed_bake(here: Cockpit) -> None:
    await here.run("Knead")
    await here.run("Bake")
    assert here.of("Bake").status == "fail"
    await here.at("Bake")


async def test_enter_runs_a_step_and_its_log_appears(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.run("Knead")
        assert here.of("Knead").status == "pass"
        assert here.app.selected is not None
        assert here.app.selected.title == "Bake", "the cursor moves on after success"
        await here.at("Knead")
        await here.shows("the dough rises")


async def test_a_step_out_of_order_is_refused(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.at("Bake")
        await here.press("enter")
        await here.refused('"Knead" comes first')


async def test_a_held_enter_runs_one_step(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.at("Knead")
        await here.press(*["enter"] * 8)
        await here.ended("Knead")
        await here.press(*["enter"] * 3)
        await here.until(lambda: here.app.selected and here.app.selected.title == "Bake", "the cursor on the next step")
        assert here.of("Knead").attempt == 1
        assert here.of("Bake").attempt == 0


async def test_a_failed_step_is_gone_on_with_from_its_failed_line(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await _failed_bake(here)
        assert f"at line {FAILED_LINE}: test -e oven" in here.of("Bake").reason
        (tmp_path / "oven").touch()
        await here.press("r")
        await here.dialog("Retry")
        await here.shows(f"Retry from line {FAILED_LINE}, where it stopped")
        await here.choose("Retry from line")
        await here.until(lambda: here.of("Bake").status == "pass", "success")
        assert (here.of("Bake").attempt, here.of("Bake").from_line) == (2, FAILED_LINE)
        assert (tmp_path / "baked.txt").read_text() == "baking\n", "the line before did not run again"


async def test_a_failed_step_is_run_again_from_the_top(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await _failed_bake(here)
        (tmp_path / "oven").touch()
        await here.press("r")
        await here.dialog("Retry")
        await here.choose("Retry the whole script")
        await here.until(lambda: here.of("Bake").status == "pass", "success")
        assert (tmp_path / "baked.txt").read_text() == "baking\nbaking\n"


async def test_r_refuses_what_has_not_failed(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.at("Knead")
        await here.press("r")
        await here.refused('"Knead" has not failed')


async def test_s_skips_a_failed_step_with_a_reason(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await _failed_bake(here)
        await here.press("s")
        await here.dialog("Skip")
        await here.answer("bought elsewhere")
        await here.until(lambda: here.of("Bake").status == "skipped", "the skip")
        assert here.of("Bake").reason == "bought elsewhere"


async def test_a_takes_a_failed_step_as_done_and_refuses_one_that_did_not_run(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await _failed_bake(here)
        await here.press("A")
        await here.dialog("Accept")
        await here.answer("it is bread")
        await here.until(lambda: here.of("Bake").status == "waived", "the acceptance")
        await here.at("Deliver")
        await here.press("A")
        await here.dialog("Accept")
        await here.answer("surely")
        await here.refused("has not failed. Run it")


async def test_values_are_asked_for_then_a_confirmation_then_it_runs(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        await here.run("Knead")
        (tmp_path / "oven").touch()
        await here.run("Bake")
        await here.at("Deliver")
        here.app.keys.forget_pressed()
        await here.press("enter")
        await here.dialog("Value")
        await here.shows("<street>")
        await here.answer("Main Street 1")
        await here.dialog("Deliver")
        await here.shows("echo brought to 'Main Street 1'")
        assert here.of("Deliver").attempt == 0
        await here.press("enter")  # the first place goes back
        await here.closed()
        assert here.of("Deliver").attempt == 0
        here.app.keys.forget_pressed()
        await here.press("enter")
        await here.dialog("Deliver")
        await here.choose("Run it")
        await here.until(lambda: here.of("Deliver").status == "pass", "the end")
        await here.at("Deliver")
        await here.shows("brought to Main Street 1")


async def test_x_ends_the_running_script_after_a_question(tmp_path: Path) -> None:
    async with cockpit(tmp_path, SLOW) as here:
        await here.at("Rise")
        await here.press("enter")
        await here.until(lambda: here.of("Rise").status == "running", "the start")
        await here.shows("rising")
        await here.press("x")
        await here.dialog("Cancel the script")
        await here.press("enter")  # the first place does nothing
        await here.closed()
        assert not here.of("Rise").cancel_requested
        await here.press("x")
        await here.dialog("Cancel the script")
        await here.choose("Cancel it now")
        await here.ended("Rise")
        assert here.of("Rise").status == "fail"
        await here.press("x")
        await here.refused("No script is running")


async def test_everything_done_is_closed_by_one_key(tmp_path: Path) -> None:
    (tmp_path / "risen").touch()
    async with cockpit(tmp_path, SLOW) as here:
        await here.run("Rise")
        await here.run("Bake")
        assert "close the deploy" in here.next_line
        await here.press("C")
        await here.until(lambda: here.state.closed == "succeeded", "the end")
