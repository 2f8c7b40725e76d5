"""What the keys of a review do to its answers."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from cockpit.errors import DONE, FAILED
from cockpit.runbook.model import Role
from cockpit.runbook.review.model import SETTABLE, Standing
from cockpit.settings.keymap import REVIEW_KEYS
from widgets import dialogs
from widgets.review_script import DOES
from widgets.rows import Piece

if TYPE_CHECKING:
    from cockpit.tui.review.app import ReviewApp

LOOK_SECONDS = 0.3
"""How long a script stands on the screen before it counts as looked at: a held Enter accepts nothing unseen."""


class ReviewActions:
    """`handlers`: by the action's name, without `review.` before it."""

    def __init__(self, app: "ReviewApp") -> None:
        self._app = app
        self._given_at = 0.0
        self.handlers: dict[str, Callable[[], None]] = {
            "accept": self._accept, "all": self._accept_plain, "role": self._ask_role, "next": self.next_open,
            "undo": self._undo, "filter": self._filter, "help": self._help, "quit": partial(app.exit, FAILED),
            "list": lambda: self._focus(app.script_list), "script": lambda: self._focus(app.script_view),
            **{role: partial(self._give, role) for role in SETTABLE},
        }  # fmt: skip

    @staticmethod
    def _focus(widget: Widget) -> None:
        widget.focus()

    def _accept(self) -> None:
        one = self._app.selected
        if not self._app.answers.open:
            if self._app.clock() - self._given_at >= LOOK_SECONDS:
                self._app.exit(DONE)
            return
        if one is None or not self._app.answers.is_open(one):
            self.next_open()
            return
        self._give(self._app.answers.role(one))

    def _give(self, role: Role) -> None:
        """It is accepted as this role, and the cursor goes on; or the reason why not is said."""
        one = self._app.selected
        if one is None:
            return
        if role not in ("content", "remote") and (unseen := self._unseen(one, role)):
            self._app.refusal = unseen
            return
        was_open = self._app.answers.is_open(one)
        self._app.refusal = self._app.answers.give(one, role)
        if not self._app.refusal:
            self._given_at = self._app.clock()
            if was_open:
                self.next_open()

    def _unseen(self, one: Standing, role: Role) -> str:
        """Why it is not accepted yet. What changed has to be seen; of a way back, and of what destroys, all of it."""
        app = self._app
        if one.state == "changed" and one.subject.id not in app.before:
            return "what was reviewed is still being looked for: look at what changed, then accept it"
        if not (role == "rollback" or one.subject.destroys(role)) or one.subject.id in app.seen:
            return ""
        if not app.script_view.at_end:
            app.script_view.scroll_page_down(animate=False)
            return "there is more of this script: read it to its end, then accept it"
        if app.clock() - app.looked_at[1] < LOOK_SECONDS:
            return "look at it first, then accept it"
        return ""

    def _accept_plain(self) -> None:
        count = self._app.answers.give_plain()
        if not count:
            self._app.refusal = "none is clear enough to be accepted unseen: look at each"
        else:
            self._given_at = self._app.clock()
        self.next_open()

    def next_open(self) -> None:
        """The next one that is open, from the cursor on and around."""
        rows = self._app.shown
        names = [one.subject.id for one in rows]
        here = names.index(self._app.script_list.script) + 1 if self._app.script_list.script in names else 0
        found = next((one for one in (*rows[here:], *rows[:here]) if self._app.answers.is_open(one)), None)
        if found is not None:
            self._app.script_list.move_to(found.subject.id)

    def _undo(self) -> None:
        one = self._app.selected
        if one is None or not self._app.answers.take_back(one):
            self._app.refusal = "you have said nothing of this script"

    def _filter(self) -> None:
        self._app.only_open = not self._app.only_open

    def _ask_role(self) -> None:
        one = self._app.selected
        if one is None:
            return
        if not one.subject.settable:
            self._app.refusal = self._app.answers.give(one, "content")
            return
        options = [(role, f"{role}: it {DOES[role]}") for role in one.subject.settable]

        def take(role: str | None) -> None:
            if role is not None:
                self._give(role)  # type: ignore[arg-type]
                self._app.refresh_view()

        title = f"Line {one.subject.line}: {one.subject.title}"
        self._app.push_screen(dialogs.Choose(title, "What is this script for?", options), take)

    def _help(self) -> None:
        rows: list[tuple[list[Piece], str]] = [
            ([(f"{'  '.join(self._app.keys.all_of(key)):<14}", "bold $watching")], key.tooltip) for key in REVIEW_KEYS
        ]
        self._app.push_screen(dialogs.Show("Keys of a review", rows))
