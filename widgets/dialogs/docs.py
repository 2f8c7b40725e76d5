"""The runbook, to read."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from widgets.dialogs.base import Dialog


class PlainMarkdown(Markdown):
    """For terminals that know no glyphs beyond ASCII."""

    BULLETS = ["* ", "- ", "+ "]  # noqa: RUF012 - as Textual declares it


class Docs(Dialog[None]):
    BINDINGS = [("d,q", "cancel", "Close")]  # noqa: RUF012 - Textual reads it as a class variable

    def __init__(self, title: str, source: str) -> None:
        super().__init__()
        self.title_text = title
        self.footer_text = "esc close"
        self._source = source
        self.add_class("wide")

    def rows(self) -> ComposeResult:
        with VerticalScroll(classes="first", id="reading"):
            reader = PlainMarkdown if self.app.has_class("ascii") else Markdown
            yield reader(self._source, open_links=False)
