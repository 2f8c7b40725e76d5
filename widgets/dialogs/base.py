"""What all dialogs share: escape leaves, and for a moment after opening no key counts.

A held or repeated key that opened the dialog must not also answer it (facts: auto-repeat once confirmed a force-push).
"""

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

DEAF_SECONDS = 0.3

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A box in the middle. Subclasses give `rows()`; the first thing with `classes="first"` gets the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", tooltip="close without doing anything")
    ]
    title_text = ""
    footer_text = "esc cancel"

    def __init__(self) -> None:
        super().__init__()
        self.armed = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", disabled=True) as box:
            yield from self.rows()
        box.border_title = Content(self.title_text)
        ascii_only = self.app.has_class("ascii")
        box.border_subtitle = Content(self.footer_text.replace("·", "|") if ascii_only else self.footer_text)

    def rows(self) -> ComposeResult:
        yield Static()

    def on_mount(self) -> None:
        self.set_timer(DEAF_SECONDS, self._arm)

    def _arm(self) -> None:
        self.armed = True
        self.query_one("#dialog").disabled = False
        for widget in self.query(".first"):
            widget.focus()
            break
        self.ready()

    def ready(self) -> None:
        """Called when keys count."""

    def action_cancel(self) -> None:
        self.dismiss(None)


def text(content: str | Content, classes: str = "") -> Static:
    """A piece of untrusted text: never markup."""
    return Static(Content(content) if isinstance(content, str) else content, classes=classes, markup=False)
