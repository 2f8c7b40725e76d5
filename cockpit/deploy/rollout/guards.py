"""Why a rollout may not go on now, in words. Used to decide, and by the screen to say so beforehand."""

from cockpit.deploy.guards import why_not_start
from cockpit.deploy.metrics.baselines import baseline, why_no_baseline
from cockpit.deploy.metrics.judge import BLIND
from cockpit.deploy.rollout.plan import Rollout
from cockpit.deploy.rollout.state import RolloutState
from cockpit.deploy.schedule.planned_window import left_words, why_closed
from cockpit.deploy.state import State
from cockpit.text.amounts import seconds_words

_NOT_SET = ("setting", "waiting")
"""Of the present stage: it is being set, or a second try to set it failed."""


def target(have: RolloutState) -> int:
    """The stage that an advance would set: the next one, or the same again where it was not set as it should be."""
    stage = have.current
    again = stage is not None and (stage.status in _NOT_SET or have.differs)
    return have.stage if again else have.stage + 1


def why_not_advance(state: State, now: float, *, despite: bool = False) -> str:
    """Reason that the next stage may not be set now; empty where it may. `despite`: a person takes it on themselves
    that the stage before could not be judged."""
    plan, have = state.plan, state.rollout
    if plan is None or plan.rollout is None or have is None:
        return "This is not a rollout. Start one with `cockpit rollout FLAG`."
    if state.hold is not None and not (despite and _is_blind(have)):
        return f"The rollout is on hold ({state.hold.by}: {state.hold.reason}). Resume with ⟦hold⟧."
    stalled = why_not_start(state)
    if stalled:
        return stalled
    change = have.under_way
    if change is not None:
        return f"{plan.rollout.words(change.percent)} is being set. Wait for the result."
    if target(have) >= len(plan.rollout.stages):
        return f"{plan.rollout.named(have.stage)} is the last stage. Close the rollout once it has passed (⟦close⟧)."
    return next((reason for _, reason in preflight(state, now, despite=despite) if reason), "")


def preflight(state: State, now: float, *, despite: bool = False) -> list[tuple[str, str]]:
    """What must be so before the next stage is set: (what, why it is not so), in the order in which it is said."""
    plan, have = state.plan, state.rollout
    if plan is None or plan.rollout is None or have is None or target(have) >= len(plan.rollout.stages):
        return []
    rollout, wanted = plan.rollout, target(have)
    found = [("previous stage passed", _why_not_passed(rollout, have, now, despite=despite))] if wanted else []
    found.append(("scheduled time reached", _why_early(state, rollout, wanted, now)))
    if plan.window_enforced:
        found.append(("deploy window is open", why_closed(state, now)))
    found.append(("flag is readable", why_not_read(rollout, have)))
    found.append(("production is healthy", _why_sick(state, despite=despite)))
    if not wanted:
        found.append(("baseline measured", "" if despite else why_no_base(state, now)))
    return found


def _is_blind(have: RolloutState) -> bool:
    return have.current is not None and have.current.status == "blind"


def _why_not_passed(rollout: Rollout, have: RolloutState, now: float, *, despite: bool) -> str:
    """The stage before must have held."""
    stage = have.current
    if stage is None or stage.status == "passed" or stage.status in _NOT_SET or have.differs:
        return ""
    if despite and stage.status == "blind":
        return ""
    name = rollout.named(have.stage)
    if stage.status == "soaking" and stage.began_at is not None:
        left = stage.began_at + rollout.stages[have.stage].soak_seconds - now
        return f"{name} is still soaking, {left_words(left) if left >= 60 else seconds_words(max(0.0, left))} left."
    if stage.status == "blind":
        return f"{name} is inconclusive: {stage.reason}. Advance anyway with a reason (⟦flag.advance⟧)."
    return f"{name} breached: {stage.reason}. Go back a stage (⟦flag.back⟧), or turn the flag off (⟦flag.off⟧)."


def due_at(state: State, stage: int) -> float:
    """Unix time before which that stage is not set."""
    assert state.plan is not None
    assert state.plan.rollout is not None
    return state.opened_at + state.plan.rollout.stages[stage].after_seconds


def _why_early(state: State, rollout: Rollout, wanted: int, now: float) -> str:
    wait = due_at(state, wanted) - now
    if wait <= 0:
        return ""
    return f"{rollout.named(wanted)} is due in {left_words(wait) if wait >= 60 else seconds_words(wait)}."


def why_not_read(rollout: Rollout, have: RolloutState) -> str:
    """The flag must answer before anything is set."""
    if not rollout.readable:
        return ""
    reading = have.reading
    if reading is None:
        return f"The flag {rollout.flag} has not been read yet."
    if reading.error:
        return f"The flag {rollout.flag} cannot be read: {reading.error}."
    first = rollout.stages[0].percent
    if not have.changes and rollout.form == "percent" and (reading.percent or 0.0) > first:
        # The first stage would take it away from people who have it.
        now = rollout.words(reading.percent or 0.0)
        return f"The flag already reads {now}, more than {rollout.words(first)}. Turn it off first (⟦flag.off⟧)."
    return ""


def _why_sick(state: State, *, despite: bool) -> str:
    """Production must be well before more people get something new."""
    assert state.plan is not None
    if not any(rule.judged for rule in state.plan.metrics) and not despite:
        return "No metrics are configured, so no stage can be judged. Add [sources] to cockpit.toml."
    for rule in state.plan.metrics:
        metric = state.metrics.get(rule.name)
        if not rule.judged:
            continue
        if metric is not None and metric.latest.level == "breach":
            return f"Production is unhealthy: {metric.latest.reason}."
        unbased = metric is not None and metric.latest.unjudged
        if unbased and not despite and (why := why_no_baseline(state, rule, state.at)):
            return why
        if unbased and not despite:
            continue
        if not despite and rule.no_data != "ignore" and (metric is None or metric.latest.level in BLIND):
            return f"{rule.label} has no data: {metric.latest.reason if metric is not None else 'not measured yet'}."
    return ""


def why_no_base(state: State, now: float) -> str:
    """Before the first stage: what the later ones are compared to must have been measured."""
    assert state.plan is not None
    assert state.plan.rollout is not None
    metric = state.metrics.get(state.plan.rollout.metric)
    if metric is None or baseline(metric, now - state.plan.baseline_seconds) is not None:
        return ""
    return f"Measuring the baseline: too few values in the last {seconds_words(state.plan.baseline_seconds)}."


def reads(state: State) -> str:
    """`the flag reads 25 %`; what is known of it, in words."""
    have, plan = state.rollout, state.plan
    if have is None or plan is None or plan.rollout is None or have.reading is None:
        return "not read yet"
    reading = have.reading
    if reading.error:
        return f"cannot be read: {reading.error}"
    if reading.percent is None:
        return reading.said or "cannot be read back"
    return plan.rollout.words(reading.percent)
