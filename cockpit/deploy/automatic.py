"""What goes by itself: `advance(state, now)` is asked after every event and every tick, and answers with events.

The phases after the deploy open when the one before is settled; the deploy phase never does, and no step starts by
itself but those that the runbook says so of (`start=due`).
"""

from cockpit.deploy import events as e
from cockpit.deploy.builtin_checks import is_live, measure, said_by_person
from cockpit.deploy.guards import why_not_enter, why_not_run
from cockpit.deploy.metrics.gate_samples import newest
from cockpit.deploy.metrics.gates import AS_CHECK, verdict, with_results
from cockpit.deploy.metrics.judge import BAD, BLIND, gone_stale
from cockpit.deploy.notices.subscriptions import waiting
from cockpit.deploy.plan import PHASES, Gate, Phase, Task
from cockpit.deploy.rollback.automatic import rollback_progress
from cockpit.deploy.rollback.countdown import triggers, wait_for_data
from cockpit.deploy.rollback.scripts import values_of
from cockpit.deploy.rollback.targets import FRESH_SECONDS
from cockpit.deploy.rollout.automatic import rollout_progress
from cockpit.deploy.schedule.timeline import starts_itself
from cockpit.deploy.state import State
from cockpit.deploy.tasks.start import begin, enter, start
from cockpit.deploy.team.divergence import may_go_on, unchecked
from cockpit.runbook.placeholders import CannotFill
from cockpit.text.amounts import seconds_words

REMEASURE_SECONDS = 30.0
"""A built-in check that passes again is written down after this time, with its new numbers."""
WAITED_SECONDS = 5.0
"""The same, of one that does not pass."""
ASKING_SECONDS = 180.0
"""How long a hold waits for its reason."""


def advance(state: State, now: float) -> list[e.Body]:
    """The next events that need nobody; empty when nothing is due. Called again until it is empty."""
    if state.plan is None or state.closed is not None:
        return []
    if state.rollout is not None:
        return _staleness(state, now) or _without_reason(state, now) or rollout_progress(state, now)
    return (
        _staleness(state, now)
        or _without_reason(state, now)
        or rollback_progress(state, now)
        or triggers(state, now)
        or wait_for_data(state, now)
        or _gates(state, now)
        or _live_checks(state, now)
        or _queued_check(state)
        or _due_step(state, now)
        or _next_phase(state, now)
        or _ask_targets(state, now)
        or waiting(state, now)
    )


def _without_reason(state: State, now: float) -> list[e.Body]:
    """A hold whose reason never came ends: a screen that was closed over it must not disarm the triggers for good."""
    hold = state.hold
    if hold is None or not hold.asking or now - hold.at < ASKING_SECONDS:
        return []
    return [e.DeployReleased(reason=f"no reason was given within {seconds_words(ASKING_SECONDS)}")]


def _ask_targets(state: State, now: float) -> list[e.Body]:
    """From the deploy phase on it is known at every moment where each way back leads."""
    assert state.plan is not None
    if state.rollback is not None or "deploy" not in state.phases or "close" in state.phases:
        return []
    return [
        e.TargetAsked(option=option.id, values=values_of(option, state.values))
        for option in state.plan.rollback
        if (check := state.targets.get(option.id)) is None
        or now - check.at >= FRESH_SECONDS
        or not values_of(option, state.values).keys() <= check.values.keys()
    ]


def _gates(state: State, now: float) -> list[e.Body]:
    """Gates of the phases that were entered: opened when what stands before them in theirs is settled, then measured in
    their interval. An optional one keeps its phase from nothing and is measured to its end in the next."""
    if state.rollback is not None or state.hold is not None:
        return []
    for phase in PHASES[: PHASES.index(state.phase) + 1]:
        if found := _gates_of(state, phase, now):
            return found
    return []


def _gates_of(state: State, phase: Phase, now: float) -> list[e.Body]:
    assert state.plan is not None
    before_settled = True
    for task in state.plan.in_phase(phase):
        gate = state.plan.gate(task.builtin)
        have = state.of(task.id)
        if gate is not None and not have.settled and have.status != "fail" and before_settled:
            if have.started_at is None:
                return [e.GateOpened(task=task.id)]
            if verdict(gate, have.tallies)[0] == "running" and now >= have.measured_at + gate.interval_seconds:
                return _measured(state, task, gate, now)
        before_settled = before_settled and (not task.required or have.settled)
    return []


