"""Index, map, filter, times and decoding of a log, against naive models of the same thing."""

import re
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets import log_decode
from widgets.log_file import LogFile, Span
from widgets.log_filter import Filter
from widgets.log_index import BlockIndex
from widgets.log_map import LineMap, never
from widgets.log_query import Query
from widgets.log_times import Times

PIECES = [
    *(b"\n", b"\n", b"\r", b"\r\n", b"a", b"Error", b" ", b"\t", b"\x00", b"K", b"m"),
    *(b"\x1b[31m", b"\x1b[0m", b"\x1b]0;t\x07", b"\x1b", b"[3", b"\x1b[2K", b"\x9b", b"\xc3", b"\xa9"),
    *("\xe9\u6f22\u202e\u2028\x85\u200b".encode(), "\u212a".encode(), b"x" * 5000, b"word " * 40),
]
DATA = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join)
CHUNKS = st.lists(DATA, min_size=1, max_size=6)


class Memory:
    """A file in memory that counts what is read of it."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.bytes_read = 0

    def read(self, offset: int, length: int) -> bytes:
        found = self.data[offset : offset + max(0, length)]
        self.bytes_read += len(found)
        return found


def spans_of(data: bytes) -> list[Span]:
    """Lines as a naive reader has them."""
    spans, start = [], 0
    for line in data.split(b"\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans if not data.endswith(b"\n") and data else spans[:-1]


@given(CHUNKS, st.sampled_from([1, 2, 7, 64]), st.sampled_from([2, 3, 1000]), st.data())
@settings(max_examples=150, deadline=None)
def test_the_index_knows_the_lines_of_a_file_that_grows(
    chunks: list[bytes], block: int, most: int, draw: st.DataObject
) -> None:
    memory = Memory()
    index = BlockIndex(memory, block=block, most=most)
    for chunk in chunks:
        memory.data += chunk
        index.scan(len(memory.data), lambda: True)
        index.scan(len(memory.data), never)
        lines = spans_of(memory.data)
        assert index.lines == len(lines)
        assert index.blocks <= most
        row = draw.draw(st.integers(0, max(0, len(lines) - 1)))
        assert index.spans(row, 5) == lines[row : row + 5]
        if lines:
            assert index.row_of(lines[row][0]) == row


def test_a_line_of_many_megabytes_costs_one_block() -> None:
    memory = Memory(b"first\n" + b"x" * (10 << 20) + b"\nlast\n")
    index = BlockIndex(memory)
    index.scan(len(memory.data), never)
    memory.bytes_read = 0
    assert index.spans(1, 2) == [(6, 6 + (10 << 20)), (7 + (10 << 20), 11 + (10 << 20))]
    assert memory.bytes_read < 5 * (64 << 10)


def test_the_index_of_a_huge_file_stays_small() -> None:
    class Huge:
        """Lines of eleven bytes without end."""

        line = b"0123456789\n" * (1 << 16)

        def read(self, offset: int, length: int) -> bytes:
            return self.line[offset % 11 : offset % 11 + length]

    index = BlockIndex(Huge(), block=1 << 12, most=1000)
    tracemalloc.start()
    index.scan(64 << 20, never)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert index.blocks <= 1000
    assert grown < 200_000
    assert index.spans(1_000_000, 1) == [(11_000_000, 11_000_010)]


# The map: the end at once, exact numbers later

LINES = 400_000
TEXT = b"".join(b"line %d %s\n" % (number, b"." * (number % 60)) for number in range(LINES))


def shown(memory: Memory, lines: list[Span | None]) -> list[bytes]:
    return [memory.data[span[0] : span[1]] for span in lines if span is not None]


def behind(memory: Memory) -> LineMap:
    """A map that has only been given a moment."""
    lines = LineMap(memory)
    lines.scan(len(memory.data), lambda: True)
    lines.settle(at_end=True)
    return lines


def test_the_end_of_a_big_file_is_there_before_it_is_counted() -> None:
    memory = Memory(TEXT)
    lines = behind(memory)
    assert not lines.exact
    last = shown(memory, lines.spans(lines.lines - 3, 3))
    assert [line.split()[1] for line in last] == [b"399997", b"399998", b"399999"]
    assert memory.bytes_read < 1 << 20


def test_rows_keep_their_text_when_the_count_arrives() -> None:
    memory = Memory(TEXT)
    lines = behind(memory)
    top = lines.lines - 500
    before = shown(memory, lines.spans(top, 40))
    lines.scan(len(TEXT), never)
    top += lines.settle(at_end=False)
    assert lines.exact
    assert lines.lines == LINES
    assert top == LINES - 500
    assert shown(memory, lines.spans(top, 40)) == before


def test_going_up_by_reading_and_jumping_to_the_middle() -> None:
    memory = Memory(TEXT)
    lines = behind(memory)
    top = lines.lines - 9000
    assert shown(memory, lines.spans(top, 1))[0].startswith(b"line %d " % (LINES - 9000))
    middle = shown(memory, lines.spans(lines.lines // 10, 5))
    numbers = [int(line.split()[1]) for line in middle]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert abs(numbers[0] - LINES // 10) < LINES // 20
    lines.to_start()
    assert shown(memory, lines.spans(0, 1)) == [b"line 0 "]


@given(st.lists(DATA, min_size=2, max_size=5), st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_map_that_is_counted_equals_the_naive_lines(chunks: list[bytes], at_end: bool) -> None:
    memory = Memory()
    lines = LineMap(memory)
    for chunk in chunks:
        memory.data += chunk
        lines.scan(len(memory.data), lambda: True)
        lines.settle(at_end)
    lines.scan(len(memory.data), never)
    lines.settle(at_end)
    expected = spans_of(memory.data)
    assert lines.exact
    assert lines.lines == len(expected)
    assert lines.spans(0, len(expected)) == expected


# Decoding

RENDERED = [
    (b"plain", "plain"),
    (b"10%\r50%\r100%", "100%"),
    (b"10%\r100%\r", "100%"),
    (b"windows\r", "windows"),
    (b"50%\r100%\r\x1b[0m", "100%"),
    (b"\rstart", "start"),
    (b"a\tb", "a       b"),
    (b"\x1b[31ma\tb\x1b[0m", "a       b"),
    (b"\x1b]0;title\x07text\x1b[2J", "text"),
    (b"\x1bP1;2q payload\x1b\\after", "after"),
    (b"nul\x00bell\x07del\x7f", "nulbelldel"),
    ("bidi\u202eevil\u2066".encode(), "bidievil"),
    ("line\u2028sep\u0085\x0b\x0c".encode(), "linesep"),
    (b"bad \xff\xfe utf", "bad \ufffd\ufffd utf"),
    (b"\x1b[8mhidden\x1b[0m", "hidden"),
    (b"", ""),
]


@pytest.mark.parametrize(("raw", "text"), RENDERED)
def test_a_line_shows_what_a_terminal_would_leave_of_it(raw: bytes, text: str) -> None:
    assert log_decode.visible(raw) == text
    assert log_decode.styled(raw).plain == text


def test_colours_are_kept_and_hiding_is_not() -> None:
    text = log_decode.styled(b"\x1b[1;31mred\x1b[0m plain \x1b[38;2;1;2;3;5;8mrgb")
    styles = {text.plain[span.start : span.end]: span.style for span in text.spans}
    red, rgb = styles["red"], styles["rgb"]
    assert not isinstance(red, str)
    assert not isinstance(rgb, str)
    assert red.bold
    assert red.color is not None
    assert red.color.number == 1
    assert rgb.color is not None
    assert rgb.color.triplet == (1, 2, 3)
    assert not rgb.conceal
    assert not rgb.blink


@given(DATA)
@settings(max_examples=300, deadline=None)
def test_nothing_that_drives_a_terminal_is_left(raw: bytes) -> None:
    line = raw.replace(b"\n", b"")
    text = log_decode.visible(line)
    assert log_decode.styled(line).plain == text
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u202e\u2066]", text)
    assert len(text) <= log_decode.COLUMNS


@given(DATA)
@settings(max_examples=300, deadline=None)
def test_a_block_is_decoded_as_its_lines_are(raw: bytes) -> None:
    chunk = raw[: raw.rfind(b"\n") + 1]
    text = log_decode.block(chunk)
    if text is not None:
        assert text.split("\n") == [log_decode.visible(line) for line in chunk.split(b"\n")]


def test_of_a_long_line_only_the_ends_are_read() -> None:
    memory = Memory(b"start" + b"x" * (10 << 20) + b"\rthe end")
    raw, cut = log_decode.fetch(memory, (0, len(memory.data)))
    assert cut
    assert log_decode.visible(raw) == "the end"
    assert memory.bytes_read <= 2 * log_decode.CLIP
    memory.data = b"start" + b"x" * (10 << 20)
    raw, cut = log_decode.fetch(memory, (0, len(memory.data)))
    assert log_decode.visible(raw).startswith("startxxx")


# Filter


@given(
    CHUNKS,
    st.sampled_from(["error", "a", "x" * 20, " ", "é", "k", "/err.r/", "/^a/", "/x$/"]),
    st.sampled_from([16, 300, 65536]),
)
@settings(max_examples=200, deadline=None)
def test_the_filter_finds_what_a_naive_one_finds(chunks: list[bytes], text: str, size: int) -> None:
    memory = Memory()
    query = Query(text)
    assert not query.error
    found = Filter(memory, query, chunk=size)
    for chunk in chunks:
        memory.data += chunk
        while found.size != len(memory.data) or found.behind:
            found.scan(len(memory.data), lambda: True)
        expected = [
            span
            for span in spans_of(memory.data)
            if query.test(log_decode.visible(log_decode.take(memory.data[span[0] : span[1]])))
        ]
        assert found.spans(0, found.lines) == expected


def test_only_the_newest_matches_are_kept() -> None:
    memory = Memory(b"".join(b"match %d\n" % number for number in range(1000)))
    found = Filter(memory, Query("match"), most=100, chunk=512)
    found.scan(len(memory.data), never)
    assert found.matches == 1000
    assert found.kept <= 110
    assert found.settle(at_end=True) == found.kept - 1000
    span = found.spans(found.lines - 1, 1)[0]
    assert span is not None
    assert memory.data[span[0] : span[1]] == b"match 999"


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        ("/(a+)+$/", True),
        ("/(ab|cd)*e/", True),
        ("/((ab)*)*/", True),
        ("/(?>(a+)+)b/", True),
        ("/[/", True),
        ("/a{99999999999}/", True),
        ("/error|warn/", False),
        ("/^\\d+ .*failed$/", False),
        ("/(ab)+c/", False),
        ("/", False),
        ("//", False),
        ("[", False),
    ],
)
def test_a_pattern_that_is_wrong_or_could_take_forever_is_refused_in_words(pattern: str, refused: bool) -> None:
    assert bool(Query(pattern).error) is refused


# Times and the file


def test_a_line_has_the_time_of_the_chunk_it_began_in(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    with log.with_suffix(".idx").open("wb") as index:
        for number in range(1000):
            index.write(struct.pack("<QdI", number * 10, 1_795_000_000.0 + number, 10))
    times = Times(log)
    times.refresh()
    assert times.at(0) == 1_795_000_000.0
    assert times.at(5009) == 1_795_000_500.0
    assert times.at(9999) == 1_795_000_999.0
    assert times.at(10_000) is None
    assert times.clock(0) == "11:06:40"
    times.close()


@pytest.mark.parametrize(
    "junk", [b"", b"short", struct.pack("<QdI", 0, float("nan"), 9), struct.pack("<QdI", 0, 1e300, 9)]
)
def test_a_broken_time_index_shows_no_time(tmp_path: Path, junk: bytes) -> None:
    log = tmp_path / "output.log"
    log.with_suffix(".idx").write_bytes(junk)
    times = Times(log)
    times.refresh()
    assert times.clock(0) == ""
    times.close()


def test_a_file_that_is_missing_truncated_or_replaced_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    file = LogFile(path)
    assert file.refresh()
    assert file.read(0, 10) == b""
    path.write_bytes(b"first")
    assert file.refresh()
    assert file.read(0, 10) == b"first"
    path.write_bytes(b"2")
    assert not file.refresh()
    other = tmp_path / "other"
    other.write_bytes(b"a new file")
    other.rename(path)
    assert not file.refresh()
    assert file.read(0, 10) == b"a new file"
    path.unlink()
    assert file.refresh()
    assert file.read(2, 3) == b"new"
    file.close()
