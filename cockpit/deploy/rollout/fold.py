"""What the events of a rollout make true."""

from typing import Any

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.metrics import fold as fold_metrics
from cockpit.deploy.metrics.gates import with_results
from cockpit.deploy.plan import MetricRule, Plan
from cockpit.deploy.rollout.state import Change, FlagReading, RolloutState, StageState, StageTally
from cockpit.deploy.state import Fold, State

_UNJUDGED: dict[str, Any] = {
    "judged_at": None, "reason": "", "value": None, "tally": StageTally(), "gates": {}, "gates_at": {},
}  # fmt: skip
"""Of a stage that begins anew: nothing of what was measured before counts."""


def begun(plan: Plan) -> RolloutState | None:
    """The rollout of a plan at its opening; None of a deploy."""
    return RolloutState(stages=(StageState(),) * len(plan.rollout.stages)) if plan.rollout is not None else None


def _with(state: State, **changes: Any) -> State:
    assert state.rollout is not None
    return replace(state, rollout=replace(state.rollout, **changes))


def _with_stage(state: State, stage: int, **changes: Any) -> State:
    """With that stage changed; a place that the plan has not is none."""
    have = state.rollout
    if have is None or not 0 <= stage < len(have.stages):
        return state
    stages = list(have.stages)
    stages[stage] = replace(stages[stage], **changes)
    return _with(state, stages=tuple(stages))


def _requested(state: State, event: e.Event, body: e.FlagSetRequested) -> State:
    return _asked(state, event, body, stage=body.stage, percent=body.percent, kind=body.kind)


def _off_requested(state: State, event: e.Event, body: e.FlagOffRequested) -> State:
    return _asked(state, event, body, stage=-1, percent=0.0, kind="off")


def _asked(state: State, event: e.Event, body: Any, *, stage: int, percent: float, kind: Any) -> State:
    have = state.rollout
    if have is None or not -1 <= stage < len(have.stages):
        return state
    # What nobody answered any more is over: another change was asked for on top of it.
    past = tuple(replace(one, status="failed") if one.status == "asked" else one for one in have.changes)
    change = Change(
        number=body.change,
        kind=kind,
        stage=stage,
        percent=percent,
        before=have.stage,
        status="asked",
        at=event.at,
        asked_at=event.at,
        by=event.by,
        reason=body.reason,
    )
    if have.stage != stage and have.current is not None and have.current.status not in ("passed", "breach"):
        state = _with_stage(state, have.stage, status="left")
    for later in range(stage + 1, len(have.stages)):
        # What is above the stage that is set holds no more.
        if have.stages[later].status == "passed":
            state = _with_stage(state, later, status="left")
    state = _with(state, changes=(*past, change), stage=stage)
    old = have.stages[stage] if stage >= 0 else StageState()
    return _with_stage(
        state,
        stage,
        status="setting",
        change=body.change,
        set_at=None,
        began_at=None,
        breaches=old.breaches,
        **_UNJUDGED,
    )


def _outcome(state: State, number: int, at: float, **changes: Any) -> State:
    """With the outcome of that change; one that has an outcome keeps it."""
    have = state.rollout
    if have is None:
        return state
    return _with(
        state,
        changes=tuple(
            replace(one, at=at, **changes) if one.number == number and one.status == "asked" else one
            for one in have.changes
        ),
    )


def _set(state: State, event: e.Event, body: e.FlagSet) -> State:
    have = state.rollout
    state = _outcome(state, body.change, event.at, status="set")
    last = have.last if have is not None else None
    return _with_stage(state, last.stage, set_at=event.at) if last and last.number == body.change else state


def _set_failed(state: State, event: e.Event, body: e.FlagSetFailed) -> State:
    have = state.rollout
    last = have.under_way if have is not None else None
    state = _outcome(state, body.change, event.at, status="failed", reason=body.reason, retry_after=body.retry_after)
    if last is None or last.number != body.change or last.kind != "advance":
        return state
    state = _with_stage(state, last.stage, status="waiting", reason=body.reason)
    if last.before == last.stage:
        return state
    state = _with(state, stage=last.before)
    # A stage that somebody left without a judgement has none still.
    left = state.rollout is not None and state.rollout.current is not None and state.rollout.current.status == "left"
    return _with_stage(state, last.before, status="blind") if left else state


