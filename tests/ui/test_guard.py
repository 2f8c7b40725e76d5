"""A widget that raises, wherever Textual calls it: that is said, the widget goes on, and so does the screen."""

from pathlib import Path

import pytest
from textual.message import Message
from textual.widget import Widget

from cockpit.deploy import commands as c
from cockpit.deploy.state import State
from tests.ui.engine_app import STEPS, Cockpit, cockpit
from widgets.dialogs.base import Dialog

pytestmark = pytest.mark.usefixtures("errors_expected")


class Broken(Widget):
    """Nothing of the cockpit's own: it knows of no guard."""

    DEFAULT_CSS = "Broken { height: 1; width: 60; dock: top; layer: top; }"

    class Asked(Message):
        pass

    def __init__(self) -> None:
        super().__init__()
        self.draws = True
        self.answered = 0

    def render(self) -> str:
        if not self.draws:
            raise ValueError("no ink")
        return f"answered {self.answered}"

    def fail(self) -> None:
        raise ValueError("no bread")

    async def work(self) -> None:
        raise ValueError("no bread")

    def on_broken_asked(self, message: Asked) -> None:
        message.stop()
        self.answered += 1
        if self.answered == 1:
            raise ValueError("no bread")


async def _broken(here: Cockpit) -> Broken:
    widget = Broken()
    await here.app.screen.mount(widget)
    return widget


WAYS = {
    "a message": lambda widget: widget.post_message(Broken.Asked()),
    "a timer": lambda widget: widget.set_timer(0.001, widget.fail),
    "an interval": lambda widget: widget.set_interval(0.001, widget.fail, repeat=2),
    "later": lambda widget: widget.call_later(widget.fail),
    "after a refresh": lambda widget: widget.call_after_refresh(widget.fail),
    "next": lambda widget: widget.call_next(widget.fail),
    "a worker": lambda widget: widget.run_worker(widget.work()),
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_widget_raises_is_said_and_ends_neither_it_nor_the_screen(tmp_path: Path, way: str) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        widget = await _broken(here)
        WAYS[way](widget)
        await here.refused("failed: ValueError: no bread.")
        before = widget.answered
        widget.answered = max(1, before)
        widget.post_message(Broken.Asked())
        await here.until(lambda: widget.answered > max(1, before), "an answer of the widget")
        await here.run("Knead")
        assert here.of("Knead").status == "pass"


async def test_a_widget_that_cannot_be_drawn_says_so_in_its_place_and_the_others_are_there(tmp_path: Path) -> None:
    async with cockpit(tmp_path, STEPS) as here:
        widget = await _broken(here)
        await here.shows("answered 0")
        widget.draws = False
        widget.refresh()
        await here.shows("cannot draw this: ValueError: no ink")
        assert "Knead" in here.text
        widget.draws = True
        widget.refresh()
        await here.shows("answered 0")


async def test_a_dialog_that_cannot_show_an_event_ends_no_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(dialog: Dialog[object], state: State) -> None:
        raise ValueError("no bread")

    monkeypatch.setattr(Dialog, "renew", fail)
    async with cockpit(tmp_path, STEPS) as here:
        await here.press("i")
        await here.dialog("Note")
        assert await here.engine.handle(c.AddNote(text="the oven is on"), "ben") is None
        await here.until(lambda: here.app.state.seq == here.engine.state.seq, "the event")
        await here.press("escape")
        await here.closed()
        await here.refused("The action failed: ValueError: no bread.")
        await here.run("Knead")
        assert here.of("Knead").status == "pass", "as the screen knows it: its stream goes on"
