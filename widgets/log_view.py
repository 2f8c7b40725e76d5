"""The log of a running script: a lazy view over the file. Only what is on the screen is read, decoded and drawn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.selection import Selection

from widgets import log_keys
from widgets.log_file import Span
from widgets.log_moves import LogMoves
from widgets.log_query import Query
from widgets.log_rows import Lines
from widgets.log_source import LogSource

REDRAW = 0.1
"""Seconds between redraws while the log grows; a key is answered at once."""
FLOOD_BYTES = 64 << 10
FLOOD_REDRAW = 0.25
"""So many bytes since the last redraw are more than an eye reads: then it is drawn less often, for the terminal's line
and for the keys."""
MOST_COPIED = 10_000
"""Lines that a selection copies at most."""


class LogView(LogMoves, can_focus=True):
    """Shows a file that grows. The app calls `poll`; the state is in the border's subtitle."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = log_keys.BINDINGS
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log-view--time",
        "log-view--match",
        "log-view--cursor",
        "log-view--mark",
        "log-view--badge",
    }
    DEFAULT_CSS = """
    LogView {
        height: 1fr;
        overflow-x: auto;
        overflow-y: auto;
        scrollbar-size-horizontal: 0;
        scrollbar-size-vertical: 1;
        border: round $primary;
        border-subtitle-color: $text-muted;
        & > .log-view--time { color: $text-muted; }
        & > .log-view--mark { color: $text-muted; }
        & > .log-view--badge { color: $warning; text-style: bold; }
        & > .log-view--match { color: $background; background: $warning; }
        & > .log-view--cursor { background: $primary 30%; }
    }
    """

    @dataclass
    class PagerRequested(Message):
        """Open the whole log in the person's pager."""

        path: Path

    @dataclass
    class Copied(Message):
        """That many lines went to the clipboard."""

        count: int

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._drawn_at = float("-inf")
        self._drawn_size = 0

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._source.path if self._source is not None else None

    @property
    def live(self) -> bool:
        """Whether the file is still written to; the app knows."""
        return self._live

    @live.setter
    def live(self, value: bool) -> None:
        self._live = value
        self._show_badge()

    def show_file(self, path: Path | None) -> None:
        """Show another file from its end, following it, with the filter that is set; None shows the empty state."""
        if path == self.path:
            return
        if self._source is not None:
            self._source.close()
        self._source = LogSource(path, self._open_file) if path is not None else None
        self._lines = Lines(self._source.file, self.app.console) if self._source is not None else None
        self.following, self._cursor, self._mark, self._drawn, self._generation = True, 0, 0, (), 0
        self._place(x=0)
        if self._source is not None:
            self._source.refine(self._query)
            self._source.advance(self._slice())
        self._restyle()
        self._draw()

    def poll(self, now: float) -> bool:
        """Take notice of what was written. `now` is in seconds; call it at a fixed rate, up to 30 times a second while
        it gives True (there was something new, or the file is still written to), and now and then otherwise."""
        source = self._source
        if source is None:
            return False
        source.advance(self._slice())
        if now < self._drawn_at:
            self._drawn_at = float("-inf")
        moved = source.progress != self._drawn
        flood = source.file.size - self._drawn_size > FLOOD_BYTES
        if moved and now - self._drawn_at >= (FLOOD_REDRAW if flood else REDRAW):
            self._drawn_size = source.file.size
            self._drawn_at = now
            self._draw()
        return moved or self._live

    def set_filter(self, text: str) -> None:
        """Show only lines that have this text, in any case, or match this `/regular expression/`; empty shows all."""
        if text == self.query_text:
            return
        self.query_text = text
        self._query = Query(text) if text else None
        if self._source is not None:
            self._source.refine(self._query)
            self._source.advance(self._slice())
        self.following, self._cursor, self._mark = True, 0, 0
        self._place(x=0)
        self._restyle()
        self._draw()

    def next_match(self) -> None:
        """Go to the next match of the filter."""
        self._to_match(1)

    def previous_match(self) -> None:
        """Go to the match before."""
        self._to_match(-1)

    def on_mount(self) -> None:
        self._restyle()
        self._draw()

    def on_unmount(self) -> None:
        if self._source is not None:
            self._source.close()

    def on_resize(self) -> None:
        self._draw()

    def _to_match(self, step: int) -> None:
        source = self._source
        if source is None or source.filter is None:
            return
        if source.hide:
            self.action_move(step)
            return
        here = self._span(self.current)
        match = source.filter.row_at(here[0] + 1) if step > 0 else source.filter.row_at(here[0]) - 1
        if 0 <= match < source.filter.lines:
            self._show_in_log(source.filter.spans(match, 1)[0])

    def _span(self, row: int) -> Span:
        rows = self._rows_of
        span = rows.spans(row, 1)[0] if rows is not None else None
        return span or (0, 0)

    def _show_in_log(self, span: Span | None) -> None:
        """Put the cursor on that line among all lines; not before its number is known."""
        row = self._source.map.row_of(span[0]) if self._source is not None and span is not None else None
        if row is None:
            return
        self.pause()
        assert self._source is not None
        if self._source.hide:
            self._source.hide = False
            self._mark = self._source.map.lines
        self._cursor = row
        self._draw()
        if row not in [shown.number for shown in self._rows()]:
            self._place(y=max(0, row - self._view.height // 2))
        self._after_move()

    def action_context(self) -> None:
        source = self._source
        if source is None or source.filter is None:
            return
        span = self._span(self.current)
        if source.hide:
            self._show_in_log(span)
            return
        self.pause()
        source.hide = True
        self._mark = source.filter.lines
        self._cursor = max(0, min(source.filter.row_at(span[0]), self._mark - 1))
        self._draw()
        self._go(self._cursor)

    def action_next_match(self) -> None:
        self.next_match()

    def action_previous_match(self) -> None:
        self.previous_match()

    def action_times(self) -> None:
        self._times = not self._times
        self._redraw()

    def action_wrap(self) -> None:
        top = self._rows()[0].number if self._rows() else 0
        self._wrap = not self._wrap
        self._place(x=0)
        self._resize(self.virtual_size.with_width(0))
        self._redraw()
        if not self.following:
            self._place(y=top)
            self._after_move()

    def _redraw(self) -> None:
        self._draw()
        self.refresh()

    # Mouse and clipboard

    def on_click(self, event: events.Click) -> None:
        if self.gutter.bottom and event.y >= self.outer_size.height - 1 and event.widget is self:
            # Its own lower edge; in a pane the edge is the pane's.
            self.follow()
            return
        # Where text can be selected, the event names the screen as its widget, and not the log.
        offset, page = event.get_content_offset(self), self._rows()
        if offset is not None and offset.y < len(page) and not self.following:
            self._cursor = page[offset.y].number
            self.refresh()

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text; of an endless selection the newest lines."""
        rows, lines = self._rows_of, self._lines
        if rows is None or lines is None:
            return None
        last = min(rows.lines - 1, selection.end.y if selection.end is not None else rows.lines - 1)
        first = max(0, selection.start.y if selection.start is not None else 0, last - MOST_COPIED + 1)
        found: list[str] = []
        for number, span in zip(range(first, last + 1), rows.spans(first, last + 1 - first), strict=True):
            part = selection.get_span(number)
            if part is not None:
                text = lines.plain(span)
                found.append(text[max(0, part[0]) : len(text) if part[1] == -1 else max(0, part[1])])
        return "\n".join(found), "\n"

    def action_copy_line(self) -> None:
        rows = self._rows_of
        if rows is not None and rows.lines:
            self._copy([rows.spans(self.current, 1)[0]])

    def action_copy_pane(self) -> None:
        self._copy([row.span for row in self._rows() if row.first])

    def _copy(self, spans: list[Span | None]) -> None:
        if self._lines is None or not spans:
            return
        self.app.copy_to_clipboard("\n".join(self._lines.plain(span) for span in spans))
        self.post_message(self.Copied(len(spans)))

    def action_pager(self) -> None:
        if self.path is not None:
            self.post_message(self.PagerRequested(self.path))
