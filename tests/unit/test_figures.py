"""The figures over past deploys: DORA's four, a step's trend, lead times over a graph of commits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.history.dora import WEEK, Past, figures, lead_times, trends
from cockpit.history.text import ascii_chart, figure_lines, sparks, table

NOW = 100 * WEEK


def _past(number: int, outcome: str | None = "succeeded", **more: Any) -> Past:
    """Opened `number` weeks ago, an hour long, ten minutes to production."""
    at = NOW - number * WEEK
    given: dict[str, Any] = {
        "id": f"d{number:02d}",
        "environment": "production",
        "opened_at": at,
        "closed_at": at + 3600 if outcome else None,
        "outcome": outcome,
        "touched_at": at + 300,
        "shipped_at": at + 600,
    }
    return Past(**{**given, **more})


def test_the_four_figures() -> None:
    pasts = [
        _past(1),
        _past(2, "rolled back", trouble_at=10.0, restored_at=70.0),
        _past(3),
        _past(4, "failed", trouble_at=10.0),
        _past(5, "aborted"),
        _past(6, None),
        _past(7, "aborted", touched_at=None),
        _past(8, "rolled back", trouble_at=10.0, restored_at=310.0),
    ]
    found = figures(pasts, {"d01": [60.0, 120.0], "d03": []}, NOW)
    assert (found.weeks, found.deploys) == (8.0, 6)
    assert (found.frequency.value, found.frequency.of) == (2 / 8, 2)
    assert (found.lead.value, found.lead.of, found.lead.unknown) == (90.0, 2, 1)
    assert (found.failure_rate.value, found.failure_rate.of) == (3 / 6, 6)
    assert (found.restore.value, found.restore.of, found.restore.unknown) == (180.0, 2, 1)


def test_only_the_last_weeks_count_and_a_young_record_is_not_spread_thin() -> None:
    pasts = [_past(number) for number in (1, 5, 20, 40)]
    assert figures(pasts, {}, NOW).frequency.value == 2 / 12
    assert figures(pasts, {}, NOW, weeks=30).frequency.value == 3 / 30
    assert figures([_past(0)], {}, NOW).frequency.value == 1.0, "less than a week is a week"


def test_nothing_known_is_none_and_said_so() -> None:
    found = figures([], {}, NOW)
    assert [one.value for one in (found.frequency, found.lead, found.failure_rate, found.restore)] == [None] * 4
    assert all("unknown" in line for line in figure_lines(found))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(("succeeded", "failed", "rolled back", "aborted", None))))
)
def test_figures_stay_in_their_bounds(deploys: list[tuple[int, str | None]]) -> None:
    pasts = [_past(number, outcome) for number, outcome in sorted(deploys, key=lambda one: one[0])]
    found = figures(pasts, {past.id: [5.0] for past in pasts}, NOW)
    assert found.weeks >= 1
    assert found.failure_rate.value is None or 0 <= found.failure_rate.value <= 1
    assert found.frequency.of <= found.deploys <= len(pasts)
    assert found.restore.value is None
    assert found.restore.unknown == sum(past.outcome in ("failed", "rolled back") for past in pasts if _counts(past))
    assert len(table(pasts, NOW, ascii_only=True)) >= len(pasts) + 1
    assert all(line.isascii() for line in ascii_chart(pasts))


def _counts(past: Past) -> bool:
    return (past.closed_at or 0.0) >= NOW - 12 * WEEK


def test_a_trend_is_of_the_last_ten_the_oldest_first_and_of_the_newest_steps() -> None:
    titles = {"copy": "Copy", "ship": "Ship"}
    pasts = [
        _past(number, steps={"copy": float(number), "gone": 1.0}, titles=titles, title="R") for number in range(1, 15)
    ]
    other = _past(0, titles={"copy": "Copy"}, steps={"copy": 99.0}, title="Another")
    (trend,) = trends(pasts)
    assert trend.seconds == tuple(float(number) for number in range(10, 0, -1))
    assert (trend.title, trend.usual) == ("Copy", 5.5)
    assert trends([other, *pasts])[0].seconds == (99.0,), "another runbook's step is another step"


#   a - b - d - e     c is merged into d
#    \- c -/
TIMES = {
    "a": (100.0, ()),
    "b": (200.0, ("a",)),
    "c": (300.0, ("a",)),
    "d": (400.0, ("b", "c")),
    "e": (500.0, ("d",)),
}


@pytest.mark.parametrize(
    ("before", "commit", "leads"),
    [
        ("b", "d", {600.0, 700.0}),
        ("a", "e", {500.0, 600.0, 700.0, 800.0}),
        ("", "e", {500.0}),
        ("unknown", "e", {500.0}),
        ("e", "e", {500.0}),
        ("e", "b", {800.0}),
    ],
)
def test_a_deploys_changes_are_what_it_has_and_the_one_before_had_not(
    before: str, commit: str, leads: set[float]
) -> None:
    past = _past(1, shipped_at=1000.0, commit=commit, current_commit=before)
    assert set(lead_times([past], TIMES)["d01"]) == leads


def test_what_git_does_not_know_or_never_came_to_production_has_no_lead_time() -> None:
    pasts = [
        _past(1, commit="gone", shipped_at=1000.0),
        _past(2, "rolled back", commit="e", shipped_at=1000.0),
        _past(3, commit="e", shipped_at=None),
        _past(4, commit="", shipped_at=1000.0),
    ]
    assert lead_times(pasts, TIMES) == {}


@pytest.mark.parametrize(("values", "drawn"), [((), ""), ((0.0, 0.0), "▁▁"), ((0.0, 5.0, 10.0), "▁▅█"), ((3.0,), "█")])
def test_a_sparkline_goes_from_nothing_to_the_largest(values: tuple[float, ...], drawn: str) -> None:
    assert sparks(values) == drawn
    assert len(sparks(values, ascii_only=True)) == len(values)
    assert sparks(values, ascii_only=True).isascii()
