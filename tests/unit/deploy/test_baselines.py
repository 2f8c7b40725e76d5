"""A level against a baseline: not judged is not healthy, and production is not touched before there is a baseline."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.commands import Reading
from cockpit.deploy.metrics.baselines import baseline, weighted_median, why_not_judged
from cockpit.deploy.metrics.judge import judge
from cockpit.deploy.plan import MetricRule, Relative
from cockpit.deploy.recommend import recommend
from tests.builders import START, Deploy, item, live, option, rule, step

TWICE = rule("p95", unit="s", watch=None, alert=None, breach=Relative(2.0))


def made(*rules: MetricRule, **more: Any) -> Deploy:
    """Ten seconds of baseline; the check of the metrics holds the deploy phase."""
    return Deploy.of(
        live("metrics-answer", "metrics"), step("go"), live("watch", "watch", "watch"), item("end", "close"),
        metrics=rules or (TWICE,), rollback=(option("back", step("undo")),), automatic=True, arm_task="go",
        **{"baseline_seconds": 10.0, "countdown_seconds": 15.0, **more},
    )  # fmt: skip


def quiet(deploy: Deploy, seconds: int, **values: float | None) -> Deploy:
    for _ in range(seconds):
        deploy.later(1).read(**values)
    return deploy


def judged(one: MetricRule, value: float, base: float | None) -> tuple[str, str]:
    sample = judge(one, Reading(metric=one.name, at=START, value=value), START, base)
    return sample.level, sample.reason


ALERT = rule("errors", watch=None, alert=Relative(2.0), breach=5.0)
BREACH = rule("errors", watch=1.0, alert=2.0, breach=Relative(2.0))
FLOOR = rule("errors", watch=None, alert=None, breach=Relative(2.0, 1.0))
ONLY = rule("errors", watch=None, alert=None, breach=Relative(2.0))
RATE = rule("rate", unit="", below=True, watch=None, alert=None, breach=Relative(0.5))


@pytest.mark.parametrize(
    ("one", "value", "base", "level", "words"),
    [
        # nothing is known: not ok, whatever the value
        (TWICE, 0.0, None, "no data", "no baseline: breach is 2x baseline, and no baseline was measured"),
        (TWICE, 100.0, None, "no data", "no baseline"),
        (BREACH, 100.0, None, "no data", "no baseline: breach is 2x baseline"),
        (BREACH, 0.0, None, "no data", "no baseline"),
        (RATE, 0.0, None, "no data", "no baseline"),
        (ALERT, 0.0, None, "no data", "no baseline: alert is 2x baseline"),
        # what an absolute level says is known all the same
        (ALERT, 5.1, None, "breach", "errors 5.1 % > 5 %"),
        (ALERT, 5.1, 0.0, "breach", "errors 5.1 % > 5 %"),
        # with a baseline it is judged
        (TWICE, 0.19, 0.1, "ok", ""),
        (TWICE, 0.21, 0.1, "breach", "p95 210 ms > 200 ms (2x baseline)"),
        (RATE, 49.0, 100.0, "breach", "rate 49 < 50 (0.5x baseline)"),
        # a baseline of nothing: twice nothing is nothing
        (TWICE, 0.0, 0.0, "no data", "the baseline is 0 ms, so breach 2x baseline means nothing"),
        (BREACH, 100.0, 0.0, "no data", '("2x baseline + 1 %")'),
        (RATE, 0.0, 0.0, "no data", '("0.5x baseline - 1")'),
        (RATE, 9.0, 0.0, "no data", "the baseline is 0"),
        (rule("lag", unit="", watch=None, alert=None, breach=Relative(2.0)), -1.0, -3.0, "no data", "is -3"),
        # an absolute part decides alone where the baseline is nothing
        (FLOOR, 0.9, 0.0, "ok", ""),
        (FLOOR, 1.1, 0.0, "breach", "errors 1.1 % > 1 % (2x baseline + 1)"),
        # a breach that can be told covers an alert that cannot
        (ALERT, 4.9, 0.0, "ok", ""),
    ],
)  # fmt: skip
def test_what_a_level_against_the_baseline_says(
    one: MetricRule, value: float, base: float | None, level: str, words: str
) -> None:
    found = judged(one, value, base)
    assert found[0] == level
    assert words in found[1]


def test_the_deploy_phase_waits_for_the_baseline_and_says_how_long() -> None:
    deploy = quiet(made(), 5, p95=0.1)
    assert deploy.state.level("p95") == "no data"
    said = "p95: measuring the baseline (4 s of 10 s, 4 values)"
    assert (deploy.status("metrics-answer"), deploy.state.of("metrics-answer").summary) == ("unknown", said)
    assert "Cannot enter Deploy" in deploy.refusal(c.EnterPhase(phase="deploy"))
    assert recommend(deploy.state, deploy.now).waits, "--yes does not give up over it"
    assert recommend(deploy.state, deploy.now).command is None
    quiet(deploy, 7, p95=0.1)
    assert deploy.status("metrics-answer") == "pass"
    deploy.do(c.EnterPhase(phase="deploy"))
    assert deploy.state.metrics["p95"].baseline == pytest.approx(0.1)
    assert deploy.later(1).read(p95=0.1).state.level("p95") == "ok"


def test_a_hundred_percent_of_errors_is_rolled_back_against_a_measured_baseline() -> None:
    deploy = quiet(made(ONLY), 12, errors=0.1).do(c.EnterPhase(phase="deploy")).run("go")
    deploy.later(1).read(errors=100)
    assert deploy.state.countdown is not None


def test_no_preflight_no_baseline_no_step() -> None:
    deploy = Deploy.of(
        step("go"), live("watch", "watch", "watch"), metrics=(TWICE,), automatic=True, arm_task="go",
        baseline_seconds=10.0, rollback=(option("back", step("undo")),),
    )  # fmt: skip
    assert "No baseline yet: p95: no sample yet" in deploy.refusal(c.RunTask(task="go", attempt=1))
    quiet(deploy, 3, p95=0.1)
    assert "2 s of 10 s" in deploy.refusal(c.RunTask(task="go", attempt=1))
    quiet(deploy, 8, p95=0.1).run("go")
    assert deploy.state.metrics["p95"].baseline == pytest.approx(0.1)
    assert deploy.kinds()[-4:] == ["BaselineMeasured", "MetricsSampled", "TriggersArmed", "StepStarted"]


def test_a_waived_check_lets_the_deploy_go_but_the_metric_is_without_data() -> None:
    deploy = made().read(p95=0.1).do(c.WaiveItem(task="metrics-answer", reason="new service, no past"))
    deploy.do(c.EnterPhase(phase="deploy")).run("go")
    quiet(deploy, 7, p95=0.1)
    assert deploy.state.level("p95") == "no data"
    assert deploy.state.hold is not None
    assert "no baseline" in deploy.state.hold.reason


def test_an_expected_baseline_needs_no_measuring_and_stays_where_nothing_better_was_measured() -> None:
    given = rule("errors", watch=None, alert=None, breach=Relative(2.0), expected=0.5)
    deploy = made(given).read(errors=0.0)
    assert deploy.status("metrics-answer") == "pass"
    quiet(deploy, 4, errors=0.0).do(c.EnterPhase(phase="deploy")).run("go")
    assert deploy.later(1).read(errors=0.9).state.level("errors") == "ok"
    assert deploy.later(1).read(errors=1.1).state.level("errors") == "breach"


def test_a_baseline_of_zero_stops_before_production_where_nothing_else_decides() -> None:
    deploy = quiet(made(ONLY), 14, errors=0.0)
    assert deploy.status("metrics-answer") == "unknown"
    assert "the baseline is 0 %, so breach 2x baseline" in deploy.state.of("metrics-answer").summary
    assert deploy.ask(c.EnterPhase(phase="deploy")) is not None
    covered = quiet(made(ALERT), 14, errors=0.0)
    assert covered.status("metrics-answer") == "pass"
    assert "the baseline is 0 %, so alert 2x baseline means nothing" in covered.state.of("metrics-answer").summary


def test_what_was_too_few_to_judge_makes_no_baseline() -> None:
    few = rule("errors", watch=None, alert=None, breach=Relative(2.0), min_samples=20)
    deploy = made(few)
    for _ in range(12):
        taken = Reading(metric="errors", at=deploy.now, value=40.0, samples=3)
        deploy.later(1).do(c.RecordReadings(readings=(taken,)), "cockpit")
    assert deploy.status("metrics-answer") == "unknown"
    assert "too few samples to judge" in deploy.state.of("metrics-answer").summary
    assert baseline(deploy.state.metrics["errors"]) is None


def test_one_sample_that_is_read_again_and_again_is_one() -> None:
    deploy = made()
    at = deploy.now
    for _ in range(12):
        deploy.later(1).do(c.RecordReadings(readings=(Reading(metric="p95", at=at, value=0.1),)), "cockpit")
    assert len(deploy.state.metrics["p95"].fit) == 1
    assert deploy.status("metrics-answer") == "unknown"


def test_the_whole_time_counts_however_long_it_is() -> None:
    """An hour at one look a second: forty minutes at 1, the last twenty at 3. The newest 240 samples are all 3."""
    deploy = Deploy.of(item("x"), metrics=(rule("p95", unit="", watch=None, alert=None, breach=None),))
    for second in range(3600):
        deploy.now += 1
        deploy.read(p95=1.0 if second < 2400 else 3.0)
    assert baseline(deploy.state.metrics["p95"], deploy.now - 3600) == 1.0
    assert baseline(deploy.state.metrics["p95"], deploy.now - 1200) == 3.0


@pytest.mark.parametrize(
    ("points", "median"),
    [
        ([(1, 5.0)], 5.0),
        ([(1, 1.0), (2, 3.0)], 2.0),
        ([(1, 3.0), (2, 1.0), (3, 2.0)], 2.0),
        ([(0, 1.0), (10, 1.0), (20, 1.0), (21, 9.0), (22, 9.0), (23, 9.0), (24, 9.0)], 1.0),
    ],
)
def test_a_value_weighs_as_much_as_the_time_that_it_stood(points: list[tuple[float, float]], median: float) -> None:
    assert weighted_median(points) == median


def test_absolute_levels_need_no_baseline() -> None:
    assert why_not_judged(rule(), None) == ""
    assert judged(rule(), 0.1, None) == ("ok", "")