def _measured(state: State, task: Task, gate: Gate, now: float) -> list[e.Body]:
    have = state.of(task.id)
    assert state.plan is not None
    assert have.started_at is not None
    rules = {rule.name: rule for rule in state.plan.metrics}
    results, samples = newest(gate, rules, state.metrics, have.tallies, have.started_at, state.armed_at, now)
    if not results:
        return []
    word, said = verdict(gate, with_results(have.tallies, results, samples))
    events: list[e.Body] = [e.GateMeasured(task=task.id, results=results, samples=samples)]
    if word == "running":
        return events
    events.append(e.CheckMeasured(task=task.id, verdict=AS_CHECK[word], summary=said))
    holds = gate.on_fail == "hold" or (gate.on_fail == "rollback" and (word != "failed" or not _goes_back(state)))
    if word != "passed" and holds:
        events.append(e.DeployHeld(reason=said, gate=task.id))
    return events


def _goes_back(state: State) -> bool:
    """Production was touched, and triggers roll back."""
    return state.plan is not None and state.plan.automatic and state.armed_at is not None


def _staleness(state: State, now: float) -> list[e.Body]:
    assert state.plan is not None
    stale = tuple(
        sample
        for rule in state.plan.metrics
        if rule.name in state.metrics and (sample := gone_stale(rule, state.metrics[rule.name], now)) is not None
    )
    return [e.MetricsSampled(samples=stale)] if stale else []


def _live_checks(state: State, now: float) -> list[e.Body]:
    """Built-in checks of the present phase, measured again; a person's waiver stays."""
    assert state.plan is not None
    if state.rollback is not None:
        return []
    events: list[e.Body] = []
    for task in state.plan.in_phase(state.phase):
        have = state.of(task.id)
        if not is_live(task.builtin) or have.status in ("waived", "skipped") or said_by_person(state, task):
            continue
        if task.builtin == "watch" and have.status == "pass":
            continue
        answer = measure(state, task, now)
        if answer is None:
            continue
        verdict, summary = answer
        # Who waits for a check that does not pass wants to see what it says now.
        again = REMEASURE_SECONDS if verdict == "pass" else WAITED_SECONDS
        due = have.finished_at is None or now - have.finished_at >= again
        if verdict != have.status or (due and summary != have.summary):
            events.append(e.CheckMeasured(task=task.id, verdict=verdict, summary=summary))
    return events


def _queued_check(state: State) -> list[e.Body]:
    if not state.queue or state.running or state.rollback is not None:
        return []
    assert state.plan is not None
    for task_id in state.queue:
        task = state.plan.task(task_id)
        if task is not None and not state.of(task_id).settled and not why_not_run(state, task):
            return [start(state, task)]
    return []


def _due_step(state: State, now: float) -> list[e.Body]:
    """A step that the runbook lets start when it is due: once, in the phase that was entered, past every guard that a
    person would have to pass. What failed is for a person to look at."""
    plan = state.plan
    if plan is None or state.rollback is not None or state.hold is not None or state.running or not _is_well(state):
        return []
    if may_go_on(state) or unchecked(state):
        return []  # it may have run, or be running, on the machine that was cut off
    for task in plan.in_phase(state.phase):
        have = state.of(task.id)
        if not starts_itself(task) or have.status != "waiting" or have.attempt or task.phase not in state.phases:
            continue
        if now < state.planned_at + (task.offset_seconds or 0) or why_not_run(state, task, now):
            continue
        try:
            return begin(state, plan, task, now)
        except CannotFill:
            continue
    return []


def _is_well(state: State) -> bool:
    """Every metric that decides has a value, and a good one: nobody looks, so no data is a reason to wait."""
    judged = [rule.name for rule in state.plan.metrics if rule.judged] if state.plan else []
    return not any(state.level(name) in BAD | BLIND for name in judged)


def _next_phase(state: State, now: float) -> list[e.Body]:
    """Verify, watch and close open by themselves; deploy never does."""
    following = state.next_phase()
    if following is None or following == "deploy" or state.rollback is not None or state.hold is not None:
        return []
    if PHASES.index(state.phase) < PHASES.index("deploy") or state.running:
        return []
    assert state.plan is not None
    return [] if why_not_enter(state, following) else enter(state, state.plan, following, now)
