"""What all dialogs share: escape leaves, and for a moment after opening no key counts.

A held or repeated key that opened the dialog must not also answer it (facts: auto-repeat once confirmed a force-push).
"""

from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cockpit.deploy.state import State
from widgets.countdown import CountdownBar
from widgets.guard import in_words
from widgets.keys import keyed

DEAF_SECONDS = 0.3
FOOTER_EDGES = 12
"""Columns of a narrow screen beside the box's lower edge."""

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer]):
    """A box in the middle. Subclasses give `rows()`; the first thing with `classes="first"` gets the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", tooltip="close without changes")
    ]
    title_text = ""
    footer_text = "esc cancel"

    def __init__(self) -> None:
        super().__init__()
        self.armed = False

    def compose(self) -> ComposeResult:
        yield CountdownBar()  # what it would cover otherwise
        with Vertical(id="dialog", disabled=True) as box:
            yield from self.rows()
        box.border_title = Content(self.title_text)
        box.border_subtitle = self.footer(self.footer_text)

    def footer(self, said: str) -> Content:
        """The keys, parted by ` · `, as far as they fit: the last one, which leaves, always does."""
        *parts, last = said.split(" · ")
        between = " | " if self.app.has_class("ascii") else " · "
        while parts and cell_len(between.join([*parts, last])) > self.app.size.width - FOOTER_EDGES:
            parts.pop()
        return Content(between.join([*parts, last]))

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

    def complain(self, why: str) -> None:
        """What keeps the answer from being taken, in the line for it; empty: nothing does."""
        said = Content.styled(keyed(self, why), "bold $alert") if why else ""
        self.query_one(".complaint", Static).update(said)

    def went_wrong(self, error: Exception) -> None:
        """The dialog stays, and says so; where it has no line for it, the screen does."""
        if self.query(".complaint"):
            self.complain(f"Failed: {in_words(error)}.")
        else:
            self.app.went_wrong(error)  # type: ignore[attr-defined]

    def renew(self, state: State) -> None:
        """Called when the deploy's state has changed while the dialog is open."""

    def action_cancel(self) -> None:
        self.dismiss(None)


def text(content: str | Content, classes: str = "") -> Static:
    """A piece of untrusted text: never markup."""
    return Static(Content(content) if isinstance(content, str) else content, classes=classes, markup=False)
