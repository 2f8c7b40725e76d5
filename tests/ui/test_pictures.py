"""Pictures of the screen at the sizes that are promised: 80x24, 100x30, 140x40, 200x60, and too small.

`uv run pytest tests/ui --snapshot-update` draws them anew; look at every one before committing it.
"""

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from cockpit.deploy.schedule.window import Stretch
from tests.ui.pictures import Compare, press, settle
from tests.ui.replay_world import Replay, write_log
from tests.ui.scenes import SCENES, TABLES

SIZES = [(80, 24), (100, 30), (140, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", ["preflight", "migrating"])
def test_a_moment_at_every_size(snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]) -> None:
    app = SCENES[scene](tmp_path).app()
    assert snap_compare(app, terminal_size=size, run_before=settle)


@pytest.mark.parametrize("scene", ["failed", "breached", "down", "closed"])
def test_trouble_on_the_usual_screen(snap_compare: Compare, tmp_path: Path, scene: str) -> None:
    app = SCENES[scene](tmp_path).app()
    assert snap_compare(app, terminal_size=(140, 40), run_before=settle)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_countdown_to_the_rollback(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    assert snap_compare(SCENES["countdown"](tmp_path).app(), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
@pytest.mark.parametrize("scene", ["scheduled", "under_way"])
def test_the_timeline(snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]) -> None:
    assert snap_compare(SCENES[scene](tmp_path).app(), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_a_dry_run_cannot_be_mistaken_for_a_deploy(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int]
) -> None:
    assert snap_compare(SCENES["dry"](tmp_path).app(), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
@pytest.mark.parametrize("scene", ["two_people", "emergency"])
def test_who_must_agree_and_what_is_not_asked(
    snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    assert snap_compare(SCENES[scene](tmp_path).app(), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
@pytest.mark.parametrize("scene", ["shared", "elsewhere", "handed_over"])
def test_a_deploy_that_several_machines_share(
    snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]
) -> None:
    assert snap_compare(SCENES[scene](tmp_path).app(), terminal_size=size, run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_taking_a_deploy_over(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def open_dialog(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, "K")

    assert snap_compare(SCENES["elsewhere"](tmp_path).app(), terminal_size=size, run_before=open_dialog)


def test_moving_t(snap_compare: Compare, tmp_path: Path) -> None:
    async def open_dialog(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, "T")
        await pilot.press(*"+15m")
        await pilot.pause()

    assert snap_compare(SCENES["scheduled"](tmp_path).app(), terminal_size=(80, 24), run_before=open_dialog)


def test_trouble_on_the_smallest_usual_screen(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(SCENES["breached"](tmp_path).app(), terminal_size=(80, 24), run_before=settle)


def test_ascii_only(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(SCENES["breached"](tmp_path).app(ascii_only=True), terminal_size=(100, 30), run_before=settle)


def test_too_small_says_what_it_hides(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(SCENES["preflight"](tmp_path).app(), terminal_size=(50, 12), run_before=settle)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
@pytest.mark.parametrize(
    "keys",
    [("R", "2"), ("question_mark",), ("m", "enter"), ("c", "s"), ("c", "tab")],
    ids=["rollback", "help", "chart", "notices", "notice-text"],
)
def test_dialogs(snap_compare: Compare, tmp_path: Path, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    async def open_dialog(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, *keys)

    assert snap_compare(SCENES["breached"](tmp_path).app(), terminal_size=size, run_before=open_dialog)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_a_replay_in_the_middle_of_a_step(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    scene = SCENES["migrating"](tmp_path)
    have = scene.state.of(TABLES)
    assert have.started_at is not None
    lines = [(have.started_at + n, b"14:55:%02d applied change %d of 40\n" % (n, n)) for n in range(20)]
    write_log(scene.session.folder / have.directory, *lines)
    world = Replay(scene, begin=have.started_at + 9)

    async def pause(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await pilot.press("space", "2")
        for _ in range(3):
            world.app.refresh_view()
            await pilot.pause()

    assert snap_compare(world.app, terminal_size=size, run_before=pause)


def test_the_end_of_a_replay(snap_compare: Compare, tmp_path: Path) -> None:
    scene = SCENES["closed"](tmp_path)

    async def to_the_end(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await pilot.press("end")
        await settle(pilot)

    assert snap_compare(Replay(scene).app, terminal_size=(140, 40), run_before=to_the_end)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_the_end_of_the_window_is_near_in_an_emergency(
    snap_compare: Compare, tmp_path: Path, size: tuple[int, int]
) -> None:
    scene = SCENES["preflight"](tmp_path)
    assert scene.state.plan is not None
    now = scene.now
    stretches = (
        Stretch(now - 3600, now + 600, "best", ("Tue-Thu",)),
        Stretch(now + 600, now + 9000, "closed", ("night",)),
    )
    plan = replace(scene.state.plan, window_enforced=True, window_stretches=stretches, emergency=True)
    app = scene.app()
    app.state = replace(app.state, plan=plan)
    assert snap_compare(app, terminal_size=size, run_before=settle)
