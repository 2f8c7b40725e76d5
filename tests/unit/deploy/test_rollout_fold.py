"""What the events of a rollout leave in the state, also where they come late, twice, or name what is not there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from cockpit.deploy import events as e
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.events import StageResult
from cockpit.deploy.rollout.fold import counted
from cockpit.deploy.rollout.state import StageState, StageTally
from tests.builders import START, item, rule
from tests.builders import plan as plain
from tests.rollouts import Flag, plan
from tests.unit.deploy.strategies import BODIES, any_body


def _apply(flag: Flag, *bodies: e.Body) -> Flag:
    for body in bodies:
        flag.now += 1
        event = e.Event(seq=flag.state.seq + 1, at=flag.now, by="ann", body=body)
        flag.events.append(event)
        flag.state = apply(flag.state, event)
    return flag


def _judged(stage: int, result: StageResult = "ok") -> tuple[e.Body, ...]:
    """A stage with a gate that was measured, and a judgement."""
    return (
        e.StageBegan(stage=stage, change=1),
        e.StageMeasured(stage=stage, gate="canary", results={"errors": "success"}),
        e.StageJudged(stage=stage, result=result, reason="errors 0.1 %", value=0.1),
    )


def _set(change: int, stage: int) -> tuple[e.Body, ...]:
    asked = e.FlagSetRequested(change=change, kind="advance", stage=stage, percent=5.0)
    return asked, e.FlagSet(change=change)


def test_a_stage_that_is_set_again_has_nothing_of_its_earlier_try_but_its_breaches() -> None:
    flag = Flag.rolled().advance().obey().measured(3)
    before = flag.have.stages[0]
    assert before.tally.values
    _apply(flag, *_judged(0, "breach")[1:])
    first = flag.have.stages[0]
    assert (first.status, first.value, first.breaches, first.judged_at) == ("breach", 0.1, 1, flag.now)
    assert first.gates["canary"]["errors"].successes == 1
    assert first.gates_at == {"canary": flag.now - 1}
    _apply(flag, e.FlagSetRequested(change=2, kind="advance", stage=0, percent=5.0))
    assert flag.have.stages[0] == StageState(status="setting", change=2, breaches=1)


def test_a_soak_that_begins_anew_has_nothing_of_the_one_before() -> None:
    flag = _apply(Flag.rolled().advance().obey().measured(3), *_judged(0)[1:])
    set_at = flag.have.stages[0].set_at
    assert set_at is not None
    _apply(flag, e.StageBegan(stage=0, change=1))
    assert flag.have.stages[0] == StageState(status="soaking", change=1, set_at=set_at, began_at=flag.now)


@pytest.mark.parametrize(("result", "after"), [("ok", "passed"), ("breach", "breach"), ("no data", "left")])
def test_a_stage_that_is_left_before_it_was_decided_says_so(result: StageResult, after: str) -> None:
    flag = _apply(Flag.rolled(), *_set(1, 0), *_judged(0, result), *_set(2, 1))
    assert flag.statuses == [after, "setting", "waiting", "waiting"]


def test_a_stage_that_is_set_once_more_is_not_left() -> None:
    flag = _apply(Flag.rolled(), *_set(1, 0), e.StageBegan(stage=0, change=1), *_set(2, 0))
    assert flag.statuses[0] == "setting"


def test_going_back_leaves_what_is_above_and_going_off_leaves_everything() -> None:
    flag = _apply(Flag.rolled(), *_set(1, 0), *_judged(0), *_set(2, 1), *_judged(1), *_set(3, 0))
    assert flag.statuses == ["setting", "left", "waiting", "waiting"]
    _apply(flag, *_judged(0), e.FlagOffRequested(change=4))
    assert flag.statuses == ["left", "left", "waiting", "waiting"]
    assert flag.have.stage == -1


def test_the_outcome_of_a_change_is_the_first_one_and_its_own() -> None:
    flag = _apply(Flag.rolled(), *_set(1, 0), e.FlagSetRequested(change=2, kind="advance", stage=1, percent=25.0))
    asked = flag.now
    _apply(flag, e.FlagSet(change=1), e.FlagSet(change=7))
    assert [(one.number, one.status) for one in flag.have.changes] == [(1, "set"), (2, "asked")]
    assert flag.have.stages[1].set_at is None
    _apply(flag, e.FlagSetFailed(change=1, reason="late"))
    assert [one.status for one in flag.have.changes] == ["set", "asked"]
    assert (flag.have.stage, flag.statuses[1]) == (1, "setting")
    _apply(flag, e.FlagSetFailed(change=2, reason="the server said 500"))
    assert [(one.status, one.reason) for one in flag.have.changes] == [("set", ""), ("failed", "the server said 500")]
    assert flag.last.at == flag.now > asked == flag.last.asked_at
    assert (flag.have.stages[1].status, flag.have.stages[1].reason) == ("waiting", "the server said 500")
    assert flag.have.stage == 0
    # Once it has failed, a word that it was set comes too late.
    _apply(flag, e.FlagSet(change=2))
    assert flag.last.status == "failed"


def test_what_nobody_answered_is_over_when_another_change_is_asked_for() -> None:
    flag = _apply(Flag.rolled(), _set(1, 0)[0], e.FlagOffRequested(change=2))
    assert [one.status for one in flag.have.changes] == ["failed", "asked"]


def _sample(value: float | None, **more: object) -> e.Sample:
    level: e.Level = "ok" if value is not None else "no data"
    return e.Sample(**{"metric": "errors", "at": START + 10, "level": level, "value": value, **more})  # type: ignore[arg-type]


def test_samples_of_one_window_are_weighed_by_what_is_new_in_them() -> None:
    ten = rule(interval_seconds=2.0)
    whole = counted(StageTally(), _sample(3.0, samples=40, window_seconds=1.0), ten, START)
    assert (whole.observations, whole.weight, whole.mean) == (40.0, 40.0, 3.0)
    fifth = counted(StageTally(), _sample(3.0, samples=40, window_seconds=10.0), ten, START)
    assert (fifth.observations, fifth.weight, fifth.total) == (8.0, 8.0, 24.0)
    bare = counted(StageTally(), _sample(3.0), ten, START)
    assert (bare.values, bare.observations, bare.weight, bare.total) == (1, 0.0, 1.0, 3.0)
    unwindowed = counted(StageTally(), _sample(3.0, samples=40), ten, START)
    assert (unwindowed.observations, unwindowed.total) == (40.0, 120.0)


def test_a_window_counts_from_the_moment_at_which_it_lies_in_the_stage() -> None:
    one = rule()
    assert counted(StageTally(), _sample(3.0, window_seconds=10.0), one, START).values == 1
    assert counted(StageTally(), _sample(3.0, window_seconds=10.5), one, START) == StageTally()
    assert counted(StageTally(), _sample(3.0), one, START + 10).values == 1


def test_silence_and_errors_are_counted_with_their_reason() -> None:
    tally = counted(StageTally(), _sample(None, reason="no answer"), rule(), START)
    tally = counted(tally, _sample(None, level="error", reason="refused"), rule(), START)
    assert (tally.values, tally.blind, tally.errors, tally.trouble) == (0, 2, 1, "refused")


def test_only_the_flags_own_metric_is_counted_and_only_while_it_soaks() -> None:
    flag = Flag.rolled(metrics=(rule(), rule("latency", observe_only=True))).advance()
    flag.read(errors=0.1, latency=0.1)
    assert flag.have.stages[0].tally == StageTally()
    flag.obey().later(1).read(errors=0.1, latency=0.1)
    assert flag.have.stages[0].tally.values == 1


@settings(max_examples=150, deadline=None)
@given(st.lists(any_body, max_size=12))
def test_any_events_of_a_rollout_in_any_order_fold_without_a_crash(bodies: list[e.Body]) -> None:
    opened = e.Event(seq=1, at=START, by="ann", body=e.DeployOpened(plan=plan()))
    rest = [body for body in bodies if not isinstance(body, e.DeployOpened)]
    state = fold([opened, *(e.Event(seq=n, at=START, by="ann", body=body) for n, body in enumerate(rest, 2))])
    assert state.rollout is not None
    assert len(state.rollout.stages) == 4
    recommend(state, START)


@pytest.mark.parametrize("body", [one for one in BODIES if one.__name__.startswith(("Flag", "Stage"))])
@pytest.mark.parametrize("stage", [-99, -6, -1, 4, 99])
def test_a_stage_that_the_plan_has_not_changes_no_stage(body: type, stage: int) -> None:
    given: dict[str, object] = {
        "stage": stage, "change": 5, "percent": 5.0, "kind": "advance", "reason": "x", "gate": "g", "result": "ok",
        "results": {"errors": "success"},
    }  # fmt: skip
    event = body(**{name: given[name] for name in (one.name for one in fields(body)) if name in given})
    flag = Flag.rolled()
    before = flag.have.stages
    assert _apply(flag, event).have.stages == before
    # A deploy has no stages at all.
    deploy = Flag()
    deploy.state = fold([e.Event(seq=1, at=START, by="ann", body=e.DeployOpened(plan=plain(item("look"))))])
    assert _apply(deploy, event).state.rollout is None
