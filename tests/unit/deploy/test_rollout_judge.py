"""The judge of a stage: its rate against the baseline and the stage before, silence, gates. Tables."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Gate
from cockpit.deploy.rollout.fold import counted
from cockpit.deploy.rollout.judge import judge_stage, judged_by
from cockpit.deploy.rollout.plan import Margin
from cockpit.deploy.rollout.state import StageTally
from tests import builders as b
from tests.rollouts import Flag

LOOSE = b.rule(breach=50.0, watch=None, alert=None)
"""A rule that hardly ever breaches by itself: what the comparison says is seen alone."""


def _second_stage(errors: float, *, samples: int | None = 50, times: int = 11, **rollout: Any) -> Flag:
    """The first stage held at 0.1 %, and the second one has these values."""
    flag = Flag.rolled(metrics=(LOOSE,), **rollout).to_stage(1)
    return flag.measured(times, samples=samples, errors=errors)


@pytest.mark.parametrize(
    ("errors", "more", "status", "words"),
    [
        (0.1, {}, "passed", "errors 0.1 % over 500 requests, at most 0.7 % (2x baseline + 0.5, baseline 0.1 %)"),
        (0.7, {}, "passed", "0.7 %"),
        (0.8, {}, "breach", "errors 0.8 % over 500 requests > 0.7 % (2x baseline + 0.5, baseline 0.1 %)"),
        (0.8, {"baseline": Margin(9.0)}, "breach", "> 0.7 % (2x previous stage + 0.5, previous stage 0.1 %)"),
        (0.8, {"baseline": Margin(9.0), "earlier": Margin(9.0)}, "passed", "at most 0.9 %"),
        (0.8, {"baseline": Margin(0.0, 0.5), "earlier": Margin(0.0, 9.0)}, "breach", "> 0.5 %"),
        (0.1, {"min_samples": 400}, "passed", "over 500 requests"),
    ],
    ids=["same", "at the limit", "over it", "over previous stage", "loose", "a plain level", "enough"],
)
def test_the_rate_is_judged_at_the_end_of_the_soak(
    errors: float, more: dict[str, Any], status: str, words: str
) -> None:
    flag = _second_stage(errors, **more)
    stage = flag.have.stages[1]
    assert (stage.status, words in stage.reason) == (status, True), stage.reason


def test_too_few_requests_are_no_data() -> None:
    flag = _second_stage(0.1, min_samples=100)
    assert flag.statuses[1] == "passed"
    few = Flag.rolled(metrics=(LOOSE,), min_samples=10).to_stage(1)
    few.measured(11, samples=0, errors=0.1)
    assert few.statuses[1] == "passed", "where the source knows of none, the values count"
    little = Flag.rolled(metrics=(LOOSE,), min_samples=400).to_stage(1)
    little.measured(11, samples=20)
    assert little.statuses[1] == "blind"
    assert little.have.stages[1].reason == "errors: 200 observations during the soak, at least 400 required"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "0 values during the soak, at least 3 required"),
        ([0.1, 0.1], "2 values during the soak"),
        ([0.1, 0.1, 0.1, None, None, None, None], "4 of 7 samples had no value: the source returned no value"),
        ([0.1] * 9 + [None], "errors has no data at the end of the soak"),
    ],
)
def test_silence_is_never_a_pass(values: list[float | None], words: str) -> None:
    flag = Flag.rolled(metrics=(b.rule(stale_seconds=500.0),)).to_stage(0)
    for value in values:
        flag.now += 10
        taken = c.Reading(metric="errors", at=flag.now, value=value)
        flag.do(c.RecordReadings(readings=(taken,)), "cockpit")
    flag.later(101)
    assert flag.statuses[0] == "blind"
    assert words in flag.have.stages[0].reason
    assert flag.state.hold is not None


def test_a_rate_far_over_its_limit_is_a_breach_before_the_soak_is_over() -> None:
    flag = Flag.rolled(metrics=(LOOSE,)).to_stage(1)
    flag.measured(3, errors=4.0, samples=400)
    assert flag.statuses[1] == "breach"
    assert flag.last.kind == "back"


def test_a_little_noise_early_is_none() -> None:
    flag = Flag.rolled(metrics=(LOOSE,)).to_stage(1)
    flag.measured(3, errors=2.0, samples=40)
    assert flag.statuses[1] == "soaking", "2 of 120 requests prove nothing yet"


def test_without_counts_it_takes_some_values_to_be_sure() -> None:
    flag = Flag.rolled(metrics=(LOOSE,)).to_stage(1)
    flag.measured(9, errors=4.0, samples=None, step=1.0)
    assert flag.statuses[1] == "soaking"
    flag.measured(1, errors=4.0, samples=None, step=1.0)
    assert flag.statuses[1] == "breach"


def test_other_metrics_that_decide_are_watched_too() -> None:
    flag = Flag.rolled(metrics=(b.rule(), b.rule("health", failures=1)))
    health = c.Reading(metric="health", at=flag.now, value=1.0)
    flag.do(c.RecordReadings(readings=(health,)), "cockpit")
    flag.advance().obey()
    flag.now += 1
    down = c.Reading(metric="health", at=flag.now, value=0.0, detail="503 in 4 ms")
    flag.do(c.RecordReadings(readings=(down,)), "cockpit")
    assert flag.last.kind == "off"
    assert "health 503 in 4 ms" in flag.last.reason


GATE = Gate(name="calm", metrics=("errors",), count=3, interval_seconds=20.0, failure_limit=0, inconclusive_limit=0)


@pytest.mark.parametrize(
    ("errors", "status", "words"),
    [(0.1, "passed", ""), (3.0, "breach", "gate calm failed: errors 1 of 3 measured, 1 failed")],
)
def test_every_stage_passes_the_gates(errors: float, status: str, words: str) -> None:
    more = {"gates": (GATE,)}
    margin = Margin(99.0, 99.0)
    rule = b.rule(breach=50.0, alert=2.0)
    flag = Flag.rolled(metrics=(rule,), more=more, gates=("calm",), baseline=margin, earlier=margin)
    flag.advance().obey().measured(11, errors=errors)
    assert flag.have.stages[0].status == status or flag.have.stages[0].breaches
    assert words in flag.have.stages[0].reason


def test_a_gate_that_has_not_measured_enough_keeps_the_stage_soaking() -> None:
    slow = Gate(name="calm", metrics=("errors",), count=3, interval_seconds=60.0)
    flag = Flag.rolled(more={"gates": (slow,)}, gates=("calm",)).to_stage(0)
    flag.measured(11)
    assert flag.statuses[0] == "soaking"
    flag.measured(8)
    assert flag.statuses[0] == "passed"


def test_the_screen_says_what_it_is_judged_by() -> None:
    flag = Flag.rolled(min_samples=400).to_stage(1).measured(2)
    said = dict(judged_by(flag.state))
    assert said["rate"] == "errors 0.1 % over 100 requests so far"
    assert said[""] == "judged after 400 requests"
    assert said["at most"].startswith("0.7 %")
    assert judged_by(Flag.rolled().state) == []


def test_nothing_is_judged_where_nothing_soaks() -> None:
    assert judge_stage(Flag.rolled().state, b.START) is None
    assert judge_stage(b.Deploy.of(b.item("look")).state, b.START) is None


def test_a_value_that_looks_back_to_before_the_stage_is_none_of_it() -> None:
    def sample(at: float) -> Any:
        from cockpit.deploy.events import Sample

        return Sample(metric="errors", at=at, level="ok", value=1.0, samples=600, window_seconds=60.0)

    tally = counted(StageTally(), sample(130.0), b.rule(), 100.0)
    assert tally == StageTally()
    tally = counted(tally, sample(160.0), b.rule(), 100.0)
    assert (tally.values, tally.observations, tally.mean) == (1, 10.0, 1.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 500)), min_size=1, max_size=40))
def test_the_rate_of_a_stage_lies_between_its_values(values: list[tuple[float, int]]) -> None:
    from cockpit.deploy.events import Sample

    tally = StageTally()
    for place, (value, samples) in enumerate(values):
        tally = counted(
            tally, Sample(metric="errors", at=200.0 + place, level="ok", value=value, samples=samples), b.rule(), 100.0
        )
    counted_values = [value for value, samples in values if samples]
    if counted_values:
        assert tally.mean is not None
        assert min(counted_values) - 1e-6 <= tally.mean <= max(counted_values) + 1e-6
    else:
        assert tally.mean is None


@pytest.mark.parametrize(("limit", "status"), [(7.04, "breach"), (7.05, "soaking")])
def test_early_it_is_a_breach_where_the_rate_is_surely_over_its_limit(limit: float, status: str) -> None:
    # 10 % of 300: Wilson's interval at two standard deviations begins at 7.045 %.
    margin = Margin(0.0, limit)
    flag = Flag.rolled(metrics=(LOOSE,), baseline=margin, earlier=Margin(0.0, 99.0)).to_stage(1)
    flag.measured(3, errors=10.0, samples=100)
    assert flag.statuses[1] == status


def test_a_rate_is_that_of_the_flags_own_metric() -> None:
    flag = Flag.rolled(metrics=(b.rule("other", no_data="ignore"), LOOSE)).to_stage(1)
    assert dict(judged_by(flag.measured(1).state))["rate"].startswith("errors 0.1 %")
    flag.measured(10)
    assert flag.have.stages[1].reason.startswith("errors 0.1 % over 500 requests")


@pytest.mark.parametrize(
    ("more", "status"), [({}, "blind"), ({"no_data": "ignore"}, "passed"), ({"observe_only": True}, "passed")]
)
def test_another_metric_without_a_value_makes_a_stage_blind_where_it_decides(more: dict[str, Any], status: str) -> None:
    flag = Flag.rolled(metrics=(LOOSE, b.rule("p95", **more)))
    flag.read(p95=0.1)
    flag.advance().obey().measured(14)  # the soak, and what p95 brought nothing in until that was said
    assert flag.statuses[0] == status
    if status == "blind":
        assert flag.have.stages[0].reason.startswith("p95 has no data at the end of the soak: no sample for")


def test_a_gate_without_data_does_not_let_a_stage_pass() -> None:
    gate = Gate(name="calm", metrics=("p95",), count=3, interval_seconds=20.0)
    flag = Flag.rolled(metrics=(LOOSE, b.rule("p95", observe_only=True)), more={"gates": (gate,)}, gates=("calm",))
    flag.advance().obey().measured(11)
    assert flag.statuses[0] == "blind"
    assert "gate calm" in flag.have.stages[0].reason


def test_the_record_has_the_numbers_of_the_judgement() -> None:
    flag = _second_stage(0.2)
    judged = [event.body for event in flag.events if isinstance(event.body, e.StageJudged)][-1]
    assert (judged.stage, judged.result, judged.observations) == (1, "ok", 500.0)
    assert (judged.value, judged.baseline, judged.earlier) == pytest.approx((0.2, 0.1, 0.1))


def test_the_first_stage_is_compared_with_the_baseline_only() -> None:
    flag = Flag.rolled(metrics=(LOOSE,)).to_stage(1).measured(1)
    assert len([name for name, _ in judged_by(flag.state) if name == "at most"]) == 2
    first = Flag.rolled(metrics=(LOOSE,)).to_stage(0).measured(1)
    assert len([name for name, _ in judged_by(first.state) if name == "at most"]) == 1
