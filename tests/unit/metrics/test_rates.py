"""Increments, windows and quantiles, by tables of numbers."""

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
