"""What the tests with pictures need: the screen at rest, and keys that were heard."""

from collections.abc import Callable

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.waiting import soon
from widgets.dialogs.base import Dialog
from widgets.log_view import LogView

Compare = Callable[..., bool]


async def settle(pilot: Pilot[int]) -> None:
    """Everything drawn, the log read to its end, the cursor where it belongs."""
    app = pilot.app
    await pilot.pause()
    app.do("next")  # type: ignore[attr-defined]
    for _ in range(6):
        app.query_one(LogView).poll(app.now)  # type: ignore[attr-defined]
        app.refresh_view()  # type: ignore[attr-defined]
        await pilot.pause()


async def draw(pilot: Pilot[int]) -> None:
    """The screen of a rollout at rest, which has no log and no cursor."""
    for _ in range(6):
        pilot.app.refresh_view()  # type: ignore[attr-defined]
        await pilot.pause()


async def press(pilot: Pilot[int], *keys: str) -> None:
    """One after the other, each once the dialog of the one before listens; no cursor blinks."""
    for key in keys:
        await pilot.press(key)
        await listens(pilot)
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    for area in pilot.app.screen.query(TextArea):
        area.cursor_blink = False
    await pilot.pause()


async def listens(pilot: Pilot[int]) -> None:
    """Until the dialog on top, where there is one, is no longer deaf."""
    await pilot.pause()
    shown = pilot.app.screen
    if isinstance(shown, Dialog):
        await soon(lambda: shown.armed, "the moment from which keys count")
    await pilot.pause()
