"""Where the lines of a byte range are: newline counts per block, never one entry per line.

Counting newlines runs at memory speed (2 GB/s here) and one number per 64 KiB says everything: a line is found by
bisecting the counts and looking into one block. When the table is full every second number is dropped, so memory does
not depend on the size of the log.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable

from widgets.log_file import Reader, Span

BLOCK = 64 << 10
MOST_BLOCKS = 100_000
WINDOW = 64 << 10

Spent = Callable[[], bool]
"""True when a slice of work has used up its time."""


class BlockIndex:
    """Lines from `origin`, which is the start of a line. Rows are numbered from 0 there."""

    def __init__(self, reader: Reader, origin: int = 0, *, block: int = BLOCK, most: int = MOST_BLOCKS) -> None:
        self._reader = reader
        self.origin = origin
        self.scanned = origin
        """The offset up to which lines have been counted."""
        self.newlines = 0
        self._open_line = False
        self._block = block
        self._most = max(2, most)
        self._counts = array("Q", [0])

    @property
    def lines(self) -> int:
        """Lines counted so far; a last one without a newline is one of them."""
        return self.newlines + self._open_line

    @property
    def blocks(self) -> int:
        """Entries kept."""
        return len(self._counts)

    def scan(self, size: int, spent: Spent) -> None:
        """Count on towards `size` (an offset in the file) until it is reached or the time is spent."""
        while self.scanned < size:
            into = (self.scanned - self.origin) % self._block
            data = self._reader.read(self.scanned, min(self._block - into, size - self.scanned))
            if not data:
                return
            self.scanned += len(data)
            self.newlines += data.count(b"\n")
            self._open_line = data[-1] != 10
            if into + len(data) == self._block:
                self._note()
            if spent():
                return

    def _note(self) -> None:
        self._counts.append(self.newlines)
        if len(self._counts) > self._most:
            # Every second entry, from the first; where the last one falls out, the block it closed is open again.
            self._counts = self._counts[::2]
            self._block *= 2

    def row_of(self, offset: int) -> int:
        """The row of the line which that byte belongs to; the byte must have been scanned."""
        place = min((offset - self.origin) // self._block, len(self._counts) - 1)
        start = self.origin + place * self._block
        return self._counts[place] + self._reader.read(start, offset - start).count(b"\n")

    def spans(self, row: int, count: int) -> list[Span]:
        """The lines `row` to `row + count`, as far as they have been scanned."""
        last = min(row + count, self.lines)
        if row < 0 or row >= last:
            return []
        found: list[Span] = []
        start = self.origin if row == 0 else self._newline(row - 1) + 1
        base, data = start, self._window(start)
        for number in range(row, last):
            end = data.find(b"\n", start - base)
            if end < 0 and start > base:
                base, data = start, self._window(start)
                end = data.find(b"\n")
            end = base + end if end >= 0 else self._newline(number)
            found.append((start, end))
            start = end + 1
            if start > base + len(data):
                base, data = start, self._window(start)
        return found

    def _window(self, start: int) -> bytes:
        return self._reader.read(start, min(WINDOW, self.scanned - start))

    def _newline(self, number: int) -> int:
        """Offset of that newline; the end of what was scanned where there is none."""
        if number >= self.newlines:
            return self.scanned
        place = bisect_right(self._counts, number) - 1
        start = self.origin + place * self._block
        data = self._reader.read(start, min(self._block, self.scanned - start))
        wanted = number - self._counts[place]
        low, high = 0, len(data)
        while high - low > 512:
            middle = (low + high) // 2
            have = data.count(b"\n", low, middle)
            if have > wanted:
                high = middle
            else:
                wanted -= have
                low = middle
        at = low - 1
        for _ in range(wanted + 1):
            at = data.find(b"\n", at + 1)
            if at < 0:
                # The file changed under us; the next look at it starts again.
                return self.scanned
        return start + at
