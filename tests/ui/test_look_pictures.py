"""Pictures of the smallest screen, and of the other ways to see it: light, mono, NO_COLOR, the first deploy of all."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from styles.theme import THEMES
from tests.ui.pictures import Compare, draw, press, settle
from tests.ui.rollout_scenes import ROLLOUTS
from tests.ui.scenes import SCENES

SMALLEST = (60, 16)


@pytest.mark.parametrize("scene", ["countdown", "failed", "elsewhere"])
def test_the_smallest_screen(snap_compare: Compare, tmp_path: Path, scene: str) -> None:
    assert snap_compare(SCENES[scene](tmp_path).app(), terminal_size=SMALLEST, run_before=settle)


@pytest.mark.parametrize("keys", [("R", "2"), ("2",)], ids=["rollback", "log"])
def test_a_pane_and_a_dialog_on_the_smallest_screen(snap_compare: Compare, tmp_path: Path, keys: tuple[str]) -> None:
    async def open_it(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, *keys)
        pilot.app.refresh_view()  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(SCENES["breached"](tmp_path).app(), terminal_size=SMALLEST, run_before=open_it)


def test_a_rollout_on_the_smallest_screen(snap_compare: Compare, tmp_path: Path) -> None:
    assert snap_compare(ROLLOUTS["unreadable"](tmp_path).app(), terminal_size=SMALLEST, run_before=draw)


@pytest.mark.parametrize("theme", ["light", "mono"])
@pytest.mark.parametrize(
    ("scene", "size"), [("countdown", (100, 30)), ("failed", (140, 40))], ids=["countdown", "failed"]
)
def test_another_theme(snap_compare: Compare, tmp_path: Path, theme: str, scene: str, size: tuple[int, int]) -> None:
    app = SCENES[scene](tmp_path).app()

    async def change(pilot: Pilot[int]) -> None:
        app.theme = THEMES[theme].name
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=change)


def test_no_color(snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = SCENES["breached"](tmp_path).app()

    async def change(pilot: Pilot[int]) -> None:
        app.theme = THEMES["mono"].name
        await settle(pilot)

    assert snap_compare(app, terminal_size=(100, 30), run_before=change)


def test_the_first_deploy_of_all(snap_compare: Compare, tmp_path: Path) -> None:
    app = SCENES["migrating"](tmp_path).app()
    app.newcomer = True
    assert snap_compare(app, terminal_size=(140, 40), run_before=settle)
