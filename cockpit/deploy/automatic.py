"""What goes by itself: `advance(state, now)` is asked after every event and every tick, and answers with events.

The phases after the deploy open when the one before is settled; the first step that touches production never starts
by itself.
"""

from cockpit.deploy import events as e
from cockpit.deploy.gates import AS_CHECK, result_of, verdict, with_results
from cockpit.deploy.guards import why_not_enter, why_not_run, why_not_start
from cockpit.deploy.judge import baseline, gone_stale, seconds_words
from cockpit.deploy.live_checks import is_live, measure, words
from cockpit.deploy.plan import PHASES, Gate, Phase, Plan, Task
from cockpit.deploy.state import Countdown, RollbackState, State, TaskState
from cockpit.deploy.triggers import reasons, silent, way_back
from cockpit.runbook.placeholders import fill_placeholders

REMEASURE_SECONDS = 30.0
"""A built-in check that gives the same answer is written down again after this time, with its new numbers."""
HEALTH_SECONDS = 30.0
"""How long the health endpoints may take to come back after a rollback before it is called unhealthy."""


def advance(state: State, now: float) -> list[e.EventBody]:
    """The next events that need nobody; empty when nothing is due. Called again until it is empty."""
    if state.plan is None or state.closed is not None:
        return []
    return (
        _staleness(state, now)
        or _rollback_progress(state, now)
        or _triggers(state, now)
        or _wait_for_data(state, now)
        or _gates(state, now)
        or _live_checks(state, now)
        or _queued_check(state)
        or _next_phase(state, now)
    )


def start(state: State, task: Task, *, from_line: int = 0, script: str = "") -> e.StepStarted:
    """The event that starts this task's next attempt, its placeholders filled in."""
    assert task.script is not None
    assert state.plan is not None
    attempt = state.of(task.id).attempt + 1
    body = script or fill_placeholders(task.script.body, state.values)
    place = state.plan.ordinal(task.id)
    return e.StepStarted(
        task=task.id,
        attempt=attempt,
        script=body,
        from_line=from_line,
        directory=f"steps/{place:03d}-{attempt}",
    )


def enter(state: State, plan: Plan, phase: Phase, now: float) -> list[e.EventBody]:
    """Into a phase. On the way into the one that touches production the baseline is taken down."""
    events: list[e.EventBody] = [e.PhaseEntered(phase=phase)]
    if phase == "deploy" and state.metrics:
        events.insert(0, take_baseline(state, plan, now))
    checks = tuple(task.id for task in plan.checks(phase))
    if plan.auto_checks and checks:
        events.append(e.ChecksRequested(tasks=checks))
    return events


def take_baseline(state: State, plan: Plan, now: float) -> e.EventBody:
    """The baseline, or why there is none: a sick production is no measure for a healthy one."""
    if state.breaches:
        return e.BaselineRefused(reason=f"production is not well: {'; '.join(state.breaches)}")
    since = now - plan.baseline_seconds
    measured = {name: value for name, metric in state.metrics.items() if (value := baseline(metric, since)) is not None}
    if not measured:
        return e.BaselineRefused(reason=f"too little was measured in the last {seconds_words(plan.baseline_seconds)}")
    oldest = min(at for name in measured for at, _ in state.metrics[name].history)
    return e.BaselineMeasured(values=measured, seconds=max(0.0, now - max(oldest, since)))


def _triggers(state: State, now: float) -> list[e.EventBody]:
    """Fire, count down, go; and disarm when the watch is over."""
    plan = state.plan
    if plan is None or not plan.automatic or state.armed_at is None or state.rollback is not None:
        return []
    if any(task.builtin == "watch" and state.of(task.id).settled for task in plan.tasks):
        return [e.TriggersDisarmed(reason="the watch is over")]
    if (state.hold is not None and state.hold.by != e.COCKPIT) or why_not_start(state):
        return []
    if state.countdown is not None:
        return fire(state) if now >= state.countdown.due_at else []
    why = reasons(state)
    if not why or state.unable:
        return []
    option, problems = way_back(state)
    due = now + plan.countdown_seconds
    return [e.TriggerFired(reasons=why, option=option.id if option else "", due_at=due, unable=problems)]


