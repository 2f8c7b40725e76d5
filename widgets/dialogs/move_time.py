"""Another planned time, and why."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from cockpit.text.times import clock
from widgets.dialogs.base import Dialog, text
from widgets.words import countdown

ReadTime = Callable[[str, float], float]
"""Unix time of what was typed, given the present one. Raises ValueError that names the forms."""


class MoveTimeDialog(Dialog[tuple[float, str]]):
    """Gives the new T (Unix time) and the reason; both are needed. What was typed is said back in UTC at once."""

    def __init__(self, planned_at: float, clock: Callable[[], float], read: ReadTime) -> None:
        super().__init__()
        self.title_text = "Reschedule T"
        self.footer_text = "enter next/accept · tab other field · esc cancel"
        self._planned_at = planned_at
        self._clock = clock
        self._read = read

    def rows(self) -> ComposeResult:
        now = self._clock()
        said = f"T is {clock(self._planned_at)} UTC; it is now {countdown(now - self._planned_at)}"
        yield text(said, "question")
        yield Input(placeholder="+15m from now, 14:30 (local time), 2026-11-24T14:30Z", classes="first", id="time")
        yield Input(placeholder="reason, for the log", id="reason")
        yield text("", "complaint")

    def _wanted(self) -> float | str:
        """The new T, or why there is none."""
        typed = self.query_one("#time", Input).value.strip()
        if not typed:
            return "Enter a new time."
        try:
            return self._read(typed, self._clock())
        except (ValueError, OverflowError, OSError) as error:
            return str(error).removeprefix("--at ") if isinstance(error, ValueError) else f"Not a time: {typed}."

    def _say(self, words: str, style: str = "bold $alert") -> None:
        self.query_one(".complaint", Static).update(Content.styled(words, style) if words else "")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id != "time":
            return
        wanted = self._wanted()
        if isinstance(wanted, str):
            self._say("")
        else:
            self._say(f"T would be {clock(wanted)} UTC; it would be {countdown(self._clock() - wanted)} now", "$muted")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        reason, wanted = self.query_one("#reason", Input), self._wanted()
        if isinstance(wanted, str):
            self._say(wanted)
            self.query_one("#time", Input).focus()
        elif not reason.value.strip():
            if event.input.id == "reason":
                self._say("Enter a reason.")
            reason.focus()
        else:
            self.dismiss((wanted, reason.value.strip()))
