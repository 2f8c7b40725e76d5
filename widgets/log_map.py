"""Row numbers of a log before all of it has been counted: its end at once, exact numbers when the count is there.

Two indexes. `whole` counts from the first byte. While it is behind, `near` covers the part that is looked at, from a
line start whose row number is an estimate. When `whole` has caught up, `settle` says by how much the numbers were off,
so that the view moves with them and the text on the screen stays where it is.
"""

from widgets.log_file import Reader, Span
from widgets.log_index import BlockIndex, Spent

TAIL = 64 << 10
"""Bytes before the end where a file that is not yet counted is entered."""
REACH = 8 << 20
"""How far a row is looked for by reading; beyond that it is guessed from the size."""


def never() -> bool:
    return False


class LineMap:
    """All lines of the log."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.size = 0
        self._whole = BlockIndex(reader)
        self._near: BlockIndex | None = None
        self._base = 0

    @property
    def exact(self) -> bool:
        """Whether row numbers and the number of lines are counted, not estimated."""
        return self._near is None and self._whole.scanned >= self.size

    @property
    def counted(self) -> float:
        """The part of the file that has been counted, 0 to 1."""
        return min(1.0, self._whole.scanned / self.size) if self.size else 1.0

    @property
    def lines(self) -> int:
        """Lines in the log: exact, or estimated from what has been counted."""
        index, base = self._frame
        return base + index.lines + int((self.size - index.scanned) / self._line_length(index))

    @property
    def _frame(self) -> tuple[BlockIndex, int]:
        return (self._whole, 0) if self._near is None else (self._near, self._base)

    def _line_length(self, index: BlockIndex) -> float:
        """Average bytes per line."""
        return max(1.0, (index.scanned - index.origin) / max(1, index.newlines)) if index.newlines else 100.0

    def scan(self, size: int, spent: Spent) -> None:
        """Count on: first near what is looked at, then from the start. At least a little of each is done."""
        self.size = size
        if self._near is not None:
            self._near.scan(size, spent)
        self._whole.scan(size, spent)

    def settle(self, at_end: bool) -> int:
        """Before drawing: make the end known where it is looked at. Returns by how much all row numbers have grown."""
        if self._near is not None and self._whole.scanned >= self.size:
            shift = self._whole.row_of(self._near.origin) - self._base
            self._near = None
            return shift
        index, _ = self._frame
        if at_end and index.scanned < self.size:
            self._to_end()
        return 0

    def _to_end(self) -> None:
        """Enter at the last lines, numbered by an estimate."""
        length = TAIL
        while True:
            start = max(0, self.size - length)
            data = self._reader.read(start, self.size - start)
            at = data.find(b"\n", 0, len(data) - 1) if start else -1
            # A line longer than that: look further back, then take its middle for a start until all is counted.
            if at >= 0 or not start or length >= REACH:
                break
            length *= 8
        near = BlockIndex(self._reader, start + at + 1)
        near.scan(self.size, never)
        known = self._whole if self._whole.newlines > near.newlines else near
        gap = near.origin - self._whole.scanned
        self._base = self._whole.newlines + max(1, int(gap / self._line_length(known)))
        self._near = near

    def to_start(self) -> None:
        """Enter at the first line; its number is exact."""
        if self._near is not None:
            self._near = None

    def spans(self, row: int, count: int) -> list[Span | None]:
        """The lines from `row`; None where an estimate was wrong and there is no such line."""
        self._reach(row, count)
        index, base = self._frame
        lead = min(count, max(0, base - row))
        found: list[Span | None] = [None] * lead
        found.extend(index.spans(row + lead - base, count - lead))
        return found + [None] * (count - len(found))

    def row_of(self, offset: int) -> int | None:
        """The exact row of a byte's line, where it has been counted and numbers are exact."""
        return self._whole.row_of(offset) if self._near is None and offset <= self._whole.scanned else None

    def _reach(self, row: int, count: int) -> None:
        """Make sure the frame has these rows."""
        index, base = self._frame
        if row < base and index.origin > 0:
            self._step_back(row)
            index, base = self._frame
        if row + count > base + index.lines and index.scanned < self.size:
            index.scan(min(self.size, index.scanned + REACH), never)
            if row >= base + index.lines:
                self._jump(row)

    def _step_back(self, row: int) -> None:
        """Move the frame's start back by whole lines until it has `row`; jump where that is far."""
        assert self._near is not None
        origin, missing = self._near.origin, self._base - row
        start, newlines, data = origin, 0, b""
        while start > 0 and newlines <= missing and origin - start < REACH:
            step = min(TAIL, start)
            start -= step
            data = self._reader.read(start, step)
            newlines += data.count(b"\n")
        cut = data.find(b"\n") + 1 if start else 0
        newlines -= 1 if start and cut else 0
        if newlines < missing and start:
            self._jump(row)
            return
        self._base -= newlines
        self._near = BlockIndex(self._reader, start + cut)
        self._near.scan(min(self.size, origin + TAIL), never)

    def _jump(self, row: int) -> None:
        """Enter somewhere in the middle, at the place that has this row if all lines were equally long."""
        offset = int(self.size * row / max(1, self.lines))
        data = self._reader.read(offset, TAIL)
        self._near = BlockIndex(self._reader, min(self.size, offset + data.find(b"\n") + 1))
        self._base = row
        self._near.scan(min(self.size, self._near.origin + TAIL), never)