def _wait_for_data(state: State, now: float) -> list[e.EventBody]:
    """No data is never good: from the first change of production to the end of the watch the deploy waits for it."""
    if state.rollback is not None or state.countdown is not None:
        return []
    quiet = silent(state, now)
    if state.hold is None:
        return [e.DeployHeld(reason=f"no data: {'; '.join(quiet)}")] if quiet else []
    if state.hold.by == e.COCKPIT and not quiet:
        return [e.DeployReleased(reason="every metric that decides answers again")]
    return []


def fire(state: State, *, by_hand: bool = False) -> list[e.EventBody]:
    """The end of the countdown: the way back is taken, and what runs is stopped first."""
    assert state.countdown is not None
    said = state.countdown.reason
    body = e.RollbackRequested(
        option=state.countdown.option,
        reason=f"trigger: {said}" + (" (now, by hand)" if by_hand else ""),
        breaches=(*state.countdown.reasons, *(also for also in state.breaches if not _told(also, state.countdown))),
        automatic=True,
    )
    return [body, *stop_running(state)]


def _told(breach: str, countdown: Countdown) -> bool:
    """True where a trigger's own words name the metric of that breach already (`errors 6 %...` of `errors 7 %...`)."""
    return any(reason.split(" ")[0] == breach.split(" ")[0] for reason in countdown.reasons)


def stop_running(state: State) -> list[e.EventBody]:
    """A cancel for every script that runs, but for those that a rollback waits for."""
    return [
        e.CancelRequested(task=task.id, attempt=state.of(task.id).attempt, reason="rollback")
        for task in state.running
        if not state.of(task.id).cancel_requested and not task.is_waited_for
    ]


def _gates(state: State, now: float) -> list[e.EventBody]:
    """Gates of the present phase: opened when what stands before them is settled, then measured in their interval."""
    assert state.plan is not None
    if state.rollback is not None or state.hold is not None:
        return []
    before_settled = True
    for task in state.plan.in_phase(state.phase):
        gate = state.plan.gate(task.builtin)
        have = state.of(task.id)
        if gate is not None and not have.settled and have.status != "fail" and before_settled:
            if have.started_at is None:
                return [e.GateOpened(task=task.id)]
            if have.measured_at == 0.0 or now >= have.measured_at + gate.interval_seconds:
                return _measured(state, task, gate)
        before_settled = before_settled and (not task.required or have.settled)
    return []


def _measured(state: State, task: Task, gate: Gate) -> list[e.EventBody]:
    results = {}
    for name in gate.metrics:
        metric = state.metrics.get(name)
        results[name] = result_of(metric.latest.level if metric is not None else None)
    word, said = verdict(gate, with_results(state.of(task.id).tallies, results))
    events: list[e.EventBody] = [e.GateMeasured(task=task.id, results=results)]
    if word != "running":
        events.append(e.CheckMeasured(task=task.id, verdict=AS_CHECK[word], summary=said))
    return events


def _staleness(state: State, now: float) -> list[e.EventBody]:
    assert state.plan is not None
    stale = tuple(
        sample
        for rule in state.plan.metrics
        if rule.name in state.metrics and (sample := gone_stale(rule, state.metrics[rule.name], now)) is not None
    )
    return [e.MetricsSampled(samples=stale)] if stale else []


def _live_checks(state: State, now: float) -> list[e.EventBody]:
    """Built-in checks of the present phase, measured again; a person's waiver stays."""
    assert state.plan is not None
    if state.rollback is not None:
        return []
    events: list[e.EventBody] = []
    for task in state.plan.in_phase(state.phase):
        have = state.of(task.id)
        if not is_live(task.builtin) or have.status in ("waived", "skipped"):
            continue
        if task.builtin == "watch" and have.status == "pass":
            continue
        answer = measure(state, task, now)
        if answer is None:
            continue
        verdict, summary = answer
        due = have.finished_at is None or now - have.finished_at >= REMEASURE_SECONDS
        if verdict != have.status or (due and summary != have.summary):
            events.append(e.CheckMeasured(task=task.id, verdict=verdict, summary=summary))
    return events


def _queued_check(state: State) -> list[e.EventBody]:
    if not state.queue or state.running or state.rollback is not None:
        return []
    assert state.plan is not None
    for task_id in state.queue:
        task = state.plan.task(task_id)
        if task is not None and not state.of(task_id).settled and not why_not_run(state, task):
            return [start(state, task)]
    return []


