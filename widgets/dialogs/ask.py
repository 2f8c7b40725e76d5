"""One question: a reason, a note, a value; or a choice between a few things."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from widgets.dialogs.base import Dialog, text
from widgets.rows import Hanging, Piece

FEW = 8
"""So many choices are seen at a glance; of more, a field finds those that are meant."""


class Ask(Dialog[str]):
    """A line of text; Enter gives it, empty is refused. `choices` can be taken over with the arrow keys."""

    def __init__(
        self,
        title: str,
        question: str,
        *,
        value: str = "",
        placeholder: str = "",
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__()
        self.title_text = title
        self.footer_text = "enter accept · " + ("down choose · " if choices else "") + "esc cancel"
        self._question = question
        self._value = value
        self._placeholder = placeholder
        self._choices = choices

    def rows(self) -> ComposeResult:
        yield text(self._question, "question")
        yield Input(self._value, placeholder=self._placeholder, classes="first", id="answer")
        if self._choices:
            yield OptionList(
                *(Option(Content(label), id=value) for value, label in self._choices), id="choices", markup=False
            )
        yield text("", "complaint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.query_one(".complaint").update("Enter a value.")  # type: ignore[attr-defined]

    def on_key(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.key == "down" and self._choices and isinstance(self.focused, Input):
            event.stop()
            self.query_one("#choices").focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            field = self.query_one("#answer", Input)
            field.value = event.option_id
            field.focus()


class Choose(Dialog[str]):
    """A few ways to go on; nothing happens without a choice. `options`: (answer, label)."""

    def __init__(self, title: str, question: str, options: Sequence[tuple[str, str]], *, careful: bool = False) -> None:
        super().__init__()
        self.title_text = title
        self.footer_text = "enter choose · esc cancel"
        self._question = question
        # What is destructive never has the first place: there, Enter does nothing.
        self._options = [("", "Cancel"), *options] if careful else list(options)

    def rows(self) -> ComposeResult:
        yield text(self._question, "question")
        many = len(self._options) > FEW
        if many:
            yield Input(placeholder="type to find", classes="first", id="find")
        yield OptionList(*self._found(""), classes="" if many else "first", id="choices", markup=False)

    def _found(self, words: str) -> list[Option]:
        """Those whose label has all of these words."""
        wanted = words.lower().split()
        return [
            Option(Content(label), id=answer or "\0")
            for answer, label in self._options
            if all(word in label.lower() for word in wanted)
        ]

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        choices = self.query_one("#choices", OptionList)
        choices.set_options(self._found(event.value))
        if choices.option_count:
            choices.action_first()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        choices = self.query_one("#choices", OptionList)
        if choices.highlighted is None and choices.option_count:
            choices.action_first()
        choices.action_select()

    def on_key(self, event: Key) -> None:
        if event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            self.query_one("#choices").focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.armed:
            self.dismiss(None if event.option_id in (None, "\0") else event.option_id)


class Show(Dialog[None]):
    """Something to read; any of escape, enter, q closes."""

    BINDINGS = [("enter,q", "cancel", "Close")]  # noqa: RUF012 - Textual reads it as a class variable

    def __init__(self, title: str, rows: Sequence[tuple[list[Piece], str]]) -> None:
        """`rows`: what stands before a text, and the text, which goes on below its own beginning."""
        super().__init__()
        self.title_text = title
        self.footer_text = "up/down scroll · esc close"
        self._rows = rows

    def rows(self) -> ComposeResult:
        from textual.containers import VerticalScroll

        with VerticalScroll(classes="first", id="reading"):
            yield Hanging(self._rows)
