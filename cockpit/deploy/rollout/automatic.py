"""What a rollout does by itself: soaks begin and are judged, a breach goes back, the next stage is announced.

Forward it goes by itself only where the settings say so; back always. Without data it goes nowhere.
"""

from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.metrics.gate_samples import newest
from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout.decide import advance_events, back_events
from cockpit.deploy.rollout.guards import target, why_not_advance
from cockpit.deploy.rollout.judge import breached, judge_stage
from cockpit.deploy.rollout.notices import missed, notices, outcome, pause
from cockpit.deploy.rollout.plan import Rollout
from cockpit.deploy.rollout.state import TRIES, RolloutState, StageState
from cockpit.deploy.state import State


def rollout_progress(state: State, now: float) -> list[e.Body]:
    """The next events that need nobody; empty when nothing is due."""
    plan, have = state.plan, state.rollout
    if plan is None or plan.rollout is None or have is None:
        return []
    return (
        _once_more(state, have, now)
        or outcome(state, plan.rollout, have)
        or _back(state, plan, have)
        or _begun(state, have)
        or _measured(state, plan, have, now)
        or _judged(state, plan, have, now)
        or _forward(state, plan.rollout, have, now)
        or _reminder(state, plan, plan.rollout, have, now)
    )


def _once_more(state: State, have: RolloutState, now: float) -> list[e.Body]:
    """A way back that did not arrive is tried again: the flag is known to be where it must not be."""
    last = have.last
    if last is None or last.kind == "advance" or not missed(last, have):
        return []
    tries = have.tries
    since = have.reading.at if last.status == "set" and have.reading is not None else last.at
    # A flag that was set, and reads something else again and again, is set by somebody: that is for people to settle.
    if (tries >= TRIES and last.status == "set") or now - since < pause(last, have):
        return []
    reason = f"try {tries + 1}: {last.reason if last.status == 'failed' else 'the flag reads something else'}"
    if last.kind == "off":
        return [e.FlagOffRequested(change=have.following, reason=reason)]
    if why_not_start(state):
        return []
    return [
        e.FlagSetRequested(change=have.following, kind=last.kind, stage=last.stage, percent=last.percent, reason=reason)
    ]


def _back(state: State, plan: Plan, have: RolloutState) -> list[e.Body]:
    """After a breach: to the percentage before, whatever is on hold; and there it waits for a person."""
    stage = have.current
    if stage is None or stage.status != "breach" or have.under_way is not None:
        return []
    assert plan.rollout is not None
    name, back = plan.rollout.named(have.stage), plan.rollout.named(have.stage - 1)
    events = back_events(state, f"{name} breached: {stage.reason}")
    if isinstance(events[0], e.FlagSetRequested) and why_not_start(state):
        # No record, no setting but off: which is where a breach belongs that cannot be written down.
        back, events = "off", [e.FlagOffRequested(change=have.following, reason=f"{name} breached: {stage.reason}")]
    said = f"{name} breached: {stage.reason}; going back to {back}"
    if state.hold is None:
        events.append(e.DeployHeld(reason=said))
    return [*events, *notices(state, f"{plan.rollout.flag}: going back to {back}", said)]


def _begun(state: State, have: RolloutState) -> list[e.Body]:
    """The soak begins when the flag says what was set; anew where it could not be judged and a person lets it go on."""
    stage, last = have.current, have.last
    if stage is None or last is None or have.stage != last.stage or not have.confirmed:
        return []
    again = stage.status == "blind" and state.hold is None
    if stage.status != "setting" and not again:
        return []
    return [e.StageBegan(stage=have.stage, change=last.number)]


def _measured(state: State, plan: Plan, have: RolloutState, now: float) -> list[e.Body]:
    stage = have.current
    assert plan.rollout is not None
    if stage is None or stage.status != "soaking" or stage.began_at is None:
        return []
    for gate in plan.gates:
        if gate.name not in plan.rollout.gates:
            continue
        due = stage.gates_at.get(gate.name, stage.began_at) + gate.interval_seconds
        if now >= due and not _enough(plan, stage, gate.name):
            rules = {rule.name: rule for rule in plan.metrics}
            tallies = stage.gates.get(gate.name, {})
            results, samples = newest(gate, rules, state.metrics, tallies, stage.began_at, None, now)
            if results:
                return [e.StageMeasured(stage=have.stage, gate=gate.name, results=results, samples=samples)]
    return []


def _enough(plan: Plan, stage: StageState, name: str) -> bool:
    """The gate has as many measurements as it wants: a stage of a day need not write down thousands."""
    gate = next(one for one in plan.gates if one.name == name)
    tallies = stage.gates.get(name, {})
    return bool(tallies) and all(tally.counted >= gate.count for tally in tallies.values())


def _judged(state: State, plan: Plan, have: RolloutState, now: float) -> list[e.Body]:
    stage = have.current
    if stage is None or have.under_way is not None:
        return []
    if stage.status in ("passed", "blind"):
        # While it waits it is watched on.
        why = breached(state)
        return [e.StageJudged(stage=have.stage, result="breach", reason=why, value=stage.value)] if why else []
    verdict = judge_stage(state, now) if stage.status == "soaking" else None
    if verdict is None:
        return []
    events: list[e.Body] = [verdict]
    if verdict.result in ("no data", "error"):
        assert plan.rollout is not None
        said = f"{plan.rollout.named(have.stage)} is inconclusive: {verdict.reason}"
        if state.hold is None:
            events.append(e.DeployHeld(reason=said))
        events += notices(state, f"{plan.rollout.flag} is not reporting", said)
    return events


def _forward(state: State, rollout: Rollout, have: RolloutState, now: float) -> list[e.Body]:
    """Only where the settings say so, and never the first stage: that is a person's."""
    if rollout.advance != "auto" or have.stage < 0 or state.hold is not None:
        return []
    stage = have.current
    if stage is None or stage.status != "passed":
        return []
    if have.stage == len(rollout.stages) - 1:
        if why_not_start(state) or (have.reading is not None and have.reading.matches is False):
            return []
        return [e.DeployClosed(outcome="succeeded", reason="every stage passed")]
    if why_not_advance(state, now):
        return []
    events = advance_events(state, now)
    return [] if isinstance(events, Refusal) else events


def _reminder(state: State, plan: Plan, rollout: Rollout, have: RolloutState, now: float) -> list[e.Body]:
    """The next stage may be set: said once, and again after a while."""
    wanted = target(have)
    if rollout.advance == "auto" or have.current is None or have.current.status != "passed":
        return []
    if wanted >= len(rollout.stages) or why_not_advance(state, now):
        return []
    told = have.reminded.get(str(wanted))
    if told is not None and told >= (have.current.judged_at or 0.0) and now - told < rollout.remind_seconds:
        return []
    stage = f"stage {wanted + 1} of {len(rollout.stages)}"
    said = f"{rollout.named(have.stage)} passed ({have.current.reason}); {rollout.named(wanted)} is due, {stage}"
    return [
        e.StageReminded(stage=wanted),
        *notices(state, f"{rollout.flag}: {rollout.named(wanted)} is due", said),
    ]
