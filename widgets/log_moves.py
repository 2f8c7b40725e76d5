"""Moving through the log: the cursor line, and following the end until a person goes up."""

from typing import Any

from widgets.log_pane import LogPane

SIDEWAYS = 8
"""Columns per key."""


class LogMoves(LogPane):
    """A pane with a current line. Every way of going up stops following; `follow` resumes."""

    @property
    def current(self) -> int:
        """Row of the current line: the last one while following."""
        rows = self._rows_of
        last = rows.lines - 1 if rows is not None else 0
        return max(0, last if self.following else min(self._cursor, last))

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following = True
        self._draw()
        self.refresh()

    def pause(self) -> None:
        """Stay where the view is; what comes in is counted."""
        rows = self._rows_of
        if not self.following or rows is None:
            return
        self._cursor, self._mark = self.current, rows.lines
        self.following = False
        self._page_key = ()
        self.refresh()
        self._show_badge()

    def _scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> bool:
        """Wheel and scrollbar end here too. A person's upward move stops following; reaching the end resumes."""
        options.update(animate=False, force=True)
        if self._moving or y is None:
            return super()._scroll_to(x, y, **options)
        here, target = self.scroll_offset.y, max(0, min(round(y), self.max_scroll_y))
        if target < here:
            self.pause()
        moved = super()._scroll_to(x, y, **options)
        if here < target == self.max_scroll_y:
            self.follow()
        else:
            self._after_move()
        return moved

    def _after_move(self) -> None:
        """The cursor stays in view; lines that came into view may be wider."""
        page = self._rows()
        if page and not self.following:
            self._cursor = max(page[0].number, min(self._cursor, page[-1].number))
        self._widen(page)
        self.refresh()

    def _go(self, row: int) -> None:
        """Put the cursor on a row and scroll as little as that takes."""
        self._cursor = row
        page = self._rows()
        height = max(1, self._view.height)
        if page and row < page[0].number:
            self._place(y=row)
        elif page and row > page[-1].number:
            self._place(y=row - height + 1)
            # Wrapped lines take more than one row each: go on until the line is there.
            for _ in range(height):
                page = self._rows()
                if not page or page[-1].number >= row or self.scroll_offset.y >= self.max_scroll_y:
                    break
                self._place(y=self.scroll_offset.y + 1)
        self._after_move()

    def action_move(self, step: int) -> None:
        rows = self._rows_of
        if rows is None:
            return
        row = self.current + step
        if row >= rows.lines:
            self.follow()
            return
        if step < 0:
            self.pause()
        if not self.following:
            self._go(max(0, row))

    def action_page(self, step: int) -> None:
        distance = step * max(1, self._view.height - 1)
        if step < 0:
            self.pause()
        self._cursor += distance
        self.scroll_to(y=self.scroll_offset.y + distance)

    def action_start(self) -> None:
        rows = self._rows_of
        if rows is None:
            return
        self.pause()
        rows.to_start()
        self._cursor = 0
        self._draw()
        self._place(y=0)
        self._after_move()

    def action_follow(self) -> None:
        self.follow()

    def action_sideways(self, step: int) -> None:
        self._place(x=max(0, self.scroll_offset.x + step * SIDEWAYS))
