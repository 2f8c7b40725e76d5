"""The events with which a step or a phase begins: the same for a person's key and for what goes by itself."""

from cockpit.deploy import events as e
from cockpit.deploy.guards import arms
from cockpit.deploy.judge import baseline, seconds_words
from cockpit.deploy.plan import PHASES, Phase, Plan, Task
from cockpit.deploy.state import State
from cockpit.runbook.placeholders import fill_placeholders


def begin(
    state: State, plan: Plan, task: Task, now: float, *, from_line: int = 0, script: str = ""
) -> list[e.EventBody]:
    """Into the task's phase where it has not begun, triggers armed where the task changes production, then its next
    attempt. `script`: an edited body. Raises CannotFill. The guards were asked before."""
    events: list[e.EventBody] = []
    if PHASES.index(task.phase) > PHASES.index(state.phase) and task in plan.tasks:
        events += enter(state, plan, task.phase, now)
    if plan.automatic and state.armed_at is None and state.rollback is None and arms(state, task):
        if state.metrics and all(metric.baseline is None for metric in state.metrics.values()):
            events.append(take_baseline(state, plan, now))
        events.append(e.TriggersArmed(task=task.id))
    return [*events, start(state, task, from_line=from_line, script=script)]


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
