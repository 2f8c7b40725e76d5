"""The screen of a review: its keys, what they do not accept, and how it looks."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from cockpit.errors import DONE, FAILED
from tests.ui.pictures import Compare
from tests.ui.review_world import RUNBOOK, made, opened, world
from tests.waiting import soon
from widgets.dialogs.base import Dialog

CHANGED = ("bin/bake --degrees 220", "bin/bake --degrees 200\nbin/turn")


async def test_the_unsure_ones_come_first_and_enter_goes_to_the_next(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        assert [one.subject.title for one in here.app.ordered][-2:] == ["Later", "What it prints"]
        first = here.here
        await here.press("enter")
        assert here.role(first)
        assert here.here != first
        await here.shows("to review")


async def test_one_key_accepts_all_that_is_clear_and_leaves_the_rest(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        await here.press("A")
        left = {one.subject.title for one in here.app.answers.open}
        assert {"Clean up", "Rollback"} <= left
        assert not {"Knead", "Bake"} & left


async def test_a_held_enter_accepts_nothing_that_destroys(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        await here.at("Clean up")
        await here.pilot.press("enter")
        assert here.role("Clean up") == ""
        assert "look at it first" in here.next
        await here.press("enter")
        assert here.role("Clean up") == "step"


async def test_a_long_rollback_is_accepted_at_its_end(tmp_path: Path) -> None:
    made(tmp_path)
    long = RUNBOOK.replace("bin/shelf --swap", "\n".join(f"bin/shelf --swap {number}" for number in range(60)))
    (tmp_path / "docs" / "deploy.md").write_text(long)
    async with world(opened(tmp_path), (80, 24)) as here:
        await here.at("Rollback")
        await here.press("enter")
        assert here.role("Rollback") == ""
        assert "read it to its end" in here.next
        for _ in range(20):
            if here.role("Rollback"):
                break
            await here.press("enter")
        assert here.role("Rollback") == "rollback"


async def test_keys_set_roles_and_undo_takes_them_back(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        await here.at("Bake")
        await here.press("X")
        assert here.role("Bake") == "content"
        await here.at("What it prints")
        await here.press("S")
        assert here.role("What it prints") == "step"
        await here.at("Bake")
        await here.press("u")
        assert here.role("Bake") == ""
        await here.press("u")
        assert "said nothing of this script" in here.next


async def test_the_menu_sets_a_role(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        await here.at("Bake")
        await here.press("space")
        assert isinstance(here.app.screen, Dialog)
        await here.shows("optional: it is offered in its place")
        dialog = here.app.screen
        await soon(lambda: dialog.armed, "the moment from which keys count")
        await here.press("down", "enter")
        await soon(lambda: len(here.app.screen_stack) == 1, "the end of the dialog")
        assert here.role("Bake") == "optional"


async def test_what_no_shell_can_read_is_said(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        await here.at("Later")
        await here.press("S")
        assert "no shell can read it" in here.next
        await here.press("space")
        assert "no shell can read it" in here.next


async def test_a_changed_script_shows_what_changed_and_since_when(tmp_path: Path) -> None:
    async with world(made(tmp_path, before=CHANGED)) as here:
        assert here.here == "Bake"
        await here.shows("changed since Carl Smith reviewed it on 2025-11-22 as step:")
        await here.shows("- bin/bake --degrees 200")
        await here.shows("- bin/turn")
        await here.shows("+ bin/bake --degrees 220")
        await here.shows("  bin/cool")
        await here.press("A")
        assert here.role("Bake") == ""
        assert "look at each" in here.next
        await here.press("enter", "enter")
    assert here.app.return_value == DONE


async def test_without_the_old_text_all_of_the_script_is_shown(tmp_path: Path) -> None:
    app = made(tmp_path, before=CHANGED)
    for copy in (app.review.layout.folder / "reading").iterdir():
        copy.unlink()
    async with world(app) as here:
        await here.shows("kept neither here nor")
        await here.shows("bin/bake --degrees 220")
        await here.shows("bin/cool")


async def test_leaving_is_no_acceptance_and_keeps_the_answers(tmp_path: Path) -> None:
    async with world(made(tmp_path)) as here:
        await here.press("enter", "q")
    assert here.app.return_value == FAILED
    assert len(here.app.answers.given) == 1


async def test_the_deploy_opens_by_an_enter_of_its_own(tmp_path: Path) -> None:
    app = made(tmp_path, before=("bin/cool", "bin/warm"))
    async with world(app) as here:
        await here.press("enter")
        await here.pilot.press("enter")  # as a held key repeats
        assert here.app.is_running
        assert "to open the deploy" in here.next
        await here.press("enter")
    assert here.app.return_value == DONE


async def test_only_what_is_open_can_be_shown(tmp_path: Path) -> None:
    async with world(made(tmp_path, before=CHANGED)) as here:
        assert here.app.script_list.option_count > 5
        await here.press("f")
        await soon(lambda: "Knead" not in here.text, "what is reviewed is hidden")
        await here.press("f")
        await here.shows("Knead")


async def test_keys_of_the_settings_are_those_that_are_shown(tmp_path: Path) -> None:
    app = made(tmp_path)
    app.review.settings.keys["review.all"] = "ctrl+a"
    async with world(app) as here:
        await here.shows("ctrl+a accept all sure")
        await here.press("A")
        assert here.app.answers.given == {}
        await here.press("ctrl+a")
        assert here.app.answers.given


async def test_control_characters_of_a_runbook_are_shown_as_signs(tmp_path: Path) -> None:
    made(tmp_path)
    path = tmp_path / "docs" / "deploy.md"
    path.write_text(RUNBOOK.replace("bin/knead", "bin/\x1b[8mknead").replace("### Bake", "### Ba\u202eke"))
    async with world(opened(tmp_path)) as here:
        await here.at("Knead")
        await here.shows("bin/␛[8mknead")
        assert "\x1b" not in here.text
        assert "\u202e" not in here.text


async def test_three_hundred_scripts_answer_a_key(tmp_path: Path) -> None:
    made(tmp_path)
    scripts = "".join(f"### Part {number}\n```bash\nbin/part {number}\n```\n\n" for number in range(300))
    (tmp_path / "docs" / "deploy.md").write_text(f"# All\n\n## Deployment steps\n\n{scripts}")
    async with world(opened(tmp_path)) as here:
        await here.press("enter", "down", "A")
        assert len(here.app.answers.given) == 300


async def _settled(pilot: Pilot[int]) -> None:
    await pilot.pause()
    for _ in range(3):
        pilot.app.refresh_view()  # type: ignore[attr-defined]
        await pilot.pause()


SIZES = [(80, 24), (110, 30), (140, 40)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_first_review(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(made(tmp_path), terminal_size=size, run_before=_settled)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_a_script_that_changed(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def look(pilot: Pilot[int]) -> None:
        await _settled(pilot)
        await pilot.app.workers.wait_for_complete()
        await _settled(pilot)

    assert snap_compare(made(tmp_path, before=CHANGED), terminal_size=size, run_before=look)


def test_in_ascii(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(made(tmp_path, ascii_only=True), terminal_size=(100, 30), run_before=_settled)
