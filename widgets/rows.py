"""Rows of text with something at the right edge; widths in terminal cells, not characters."""

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widgets import Static

Piece = tuple[str, str]
MOST_LAYOUTS = 3


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


def wrapped(text: str, width: int) -> list[str]:
    """The text in rows of at most `width` cells, broken between words; a word that is longer is broken inside."""
    rows: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if cell_len(longer) <= width:
                line = longer
                continue
            if line:
                rows.append(line)
            *full, line = chop_cells(word, max(1, width)) or [""]
            rows += full
        rows.append(line)
    return rows


def hanging(
    lead: list[Piece], text: str, style: str, width: int, *, most: int = 0, ascii_only: bool = False
) -> Content:
    """`lead` and the text; where it takes several rows, the later ones begin below the first one's text. More than
    `most` rows are cut."""
    indent = sum(cell_len(piece) for piece, _ in lead)
    rows = wrapped(text, max(8, width - indent))
    if most and len(rows) > most:
        rows = [*rows[: most - 1], fit(" ".join(rows[most - 1 :]), max(8, width - indent), ascii_only=ascii_only)]
    return Content.assemble(*lead, (f"\n{' ' * indent}".join(rows), style))


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
        self._asked = (0, 0)
        """Rows that a layout was asked for, and how often."""
        self.ascii_only = False

    def put(self, content: Content) -> None:
        """Show the content. A panel that grows is laid out anew when it needs another number of rows."""
        if self._put is None or not _same(self._put, content):
            self._put = content
            self.update(content, layout=False)
        if self._grows:
            self._fit(content)

    def _fit(self, content: Content) -> None:
        """Ask for a layout where the height is not the one that the content needs; a few times at most for the same, as
        Textual may lose one while the screen is laid out for the first time, and a style may not let it grow."""
        width = self.content_region.width
        needed = content.get_height({}, width) if width else 0
        most = self.styles.max_height
        if most is not None and most.cells is not None:
            needed = min(needed, most.cells)
        if width and needed == self.content_region.height:
            self._asked = (0, 0)
            return
        wanted, times = self._asked
        times = times + 1 if wanted == (needed or -1) else 1
        self._asked = (needed or -1, times)
        if times <= MOST_LAYOUTS:
            self.refresh(layout=True)


class Hanging(Static):
    """Rows to read, each with something before it; what is too long goes on below its own beginning."""

    def __init__(self, rows: Sequence[tuple[list[Piece], str]]) -> None:
        super().__init__(markup=False)
        self._rows = rows

    def on_mount(self) -> None:
        self._fill(80)

    def on_resize(self) -> None:
        self._fill(self.content_region.width)

    def _fill(self, width: int) -> None:
        self.update(lines([hanging(lead, text, "", width) for lead, text in self._rows]))


class RowsPanel(Panel):
    """Rows that each fit the width: only those that changed are drawn again.

    A pane of thirty rows of which two change every second cost 1.5 % of a core when it was drawn as one text.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._rows: list[Content] = []
        self._strips: dict[int, Strip] = {}

    @property
    def text(self) -> str:
        """What it shows, without colours."""
        return "\n".join(row.plain for row in self._rows)

    def put_rows(self, rows: list[Content]) -> None:
        """Show these rows."""
        before, self._rows = self._rows, rows
        changed = [
            place
            for place in range(max(len(before), len(rows)))
            if place >= len(before) or place >= len(rows) or not _same(before[place], rows[place])
        ]
        for place in changed:
            self._strips.pop(place, None)
        if changed:
            self.refresh(*(Region(0, place, self.content_region.width, 1) for place in changed))

    def notify_style_update(self) -> None:
        """Another theme: every row has other colours."""
        self._strips.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._dirty_regions.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.content_region.width
        if y >= len(self._rows):
            return Strip.blank(width, self.visual_style.rich_style)
        strip = self._strips.get(y)
        if strip is None or strip.cell_length != width:
            drawn = Visual.to_strips(self, self._rows[y], width, 1, self.visual_style)
            strip = self._strips[y] = drawn[0] if drawn else Strip.blank(width, self.visual_style.rich_style)
        return strip


class ScrolledRows(VerticalScroll, can_focus=True):
    """Rows that may be more than the pane is high; laid out anew where their number changes."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self.ascii_only = False
        self._shown: Content | None = None

    def compose(self) -> ComposeResult:
        yield Static("", classes="scrolled-rows", markup=False)

    def put_rows(self, rows: list[Content]) -> None:
        """Show these rows."""
        content, before = lines(rows), self._shown
        if before is not None and _same(before, content):
            return
        self._shown = content
        grown = before is None or before.plain.count("\n") != content.plain.count("\n")
        self.query_one(Static).update(content, layout=grown)


def _same(before: Content, after: Content) -> bool:
    return before.plain == after.plain and before.spans == after.spans
