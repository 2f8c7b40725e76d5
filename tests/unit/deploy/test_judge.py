"""A reading and a rule give a level and the reason with its numbers. No data is never healthy."""

from math import inf, nan

import pytest

from cockpit.deploy.commands import Reading
from cockpit.deploy.events import Level
from cockpit.deploy.metrics.judge import baseline, gone_stale, judge, why_not_in_order, worst
from cockpit.deploy.plan import MetricRule, Unit
from cockpit.deploy.state import MetricState
from cockpit.text.amounts import seconds_words, value_words
from tests.builders import Deploy, item, rule

NOW = 1000.0
ERRORS = rule()
P95 = rule("p95", unit="s", watch=5.0, alert=10.0, breach=10.0)
HEALTH = rule("health")
ONLY_WATCH = rule("cpu", watch=80.0, alert=None, breach=None)
NO_LEVELS = rule("count", unit="", watch=None, alert=None, breach=None)
NEGATIVE = rule("lag", unit="", watch=-5.0, alert=None, breach=0.0)

LEVELS: list[tuple[MetricRule, float | None, Level, str]] = [
    (ERRORS, 0.0, "ok", ""),
    (ERRORS, -0.0, "ok", ""),
    (ERRORS, -1.0, "ok", ""),
    (ERRORS, 0.999, "ok", ""),
    (ERRORS, 1.0, "ok", ""),
    (ERRORS, 1.001, "watch", "errors 1.001 % > 1 %"),
    (ERRORS, 1.2, "watch", "errors 1.2 % > 1 %"),
    (ERRORS, 2.0, "watch", "errors 2 % > 1 %"),
    (ERRORS, 2.5, "alert", "errors 2.5 % > 2 %"),
    (ERRORS, 5.0, "alert", "errors 5 % > 2 %"),
    (ERRORS, 5.04, "breach", "errors 5.04 % > 5 %"),
    (ERRORS, 6.2, "breach", "errors 6.2 % > 5 %"),
    (ERRORS, 100.0, "breach", "errors 100 % > 5 %"),
    (ERRORS, 1e300, "breach", "> 5 %"),
    (ERRORS, None, "no data", "returned no value"),
    (ERRORS, nan, "no data", "returned no value"),
    (ERRORS, -inf, "no data", "returned no value"),
    (P95, 0.0, "ok", ""),
    (P95, 5.0, "ok", ""),
    (P95, 5.5, "watch", "p95 5.5 s > 5 s"),
    (P95, 10.0, "watch", "p95 10 s > 5 s"),
    (P95, 10.02, "breach", "p95 10.02 s > 10 s"),
    (P95, 11.0, "breach", "p95 11 s > 10 s"),
    (P95, nan, "no data", ""),
    (HEALTH, 1.0, "ok", ""),
    (HEALTH, 2.0, "ok", ""),
    (HEALTH, 0.0, "breach", ""),
    (HEALTH, 0.5, "breach", ""),
    (HEALTH, -1.0, "breach", ""),
    (HEALTH, None, "no data", ""),
    (HEALTH, nan, "no data", ""),
    (ONLY_WATCH, 80.0, "ok", ""),
    (ONLY_WATCH, 80.5, "watch", "cpu 80.5 % > 80 %"),
    (ONLY_WATCH, 100.0, "watch", "cpu 100 % > 80 %"),
    (NO_LEVELS, 1e9, "ok", ""),
    (NO_LEVELS, None, "no data", ""),
    (NEGATIVE, -6.0, "ok", ""),
    (NEGATIVE, -4.0, "watch", "lag -4 > -5"),
    (NEGATIVE, 0.0, "watch", "lag 0 > -5"),
    (NEGATIVE, 0.5, "breach", "lag 0.5 > 0"),
]


@pytest.mark.parametrize(("judged", "value", "level", "words"), LEVELS)
def test_a_value_has_its_level_and_its_reason(
    judged: MetricRule, value: float | None, level: Level, words: str
) -> None:
    sample = judge(judged, Reading(metric=judged.name, at=NOW, value=value), NOW)
    assert sample.level == level
    assert words in sample.reason
    if words and level in ("watch", "alert", "breach"):
        assert sample.reason.endswith(words)
    assert (sample.value is None) == (level == "no data")
    assert bool(sample.reason) == (level != "ok")