def _read(state: State, event: e.Event, body: e.FlagRead) -> State:
    if state.rollout is None:
        return state
    reading = FlagReading(
        at=event.at,
        change=body.change,
        percent=body.percent,
        said=body.said,
        error=body.error,
        matches=body.matches,
        by=event.by,
    )
    return _with(state, reading=reading)


def _began(state: State, event: e.Event, body: e.StageBegan) -> State:
    return _with_stage(
        state,
        body.stage,
        status="soaking",
        began_at=event.at,
        **_UNJUDGED,
    )


def _measured(state: State, event: e.Event, body: e.StageMeasured) -> State:
    have = state.rollout
    if have is None or not 0 <= body.stage < len(have.stages):
        return state
    stage = have.stages[body.stage]
    tallies = with_results(stage.gates.get(body.gate, {}), body.results, body.samples)
    return _with_stage(
        state,
        body.stage,
        gates={**stage.gates, body.gate: tallies},
        gates_at={**stage.gates_at, body.gate: event.at},
    )


def _judged(state: State, event: e.Event, body: e.StageJudged) -> State:
    have = state.rollout
    if have is None or not 0 <= body.stage < len(have.stages):
        return state
    status = {"ok": "passed", "breach": "breach"}.get(body.result, "blind")
    breaches = have.stages[body.stage].breaches + (body.result == "breach")
    return _with_stage(
        state,
        body.stage,
        status=status,
        judged_at=event.at,
        reason=body.reason,
        value=body.value,
        breaches=breaches,
    )


def _reminded(state: State, event: e.Event, body: e.StageReminded) -> State:
    if state.rollout is None:
        return state
    return _with(state, reminded={**state.rollout.reminded, str(body.stage): event.at})


def _sampled(state: State, event: e.Event, body: e.MetricsSampled) -> State:
    """As for every deploy; and what the rate of the stage comes to."""
    state = fold_metrics.FOLDS[e.MetricsSampled](state, event, body)
    have, plan = state.rollout, state.plan
    stage = have.current if have is not None else None
    if have is None or plan is None or plan.rollout is None or stage is None or stage.status != "soaking":
        return state
    own = plan.rollout.metric
    rules = {one.name: one for one in plan.metrics if one.name == own or (one.judged and one.no_data != "ignore")}
    tally = stage.tally
    for sample in body.samples:
        rule = rules.get(sample.metric)
        if rule is None or stage.began_at is None:
            continue
        tally = _with_gap(tally, sample, rule, stage.began_at)
        if rule.name == own:
            tally = counted(tally, sample, rule, stage.began_at)
    return _with_stage(state, have.stage, tally=tally) if tally is not stage.tally else state


def _with_gap(tally: StageTally, sample: e.Sample, rule: MetricRule, began_at: float) -> StageTally:
    """Longer without a sample than a value is fresh: nobody has watched the metric in that time."""
    last = tally.seen.get(rule.name, 0.0)
    since = sample.at - max(last, began_at)
    seen = {**tally.seen, rule.name: max(last, sample.at)}
    if since <= rule.stale_seconds:
        return replace(tally, seen=seen)
    return replace(tally, seen=seen, gaps={**tally.gaps, rule.name: tally.gaps.get(rule.name, 0.0) + since})


def counted(tally: StageTally, sample: e.Sample, rule: MetricRule, began_at: float) -> StageTally:
    """The tally after one more sample. A value that looks back to before the stage began is none of it."""
    window = sample.window_seconds or 0.0
    if sample.at - window < began_at:
        return tally
    if sample.value is None:
        errors = tally.errors + (sample.level == "error")
        return replace(tally, blind=tally.blind + 1, errors=errors, trouble=sample.reason)
    # Windows that overlap see the same requests again and again.
    share = min(1.0, rule.interval_seconds / window) if window else 1.0
    seen = (sample.samples or 0) * share
    weight = seen if sample.samples is not None else 1.0
    return replace(
        tally,
        values=tally.values + 1,
        observations=tally.observations + seen,
        weight=tally.weight + weight,
        total=tally.total + sample.value * weight,
    )


FOLDS: dict[type, Fold] = {
    e.FlagSetRequested: _requested,
    e.FlagOffRequested: _off_requested,
    e.FlagSet: _set,
    e.FlagSetFailed: _set_failed,
    e.FlagRead: _read,
    e.StageBegan: _began,
    e.StageMeasured: _measured,
    e.StageJudged: _judged,
    e.StageReminded: _reminded,
    e.MetricsSampled: _sampled,
}
