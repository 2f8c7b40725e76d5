"""The drawing half of the log view: rows of a source as strips, the scroll range, the state in the subtitle."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from widgets.log_file import LogFile
from widgets.log_filter import Filter
from widgets.log_query import Query
from widgets.log_rows import Lines, Look, Row
from widgets.log_source import LogSource, OpenFile, Rows

BUDGET = 0.004
"""Seconds that one poll may count and filter."""
SEARCH_BUDGET = 0.008
"""The same while a person waits for the result of a filter."""
TIME_WIDTH = 9


class LogPane(ScrollView):
    """Draws what is visible of a `LogSource`, and nothing else of it is read."""

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        empty_text: str = "nothing has been written yet",
        open_file: OpenFile = LogFile,
        clock: Callable[[], float] = perf_counter,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.ascii_only = ascii_only
        self.empty_text = empty_text
        """Shown while there is no file, or nothing in it."""
        self.following = True
        self.query_text = ""
        """The filter, as it was set."""
        self._open_file = open_file
        self._clock = clock
        self._live = False
        self._times = self._wrap = False
        self._source: LogSource | None = None
        self._query: Query | None = None
        self._lines: Lines | None = None
        self._searched: Filter | None = None
        self._cursor = 0
        self._mark = 0
        self._page: list[Row] = []
        self._page_key: tuple[object, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._generation = 0
        self._moving = False
        self._subtitle = ""

    def _slice(self) -> Callable[[], bool]:
        searching = self._source is not None and self._source.searching
        end = self._clock() + (SEARCH_BUDGET if searching else BUDGET)
        return lambda: self._clock() >= end

    def _draw(self) -> None:
        """Bring rows, scroll range, position and badge up to date."""
        source = self._source
        self._page_key = ()
        if source is None:
            self._resize(Size(0, 0))
            self.refresh()
            self._show_badge()
            return
        if source.generation != self._generation:
            self._generation, self.following = source.generation, True
            self._lines = Lines(source.file, self.app.console)
            self._restyle()
        shift = source.rows.settle(self.following)
        top = self.scroll_offset.y + shift
        self._cursor += shift
        self._mark += shift
        if source.filter is not None and source.rows is source.filter is not self._searched:
            # What a search finds is not new.
            self._mark = source.filter.lines
            self._searched = None if source.filter.first_pass else source.filter
        if shift and self.text_selection is not None:
            self.screen.clear_selection()
        before = self._page
        self._resize(Size(self.virtual_size.width, self._height()))
        self._place(y=self.max_scroll_y if self.following else top)
        page = self._rows()
        self._widen(page)
        self._drawn = source.progress
        if [row[1:] for row in before] != [row[1:] for row in page] or not page:
            self.refresh()
        self._show_badge()

    def _height(self) -> int:
        """Rows to scroll over. Where lines are wrapped, the last page begins at the line that fills it."""
        rows, height, width = self._rows_of, self._view.height, self._text_width
        total = rows.lines if rows is not None else 0
        if not self._wrap or rows is None or self._lines is None or not total:
            return total
        first, filled = max(0, total - height), 0
        for place, span in reversed(list(enumerate(rows.spans(first, total - first)))):
            filled += self._lines.height(span, width, height)
            if filled > height:
                first = min(total - 1, first + place + 1)
                break
        return first + height

    def _resize(self, size: Size) -> None:
        """The scrollable area. Set directly: the reactive would lay the whole screen out again for every new line."""
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def _widen(self, page: list[Row]) -> None:
        if self._lines is None or self._wrap:
            return
        widest = max((self._lines.line(row.span).cells for row in page if row.span is not None), default=0)
        self._resize(Size(max(self.virtual_size.width, widest + 1), self.virtual_size.height))

    @property
    def _view(self) -> Size:
        return self.scrollable_content_region.size

    @property
    def _text_width(self) -> int:
        return max(1, self._view.width - (TIME_WIDTH if self._times else 0))

    @property
    def _rows_of(self) -> Rows | None:
        return self._source.rows if self._source is not None else None

    def _place(self, x: int | None = None, y: int | None = None) -> None:
        """Scroll there; it is not the person who scrolls."""
        self._moving = True
        try:
            self.scroll_to(x, y, animate=False, force=True)
        finally:
            self._moving = False

    def _rows(self, view: Size | None = None) -> list[Row]:
        """What is on the screen, row by row; `view` is its size where the caller has just looked."""
        width, height = view or self._view
        top = self.scroll_offset.y
        key = (top, height, width, self._times, self._wrap)
        if key == self._page_key:
            return self._page
        self._page_key, self._page = key, []
        rows = self._rows_of
        if rows is None or self._lines is None or height < 1:
            return self._page
        count = min(height, max(0, rows.lines - top))
        spans = rows.spans(top, count)
        if not self._wrap:
            self._page = [Row(top + place, span, 0, True) for place, span in enumerate(spans)]
            return self._page
        # At the end the last row is what counts; a person who reads has the first one where it is.
        at_end = self.following and top >= self.max_scroll_y
        if at_end and top:
            top, spans = top - 1, [*rows.spans(top - 1, 1), *spans]
        page = [
            row
            for place, span in enumerate(spans)
            for row in self._lines.wrapped(top + place, span, self._text_width, height)
        ]
        self._page = page[-height:] if at_end else page[:height]
        return self._page

    def render_line(self, y: int) -> Strip:
        """One row of the view."""
        view, lines = self._view, self._lines
        page, width = self._rows(view), view.width
        if lines is None or not page:
            text = self.empty_text if y == 0 else ""
            return Strip([Segment(text, self._style("mark"))]).adjust_cell_length(width, self.rich_style)
        if y >= len(page):
            return Strip.blank(width, lines.look.base)
        row = page[y]
        cursor = row.number == self._cursor and not self.following and self.has_focus
        base = lines.look.cursor if cursor else lines.look.base
        room = max(1, width - TIME_WIDTH) if self._times else width
        start = row.start if self._wrap else self.scroll_offset.x
        strip = self._line_strip(row, cursor)
        part = strip.crop_extend(start, start + room, base)
        goes_on = y + 1 == len(page) or page[y + 1].number != row.number
        if strip.cell_length > start + room and goes_on:
            mark = Segment(">" if self.ascii_only else "›", base + lines.look.mark)
            part = Strip.join([part.crop(0, room - 1), Strip([mark], 1)])
        part = part.apply_offsets(start, row.number)
        return Strip.join([self._clock_strip(row, base), part]) if self._times else part

    def _line_strip(self, row: Row, cursor: bool) -> Strip:
        assert self._lines is not None
        if row.span is None:
            return Strip([])
        selection = self.text_selection
        selected = selection.get_span(row.number) if selection is not None else None
        return self._lines.strip(row.span, cursor, selected, "..." if self.ascii_only else "…")

    def _clock_strip(self, row: Row, base: Style) -> Strip:
        text = ""
        if self._source is not None and self._lines is not None and row.first and row.span is not None:
            text = self._source.times.clock(row.span[0])
            base = base + self._lines.look.time
        return Strip([Segment(text.ljust(TIME_WIDTH), base)], TIME_WIDTH).apply_offsets(-TIME_WIDTH, row.number)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"log-view--{name}")

    def _ink(self, name: str) -> Style:
        """A component's style without its background, which the line under it has."""
        full = self._style(name)
        return Style(color=full.color, bold=full.bold, italic=full.italic, dim=full.dim)

    def _restyle(self) -> None:
        self.refresh()
        if self._lines is None or not self.is_attached:
            return
        look = Look(
            base=self.rich_style,
            cursor=self._style("cursor"),
            match=self._style("match"),
            time=self._ink("time"),
            mark=self._ink("mark"),
            selection=self.screen.get_component_rich_style("screen--selection"),
        )
        self._lines.restyle(look, self._query if self._query and not self._query.error else None)

    def notify_style_update(self) -> None:
        """Textual says that styles changed."""
        super().notify_style_update()
        self._restyle()

    def _badge_style(self) -> VisualStyle:
        full = self.get_visual_style("log-view--badge")
        return VisualStyle(foreground=full.foreground, bold=full.bold)

    def _show_badge(self) -> None:
        rows = self._rows_of
        parts: list[Content | str] = []
        note = self._source.note() if self._source is not None else ""
        if self._query is not None and self._query.error:
            note = self._query.error
        badge = ""
        if rows is not None:
            new = max(0, rows.lines - self._mark)
            paused = f"PAUSED +{new:,}" if new else "PAUSED"
            badge = ("FOLLOW" if self._live else "END") if self.following else paused
        text = f"{note} {badge}"
        if text == self._subtitle:
            return
        self._subtitle = text
        if note:
            parts.append(Content(note))
        if badge:
            parts.append(Content.styled(badge, "" if self.following else self._badge_style()))
        gap = Content(" | " if self.ascii_only else " · ")
        self.border_subtitle = gap.join([Content(part) if isinstance(part, str) else part for part in parts])
