"""What makes a run of breaches: distinct samples, after the warm-up, without a hole that nobody has seen."""

from typing import Any

import pytest

from cockpit.deploy.events import Sample
from cockpit.deploy.metrics.pending import pending_after
from cockpit.deploy.rollback.triggers import fired
from cockpit.deploy.state import MetricState, Pending
from tests.builders import rule


def run(*times: float, stale: float = 15.0) -> Pending | None:
    pending: Pending | None = None
    for at in times:
        pending = pending_after(pending, Sample(metric="errors", at=at, level="breach", value=9.0), stale)
    return pending


def fires(pending: Pending | None, armed_at: float, **more: Any) -> bool:
    assert pending is not None
    latest = Sample(metric="errors", at=pending.times[-1], level="breach", value=9.0, reason="errors 9 % > 5 %")
    return bool(fired(rule("errors", **more), MetricState(latest=latest, since=0.0, pending=pending), armed_at))


def test_the_same_sample_read_again_is_one() -> None:
    pending = run(1.0, 1.0, 1.0, 2.0)
    assert pending is not None
    assert (pending.count, pending.since) == (2, 1.0)


@pytest.mark.parametrize(("gap", "since"), [(15.0, 0.0), (15.1, 25.1)])
def test_a_hole_longer_than_the_stale_time_begins_the_run_anew(gap: float, since: float) -> None:
    pending = run(0.0, 5.0, 10.0, 10.0 + gap)
    assert pending is not None
    assert pending.since == pytest.approx(since)


def test_failures_count_after_the_warm_up() -> None:
    pending = run(1.0, 2.0, 3.0, 11.0)
    assert fires(pending, 0.0, failures=3)
    assert not fires(pending, 0.0, failures=3, warm_up_seconds=10.0)
    assert fires(run(1.0, 2.0, 11.0, 12.0, 13.0), 0.0, failures=3, warm_up_seconds=10.0)


def test_many_more_than_are_kept_are_counted() -> None:
    pending = run(*map(float, range(300)))
    assert pending is not None
    assert pending.count == 300
    assert fires(pending, 0.0, failures=250)