AGES: list[tuple[float, Level]] = [
    (0, "ok"),
    (14.9, "ok"),
    (15, "ok"),
    (15.1, "no data"),
    (3600, "no data"),
    (-5, "ok"),
    (-11, "no data"),
    (-3600, "no data"),
    (nan, "no data"),
    (-inf, "no data"),
]


@pytest.mark.parametrize(("age", "level"), AGES)
def test_an_old_value_is_no_data(age: float, level: Level) -> None:
    sample = judge(ERRORS, Reading(metric="errors", at=NOW - age, value=0.1), NOW)
    assert sample.level == level
    assert (sample.value is None) == (level == "no data")


@pytest.mark.parametrize("judged", [ERRORS, P95, HEALTH, NO_LEVELS])
@pytest.mark.parametrize("value", [None, 0.0, 1.0, 99.0])
def test_an_error_is_an_error_whatever_the_value(judged: MetricRule, value: float | None) -> None:
    sample = judge(judged, Reading(metric="x", at=NOW, value=value, error="refused"), NOW)
    assert (sample.level, sample.reason, sample.value) == ("error", "refused", None)


def test_details_travel_with_the_sample() -> None:
    taken = Reading(metric="health", at=NOW, value=0.0, detail="503 in 31 ms", samples=3)
    sample = judge(HEALTH, taken, NOW)
    assert sample.reason.endswith("503 in 31 ms")
    assert (sample.detail, sample.samples) == ("503 in 31 ms", 3)


WORDS: list[tuple[float | None, Unit, str]] = [
    (None, "%", "no data"),
    (0.0, "%", "0 %"),
    (0.08, "%", "0.08 %"),
    (0.5, "%", "0.5 %"),
    (1.0, "%", "1 %"),
    (6.2, "%", "6.2 %"),
    (61.4, "%", "61 %"),
    (100.0, "%", "100 %"),
    (0.0, "s", "0 ms"),
    (0.412, "s", "412 ms"),
    (0.9999, "s", "1 s"),
    (1.0, "s", "1 s"),
    (1.24, "s", "1.2 s"),
    (59.9, "s", "60 s"),
    (61.0, "", "61"),
    (0.25, "", "0.25"),
    (0.256, "", "0.26"),
    (9.26, "", "9.3"),
    (10.4, "%", "10 %"),
    (-3.0, "", "-3"),
    (1.0, "up", "up"),
    (0.0, "up", "down"),
    (0.5, "up", "down"),
    (None, "up", "no data"),
]


@pytest.mark.parametrize(("value", "unit", "words"), WORDS)
def test_a_value_is_written_in_its_unit(value: float | None, unit: Unit, words: str) -> None:
    assert value_words(value, unit) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (65, "1 min 05 s"),
        (600, "10 min"),
        (3600, "1 h"),
        (9600, "2 h 40 min"),
    ],
)
def test_durations_for_people(seconds: float, words: str) -> None:
    assert seconds_words(seconds) == words


WORST: list[tuple[list[Level], Level]] = [
    ([], "no data"),
    (["ok"], "ok"),
    (["ok", "watch"], "watch"),
    (["watch", "no data"], "no data"),
    (["no data", "error"], "error"),
    (["error", "alert"], "alert"),
    (["alert", "breach", "ok"], "breach"),
]


@pytest.mark.parametrize(("levels", "decides"), WORST)
def test_the_level_that_decides(levels: list[Level], decides: Level) -> None:
    assert worst(levels) == decides


def _metric(*values: float | None, level: Level = "ok") -> MetricState:
    deploy = Deploy.of(item("x"), metrics=(rule(),))
    for value in values:
        deploy.later(1).read(errors=value)
    return deploy.state.metrics["errors"]


