"""The lines of a log that match, found in slices from the first byte on; only the newest matches are kept."""

from array import array

from widgets import log_decode
from widgets.log_file import Reader, Span
from widgets.log_index import Spent
from widgets.log_query import Query

CHUNK = 64 << 10
MOST_LINES = 4000
"""Lines taken from a chunk at once; line by line, `SLOW_LINES`: a slice stays within a few ms."""
SLOW_LINES = 400
MOST = 100_000


class Filter:
    """Rows are matches: row 0 is the oldest one kept."""

    def __init__(self, reader: Reader, query: Query, *, most: int = MOST, chunk: int = CHUNK) -> None:
        self._reader = reader
        self.query = query
        self.scanned = 0
        """Offset up to which whole lines were looked at."""
        self.seen = 0
        """Lines looked at."""
        self.matches = 0
        """Matches found, kept or not; an unfinished last line is not among them."""
        self.size = 0
        self.first_pass = True
        """Until everything that was there at the start has been looked at."""
        self._most = most
        self._chunk = chunk
        self._starts = array("Q")
        self._ends = array("Q")
        self._dropped = 0
        self._long = 0
        """How far an unusually long line was followed; 0 where none is open."""
        self._at_open_line = False
        self._last: Span | None = None

    @property
    def exact(self) -> bool:
        return not self.behind

    @property
    def behind(self) -> bool:
        """Whether there is more to look at."""
        return max(self.scanned, self._long) < self.size and not self._at_open_line

    @property
    def lines(self) -> int:
        return len(self._starts) + (self._last is not None)

    @property
    def kept(self) -> int:
        """Matches that can be shown."""
        return len(self._starts)

    def settle(self, at_end: bool) -> int:
        """By how much row numbers have changed: old matches went (negative)."""
        shift, self._dropped = -self._dropped, 0
        return shift

    def to_start(self) -> None:
        """The first match kept needs no preparation."""

    def spans(self, row: int, count: int) -> list[Span | None]:
        rows: list[Span | None] = []
        for number in range(row, row + count):
            if 0 <= number < len(self._starts):
                rows.append((self._starts[number], self._ends[number]))
            else:
                rows.append(self._last if number == len(self._starts) else None)
        return rows

    def row_at(self, offset: int) -> int:
        """The first match that starts at or after the offset; `lines` where there is none."""
        low, high = 0, len(self._starts)
        while low < high:
            middle = (low + high) // 2
            if self._starts[middle] < offset:
                low = middle + 1
            else:
                high = middle
        return low

    def scan(self, size: int, spent: Spent) -> None:
        """Look on towards `size` until it is reached or the time is spent; at least one slice is done."""
        if size != self.size:
            self.size, self._at_open_line = size, False
        while self.behind:
            self._slice()
            if spent():
                break
        self.first_pass = self.first_pass and self.behind

    def _slice(self) -> None:
        start = max(self.scanned, self._long)
        data = self._reader.read(start, min(self._chunk, self.size - start))
        if self._long:
            self._go_on_long(start, data)
            return
        end = data.rfind(b"\n") + 1
        if end:
            self._look(data[:end])
        elif start + len(data) >= self.size or not data:
            # The last line has no end yet. It is shown if it matches, and looked at again when there is more of it.
            self._at_open_line = True
            self._last = self._judge((self.scanned, start + len(data))) if data else None
        else:
            self._long = start + len(data)

    def _go_on_long(self, start: int, data: bytes) -> None:
        at = data.find(b"\n")
        if at >= 0:
            span = self._judge((self.scanned, start + at))
            self._add([span] if span else [])
            self.seen += 1
            self.scanned, self._long = start + at + 1, 0
        elif start + len(data) >= self.size or not data:
            self._at_open_line = True
            self._last = self._judge((self.scanned, start + len(data)))
            self._long = start + len(data)
        else:
            self._long = start + len(data)

    def _judge(self, span: Span) -> Span | None:
        raw, _ = log_decode.fetch(self._reader, span)
        return span if self.query.test(log_decode.visible(raw)) else None

    def _look(self, chunk: bytes) -> None:
        chunk = _first_lines(chunk, MOST_LINES)
        text = log_decode.block(chunk)
        if text is None:
            chunk = _first_lines(chunk, SLOW_LINES)
        if text is not None:
            numbers = self.query.lines(text)
        else:
            raws = chunk.split(b"\n")[:-1]
            test = self.query.test
            numbers = [number for number, raw in enumerate(raws) if test(log_decode.visible(log_decode.take(raw)))]
        self._add(_spans(chunk, self.scanned, numbers))
        self.scanned += len(chunk)
        self.seen += chunk.count(b"\n")

    def _add(self, found: list[Span]) -> None:
        self._last = None
        self.matches += len(found)
        self._starts.extend(start for start, _ in found)
        self._ends.extend(end for _, end in found)
        extra = len(self._starts) - self._most
        # Dropping a tenth at a time: the numbers of rows change rarely.
        if extra > self._most // 10:
            del self._starts[:extra], self._ends[:extra]
            self._dropped += extra


def _first_lines(chunk: bytes, most: int) -> bytes:
    """About `most` lines of a chunk of whole lines, at least one."""
    count = chunk.count(b"\n")
    if count <= most:
        return chunk
    cut = chunk.find(b"\n", len(chunk) * most // count)
    return chunk[: cut + 1] if cut >= 0 else chunk


def _spans(chunk: bytes, offset: int, numbers: list[int]) -> list[Span]:
    """Where those lines of a chunk are in the file, which has the chunk at `offset`."""
    if not numbers:
        return []
    found: list[Span] = []
    lengths = [len(raw) for raw in chunk.split(b"\n")]
    start = at = 0
    for number in numbers:
        start += sum(lengths[at:number]) + number - at
        found.append((offset + start, offset + start + lengths[number]))
        at = number
    return found
