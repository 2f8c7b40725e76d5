"""Pictures of the screen of a rollout."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from cockpit.replay.app import ReplayApp
from cockpit.tui.screenshot import picture
from tests.ui.pictures import Compare, draw, press
from tests.ui.rollout_scenes import ROLLOUTS

SIZES = [(80, 24), (140, 40)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", ["opened", "soaking", "went_back"])
def test_a_moment_of_a_rollout(snap_compare: Compare, tmp_path: Path, scene: str, size: tuple[int, int]) -> None:
    assert snap_compare(ROLLOUTS[scene](tmp_path).app(), terminal_size=size, run_before=draw)


@pytest.mark.parametrize("scene", ["due", "differs", "unreadable", "off", "server_down", "done"])
def test_other_moments_on_the_usual_screen(snap_compare: Compare, tmp_path: Path, scene: str) -> None:
    assert snap_compare(ROLLOUTS[scene](tmp_path).app(), terminal_size=(140, 40), run_before=draw)


@pytest.mark.parametrize("keys", [("greater_than_sign",), ("question_mark",), ("2",)], ids=["advance", "help", "flag"])
def test_keys_of_a_rollout(snap_compare: Compare, tmp_path: Path, keys: tuple[str, ...]) -> None:
    async def open_it(pilot: Pilot[int]) -> None:
        await draw(pilot)
        await press(pilot, *keys)
        await draw(pilot)

    assert snap_compare(ROLLOUTS["due"](tmp_path).app(), terminal_size=(80, 24), run_before=open_it)


def test_a_rollout_in_ascii(snap_compare: Compare, tmp_path: Path) -> None:
    app = ROLLOUTS["went_back"](tmp_path).app(ascii_only=True)
    assert snap_compare(app, terminal_size=(100, 30), run_before=draw)


def test_a_replay_of_a_rollout(snap_compare: Compare, tmp_path: Path) -> None:
    scene = ROLLOUTS["went_back"](tmp_path)
    begin = scene.state.opened_at + 3600.0 * 30
    app = ReplayApp(scene.session, scene.flag.events, begin=begin, monotonic=lambda: 7000.0)
    assert snap_compare(app, terminal_size=(140, 40), run_before=draw)


def test_the_export_has_a_picture_of_it(tmp_path: Path) -> None:
    scene = ROLLOUTS["went_back"](tmp_path)
    drawn = picture(scene.state, scene.session.folder).replace("&#160;", " ")
    assert "new_checkout" in drawn
    assert "BREACH" in drawn
