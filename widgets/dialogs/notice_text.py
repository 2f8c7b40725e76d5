"""The text of a notice, to change; the fields that are not known stand out."""

from rich.text import Text
from textual.widgets import TextArea


class NoticeText(TextArea):
    """A text area that marks some tokens: reversed as well as coloured, for those who see no colours."""

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

    def mark(self, tokens: tuple[str, ...]) -> None:
        """From now on these are marked wherever they stand."""
        if tokens != self._tokens:
            self._tokens = tokens
            self.notify_style_update()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        for token in self._tokens:
            start = line.plain.find(token)
            while start >= 0:
                line.stylize("bold reverse", start, start + len(token))
                start = line.plain.find(token, start + len(token))
        return line
