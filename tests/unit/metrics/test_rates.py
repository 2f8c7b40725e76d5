"""Increments, windows and quantiles, by tables of numbers."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.metrics.exposition import Scrape
from cockpit.metrics.rates import Increments, Target, Window, quantile

OK = (False, (("path", "/"),))
FAILED = (True, (("path", "/"),))


def scrape(ok: float, failed: float = 0.0, started: float | None = None) -> Scrape:
    return Scrape(requests={OK: ok, FAILED: failed}, started=started)


def test_the_first_scrape_gives_nothing() -> None:
    assert Target().advance(scrape(1000), 100.0) is None


def test_a_counter_that_grows_gives_its_growth() -> None:
    target = Target()
    target.advance(scrape(1000, 3), 100.0)
    grown = target.advance(scrape(1040, 5), 110.0)
    assert grown is not None
    assert (grown.requests, grown.failed, grown.since, grown.until) == (42, 2, 100.0, 110.0)


def test_a_counter_that_falls_was_reset_and_counts_from_zero() -> None:
    target = Target()
    target.advance(scrape(1000, 30), 100.0)
    grown = target.advance(scrape(12, 1), 110.0)
    assert grown is not None
    assert (grown.requests, grown.failed) == (13, 1)


def test_a_reset_is_seen_by_the_start_time_even_if_the_counter_grew() -> None:
    target = Target()
    target.advance(scrape(10, started=50.0), 100.0)
    grown = target.advance(scrape(25, started=105.0), 110.0)
    assert grown is not None
    assert grown.requests == 25


def test_an_old_process_that_answers_again_during_a_handover_counts_its_growth_only() -> None:
    target = Target()
    target.advance(scrape(5000, started=50.0), 100.0)
    target.advance(scrape(10, started=101.0), 102.0)
    grown = target.advance(scrape(5004, started=50.0), 104.0)
    assert grown is not None
    assert grown.requests == 4


def test_a_worker_that_was_there_before_us_is_a_base_line_at_first_sight() -> None:
    target = Target()
    target.advance(scrape(5000, started=50.0), 100.0)
    grown = target.advance(scrape(7000, started=51.0), 102.0)
    assert grown is not None
    assert grown.requests == 0


def test_a_series_that_appears_counts_from_zero() -> None:
    target = Target()
    target.advance(Scrape(requests={OK: 10}), 100.0)
    grown = target.advance(scrape(10, 4), 110.0)
    assert grown is not None
    assert grown.failed == 4


def turns(pages: Sequence[tuple[float, float | None]]) -> str:
    """What a target says after these pages, a second apart: requests, start."""
    target = Target()
    for second, (ok, started) in enumerate(pages):
        target.advance(scrape(ok, started=started), 100.0 + second)
    return target.turns


def test_two_processes_that_answer_in_turn_are_told_by_their_starts() -> None:
    pages = [(5000 + n, 50.0) if n % 2 else (7000.0 + n, 61.0) for n in range(8)]
    assert turns(pages) == "processes started 00:00:50 and 00:01:01 UTC take turns answering"


@pytest.mark.parametrize("start", [None, 50.0])
@pytest.mark.parametrize("order", ["ABABABAB", "AABBBAABABBA", "ABCCABCBA"])
def test_two_counters_in_turn_are_no_reset(start: float | None, order: str) -> None:
    first = {"A": 5000.0, "B": 700.0, "C": 90.0}
    pages = [(first[one] + 3 * n, start) for n, one in enumerate(order)]
    assert turns(pages).startswith("its counters keep going down and up")


@pytest.mark.parametrize(
    "pages",
    [
        [(5000.0 + n, 50.0) for n in range(30)],
        [(5000.0, 50.0), (10.0, 101.0), (5004.0, 50.0), (20.0, 101.0), (30.0, 101.0), (40.0, 101.0)],
        [(5000.0, None), (5010.0, None), (3.0, None), (15.0, None), (5.0, None), (40.0, None)],
        [(5000.0, None), (0.0, None), *((20.0 * n, None) for n in range(1, 12)), (4.0, None), (9.0, None)],
        [(9.0, 50.0), (9.0, 51.0), (9.0, 52.0), (9.0, 53.0), (9.0, 54.0)],
    ],
)
def test_a_handover_and_restarts_are_no_turns(pages: list[tuple[float, float | None]]) -> None:
    assert turns(pages) == ""


def test_turns_are_over_once_one_process_has_answered_for_long() -> None:
    pages: list[tuple[float, float | None]] = [(5000.0 + n, 50.0 + n % 2) for n in range(10)]
    assert turns(pages) != ""
    assert turns(pages + [(6000.0 + n, 51.0) for n in range(20)]) == ""


def test_the_window_keeps_about_its_length() -> None:
    window = Window(10)
    for second in range(30):
        window.add(Increments(second, second + 1, requests=1))
    total = window.total()
    assert total is not None
    assert (total.requests, total.until - total.since) == (10, 10)


def test_a_slow_rhythm_still_gives_the_newest_span() -> None:
    window = Window(10)
    window.add(Increments(0, 60, requests=5))
    window.add(Increments(60, 120, requests=7))
    total = window.total()
    assert total is not None
    assert total.requests == 7


@pytest.mark.parametrize(
    ("share", "buckets", "expected"),
    [
        (0.95, {}, None),
        (0.95, {1.0: 0.0, float("inf"): 0.0}, None),
        (0.5, {1.0: 10.0, 2.0: 10.0, float("inf"): 10.0}, (0.5, False)),
        (0.95, {0.1: 0.0, 0.5: 80.0, 1.0: 100.0, float("inf"): 100.0}, (0.875, False)),
        (0.95, {0.1: 50.0, 10.0: 90.0, float("inf"): 100.0}, (10.0, True)),
        (0.95, {float("inf"): 100.0}, None),
        (0.5, {1.0: 10.0, 2.0: 8.0, float("inf"): 10.0}, (0.5, False)),
    ],
)
def test_quantiles(share: float, buckets: dict[float, float], expected: tuple[float, bool] | None) -> None:
    found = quantile(share, buckets)
    assert (found is None) == (expected is None)
    if found and expected:
        assert found[0] == pytest.approx(expected[0])
        assert found[1] == expected[1]


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(times: list[float], share: float) -> None:
    edges = [0.1, 0.2, 0.5, 1.0, float("inf")]
    buckets = {edge: float(sum(time <= edge for time in times)) for edge in edges}
    found = quantile(share, buckets)
    assert found is not None
    true = sorted(times)[max(0, -(-int(share * 100) * len(times) // 100) - 1)]
    edge = min(edge for edge in edges if true <= edge)
    assert found[0] <= edge + 1e-9
