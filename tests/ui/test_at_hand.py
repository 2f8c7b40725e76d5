"""Scripts at hand on the screen: found by a word, shown, run, and seen below the steps with their log."""

from pathlib import Path

from textual.widgets import Input

from tests.ui.engine_app import STEPS, cockpit

TROUBLE = "".join(f"### Trouble {number}\n```bash\necho nothing {number}\n```\n\n" for number in range(9))
RUNBOOK = STEPS + f"\n## Troubleshooting\n\n{TROUBLE}### The oven is cold\n```bash\necho heated > heat.txt\n```\n"


async def test_one_is_found_by_a_word_shown_and_run(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("h")
        await here.dialog("At hand")
        assert isinstance(here.app.focused, Input)
        await here.press(*"cold oven", "enter")
        await here.dialog("The oven is cold")
        await here.shows("echo heated > heat.txt")
        assert not (tmp_path / "heat.txt").exists()
        await here.press("down", "enter")
        await here.ended("The oven is cold")
        assert (tmp_path / "heat.txt").read_text() == "heated\n"
        await here.shows("contingency")
        assert here.app.selected is not None
        assert here.app.selected.title == "The oven is cold", "its output stays on the screen"
        assert here.state.phase == "deploy"
        # The steps go on where they were.
        await here.run("Knead")
        assert here.of("Knead").status == "pass"


async def test_leaving_the_list_runs_nothing(tmp_path: Path) -> None:
    async with cockpit(tmp_path, RUNBOOK) as here:
        await here.press("h")
        await here.dialog("At hand")
        await here.press(*"no such thing", "enter")
        await here.press("escape")
        await here.closed()
        assert not here.state.running


async def test_without_any_the_key_says_so(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        assert "at hand" not in here.text
        await here.press("h")
        await here.refused("docs/deploy.md has no scripts for trouble, setup or looking up")
