"""The events with which a step or a phase begins: the same for a person's key and for what goes by itself."""

from cockpit.deploy import events as e
from cockpit.deploy.guards import arms
from cockpit.deploy.metrics.baselines import baseline, needs_baseline, why_not_judged
from cockpit.deploy.metrics.judge import judge, reading_of
from cockpit.deploy.plan import PHASES, Phase, Plan, Task
from cockpit.deploy.state import State
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.amounts import seconds_words


def begin(state: State, plan: Plan, task: Task, now: float, *, from_line: int = 0, script: str = "") -> list[e.Body]:
    """Into the task's phase where it has not begun, triggers armed where the task changes production, then its next
    attempt. `script`: an edited body. Raises CannotFill. The guards were asked before."""
    events: list[e.Body] = []
    if PHASES.index(task.phase) > PHASES.index(state.phase) and task in plan.tasks:
        events += enter(state, plan, task.phase, now)
    if plan.automatic and state.armed_at is None and state.rollback is None and arms(state, task):
        if _lacks_baseline(state, plan):
            events += with_baseline(state, plan, now, again=False)
        events.append(e.TriggersArmed(task=task.id, reason=plan.arm_reason if task.id == plan.arm_task else ""))
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


def enter(state: State, plan: Plan, phase: Phase, now: float) -> list[e.Body]:
    """Into a phase. On the way into the one that touches production the baseline is taken down."""
    events: list[e.Body] = [e.PhaseEntered(phase=phase)]
    if phase == "deploy" and state.metrics:
        events = [*with_baseline(state, plan, now), *events]
    checks = tuple(task.id for task in plan.checks(phase))
    if plan.auto_checks and checks:
        events.append(e.ChecksRequested(tasks=checks))
    return events


def _lacks_baseline(state: State, plan: Plan) -> bool:
    """None was taken at all, or one that a level stands against is missing."""
    have = {name for name, metric in state.metrics.items() if metric.baseline is not None}
    wanted = {rule.name for rule in plan.metrics if rule.judged and needs_baseline(rule)}
    return bool(state.metrics) and (not have or not wanted <= have)


def with_baseline(state: State, plan: Plan, now: float, *, again: bool = True) -> list[e.Body]:
    """`take_baseline`, and the newest samples that only lacked it, judged by it: not without data until the next."""
    taken = take_baseline(state, plan, now, again=again)
    if not isinstance(taken, e.BaselineMeasured):
        return [taken]
    samples = tuple(
        judge(rule, reading_of(metric.latest), now, taken.values[rule.name])
        for rule in plan.metrics
        if rule.name in taken.values and (metric := state.metrics[rule.name]).latest.unjudged
    )
    return [taken, e.MetricsSampled(samples=samples)] if samples else [taken]


def take_baseline(state: State, plan: Plan, now: float, *, again: bool = True) -> e.Body:
    """The baseline, or why there is none: a sick production is no measure for a healthy one. Without `again` only of
    metrics that have none."""
    if state.breaches:
        return e.BaselineRefused(reason=f"production is unhealthy: {'; '.join(state.breaches)}")
    since = now - plan.baseline_seconds
    wanted = {name: metric for name, metric in state.metrics.items() if again or metric.baseline is None}
    taken = {name: baseline(metric, since) for name, metric in wanted.items()}
    # What the settings expect stays where the measured value is none that the levels could stand against.
    usable = {rule.name: rule for rule in plan.metrics if rule.expected is not None}
    measured = {
        name: value
        for name, value in taken.items()
        if value is not None and not (name in usable and why_not_judged(usable[name], value))
    }
    if not measured:
        return e.BaselineRefused(reason=f"too few samples in the last {seconds_words(plan.baseline_seconds)}")
    oldest = min(at for name in measured for at, _ in state.metrics[name].fit)
    return e.BaselineMeasured(values=measured, seconds=max(0.0, now - max(oldest, since)))
