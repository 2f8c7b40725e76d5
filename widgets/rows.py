"""Rows of text with something at the right edge; widths in terminal cells, not characters."""

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets import Static

Piece = tuple[str, str]


def fit(text: str, width: int, *, ascii_only: bool = False) -> str:
    """The text in exactly `width` cells, with an ellipsis (or `~`) where it is cut."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    return set_cell_size(text, max(0, width - 1)) + ("~" if ascii_only else "…") if width > 0 else ""


def row(left: list[Piece], right: list[Piece], width: int, *, grow: int = -1, ascii_only: bool = False) -> Content:
    """One line: `left` and `right` pieces at the edges. The left piece `grow` is cut or padded to fit."""
    index = grow % len(left)
    others = sum(cell_len(text) for place, (text, _) in enumerate(left) if place != index)
    room = width - others - sum(cell_len(text) for text, _ in right)
    text, style = left[index]
    pieces = [*left[:index], (fit(text, max(0, room), ascii_only=ascii_only), style), *left[index + 1 :], *right]
    return Content.assemble(*pieces)


def lines(rows: list[Content]) -> Content:
    return Content("\n").join(rows)


class Panel(Static):
    """Text that is drawn again only where it changed; its size is the style sheet's, so that nothing is laid out anew.

    `Static.update` lays out the whole screen each time, which made an idle cockpit use a fifth of a core.
    """

    def __init__(self, content: str = "", *, id: str | None = None, grows: bool = False) -> None:  # noqa: A002
        super().__init__(content, markup=False, id=id)
        self._grows = grows
        self._put: Content | None = None
        self.ascii_only = False

    def put(self, content: Content) -> None:
        """Show the content. `grows` panels are laid out anew when it changes."""
        before = self._put
        if before is not None and before.plain == content.plain and before.spans == content.spans:
            return
        self._put = content
        self.update(content, layout=self._grows)
