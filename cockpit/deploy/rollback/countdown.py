"""Triggers go by themselves: fire, count down, roll back; and a deploy without data waits."""

from cockpit.deploy import events as e
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.rollback.triggers import failed_gates, firing, silent, way_back
from cockpit.deploy.state import Countdown, State


def triggers(state: State, now: float) -> list[e.Body]:
    """Fire, count down, go; and disarm when the watch is over."""
    plan = state.plan
    if plan is None or not plan.automatic or state.armed_at is None or state.rollback is not None:
        return []
    if any(task.builtin == "watch" and state.of(task.id).settled for task in plan.tasks):
        return [e.TriggersDisarmed(reason="the watch is over")]
    if why_not_start(state):
        return []
    if state.countdown is not None:
        return fire(state) if now >= state.countdown.due_at else []
    if state.hold is not None and state.hold.asking:
        return []  # a person is saying why the deploy waits: no countdown begins meanwhile
    why = {**firing(state), **failed_gates(state)}
    if not why:
        return []
    option, problems = way_back(state)
    if option is None and state.unable == (problems or tuple(why.values())):
        return []  # said already
    return [
        e.TriggerFired(
            reasons=tuple(why.values()),
            option=option.id if option else "",
            due_at=now + plan.countdown_seconds,
            unable=problems,
            metrics=tuple(why),
        )
    ]


def wait_for_data(state: State, now: float) -> list[e.Body]:
    """No data is never good: from the first change of production to the end of the watch the deploy waits for it."""
    if state.rollback is not None or state.countdown is not None:
        return []
    quiet = silent(state, now)
    if state.hold is None:
        return [e.DeployHeld(reason=f"no data: {'; '.join(quiet)}")] if quiet else []
    if state.hold.by == e.COCKPIT and not state.hold.gate and not quiet:
        return [e.DeployReleased(reason="all judged metrics report again")]
    return []


def fire(state: State, *, by_hand: bool = False) -> list[e.Body]:
    """The end of the countdown: the way back is taken, and what runs is stopped first."""
    assert state.countdown is not None
    said = state.countdown.reason
    body = e.RollbackRequested(
        option=state.countdown.option,
        reason=f"trigger: {said}" + (" (now, by hand)" if by_hand else ""),
        breaches=(*state.countdown.reasons, *_others(state, state.countdown)),
        automatic=True,
    )
    return [body, *stop_running(state)]


def _others(state: State, countdown: Countdown) -> list[str]:
    """What is bad besides the metrics that the countdown is about: by their names, for labels may begin alike."""
    told = countdown.metrics
    if not told:  # a journal from before the names were kept
        return [also for also in state.breaches if also not in countdown.reasons]
    return [reason for name, reason in state.ill.items() if name not in told]


def stop_running(state: State) -> list[e.Body]:
    """A cancel for every script that runs, but for those that a rollback waits for."""
    return [
        e.CancelRequested(task=task.id, attempt=state.of(task.id).attempt, reason="rollback")
        for task in state.running
        if not state.of(task.id).cancel_requested and not task.is_waited_for
    ]
