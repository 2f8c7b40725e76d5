"""Large logs without a screen: how long until the end of one can be drawn, and until a filter is through it."""

import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from bench.table import Row, median
from widgets.log_query import Query
from widgets.log_source import LogSource

GIGABYTE = 1 << 30
MILLION = 1_000_000
ROWS = 48
SLICE = 0.01
"""Seconds of work between two looks at the keys, as in the screen while somebody waits for a filter."""
TIMES = 5


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        large, lines = Path(name) / "large.log", Path(name) / "lines.log"
        line = b"2026-11-28 14:55:41.123 INFO  shop.orders  order 00042 was taken, 3 items, 17.20\n"
        with large.open("wb") as file:
            block = line * 10_000
            while file.tell() < GIGABYTE:
                file.write(block)
        with lines.open("wb") as file:
            for number in range(MILLION):
                file.write(line if number % 1000 else b"2026-11-28 14:55:41.123 ERROR the needle in it\n")
        tail = _process("tail", f"-n{ROWS}", str(large))
        grep = _process("grep", "-ci", "needle", str(lines))
        opened = median([_timed(lambda: _open(large)) for _ in range(TIMES)])
        first, through = zip(*(_filter(lines) for _ in range(TIMES)), strict=True)
        tracemalloc.start()
        _open(large)
        held = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        helped, bare = _help()
    return [
        Row("the end of a 1 GB log, ready to draw", opened * 1e3, "ms", f"tail -n{ROWS}", tail * 1e3),
        Row("  memory for it", held, "MiB"),
        Row("filter over a million lines: first matches", median(list(first)) * 1e3, "ms", "grep -ci", grep * 1e3),
        Row("  through all of them", median(list(through)) * 1e3, "ms", "grep -ci", grep * 1e3),
        Row("cockpit --help", helped * 1e3, "ms", "python -c pass", bare * 1e3),
    ]


def _process(*argv: str, times: int = TIMES) -> float:
    """Median seconds of the command. Its output is read: grep stops at the first match where nobody reads."""
    return median([_timed(lambda: subprocess.run(argv, capture_output=True, check=True)) for _ in range(times)])


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _slice() -> Callable[[], bool]:
    end = time.perf_counter() + SLICE
    return lambda: time.perf_counter() >= end


def _open(path: Path) -> None:
    """What the log pane does before it draws: a slice of counting, then the spans of the last rows."""
    source = LogSource(path)
    source.advance(_slice())
    source.rows.settle(at_end=True)
    spans = source.rows.spans(max(0, source.rows.lines - ROWS), ROWS)
    assert any(span is not None for span in spans)
    source.close()


def _filter(path: Path) -> tuple[float, float]:
    """Seconds until there are matches, and until all are found."""
    source = LogSource(path)
    source.advance(_slice())
    began, first = time.perf_counter(), 0.0
    source.refine(Query("needle"))
    while source.searching:
        source.advance(_slice())
        assert source.filter is not None
        if not first and source.filter.lines:
            first = time.perf_counter() - began
    through = time.perf_counter() - began
    source.close()
    return first, through


def _help() -> tuple[float, float]:
    command = str(Path(sys.executable).with_name("cockpit"))
    return _process(command, "--help", times=21), _process(sys.executable, "-c", "pass", times=21)
