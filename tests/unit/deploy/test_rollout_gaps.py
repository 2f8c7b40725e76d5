"""A soak of which a part was not watched: the gap is added to it."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from tests import builders as b
from tests.rollouts import Flag


def _read(flag: Flag, *names: str, times: int = 1) -> Flag:
    """So many good readings of these metrics, ten seconds apart."""
    for _ in range(times):
        flag.now += 10
        taken = tuple(c.Reading(metric=name, at=flag.now, value=0.1, samples=50) for name in names)
        flag.do(c.RecordReadings(readings=taken), "cockpit")
    return flag


@pytest.mark.parametrize(("more", "longer"), [({}, True), ({"no_data": "ignore"}, False), ({"breach": None}, False)])
def test_a_soak_in_which_another_metric_was_not_watched_is_longer_by_that(more: dict[str, Any], longer: bool) -> None:
    level = {"watch": None, "alert": None, "breach": 5.0, "for_seconds": 600.0, **more}
    flag = Flag.rolled(metrics=(b.rule(), b.rule("p95", unit="s", **level)))
    _read(flag, "errors", "p95", times=10).advance().obey()
    _read(flag, "errors", "p95")
    _read(flag, "errors", times=5)
    _read(flag, "errors", "p95", times=5)
    assert flag.have.stages[0].tally.gap == (60.0 if longer else 0.0)
    assert flag.statuses[0] == ("soaking" if longer else "passed"), "p95 was not watched for 60 of 110 s"
    _read(flag, "errors", "p95", times=7)
    assert flag.statuses[0] == "passed"


def test_a_night_that_every_metric_slept_through_counts_once() -> None:
    flag = Flag.rolled(metrics=(b.rule(), b.rule("p95", unit="s", watch=None, alert=None, breach=5.0)))
    _read(flag, "errors", "p95", times=10).advance().obey()
    flag.now += 490
    _read(flag, "errors", "p95")
    assert flag.have.stages[0].tally.gap == 500.0
