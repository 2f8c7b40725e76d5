"""Lines of a log as strips of cells: styled, with matches marked, wrapped or cut to the width of the view."""

from dataclasses import dataclass, field
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.cache import LRUCache
from textual.strip import Strip

from widgets import log_decode
from widgets.log_file import Reader, Span
from widgets.log_query import Query

KEPT = 128
"""Lines kept ready: two screens full. Every strip is a dozen objects that a full garbage collection visits."""


class Line(NamedTuple):
    """A decoded line."""

    text: Text
    cut: bool
    cells: int


class Row(NamedTuple):
    """One row of the screen: a part of a line, from the cell `start` on."""

    number: int
    span: Span | None
    start: int
    first: bool
    """Whether it is the line's first row."""


@dataclass
class Look:
    """The styles that lines are drawn with; from the style sheet."""

    base: Style = field(default_factory=Style)
    cursor: Style = field(default_factory=Style)
    match: Style = field(default_factory=Style)
    time: Style = field(default_factory=Style)
    mark: Style = field(default_factory=Style)
    selection: Style = field(default_factory=Style)


class Lines:
    """Decodes and draws lines, keeping those that were drawn last. Keys are places in the file, not row numbers."""

    def __init__(self, reader: Reader, console: Console) -> None:
        self._reader = reader
        self._console = console
        self._decoded: LRUCache[Span, Line] = LRUCache(KEPT)
        self._strips: LRUCache[tuple[Span, bool], Strip] = LRUCache(KEPT)
        self.query: Query | None = None
        self.look = Look()

    def restyle(self, look: Look, query: Query | None) -> None:
        """Other styles or another search from now on."""
        self.look, self.query = look, query
        self._strips.clear()

    def line(self, span: Span) -> Line:
        found = self._decoded.get(span)
        if found is None:
            raw, cut = log_decode.fetch(self._reader, span)
            text = log_decode.styled(raw)
            cut = cut or len(text) >= log_decode.COLUMNS
            found = self._decoded[span] = Line(text, cut, cell_len(text.plain))
        return found

    def plain(self, span: Span | None) -> str:
        """The text of a line as shown."""
        return self.line(span).text.plain if span is not None else ""

    def strip(self, span: Span, cursor: bool, selected: tuple[int, int] | None, mark: str) -> Strip:
        """A whole line. `selected` characters (-1: to the end) are marked; `mark` follows a line that goes on."""
        if selected is None and (found := self._strips.get((span, cursor))) is not None:
            return found
        line = self.line(span)
        base = self.look.cursor if cursor else self.look.base
        if self.query is None and selected is None:
            segments = _segments(line.text, base)
        else:
            segments = self._marked(line.text, base, selected)
        if line.cut:
            segments.append(Segment(mark, self.look.mark))
        strip = Strip(segments, line.cells + (len(mark) if line.cut else 0))
        if selected is None:
            self._strips[(span, cursor)] = strip
        return strip

    def _marked(self, line: Text, base: Style, selected: tuple[int, int] | None) -> list[Segment]:
        text = line.copy()
        text.stylize_before(base)
        if self.query is not None:
            for start, end in self.query.places(text.plain):
                text.stylize(self.look.match, start, end)
        if selected is not None:
            start, end = selected
            text.stylize(self.look.selection, max(0, start), len(text) if end == -1 else max(0, end))
        return list(text.render(self._console))

    def height(self, span: Span | None, width: int, most: int) -> int:
        """Rows that a line takes when it is wrapped to `width` cells, at most `most`."""
        if span is None or width < 1:
            return 1
        line = self.line(span)
        return max(1, min(most, -(-(line.cells + line.cut) // width)))

    def wrapped(self, number: int, span: Span | None, width: int, most: int) -> list[Row]:
        """The rows of a wrapped line."""
        return [Row(number, span, part * width, part == 0) for part in range(self.height(span, width, most))]


def _segments(text: Text, base: Style) -> list[Segment]:
    """A decoded line as it is: its pieces follow each other. Rich's own rendering takes five times as long."""
    plain, at = text.plain, 0
    found: list[Segment] = []
    for start, end, style in text.spans:
        if start > at:
            found.append(Segment(plain[at:start], base))
        assert isinstance(style, Style)
        found.append(Segment(plain[start:end], base + style))
        at = end
    if at < len(plain):
        found.append(Segment(plain[at:], base))
    return found
