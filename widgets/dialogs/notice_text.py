"""The text of a notice, to change; the fields that are not known stand out."""

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import Selection


class NoticeText(TextArea):
    """A text area that marks some tokens: reversed as well as coloured, for those who see no colours."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "next_field", "Next field", show=False)]

    def __init__(self, text: str, *, id: str, read_only: bool) -> None:  # noqa: A002 - Textual's name
        super().__init__(
            text,
            id=id,
            read_only=read_only,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
        )
        self._tokens: tuple[str, ...] = ()

    def on_focus(self) -> None:
        """To the first field that is not known: what is typed takes its place."""
        if self.selection.is_empty and self.cursor_location == (0, 0):
            self._select_after((0, 0))

    def action_next_field(self) -> None:
        """The next field that is not known, else on to the next widget."""
        if not self._select_after(self.selection.end):
            self.screen.focus_next()

    def _select_after(self, place: tuple[int, int]) -> bool:
        """Select the first marked token from there on; False where there is none."""
        spans = [
            ((row, at), (row, at + len(token)))
            for row, line in enumerate(self.document.lines)
            for token in self._tokens
            for at in _places(line, token)
            if (row, at) >= place
        ]
        if self.read_only or not spans:
            return False
        self.selection = Selection(*min(spans))
        return True

    def mark(self, tokens: tuple[str, ...]) -> None:
        """From now on these are marked wherever they stand."""
        if tokens != self._tokens:
            self._tokens = tokens
            self.notify_style_update()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        for token in self._tokens:
            for start in _places(line.plain, token):
                line.stylize("bold reverse", start, start + len(token))
        return line


def _places(line: str, token: str) -> Iterator[int]:
    start = line.find(token)
    while start >= 0:
        yield start
        start = line.find(token, start + len(token))
