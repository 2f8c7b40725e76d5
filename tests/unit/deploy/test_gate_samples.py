"""A gate looks forward: what was measured before it opened, or over a time before it, says nothing of it."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Reading
from cockpit.deploy.plan import Gate, MetricRule
from tests.builders import Deploy, live, option, rule, step


def made(*rules: MetricRule, **limits: Any) -> Deploy:
    """The gate is open: the step before it is done."""
    rules = rules or (rule("errors", for_seconds=600.0),)
    gate = Gate(name="canary", metrics=tuple(one.name for one in rules), **{"interval_seconds": 1.0, **limits})
    deploy = Deploy.of(
        step("go"), live("canary", "gate:canary", "deploy"), step("on"), metrics=rules, gates=(gate,),
        rollback=(option("back", step("undo")),), automatic=True, arm_task="go",
    )  # fmt: skip
    return deploy.read(**{one.name: 1 if one.unit == "up" else 0.1 for one in rules}).passed("go")


def sample(deploy: Deploy, value: float | None, *, age: float = 0.0, window: float | None = None) -> Deploy:
    taken = Reading(metric="errors", at=deploy.now - age, value=value, window_seconds=window)
    return deploy.do(c.RecordReadings(readings=(taken,)), "cockpit")


def counted(deploy: Deploy) -> list[dict[str, str]]:
    return [dict(event.body.results) for event in deploy.events if isinstance(event.body, e.GateMeasured)]


def test_a_sample_from_before_the_opening_is_not_counted() -> None:
    deploy = made(count=1).later(5)
    assert counted(deploy) == []
    sample(deploy, 9.0, age=6)
    assert counted(deploy) == []
    sample(deploy, 0.1)
    assert deploy.status("canary") == "pass"


@pytest.mark.parametrize(("after", "window", "counts"), [(59, 60, False), (60, 60, True), (10, None, True)])
def test_a_window_that_reaches_back_before_the_opening_is_not_counted(
    after: float, window: float | None, counts: bool
) -> None:
    deploy = made(count=1)
    for _ in range(int(after) - 1):
        sample(deploy.later(1), 0.1, window=after + 60)
    sample(deploy.later(1), 0.1, window=window)
    assert (deploy.status("canary") == "pass") == counts


def test_one_sample_that_stands_for_long_counts_once() -> None:
    """A Prometheus that scrapes once a minute is asked once a second."""
    deploy = made(rule("errors", stale_seconds=60.0), count=3).later(1)
    at = deploy.now
    for _ in range(30):
        sample(deploy.later(1), 0.1, age=deploy.now - at)
    assert counted(deploy) == [{"errors": "success"}]
    for _ in range(2):
        sample(deploy.later(20), 0.1)
    assert deploy.status("canary") == "pass"


def test_what_was_measured_within_the_warm_up_is_not_counted() -> None:
    deploy = made(rule("errors", warm_up_seconds=30.0, for_seconds=600.0), count=1)
    sample(deploy.later(29), 9.0)
    assert counted(deploy) == []
    sample(deploy.later(2), 0.1)
    assert deploy.status("canary") == "pass"


def test_metrics_of_different_rhythm_are_counted_when_theirs_come() -> None:
    deploy = made(rule("errors"), rule("p95", unit="s", stale_seconds=90.0), count=2)
    for second in range(1, 62):
        deploy.later(1).read(errors=0.1, **({"p95": 0.1} if second in (30, 60) else {}))
    assert deploy.status("canary") == "pass"
    assert sum("p95" in one for one in counted(deploy)) == 2


def test_a_metric_that_never_answers_is_inconclusive() -> None:
    deploy = made(count=1)
    for _ in range(16):
        deploy.later(1)
    assert deploy.status("canary") == "unknown"


def test_silence_that_is_put_up_with_is_counted_in_the_interval() -> None:
    deploy = made(count=5, inconclusive_limit=2)
    for _ in range(30):
        deploy.later(1)
    assert deploy.status("canary") == "unknown"
    assert [one["errors"] for one in counted(deploy)] == ["inconclusive"] * 3


def test_a_gate_in_preflight_looks_forward_from_its_opening() -> None:
    gate = Gate(name="canary", metrics=("errors",), count=1, interval_seconds=1.0)
    deploy = Deploy.of(live("canary", "gate:canary"), step("go"), metrics=(rule(),), gates=(gate,))
    assert deploy.later(1).status("canary") == "waiting"
    assert sample(deploy, 0.1).status("canary") == "pass"
