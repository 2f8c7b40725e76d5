"""Judging a stage: its rate against the baseline and against the stage before, its gates, what breaches. Pure.

A breach is known at once, everything else when the soak is over. No data never passes: it is a result of its own.
"""

from math import sqrt

from msgspec import Struct

from cockpit.deploy.metrics import gates
from cockpit.deploy.metrics.judge import base_of
from cockpit.deploy.plan import MetricRule, Plan
from cockpit.deploy.rollback.triggers import fired
from cockpit.deploy.rollout.events import StageJudged, StageResult
from cockpit.deploy.rollout.plan import Margin, Rollout
from cockpit.deploy.rollout.state import RolloutState, StageState, StageTally, soak_end
from cockpit.deploy.state import MetricState, State
from cockpit.text.amounts import value_words

SURE = 2.0
"""Standard deviations by which a rate must lie above its limit before the soak is over."""
EARLY_VALUES = 10
"""So many values it takes for that where the source does not say how many observations stand behind them."""


class _Limit(Struct, frozen=True):
    above: float
    words: str


def judge_stage(state: State, now: float) -> StageJudged | None:
    """The verdict on the stage that soaks; None while it soaks on."""
    plan, have = state.plan, state.rollout
    if plan is None or plan.rollout is None or have is None or have.current is None or have.current.began_at is None:
        return None
    stage, rollout = have.current, plan.rollout
    rule = next((one for one in plan.metrics if one.name == rollout.metric), None)
    breach = breached(state) or _gate(plan, stage, "failed")
    if breach:
        return _judgement(state, rule, "breach", breach)
    over = now >= soak_end(have.current, rollout.stages[have.stage].soak_seconds)
    if rule is None:
        return _judgement(state, rule, "no data", f"no metric named {rollout.metric}") if over else None
    worse = _worse(rollout, rule, state, over=over)
    if worse:
        return _judgement(state, rule, "breach", worse)
    if not over:
        return None
    blind = _blind(state, plan, rule, stage)
    if blind is not None:
        return _judgement(state, rule, blind[0], blind[1])
    if _gate(plan, stage, "running"):
        return None
    return _judgement(state, rule, "ok", _said_ok(rollout, rule, state))


def breached(state: State) -> str:
    """Why production is ill in this stage, by the levels that the settings give; empty while it is not.

    A rate looks back over a window: after a way back, what it saw before that does not count once more.
    """
    plan, have = state.plan, state.rollout
    stage = have.current if have is not None else None
    if plan is None or have is None or have.last is None or stage is None or stage.began_at is None:
        return ""
    for rule in plan.metrics:
        metric = state.metrics.get(rule.name)
        if metric is not None:
            window = metric.latest.window_seconds or 0.0
            why = fired(rule, metric, stage.began_at + (0.0 if have.last.kind == "advance" else window))
            if why:
                return why
    return ""


def _worse(rollout: Rollout, rule: MetricRule, state: State, *, over: bool) -> str:
    """Why the rate of the stage is too high; empty where it is not, or too little is known."""
    assert state.rollout is not None
    assert state.rollout.current is not None
    tally = state.rollout.current.tally
    mean = tally.mean
    if mean is None or not _enough(rollout, tally):
        return ""
    for limit in _limits(rollout, rule, state):
        least = mean if over else _at_least(mean, tally, rule)
        if least is not None and least > limit.above:
            return f"{_rate(rule, tally)} > {value_words(limit.above, rule.unit)} ({limit.words})"
    return ""


def _enough(rollout: Rollout, tally: StageTally) -> bool:
    counted = not tally.observations or tally.observations >= rollout.min_samples
    return tally.values >= rollout.min_values and counted


def _at_least(mean: float, tally: StageTally, rule: MetricRule) -> float | None:
    """What the rate is at least (the lower end of Wilson's interval); None where it is too early to say."""
    count = tally.observations
    if rule.unit != "%" or not count:
        return mean if tally.values >= EARLY_VALUES else None
    share, square = min(1.0, max(0.0, mean / 100)), SURE * SURE
    middle = share + square / (2 * count)
    spread = SURE * sqrt(share * (1 - share) / count + square / (4 * count * count))
    return 100 * (middle - spread) / (1 + square / count)


def _limits(rollout: Rollout, rule: MetricRule, state: State) -> list[_Limit]:
    base, earlier = _base(rule, state), _earlier(state)
    found = [] if base is None else [_limit(rollout.baseline, base, "baseline", rule)]
    return found if earlier is None else [*found, _limit(rollout.earlier, earlier, "previous stage", rule)]


def _limit(margin: Margin, value: float, what: str, rule: MetricRule) -> _Limit:
    words = f"{margin.words(what)}, {what} {value_words(value, rule.unit)}"
    return _Limit(margin.times * value + margin.plus, words)