def _next_phase(state: State, now: float) -> list[e.EventBody]:
    """Verify, watch and close open by themselves; deploy never does."""
    following = state.next_phase()
    if following is None or following == "deploy" or state.rollback is not None or state.hold is not None:
        return []
    if PHASES.index(state.phase) < PHASES.index("deploy") or state.running:
        return []
    assert state.plan is not None
    return [] if why_not_enter(state, following) else enter(state, state.plan, following, now)


def _rollback_progress(state: State, now: float) -> list[e.EventBody]:
    rollback = state.rollback
    if rollback is None or rollback.status == "finished":
        if why_not_start(state):
            return []
        return _close_rolled_back(state, rollback) if rollback else []
    if rollback.status == "stopping":
        # Only when every script is really dead may the way back begin (facts: a rollback must not race the abort).
        return [] if state.running else [e.RollbackStarted(option=rollback.option)]
    if why_not_start(state):
        return []
    if rollback.status == "running":
        return _next_rollback_script(state, rollback)
    if rollback.status == "verifying":
        return _verify_rollback(state, rollback, now)
    return _resumed_after_failure(state, rollback)


def _next_rollback_script(state: State, rollback: RollbackState) -> list[e.EventBody]:
    for task in state.rollback_option.tasks if state.rollback_option else ():
        if task.script is None:
            continue
        have = state.of(task.id)
        if have.status == "running":
            return []
        if have == rollback.before.get(task.id, TaskState()):
            # Nothing of this try yet. Not by the times: a clock may have been set back since the earlier one.
            return [start(state, task)]
        if have.settled:
            continue
        if have.status in ("fail", "unknown"):
            reason = f'"{task.title}" {have.reason or have.status}'
            return [e.RollbackFailed(option=rollback.option, reason=reason)]
        return [start(state, task)]
    return [e.RollbackVerifying(option=rollback.option)]


def _resumed_after_failure(state: State, rollback: RollbackState) -> list[e.EventBody]:
    """A failed script of the option was retried or accepted: the rollback goes on."""
    option = state.rollback_option
    stuck = option and any(
        state.of(task.id).status in ("fail", "unknown") for task in option.tasks if task.script is not None
    )
    return [] if stuck else [e.RollbackStarted(option=rollback.option)]


def _verify_rollback(state: State, rollback: RollbackState, now: float) -> list[e.EventBody]:
    """Health after the last script: two fresh good answers in a row of every endpoint, and no metric bad any more, or
    the time is up. Rates look back over a window: they need a while to show that the old release is back."""
    assert state.plan is not None
    assert rollback.scripts_done_at is not None
    rules = tuple(rule for rule in state.plan.metrics if rule.unit == "up")
    if not rules:
        summary = "health not verified: no health endpoint is configured"
        return [e.RollbackFinished(option=rollback.option, healthy=None, summary=summary)]
    said = "; ".join((*(words(state, rule) for rule in rules), *state.breaches))
    if _proven(state, rollback.scripts_done_at):
        return [e.RollbackFinished(option=rollback.option, healthy=True, summary=said)]
    if now - rollback.scripts_done_at < HEALTH_SECONDS:
        return []
    return [e.RollbackFinished(option=rollback.option, healthy=False if state.breaches else None, summary=said)]


def _proven(state: State, since: float) -> bool:
    """Every health endpoint gave two fresh good answers in a row, and no metric that decides is bad."""
    rules = tuple(rule for rule in state.plan.metrics if rule.unit == "up") if state.plan else ()

    def good(name: str) -> bool:
        metric = state.metrics.get(name)
        fresh = [value for at, value in metric.recent if at > since] if metric else []
        return len(fresh) >= 2 and all(value is not None and value >= 1 for value in fresh[-2:])

    return bool(rules) and not state.breaches and all(good(rule.name) for rule in rules)


def _close_rolled_back(state: State, rollback: RollbackState) -> list[e.EventBody]:
    """Closed once production is proven healthy; without any health endpoint nobody can prove it. An ill or silent one
    keeps the deploy open, for the next option, for a person's word, or until it has come back."""
    endpoints = state.plan is not None and any(rule.unit == "up" for rule in state.plan.metrics)
    if rollback.healthy or not endpoints:
        return [e.DeployClosed(outcome="rolled back", reason=rollback.reason)]
    if rollback.scripts_done_at is not None and _proven(state, rollback.scripts_done_at):
        return [e.RollbackFinished(option=rollback.option, healthy=True, summary="health came back")]
    return []
