"""When a breach becomes a trigger: tables of series, and what must hold for every series."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.deploy import commands as c
from cockpit.deploy.commands import Reading
from cockpit.deploy.plan import MetricRule, Relative
from cockpit.deploy.rollback.triggers import way_back
from tests.builders import START, Deploy, item, option, rule, step

EVERY = 5.0
"""Seconds between the samples of a table."""


def deploy(*rules: MetricRule, countdown: float = 15.0, **more: Any) -> Deploy:
    """Armed: its one script runs."""
    made = Deploy.of(
        step("go"),
        step("on"),
        rollback=(option("back", step("undo")),),
        metrics=rules,
        automatic=True,
        arm_task="go",
        countdown_seconds=countdown,
        **more,
    )
    return made.run("go").later(0.001)


def reading(at: float, token: str) -> Reading:
    """`6.2`, `-` for no data, `E` for an error, `nan`, `7/3` for a value with its number of observations."""
    if token == "E":
        return Reading(metric="errors", at=at, error="refused")
    value, _, samples = token.partition("/")
    number = None if value == "-" else float(value)
    return Reading(metric="errors", at=at, value=number, samples=int(samples) if samples else None)


def fires_at(made: Deploy, series: str, metric: str = "errors") -> tuple[int | None, str]:
    """Index of the sample at which the trigger fires, and its first reason."""
    for number, token in enumerate(series.split()):
        made.later(EVERY if number else 0.0)
        taken = reading(made.now, token)
        made.do(c.RecordReadings(readings=(Reading(**{**_fields(taken), "metric": metric}),)), "cockpit")
        if made.state.countdown is not None:
            return number, made.state.countdown.reasons[0]
    return None, ""


def _fields(taken: Reading) -> dict[str, Any]:
    return {name: getattr(taken, name) for name in taken.__struct_fields__}


SERIES: list[tuple[dict[str, Any], str, int | None]] = [
    # without `for`: at once, and strictly past the level
    ({}, "6.2", 0),
    ({}, "5", None),
    ({}, "5.0001", 0),
    ({}, "0 0 0 9", 3),
    ({}, "4.9 4.9 4.9", None),
    ({}, "- - -", None),
    ({}, "E E E E E E", None),
    ({}, "nan nan", None),
    ({}, "0 0 0 0", None),
    # `for`: the breach holds at every sample over that time
    ({"for_seconds": 15}, "6 6 6 6", 3),
    ({"for_seconds": 15}, "6 6 6", None),
    ({"for_seconds": 15}, "6 6 6 1", None),
    ({"for_seconds": 15}, "6 6 1 6 6 6 6", 6),
    ({"for_seconds": 15}, "1 6 6 6 6", 4),
    ({"for_seconds": 15}, "6 6 6 5 6 6 6 6", 7),
    ({"for_seconds": 5}, "6 6", 1),
    ({"for_seconds": 4}, "6 6", 1),
    ({"for_seconds": 6}, "6 6 6", 2),
    ({"for_seconds": 1}, "6 1 6 1 6 1 6 1", None),
    ({"for_seconds": 60}, " ".join(["6"] * 13), 12),
    ({"for_seconds": 60}, " ".join(["6"] * 12), None),
    # no data begins anew, an error changes nothing (as Prometheus has it)
    ({"for_seconds": 15}, "6 6 - 6 6 6", None),
    ({"for_seconds": 15}, "6 6 - 6 6 6 6", 6),
    ({"for_seconds": 15}, "6 6 nan 6 6 6 6", 6),
    ({"for_seconds": 15}, "6 6 E 6", 3),
    ({"for_seconds": 15}, "6 E E 6", 3),
    ({"for_seconds": 15}, "6 6 6 E", None),
    ({"for_seconds": 15}, "6 6 6 E 6", 4),
    ({"for_seconds": 15}, "E E E E", None),
    # below
    ({"below": True, "watch": 99.0, "alert": 98.0, "breach": 95.0}, "99 96 94", 2),
    ({"below": True, "watch": 99.0, "alert": 98.0, "breach": 95.0}, "95 95 95", None),
    ({"below": True, "watch": 99.0, "alert": 98.0, "breach": 95.0, "for_seconds": 5}, "94 94", 1),
    ({"below": True, "watch": 99.0, "alert": 98.0, "breach": 95.0}, "- -", None),
    # failures in a row
    ({"failures": 3}, "6 6", None),
    ({"failures": 3}, "6 6 6", 2),
    ({"failures": 3}, "6 6 1 6 6", None),
    ({"failures": 3}, "6 6 1 6 6 6", 5),
    ({"failures": 2, "for_seconds": 15}, "6 6", None),
    ({"failures": 2, "for_seconds": 15}, "6 6 6 6", 3),
    # too few observations are not judged
    ({"min_samples": 20}, "50/3 50/3 50/3", None),
    ({"min_samples": 20}, "50/20", 0),
    ({"min_samples": 20}, "50/19 50/21", 1),
    ({"min_samples": 20}, "50", 0),
    ({"min_samples": 20, "for_seconds": 10}, "50/30 50/3 50/30 50/30", None),
    ({"min_samples": 20, "for_seconds": 10}, "50/30 50/3 50/30 50/30 50/30", 4),
    # the warm-up
    ({"warm_up_seconds": 10}, "6 6 6", 2),
    ({"warm_up_seconds": 10}, "6 1 1 1", None),
    ({"warm_up_seconds": 10, "for_seconds": 10}, "6 6 6 6", None),
    ({"warm_up_seconds": 10, "for_seconds": 10}, "6 6 6 6 6", 4),
    # silence: held by default, a trigger where the settings say so
    ({"no_data": "rollback"}, "1 -", 1),
    ({"no_data": "rollback", "for_seconds": 10}, "1 - - -", 3),
    ({"no_data": "rollback", "for_seconds": 10}, "1 - - 1 - -", None),
    ({"no_data": "rollback"}, "1 E E E", None),
    ({"no_data": "rollback"}, "1 E E E E", 4),
    ({"no_data": "rollback", "error_limit": 2}, "1 E E", 2),
    ({"no_data": "rollback", "error_limit": 2}, "1 E 1 E", None),
    ({"no_data": "ignore"}, "1 - - - - -", None),
    ({"no_data": "hold"}, "1 - - - - -", None),
    # observed only
    ({"observe_only": True}, "99 99 99", None),
    ({"observe_only": True, "no_data": "rollback"}, "- - -", None),
    ({"breach": None}, "99 99 99", None),
    # against the baseline that the settings expect
    ({"watch": None, "alert": None, "breach": Relative(2.0), "expected": 2.0}, "4 4.1", 1),
    ({"watch": None, "alert": None, "breach": Relative(1.0, 1.0), "expected": 2.0}, "3 3.1", 1),
]


@pytest.mark.parametrize(("given_rule", "series", "expected"), SERIES)
def test_a_series_fires_at_its_sample_and_not_before(
    given_rule: dict[str, Any], series: str, expected: int | None
) -> None:
    assert fires_at(deploy(rule("errors", **given_rule)), series)[0] == expected


HEALTH = [
    ("1 1 1", 3, None),
    ("0", 1, 0),
    ("0 0 0", 3, 2),
    ("0 0 1 0 0", 3, None),
    ("0 0 1 0 0 0", 3, 5),
    ("0 E 0 0", 3, 3),
    ("0 0 - 0", 3, None),
    ("1 0 0 0", 3, 3),
    ("- - - -", 3, None),
    ("0.5 0.5 0.5", 3, 2),
]


@pytest.mark.parametrize(("series", "failures", "expected"), HEALTH)
def test_a_health_endpoint_fails_several_times_in_a_row(series: str, failures: int, expected: int | None) -> None:
    made = deploy(rule("health", failures=failures))
    assert fires_at(made, series, "health")[0] == expected


REASONS = [
    (
        {"for_seconds": 15},
        "5.8 6.4 6 6.2",
        "errors 6.2 % > 5 % for 15 s (4 of 4 samples: 5.8 %, 6.4 %, 6 %, 6.2 %)",
    ),
    ({}, "6.2", "errors 6.2 % > 5 % (1 sample: 6.2 %)"),
    ({"for_seconds": 30}, "6 7 8 9 6 7 8", "errors 8 % > 5 % for 30 s (7 of 7 samples: ..., 8 %, 9 %, 6 %, 7 %, 8 %)"),
    ({"below": True, "watch": None, "alert": None}, "4", "errors 4 % < 5 % (1 sample: 4 %)"),
    (
        {"watch": None, "alert": None, "breach": Relative(2.0), "expected": 2.0},
        "6",
        "errors 6 % > 4 % (2x baseline) (1 sample: 6 %)",
    ),
    ({"no_data": "rollback"}, "-", "errors: no data for 0 s (the source returned no value)"),
]


@pytest.mark.parametrize(("given_rule", "series", "words"), REASONS)
def test_the_reason_has_its_numbers(given_rule: dict[str, Any], series: str, words: str) -> None:
    assert fires_at(deploy(rule("errors", **given_rule)), series)[1] == words


def test_the_reason_of_a_failing_endpoint_counts() -> None:
    assert fires_at(deploy(rule("health", failures=3)), "0 0 0", "health")[1] == "health is down (3 times in a row)"


def test_what_was_before_the_step_that_changes_production_does_not_count() -> None:
    made = Deploy.of(
        step("look"), step("go"), metrics=(rule("errors", for_seconds=15),), automatic=True, arm_task="go",
        rollback=(option("back", step("undo")),),
    )  # fmt: skip
    made.passed("look")
    for _ in range(10):
        made.later(5).read(errors=6)
    assert made.state.countdown is None
    assert "Production is already unhealthy: errors 6 % > 5 %" in made.refusal(c.RunTask(task="go", attempt=1))
    made.later(5).read(errors=1).run("go")
    assert made.state.armed_at == made.now
    assert fires_at(made, "6 6 6 6")[0] == 3


def test_several_triggers_are_all_named_the_first_one_first() -> None:
    made = deploy(rule("errors"), rule("p95", unit="s", watch=1.0, alert=2.0, breach=2.0))
    made.read(errors=6.2, p95=9.0)
    assert made.state.countdown is not None
    assert made.state.countdown.reasons == ("errors 6.2 % > 5 % (1 sample: 6.2 %)", "p95 9 s > 2 s (1 sample: 9 s)")


def test_the_order_of_the_readings_does_not_matter() -> None:
    rules = (rule("errors", for_seconds=5), rule("p95", unit="s", watch=1.0, alert=2.0, breach=2.0, for_seconds=5))
    one, other = deploy(*rules), deploy(*rules)
    for _ in range(2):
        one.read(errors=9.0, p95=9.0).later(EVERY)
        other.read(p95=9.0, errors=9.0).later(EVERY)
    assert one.state.countdown == other.state.countdown
    assert one.state.countdown is not None


VALUES = st.one_of(st.none(), st.just("E"), st.floats(0, 4.99))


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=40))
def test_a_series_that_never_breaches_never_fires(values: list[float | str | None]) -> None:
    made = deploy(rule("errors"))
    for value in values:
        made.later(1).read(errors=value)
        assert made.state.countdown is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 20), min_size=1, max_size=25),
    st.lists(st.integers(0, 24), max_size=6),
)
def test_silence_put_into_a_series_never_makes_it_fire_earlier(values: list[float], gaps: list[int]) -> None:
    """No data never turns into a success, and never into evidence either: it can only delay."""

    def first(series: list[float | None]) -> int:
        made = deploy(rule("errors", for_seconds=3))
        for number, value in enumerate(series):
            made.later(1).read(errors=value)
            if made.state.countdown is not None:
                return number
        return len(series)

    silent = [None if number in gaps else value for number, value in enumerate(values)]
    assert first(silent) >= first(list(values))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=30), st.integers(0, 10))
def test_a_trigger_fires_exactly_when_prometheus_would(values: list[float], lasting: int) -> None:
    """Against the plain definition: every sample of the last `for` seconds, and one before it, breaches."""
    made = deploy(rule("errors", for_seconds=float(lasting)))
    for number, value in enumerate(values):
        made.later(1).read(errors=value)
        window = values[max(0, number - lasting) : number + 1]
        expected = len(window) == lasting + 1 and all(one > 5 for one in window)
        assert (made.state.countdown is not None) is expected, (number, window)
        if expected:
            return


def test_the_builders_clock_starts_where_it_says() -> None:
    assert deploy(rule("errors")).now > START


def test_silence_within_the_warm_up_does_not_count() -> None:
    made = deploy(rule(no_data="rollback", for_seconds=10, warm_up_seconds=20))
    assert fires_at(made, "- - - - - - - -")[0] == 6


def test_an_endpoint_that_fails_once_is_enough_where_nothing_else_is_said() -> None:
    made = deploy(rule("health"))
    assert fires_at(made, "0", "health")[1].endswith("(once)")


def test_a_metric_that_decides_nothing_does_not_hold_the_deploy_by_its_silence() -> None:
    made = deploy(rule(observe_only=True))
    fires_at(made, "- - - - - -")
    assert made.state.hold is None


def test_fewer_errors_than_are_put_up_with_do_not_hold_the_deploy() -> None:
    made = deploy(rule(error_limit=4))
    fires_at(made, "E E E")
    assert made.state.hold is None
    fires_at(made.later(EVERY), "E")
    assert made.state.hold is not None


def _way(body: str, **more: Any) -> tuple[str, str]:
    """Which way a trigger takes where there is this one, and why it takes none."""
    made = Deploy.of(step("go"), rollback=(option("back", step("undo", body=body)),), **more)
    made.do(c.GiveValue(name="sha", value="abc; x"))
    taken, problems = way_back(made.state)
    return taken.id if taken else "", "; ".join(problems)


def test_a_way_back_whose_variables_and_values_are_known_can_run_by_itself() -> None:
    assert _way("echo $RELEASE\n", variables=("RELEASE",)) == ("back", "")
    assert _way("echo '<sha>'\n") == ("back", "")
    assert _way("echo '<tag>'\n") == ("", '"Back": <tag> has no value')
    assert "only a plain word is allowed" in _way("echo $(( <sha> + 1 ))\n")[1]


def test_a_way_back_for_people_only_is_not_taken_by_a_trigger() -> None:
    made = Deploy.of(step("go"), rollback=(option("call", item("call", "deploy")),))
    assert way_back(made.state) == (None, ('"Call": has nothing to run',))


def test_a_baseline_of_some_metrics_is_not_taken_again_with_the_first_script() -> None:
    deploy = Deploy.of(
        item("ready"), step("ship"), metrics=(rule(), rule("latency", no_data="ignore")), automatic=True,
        arm_task="ship",
    )  # fmt: skip
    for _ in range(10):
        deploy.later(1).read(errors=0.1, latency=None)
    deploy.tick("ready").do(c.EnterPhase(phase="deploy"))
    assert deploy.state.metrics["errors"].baseline is not None
    assert deploy.state.metrics["latency"].baseline is None
    deploy.run("ship")
    assert deploy.state.armed_at is not None
    assert deploy.kinds().count("BaselineMeasured") == 1


def test_only_metrics_that_decide_make_production_ill() -> None:
    deploy = Deploy.of(step("ship"), metrics=(rule(), rule("seen", observe_only=True)))
    assert deploy.read(errors=0.1, seen=9).state.breaches == ()
    assert len(deploy.later(1).read(errors=9, seen=9).state.breaches) == 1
