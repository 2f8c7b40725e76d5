"""Figures against the limits, extrapolated by row counts."""

import pytest

from cockpit.migrations.model import Header
from cockpit.migrations.rehearse.earlier import is_applied
from cockpit.migrations.rehearse.model import Step
from cockpit.migrations.rehearse.schema import difference
from cockpit.migrations.rehearse.verdict import extrapolated, judged
from cockpit.text.amounts import bytes_text, seconds_text

HERE = {"public.orders": 1000.0, "public.empty": 0.0}
THERE = {"public.orders": 50_000.0, "public.empty": 10.0}


def _step(text: str, seconds: float = 1.0, **more: object) -> Step:
    return Step(line=1, text=text, seconds=seconds, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("UPDATE orders SET a = 1", 50.0),
        ("create index concurrently i on public.orders (a)", 50.0),
        ("ALTER TABLE orders VALIDATE CONSTRAINT c", 50.0),
        ("ALTER TABLE orders ADD COLUMN a int", 1.0),
        ("UPDATE reorders SET a = 1", 1.0),
        ("SET lock_timeout = '2s'", 1.0),
    ],
)
def test_only_what_reads_rows_takes_longer_with_more_of_them(text: str, seconds: float) -> None:
    (step,), unknown = extrapolated([_step(text)], HERE, THERE)
    assert (step.estimated, unknown) == (seconds, set())


def test_a_rewrite_counts_and_an_empty_table_says_nothing() -> None:
    (step,), _ = extrapolated([_step("ALTER TABLE x", rewritten=("public.orders",))], HERE, THERE)
    assert step.estimated == 50.0
    (step,), unknown = extrapolated([_step("DELETE FROM empty")], HERE, THERE)
    assert (step.estimated, unknown) == (1.0, {"public.empty"})
    (step,), unknown = extrapolated([_step("UPDATE orders SET a = 1")], HERE, {})
    assert (step.estimated, unknown) == (None, set())


def _said(step: Step, estimate: float | None = 60.0) -> list[tuple[str, str]]:
    return [(one.level, one.text) for one in judged([step], Header(estimate=estimate, said="1 minute"), set())]


THERE_TOO = "takes 10.0 s here, about 6 min 40 s with production's rows (by row counts): more than 5 minutes"
TWICE = "takes 1.0 s here, about 2.0 s with production's rows (by row counts)"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (_step("x", 59), []),
        (_step("x", 61), [("warning", "takes 1 min 1 s: more than the header's estimate (1 minute)")]),
        (_step("x", 301), [("error", "takes 5 min 1 s: more than 5 minutes")]),
        (_step("x", 10, estimated=400.0), [("error", THERE_TOO)]),
        (_step("x", 1, estimated=2.0), [("info", TWICE)]),
        (_step("x", 2, reads_blocked=1.5), [("warning", "reads are blocked for 1.5 s")]),
        (_step("x", 2, estimated=20.0, writes_blocked=0.5), [
            ("info", "takes 2.0 s here, about 20.0 s with production's rows (by row counts)"),
            ("warning", "writes are blocked for 500 ms here, about 5.0 s with production's rows"),
        ]),
    ],
)  # fmt: skip
def test_limits(step: Step, said: list[tuple[str, str]]) -> None:
    assert _said(step) == said


def test_short_waits_add_up() -> None:
    steps = [_step("x", 1, reads_blocked=0.6), _step("y", 1, reads_blocked=0.6)]
    (remark,) = judged(steps, Header(estimate=60.0, said="1 minute"), set())
    assert remark.text == "reads are blocked for 1.2 s in total"


def test_without_an_estimate_the_time_is_said() -> None:
    assert _said(_step("x", 2), None) == [("warning", "the header has no estimate; it took 2.0 s")]


@pytest.mark.parametrize(
    ("name", "words", "applied"),
    [
        ("20260101_a.sql", {"20260101"}, True),
        ("20260101_a.sql", {"20260101_a"}, True),
        ("20260101_a.sql", {"20260101_a.sql"}, True),
        ("20260102_a.sql", {"20260101"}, False),
        ("1_a.sql", {"1"}, False),
    ],
)
def test_what_was_applied_before(name: str, words: set[str], applied: bool) -> None:
    assert is_applied(name, words) is applied


def test_a_long_difference_is_cut_and_says_so() -> None:
    assert difference(["a", "b"], ["a", "c"]) == ("-b", "+c")
    assert difference([], [str(n) for n in range(70)])[-1] == "... and 10 more"


def test_amounts_in_words() -> None:
    assert [seconds_text(one) for one in (0.0034, 1.24, 250, 7500)] == ["3 ms", "1.2 s", "4 min 10 s", "2 h 5 min"]
    assert [bytes_text(one) for one in (512, 4096, -1536, 5 << 40)] == ["512 B", "4.0 kB", "-1.5 kB", "5120.0 GB"]