@pytest.mark.parametrize(
    ("values", "median"),
    [
        ((1.0, 2.0), None),
        ((1.0, None, 2.0), None),
        ((3.0, 1.0, 2.0), 2.0),
        ((1.0, 2.0, 3.0, 10.0), 2.5),
        ((None, nan, 1.0, 1.0, 4.0), 1.0),
    ],
)
def test_the_baseline_is_a_median_of_what_was_measured(values: tuple[float | None, ...], median: float | None) -> None:
    assert baseline(_metric(*values)) == median


def test_a_metric_that_falls_silent_becomes_no_data_once() -> None:
    deploy = Deploy.of(item("x"), metrics=(rule(),)).read(errors=0.1)
    last = deploy.now
    assert deploy.later(15).state.level("errors") == "ok"
    assert deploy.later(1).state.level("errors") == "no data"
    assert "no sample for 16 s" in deploy.state.metrics["errors"].latest.reason
    count = len(deploy.events)
    assert len(deploy.later(1).later(100).events) == count
    assert gone_stale(rule(), deploy.state.metrics["errors"], last + 500) is None


def test_readings_of_metrics_that_are_not_in_the_plan_are_left_out() -> None:
    deploy = Deploy.of(item("x"), metrics=(rule(),)).read(other=1.0)
    assert deploy.state.metrics == {}


def test_without_a_value_the_sources_own_words_are_the_reason() -> None:
    taken = Reading(metric="errors", at=NOW, value=None, detail="no series matches")
    assert judge(ERRORS, taken, NOW).reason == "no series matches"


@pytest.mark.parametrize(
    ("levels", "below", "said"),
    [
        ((1.0, 2.0, 5.0), False, ""),
        ((2.0, 2.0, 2.0), False, ""),
        ((1.0, 9.0, 5.0), False, "breach 5 % is below alert 9 %"),
        ((9.0, None, 5.0), False, "breach 5 % is below watch 9 %"),
        ((5.0, 2.0, 1.0), True, ""),
        ((5.0, 5.0, 1.0), True, ""),
        ((1.0, 2.0, None), True, "alert 2 % is above watch 1 %"),
    ],
)
def test_levels_that_are_not_in_order_are_said(levels: tuple[float | None, ...], below: bool, said: str) -> None:
    watch, alert, breach = levels
    assert why_not_in_order(rule(watch=watch, alert=alert, breach=breach, below=below), None) == said


def test_the_baseline_forgets_what_is_older() -> None:
    metric = _metric(9.0, 9.0, 9.0, 9.0, 1.0, 2.0, 3.0)
    assert baseline(metric, metric.latest.at - 2) == 2.0
    assert baseline(metric, metric.latest.at - 1) is None


@pytest.mark.parametrize(
    ("below", "value", "level"),
    [(False, inf, "breach"), (False, -inf, "no data"), (True, -inf, "breach"), (True, inf, "no data")],
)
def test_without_end_past_the_breach_is_a_breach(below: bool, value: float, level: str) -> None:
    one = rule("errors", watch=None, alert=None, breach=5.0, below=below)
    sample = judge(one, Reading(metric="errors", at=NOW, value=value), NOW)
    assert (sample.level, sample.value) == (level, None)


def test_a_value_of_a_clock_that_is_ahead_is_said_and_never_fresh_for_longer() -> None:
    ahead = judge(ERRORS, Reading(metric="errors", at=NOW + 180, value=0.1), NOW)
    assert ahead.reason == "the newest sample is from 3 min in the future; fix the clock here or there"
    assert ahead.at == NOW
    slack = judge(ERRORS, Reading(metric="errors", at=NOW + 5, value=0.1), NOW)
    assert (slack.level, slack.at) == ("ok", NOW)


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (Reading(metric="errors", at=NOW - 600, value=inf), "the newest sample is 10 min old"),
        (Reading(metric="errors", at=NOW, value=inf, samples=0), "too few samples to judge: 0"),
    ],
)
def test_without_end_is_no_breach_where_the_sample_is_old_or_of_nothing(reading: Reading, words: str) -> None:
    sample = judge(rule(min_samples=20), reading, NOW)
    assert (sample.level, sample.value) == ("no data", None)
    assert words in sample.reason
