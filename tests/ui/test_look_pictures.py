"""Pictures of the smallest screen, and of the other ways to see it: light, mono, NO_COLOR, the first deploy of all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from styles.theme import THEMES
from tests.ui.rollout_scenes import ROLLOUTS
from tests.ui.scenes import SCENES
from tests.ui.test_pictures import settle

Compare = Callable[..., bool]
SMALLEST = (60, 16)


@pytest.mark.parametrize("scene", ["countdown", "failed", "elsewhere"])
def test_the_smallest_screen(snap_compare: Compare, tmp_path: Path, scene: str) -> None:
    assert snap_compare(SCENES[scene](tmp_path).app(), terminal_size=SMALLEST, run_before=settle)


@pytest.mark.parametrize("keys", [("R", "2"), ("2",)], ids=["rollback", "log"])
def test_a_pane_and_a_dialog_on_the_smallest_screen(snap_compare: Compare, tmp_path: Path, keys: tuple[str]) -> None:
    async def press(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.5)  # the dialogs are deaf for the first 300 ms
        for field in pilot.app.screen.query("Input"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        pilot.app.refresh_view()  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(SCENES["breached"](tmp_path).app(), terminal_size=SMALLEST, run_before=press)


def test_a_rollout_on_the_smallest_screen(snap_compare: Compare, tmp_path: Path) -> None:
    async def draw(pilot: Pilot[int]) -> None:
        for _ in range(4):
            pilot.app.refresh_view()  # type: ignore[attr-defined]
            await pilot.pause()

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
