"""Gates: Argo Rollouts' semantics in tables, except that no data is never a success."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy.metrics.gates import Result, Tally, counted, of_metric, result_of, verdict
from cockpit.deploy.plan import Gate
from cockpit.deploy.recommend import recommend
from tests.builders import Deploy, item, live, option, rule, step

RESULTS: dict[str, Result] = {"s": "success", "f": "failure", "i": "inconclusive", "e": "error"}

# limits, measurements, the verdict after the last of them
CASES: list[tuple[dict[str, int], str, str]] = [
    ({"count": 3}, "", "running"),
    ({"count": 3}, "s", "running"),
    ({"count": 3}, "ss", "running"),
    ({"count": 3}, "sss", "passed"),
    ({"count": 1}, "s", "passed"),
    # failures: strictly more than the limit, in total
    ({"count": 3}, "f", "failed"),
    ({"count": 3}, "sf", "failed"),
    ({"count": 5, "failure_limit": 1}, "f", "running"),
    ({"count": 5, "failure_limit": 1}, "fsf", "failed"),
    ({"count": 5, "failure_limit": 1}, "fssss", "passed"),
    ({"count": 5, "failure_limit": 2}, "fsfsf", "failed"),
    ({"count": 5, "failure_limit": 2}, "fsfss", "passed"),
    ({"count": 5, "failure_limit": 4}, "fffff", "failed"),
    ({"count": 5, "failure_limit": 5}, "fffff", "passed"),
    # no data is inconclusive
    ({"count": 3}, "i", "inconclusive"),
    ({"count": 3}, "ssi", "inconclusive"),
    ({"count": 3, "inconclusive_limit": 1}, "iss", "passed"),
    ({"count": 3, "inconclusive_limit": 1}, "isi", "inconclusive"),
    ({"count": 3, "inconclusive_limit": 2}, "ii", "running"),
    ({"count": 3, "inconclusive_limit": 3}, "iii", "inconclusive"),
    ({"count": 3, "inconclusive_limit": 3}, "iis", "passed"),
    # errors: in a row, and they do not consume the count
    ({"count": 3}, "e", "running"),
    ({"count": 3}, "eeee", "running"),
    ({"count": 3}, "eeeee", "error"),
    ({"count": 3}, "eeeesss", "passed"),
    ({"count": 3}, "eeeeseeeess", "passed"),
    ({"count": 3}, "sseeee", "running"),
    ({"count": 3}, "sseeeee", "error"),
    ({"count": 3, "consecutive_error_limit": 0}, "e", "error"),
    ({"count": 3, "consecutive_error_limit": 0}, "se", "error"),
    ({"count": 3, "consecutive_error_limit": 1}, "eses", "running"),
    ({"count": 3, "consecutive_error_limit": 1}, "esess", "passed"),
    ({"count": 3, "consecutive_error_limit": 1}, "see", "error"),
    # successes in a row are enough before the count is reached
    ({"count": 10, "consecutive_success_limit": 3}, "ss", "running"),
    ({"count": 10, "consecutive_success_limit": 3}, "sss", "passed"),
    ({"count": 10, "consecutive_success_limit": 3, "failure_limit": 5}, "ssfss", "running"),
    ({"count": 10, "consecutive_success_limit": 3, "failure_limit": 5}, "ssfsss", "passed"),
    ({"count": 10, "consecutive_success_limit": 3, "failure_limit": 1}, "fsfsss", "failed"),
    ({"count": 10, "consecutive_success_limit": 3}, "ssess", "running"),
    ({"count": 10, "consecutive_success_limit": 3}, "ssesss", "passed"),
    ({"count": 10, "consecutive_success_limit": 3, "inconclusive_limit": 1}, "ssisss", "passed"),
    ({"count": 10, "consecutive_success_limit": 3, "inconclusive_limit": 1}, "ssis", "running"),
    ({"count": 10, "consecutive_success_limit": 3, "inconclusive_limit": 1}, "ssiss", "running"),
    # failed wins over error over inconclusive
    ({"count": 3, "consecutive_error_limit": 0}, "fe", "failed"),
    ({"count": 3, "consecutive_error_limit": 0}, "ie", "error"),
    ({"count": 3}, "if", "failed"),
]


def gate(*metrics: str, **limits: Any) -> Gate:
    return Gate(name="canary", metrics=metrics or ("errors",), **limits)


def tally(measurements: str) -> Tally:
    made = Tally()
    for one in measurements:
        made = counted(made, RESULTS[one])
    return made


@pytest.mark.parametrize(("limits", "measurements", "expected"), CASES)
def test_a_metric_of_a_gate(limits: dict[str, int], measurements: str, expected: str) -> None:
    assert of_metric(gate(**limits), tally(measurements)) == expected


ACROSS = [
    (("sss", "sss"), "passed"),
    (("sss", "ss"), "running"),
    (("sss", "f"), "failed"),
    (("eeeee", "f"), "failed"),
    (("eeeee", "i"), "error"),
    (("sss", "i"), "inconclusive"),
    (("ss", "i"), "inconclusive"),
    (("", ""), "running"),
    (("sss", "eeeee"), "error"),
]


@pytest.mark.parametrize(("measurements", "expected"), ACROSS)
def test_across_metrics_the_worst_decides_whatever_their_order(measurements: tuple[str, str], expected: str) -> None:
    both = {"errors": tally(measurements[0]), "p95": tally(measurements[1])}
    swapped = {"p95": both["errors"], "errors": both["p95"]}
    assert verdict(gate("errors", "p95"), both)[0] == expected
    assert verdict(gate("errors", "p95"), swapped)[0] == expected


@given(st.text("sfie", max_size=30), st.integers(0, 3), st.integers(0, 3))
def test_a_gate_without_any_success_never_passes_by_silence(text: str, failures: int, silent: int) -> None:
    limits = gate(count=5, failure_limit=failures, inconclusive_limit=silent)
    quiet = text.replace("s", "i")
    assert of_metric(limits, tally(quiet)) != "passed"


@given(st.text("sfie", max_size=30))
def test_a_failed_gate_stays_failed(text: str) -> None:
    limits = gate(count=4, failure_limit=1)
    seen = [of_metric(limits, tally(text[:end])) for end in range(len(text) + 1)]
    if "failed" in seen:
        assert set(seen[seen.index("failed") :]) == {"failed"}


@pytest.mark.parametrize(
    ("level", "result"),
    [("ok", "success"), ("watch", "success"), ("alert", "failure"), ("breach", "failure"),
     ("no data", "inconclusive"), ("error", "error"), (None, "inconclusive")],
)  # fmt: skip
def test_what_a_sample_is_to_a_gate(level: Any, result: str) -> None:
    assert result_of(level) == result


def _canary(**limits: Any) -> Deploy:
    made = Deploy.of(
        step("go"), live("canary", "gate:canary", "deploy"), step("on"), item("end", "close"),
        metrics=(rule("errors"),), gates=(gate(interval_seconds=10.0, **limits),),
    )  # fmt: skip
    return made.read(errors=0.1).passed("go")


def test_a_gate_is_measured_from_when_the_step_before_it_is_done_and_lets_the_next_one_go() -> None:
    made = _canary(count=3)
    assert made.state.of("canary").started_at == made.now
    assert _measurements(made) == 0, "what was measured before it opened says nothing"
    made.later(1).read(errors=0.2)
    for _ in range(2):
        made.later(9.9).read(errors=0.2)
        made.later(0.1)
    assert made.status("canary") == "pass"
    assert made.state.of("canary").summary == "gate canary passed: errors 3 of 3 measured"
    made.run("on")


def test_a_failed_gate_holds_the_next_step_and_says_its_numbers() -> None:
    made = _canary(count=3)
    made.later(1).read(errors=9)
    assert made.status("canary") == "fail"
    assert "1 failed (limit 0)" in made.state.of("canary").summary


def test_a_silent_metric_makes_a_gate_unknown_which_holds() -> None:
    made = _canary(count=3)
    made.later(5).read(errors=None)
    made.later(5)
    assert made.status("canary") == "unknown"
    assert "without data" in made.state.of("canary").summary


def _measurements(deploy: Deploy) -> int:
    return deploy.kinds().count("GateMeasured")


@pytest.mark.parametrize(("errors", "status"), [(0.2, "pass"), (9.0, "fail")])
def test_a_gate_that_has_its_verdict_is_not_measured_again(errors: float, status: str) -> None:
    made = _canary(count=2).later(1).read(errors=errors)
    made.later(10).read(errors=errors)
    assert made.status("canary") == status
    before = _measurements(made)
    for value in (0.1, 9.0):
        made.read(errors=value).later(30)
    assert (_measurements(made), made.status("canary")) == (before, status)


def test_a_gate_waits_for_what_stands_before_it_but_not_for_what_is_optional() -> None:
    made = Deploy.of(
        step("go"), item("look", "deploy"), item("extra", "deploy", required=False),
        live("canary", "gate:canary", "deploy"), metrics=(rule("errors"),), gates=(gate(interval_seconds=10.0),),
    ).read(errors=0.1).passed("go")  # fmt: skip
    made.later(30).read(errors=0.1)
    assert made.state.of("canary").started_at is None
    made.tick("look")
    assert made.state.of("canary").started_at == made.now


def test_a_gate_is_not_measured_while_the_deploy_is_on_hold() -> None:
    made = _canary(count=5)
    before = _measurements(made)
    made.do(c.HoldDeploy(reason="lunch")).read(errors=9.0).later(30)
    assert (_measurements(made), made.status("canary")) == (before, "waiting")
    made.do(c.ReleaseDeploy()).read(errors=0.1).later(1)
    assert _measurements(made) > before


def test_a_gate_is_not_measured_in_a_rollback() -> None:
    made = Deploy.of(
        step("go"), live("canary", "gate:canary", "deploy"), metrics=(rule("errors"),),
        gates=(gate(interval_seconds=10.0),), rollback=(option("back", step("undo")),),
    ).read(errors=0.1).passed("go")  # fmt: skip
    before = _measurements(made)
    made.do(c.StartRollback(option="back", confirmation="production")).read(errors=9.0).later(30)
    assert _measurements(made) == before


def _failing(on_fail: Any = "ask", **more: Any) -> Deploy:
    """A gate of one measurement behind the step that changes production; it fails."""
    given: dict[str, Any] = {
        "metrics": (rule("errors", for_seconds=600.0),),
        "gates": (gate(interval_seconds=1.0, count=1, on_fail=on_fail),),
        "rollback": (option("back", step("undo")),),
        "automatic": True,
        "arm_task": "go",
        "countdown_seconds": 15.0,
    }
    made = Deploy.of(step("go"), live("canary", "gate:canary", "deploy"), step("on"), **{**given, **more})
    return made.read(errors=0.1).passed("go").later(1).read(errors=9).later(1)


def test_a_failed_gate_that_rolls_back_counts_down_and_goes() -> None:
    made = _failing("rollback")
    assert made.state.countdown is not None
    assert made.state.countdown.reasons[0].startswith("gate canary failed: errors")
    made.later(15)
    assert made.state.rollback is not None
    assert made.state.rollback.automatic
    assert made.status("undo") == "running"


def test_the_countdown_of_a_gate_can_be_held_and_comes_again_with_the_release() -> None:
    made = _failing("rollback").do(c.HoldDeploy(reason="I look at it")).later(60).read(errors=9)
    assert made.state.countdown is None
    assert "gate:canary: its trigger is silenced" in recommend(made.state, made.now).words
    made.do(c.ReleaseDeploy())
    assert made.state.countdown is not None
    made.do(c.HoldDeploy(reason="it is fine")).do(c.WaiveItem(task="canary", reason="a known spike"))
    made.do(c.ReleaseDeploy()).read(errors=0.1)
    assert made.state.countdown is None
    made.run("on")


def test_a_failed_gate_that_holds_is_released_by_a_person_only() -> None:
    made = _failing("hold")
    assert made.state.hold is not None
    assert made.state.hold.reason.startswith("gate canary failed")
    made.later(1).read(errors=0.1).later(60)
    assert made.state.hold is not None
    made.do(c.ReleaseDeploy())
    assert made.state.hold is None


def test_a_failed_gate_that_asks_advises_the_way_back_first_and_yes_takes_it() -> None:
    made = _failing()
    next_ = recommend(made.state, made.now)
    assert (next_.action, next_.urgent) == ("rollback", True)
    assert "gate canary failed" in next_.words
    assert next_.words.endswith("⟦rollback⟧: roll back, ⟦waive⟧: waive")
    assert next_.command is not None
    made.do(next_.command)
    assert made.state.rollback is not None
    assert made.state.rollback.reason.startswith("gate canary failed")


def _optional(reading: Any = 3, on_fail: Any = "ask", **more: Any) -> Deploy:
    """The gate is optional, and what comes after it opens by itself."""
    given: dict[str, Any] = {
        "metrics": (rule("errors", for_seconds=600.0),),
        "gates": (gate(interval_seconds=1.0, count=1, on_fail=on_fail),),
        "rollback": (option("back", step("undo")),),
        "automatic": True,
        "arm_task": "go",
    }
    canary = replace(live("canary", "gate:canary", "deploy"), required=False)
    made = Deploy.of(step("go"), canary, item("look", "verify"), **{**given, **more})
    return made.read(errors=0.1).passed("go").later(1).read(errors=reading).later(1)


def test_an_optional_gate_that_failed_is_asked_about_in_every_phase_until_somebody_answers() -> None:
    made = _optional()
    assert made.state.phase == "verify", "it keeps nothing from going on"
    next_ = recommend(made.state, made.now)
    assert (next_.action, next_.urgent) == ("rollback", True)
    assert next_.words.startswith("gate canary failed: errors")
    assert isinstance(next_.command, c.StartRollback)
    made.do(c.WaiveItem(task="canary", reason="a known spike"))
    assert "verify and tick" in recommend(made.state, made.now).words


@pytest.mark.parametrize(
    "made",
    [
        _optional(rollback=(option("back", step("undo", body="bin/release <sha>\n")),)),
        _optional(None, metrics=(rule("errors", for_seconds=600.0, no_data="ignore"),)),
    ],
)
def test_where_nothing_goes_back_by_itself_an_optional_gate_is_said_and_the_rest_goes_on(made: Deploy) -> None:
    next_ = recommend(made.state, made.now)
    assert next_.words.startswith("gate canary ")
    assert ". ⟦rollback⟧: roll back, ⟦waive⟧: waive. Verify and tick: Look" in next_.words
    assert (next_.urgent, next_.command) == (False, c.TickItem(task="look"))


def test_an_optional_gate_before_production_is_touched_is_said() -> None:
    canary = replace(live("canary", "gate:canary"), required=False)
    made = Deploy.of(
        canary, step("go"), metrics=(rule("errors"),), gates=(gate(interval_seconds=1.0, count=1),)
    ).later(1).read(errors=3).later(2)  # fmt: skip
    next_ = recommend(made.state, made.now)
    assert next_.words.startswith("gate canary failed: errors")
    assert "⟦waive⟧: waive. Preflight is complete" in next_.words
    assert next_.command == c.EnterPhase(phase="deploy")


def test_yes_takes_no_way_back_that_needs_a_person() -> None:
    made = _failing(rollback=(option("back", step("undo", body="bin/release <sha>\n")),))
    assert recommend(made.state, made.now).command is None
    assert recommend(made.state, made.now).urgent


@pytest.mark.parametrize(("on_fail", "held"), [("rollback", True), ("hold", True), ("ask", False)])
def test_a_gate_that_could_not_be_measured_never_rolls_back(on_fail: str, held: bool) -> None:
    made = Deploy.of(
        step("go"), live("canary", "gate:canary", "deploy"), step("on"), metrics=(rule("errors", for_seconds=600.0),),
        gates=(gate(interval_seconds=1.0, count=1, consecutive_error_limit=0, on_fail=on_fail),),
        rollback=(option("back", step("undo")),), automatic=True, arm_task="go",
    ).read(errors=0.1).passed("go").later(1).read(errors="refused").later(1)  # fmt: skip
    assert made.status("canary") == "fail"
    assert made.state.countdown is None
    assert (made.state.hold is not None) == held
    assert recommend(made.state, made.now).command is None


@pytest.mark.parametrize("automatic", [True, False])
def test_before_production_is_touched_or_without_triggers_a_gate_that_rolls_back_holds(automatic: bool) -> None:
    made = Deploy.of(
        live("canary", "gate:canary"), step("go"), metrics=(rule("errors", alert=2.0, breach=50.0),),
        gates=(gate(interval_seconds=1.0, count=1, on_fail="rollback"),),
        rollback=(option("back", step("undo")),), automatic=automatic, arm_task="go",
    ).later(1).read(errors=9).later(2)  # fmt: skip
    assert made.state.hold is not None
    assert made.state.countdown is None
    made.do(c.ReleaseDeploy())
    assert recommend(made.state, made.now).action == "waive"


@given(st.sampled_from(["ask", "hold", "rollback"]))
def test_nothing_new_starts_after_a_failed_gate(on_fail: str) -> None:
    made = _failing(on_fail)
    assert made.refusal(c.RunTask(task="on", attempt=1))
