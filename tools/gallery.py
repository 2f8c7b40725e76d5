"""Draws the pictures of docs/gallery.md: `uv run python tools/gallery.py`.

Each is the cockpit's own screen at a moment of the tests' scenes, exported as `e` does. Look at every one before you
commit it.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "gallery"
SIZE = (110, 32)
DEAF_SECONDS = 0.5
"""Dialogs hear nothing for a moment, so that a held-down key opens none and answers none."""


class Shot(NamedTuple):
    """`scene` of the tests, `keys` pressed one after another before the picture."""

    name: str
    scene: str
    keys: Sequence[str] = ()
    size: tuple[int, int] = SIZE


SHOTS = (
    Shot("review", "", ()),
    Shot("preflight", "preflight"),
    Shot("running", "migrating"),
    Shot("failed", "failed"),
    Shot("countdown", "countdown"),
    Shot("rollback", "breached", ("R", "2")),
    Shot("chart", "breached", ("m", "enter")),
    Shot("notices", "breached", ("c", "s")),
    Shot("second-person", "two_people"),
    Shot("team", "handed_over"),
    Shot("small", "countdown", (), (80, 24)),
    Shot("replay", "migrating", ("space",)),
    Shot("rollout", "went_back"),
)


def opened(shot: Shot, folder: Path) -> Any:
    """The app of the scene, as the tests have it."""
    from tests.ui.replay_world import Replay, write_log
    from tests.ui.review_world import made
    from tests.ui.rollout_scenes import ROLLOUTS
    from tests.ui.scenes import SCENES, TABLES

    if shot.name == "review":
        return made(folder, before=("bin/bake --degrees 220", "bin/bake --degrees 200\nbin/turn"))
    if shot.name == "rollout":
        return ROLLOUTS[shot.scene](folder).app()
    scene = SCENES[shot.scene](folder)
    if shot.name == "replay":
        have = scene.state.of(TABLES)
        began = have.started_at or 0.0
        lines = [(began + n, b"14:55:%02d applied change %d of 40\n" % (n, n)) for n in range(20)]
        write_log(scene.session.folder / have.directory, *lines)
        return Replay(scene, begin=began + 9).app
    return scene.app()


async def draw(shot: Shot, folder: Path) -> str:
    """SVG of the screen."""
    from textual.widgets import Input, TextArea

    from widgets.log_view import LogView

    app = opened(shot, folder)
    async with app.run_test(size=shot.size) as pilot:
        await pilot.pause()
        if shot.name not in ("rollout", "review"):
            app.do("next")
        for _ in range(6):
            for log in app.query(LogView):
                log.poll(app.now)
            app.refresh_view()
            await pilot.pause()
        for key in shot.keys:
            await pilot.press(key)
            await pilot.pause(DEAF_SECONDS)
        for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
            field.cursor_blink = False
        await pilot.pause()
        return str(app.export_screenshot(title="cockpit"))


def main(names: Sequence[str]) -> int:
    """All pictures, or those that are named."""
    sys.path.insert(0, str(ROOT))
    os.environ.pop("NO_COLOR", None)
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
    for shot in SHOTS:
        if names and shot.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            picture = asyncio.run(draw(shot, Path(folder)))
        path = FOLDER / f"{shot.name}.svg"
        path.write_text(picture, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(picture) // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
