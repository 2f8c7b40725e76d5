"""The frame of a script and its log: its lower edge says whether the log is followed, and takes a click."""

from textual.containers import Vertical
from textual.content import Content
from textual.events import Click

from widgets.log_view import LogView
from widgets.rows import Panel


class RunnerPane(Vertical):
    """Has a hint, a `ScriptView`, a field for the filter and a `LogView` in it."""

    def on_click(self, event: Click) -> None:
        """A click on FOLLOW, PAUSED or END, which stand in the lower edge, goes to the end and follows."""
        if event.screen_y == self.region.bottom - 1:
            event.stop()
            self.query_one(LogView).follow()

    def explain(self, words: str) -> None:
        """One line about the pane; empty takes it away."""
        hint = self.query_one("#hint", Panel)
        hint.set_class(bool(words), "open")
        hint.put(Content.styled(words, "$muted italic"))
