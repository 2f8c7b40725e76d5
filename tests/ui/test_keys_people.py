"""The key of the second person."""

from pathlib import Path

from cockpit.deploy import commands as c
from tests.ui.engine_app import STEPS, cockpit

TWO = STEPS.replace("### Knead\n```bash", "### Knead\n```bash {confirm_by=second}")


async def test_a_step_waits_for_the_second_person_and_then_runs(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TWO) as here:
        await here.shows("needs V")
        await here.at("Knead")
        await here.press("enter")
        await here.refused("ann wants to run it")
        assert here.of("Knead").attempt == 0
        confirm = c.ConfirmTask(task=here.id_of("Knead"), attempt=1)
        assert await here.engine.handle(confirm, "bob") is None
        await here.until(lambda: here.app.state.seq == here.state.seq, "the confirmation on the screen")
        await here.shows("approved by bob at ")
        await here.run("Knead")
        assert here.of("Knead").status == "pass"
        assert [one.by for one in here.of("Knead").confirmations] == ["bob"]


async def test_v_confirms_and_the_same_person_may_not_start_it(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TWO) as here:
        await here.at("Knead")
        await here.press("V")
        await here.dialog("Approve as ann")
        await here.shows("echo kneading the dough")
        await here.press("enter")  # the first place does nothing
        await here.closed()
        assert not here.of("Knead").confirmations
        await here.press("V")
        await here.dialog("Approve as ann")
        await here.choose("Approve this script")
        await here.until(lambda: here.of("Knead").confirmations, "the confirmation")
        await here.at("Knead")
        here.app.keys.forget_pressed()
        await here.press("enter")
        await here.refused("is approved by ann")
        assert here.of("Knead").attempt == 0


async def test_v_on_another_step_says_that_it_needs_nobody(tmp_path: Path) -> None:
    async with cockpit(tmp_path, TWO) as here:
        await here.at("Bake")
        await here.press("V")
        await here.refused("needs no approval")
