"""What people are told by itself: which events a place wants to hear of, and the words that go there. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cockpit.deploy import events as e
from cockpit.deploy.actions import as_commands
from cockpit.deploy.approvals.second_person import valid
from cockpit.deploy.guards import why_not_start
from cockpit.deploy.plan import PHASES, Plan, Task
from cockpit.deploy.state import State

WORDS = ("trigger", "rollback", "failed", "waiting", "held", "done")
DEFAULT = ("trigger", "rollback", "failed")
WAITING_SECONDS = 60.0
"""So long nothing goes on until it is said that the deploy waits for a person."""


def with_notices(state: State, bodies: Sequence[e.Body], by: str) -> list[e.Body]:
    """The events, and behind each that somebody wants to hear of the notices; `state` is the one before them."""
    plan = state.plan
    if plan is None or why_not_start(state) or not any(place.on for place in plan.destinations):
        return list(bodies)
    found: list[e.Body] = []
    number = len(state.notices) + sum(isinstance(body, e.NoticeRequested) for body in bodies)
    others = any(isinstance(body, e.NoticeRequested) for body in bodies)
    for body in bodies:
        word, title, text = _told(state, plan, body, by)
        if not word or (others and word == "held"):
            # A rollout that holds says why in a notice of its own.
            found.append(body)
            continue
        words = {word, "done"} if isinstance(body, e.DeployClosed) else {word}
        notices = to_places(plan, words, f"on_{word}", title, text, number)
        number += len(notices)
        # The end of a deploy stays the last word of its record.
        found += [*notices, body] if isinstance(body, e.DeployClosed) else [body, *notices]
    return found


def to_places(plan: Plan, words: set[str], kind: str, title: str, text: str, before: int) -> list[e.Body]:
    """One request for each place that wants any of these words; `before`: how many notices there are already."""
    places = [place.name for place in plan.destinations if words & set(place.on)]
    commit = f" of {plan.commit[:10]}" if plan.commit else ""
    whole = f"{plan.project or plan.title}{commit} to {plan.environment}: {text}"
    return [
        e.NoticeRequested(notice=str(number), kind=kind, title=f"{plan.environment}: {title}", to=to, text=whole)
        for number, to in enumerate(places, before + 1)
    ]


def waiting(state: State, now: float) -> list[e.Body]:
    """Nothing goes on, and it is a person's turn: said once for each thing that is waited for."""
    plan = state.plan
    if plan is None or why_not_start(state) or not any("waiting" in place.on for place in plan.destinations):
        return []
    busy = state.running or state.queue or state.hold is not None or state.rollback is not None
    if busy or state.countdown is not None or PHASES.index(state.phase) < PHASES.index("deploy"):
        return []
    task = next((one for one in plan.in_phase(state.phase) if one.required and not state.of(one.id).settled), None)
    if task is not None and (task.builtin or state.of(task.id).status == "fail"):
        return []  # it measures, or its failure was said
    since = max((have.finished_at or 0.0 for have in state.tasks.values()), default=0.0)
    since = max(since, state.phases.get(state.phase, 0.0), state.opened_at)
    title = f"waiting: {task.title if task is not None else 'the end of the deploy'}"
    whole = f"{plan.environment}: {title}"
    told = any(one.kind == "on_waiting" and one.title == whole and one.at >= since for one in state.notices)
    if told or now - since < WAITING_SECONDS:
        return []
    return to_places(plan, {"waiting"}, "on_waiting", title, _waits(state, task), len(state.notices))


def _waits(state: State, task: Task | None) -> str:
    if task is None:
        return "everything is done; close the deploy, or enter the next phase"
    if state.of(task.id).status == "unknown":
        return f'"{task.title}" ended in an unknown state; check it'
    if task.second_person and not valid(state, task):
        return f'"{task.title}" is waiting for approval from someone else'
    return f'"{task.title}" waits for a person who {"starts" if task.script is not None else "answers"} it'


def _told(state: State, plan: Plan, body: e.Body, by: str) -> tuple[str, str, str]:
    """Word, title and text of what an event says; empty where nobody need hear of it."""
    match body:
        case e.TriggerFired():
            return "trigger", "a trigger fired", _trigger(plan, body)
        case e.RollbackRequested():
            who = "automatic" if body.automatic else f"requested by {by}"
            return "rollback", "rolling back", f"rolling back, {who}: {body.reason} ({_option(plan, body.option)})"
        case e.RollbackFinished():
            proof = {True: "healthy", False: "NOT HEALTHY", None: "health not verified"}[body.healthy]
            return "rollback", f"rolled back, {proof}", f"rolled back, {proof}: {body.summary}"
        case e.RollbackFailed():
            return "failed", "ROLLBACK FAILED", f"ROLLBACK FAILED: {body.reason}. Immediate action needed"
        case e.StepFinished() if body.outcome in ("failed", "timed out", "lost"):
            task = plan.task(body.task)
            name, why = (task.title if task is not None else body.task), f": {body.reason}" if body.reason else ""
            return "failed", f"{name} {body.outcome}", f'"{name}" {body.outcome}{why}'
        case e.CheckMeasured() if body.verdict in ("fail", "unknown"):
            task = plan.task(body.task)
            if task is not None and plan.gate(task.builtin) is not None:
                return "failed", f"{task.title} did not pass", f'"{task.title}" did not pass: {body.summary}'
        case e.DeployHeld() if not body.asking:
            return "held", "on hold", f"on hold, by {by}: {body.reason}"
        case e.DeployClosed():
            word = "failed" if body.outcome == "failed" else "done"
            why = f": {body.reason}" if body.reason else ""
            return word, f"closed, {body.outcome}", f"closed by {by} as {body.outcome}{why}"
    return "", "", ""


def _trigger(plan: Plan, body: e.TriggerFired) -> str:
    why = "; ".join(body.reasons)
    if not body.option:
        return f"{why}. AUTOMATIC ROLLBACK NOT POSSIBLE ({'; '.join(body.unable)}): immediate action needed"
    try:
        due = f"{datetime.fromtimestamp(body.due_at, UTC):%H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        due = "the end of the countdown"
    hold = as_commands("hold it with ⟦hold⟧")
    return f"{why}. Automatic rollback at {due} ({_option(plan, body.option)}); {hold}"


def _option(plan: Plan, option_id: str) -> str:
    option = plan.option(option_id)
    return option.title if option is not None else option_id