def _base(rule: MetricRule | None, state: State) -> float | None:
    return base_of(rule, state.metrics.get(rule.name)) if rule is not None else None


def _earlier(state: State) -> float | None:
    """The rate of the stage before, as it was judged; None for the first stage."""
    have = state.rollout
    if have is None or have.stage < 1:
        return None
    before = have.stages[have.stage - 1]
    return before.value if before.status in ("passed", "left") else None


def _blind(state: State, plan: Plan, rule: MetricRule, stage: StageState) -> tuple[StageResult, str] | None:
    """Why the stage cannot be judged although its soak is over; None where it can."""
    assert plan.rollout is not None
    have, tally, label = state.rollout, stage.tally, rule.label
    if have is not None and have.reading is not None and have.reading.matches is False:
        return "error", _reads_otherwise(plan.rollout, have)
    kind: StageResult = "error" if tally.errors and not tally.values else "no data"
    why = f": {tally.trouble}" if tally.trouble else ""
    if tally.values < plan.rollout.min_values:
        return kind, f"{label}: {tally.values} values during the soak, at least {plan.rollout.min_values} required{why}"
    if not _enough(plan.rollout, tally):
        said = f"{tally.observations:.0f} observations during the soak, at least {plan.rollout.min_samples} required"
        return "no data", f"{label}: {said}"
    if tally.blind > tally.values:
        return kind, f"{label}: {tally.blind} of {tally.blind + tally.values} samples had no value{why}"
    for one in plan.metrics:
        metric = state.metrics.get(one.name)
        if one.judged and one.no_data != "ignore" and _is_silent(metric):
            reason = metric.latest.reason if metric is not None else "never measured"
            return "no data", f"{one.label} has no data at the end of the soak: {reason}"
    error = _gate(plan, stage, "error")
    if error:
        return "error", error
    inconclusive = _gate(plan, stage, "inconclusive")
    return ("no data", inconclusive) if inconclusive else None


def _is_silent(metric: MetricState | None) -> bool:
    return metric is None or metric.latest.value is None


def _reads_otherwise(rollout: Rollout, have: RolloutState) -> str:
    reading, last = have.reading, have.last
    assert reading is not None
    said = rollout.words(reading.percent) if reading.percent is not None else reading.said
    return f"the flag reads {said}" + (f", not {rollout.words(last.percent)}" if last is not None else "")


def _gate(plan: Plan, stage: StageState, wanted: gates.GateVerdict) -> str:
    """The words of a gate with that verdict; empty where none has it."""
    assert plan.rollout is not None
    for gate in plan.gates:
        if gate.name in plan.rollout.gates:
            word, said = gates.verdict(gate, stage.gates.get(gate.name, {}))
            if word == wanted:
                return said
    return ""


def _rate(rule: MetricRule, tally: StageTally) -> str:
    many = f" over {tally.observations:,.0f} requests" if tally.observations else f" over {tally.values} values"
    return f"{rule.label} {value_words(tally.mean, rule.unit)}{many}"


def _said_ok(rollout: Rollout, rule: MetricRule, state: State) -> str:
    assert state.rollout is not None
    assert state.rollout.current is not None
    limits = [f"{value_words(one.above, rule.unit)} ({one.words})" for one in _limits(rollout, rule, state)]
    at_most = f", at most {' and '.join(limits)}" if limits else ", with nothing to compare it with"
    return _rate(rule, state.rollout.current.tally) + at_most


def judged_by(state: State) -> list[tuple[str, str]]:
    """What the stage that is set is judged by: (name, words), the rate so far and what it may be at most."""
    plan, have = state.plan, state.rollout
    if plan is None or plan.rollout is None or have is None or have.current is None:
        return []
    rule = next((one for one in plan.metrics if one.name == plan.rollout.metric), None)
    if rule is None:
        return [("rate", f"no metric named {plan.rollout.metric}")]
    tally = have.current.tally
    so_far = f"{_rate(rule, tally)} so far" if tally.mean is not None else f"{rule.label}: nothing measured yet"
    found = [("rate", so_far)]
    if plan.rollout.min_samples and tally.observations < plan.rollout.min_samples:
        found.append(("", f"judged after {plan.rollout.min_samples:,} requests"))
    for limit in _limits(plan.rollout, rule, state):
        found.append(("at most", f"{value_words(limit.above, rule.unit)} ({limit.words})"))
    return found


def _judgement(state: State, rule: MetricRule | None, result: StageResult, reason: str) -> StageJudged:
    assert state.rollout is not None
    assert state.rollout.current is not None
    tally = state.rollout.current.tally
    return StageJudged(
        stage=state.rollout.stage,
        result=result,
        reason=reason,
        value=tally.mean,
        baseline=_base(rule, state),
        earlier=_earlier(state),
        observations=round(tally.observations, 1),
    )
