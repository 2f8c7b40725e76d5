"""What is due when, counted from T, and when it will all be over. Pure.

T is a plan, not a trigger: only a step that the runbook lets start by itself does so (`automatic.py`).
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from cockpit.deploy.builtin_checks import watch_left
from cockpit.deploy.plan import PHASES, Plan, Task
from cockpit.deploy.schedule.planned_window import left_words
from cockpit.deploy.state import State
from cockpit.runbook.model import Template
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import one_line

DueWord = Literal["early", "due soon", "due", "late"]

SOON_SECONDS = 300.0
"""So long before its time a task is due soon."""
LATE_SECONDS = 60.0
"""So long after its time it is late: nobody is late within the minute."""
PROPOSED_SECONDS = 1800.0
"""So long after its time a message is proposed; then it is too late for it, or nobody wants it."""


class Due(Struct, frozen=True):
    """`at`: Unix time; `left`: seconds until then, negative when it is over."""

    at: float
    left: float
    word: DueWord

    @property
    def words(self) -> str:
        """`early`, `due in 4 min`, `due`, `late by 3 min`."""
        if self.word == "due soon":
            return f"due in {left_words(self.left) if self.left >= 60 else f'{int(self.left)} s'}"
        return f"{left_words(-self.left)} overdue" if self.word == "late" else self.word


class Eta(Struct, frozen=True):
    """When everything is done by what earlier deploys took; None where nothing can be said. Unix time.

    `at_least`: something of it has no usual time, so that it will be later. People's own time is in none of it.
    """

    at: float | None
    at_least: bool = False


def offset_words(seconds: int) -> str:
    """`T-10`, `T+1h`, `T`: how runbooks write it, minutes where they fit."""
    if not seconds:
        return "T"
    sign = "-" if seconds < 0 else "+"
    size = abs(seconds)
    if size % 3600 == 0:
        return f"T{sign}{size // 3600}h"
    return f"T{sign}{size // 60}" if size % 60 == 0 else f"T{sign}{size}s"


def due(state: State, task: Task, now: float) -> Due | None:
    """When the task is due; None where it has no time, has begun or is settled, or the schedule is over."""
    if task.offset_seconds is None or state.plan is None or state.closed is not None or state.rollback is not None:
        return None
    have = state.of(task.id)
    if have.settled or have.status == "running":
        return None
    at = state.planned_at + task.offset_seconds
    left = at - now
    word: DueWord = "early"
    if left <= -LATE_SECONDS:
        word = "late"
    elif left <= 0:
        word = "due"
    elif left <= SOON_SECONDS:
        word = "due soon"
    return Due(at, left, word)


def eta(state: State, now: float) -> Eta:
    """What is left by its usual times, no step before it is due, then the watch."""
    plan = state.plan
    if plan is None or state.closed is not None or state.rollback is not None or state.hold is not None:
        return Eta(None)
    at, known, unknown, overdue = now, False, False, False
    for task in _ahead(state, plan):
        have = state.of(task.id)
        usual = plan.usual.get(task.id)
        if have.status != "running" and task.offset_seconds is not None:
            at = max(at, state.planned_at + task.offset_seconds)
        if task.script is None:
            continue
        if usual is None:
            unknown = True
            continue
        known = True
        rest = usual.seconds - ((have.seconds(now) or 0.0) if have.status == "running" else 0.0)
        overdue = overdue or rest < 0
        at += max(0.0, rest)
    if unknown and not known:
        return Eta(None)
    at += _watch_seconds(state, plan, now)
    if at <= now and not known:
        return Eta(None)  # people's work is all that is left
    return Eta(at, at_least=unknown or overdue)


def _ahead(state: State, plan: Plan) -> Iterator[Task]:
    """Required tasks that are not settled, in the order in which they come; of alternatives, one."""
    chosen: dict[str, str] = {}
    for task in plan.tasks:
        if task.alternative and state.of(task.id).attempt:
            chosen[task.section] = task.alternative
    for phase in PHASES:
        for task in plan.in_phase(phase):
            if task.alternative and chosen.setdefault(task.section, task.alternative) != task.alternative:
                continue
            if task.required and not state.of(task.id).settled:
                yield task


def _watch_seconds(state: State, plan: Plan, now: float) -> float:
    """What is left of the watch; 0 where there is none, or it is over."""
    watching = [task for task in plan.tasks if task.builtin == "watch" and not state.of(task.id).settled]
    if not watching:
        return 0.0
    left = watch_left(state, now)
    return plan.watch_seconds if left is None else left


def taken_words(seconds: float) -> str:
    """`0.4 s` where whole seconds would say nothing, else as everywhere."""
    return f"{max(0.0, seconds):.1f} s" if seconds < 9.95 else seconds_words(seconds)


def usual_words(plan: Plan, task_id: str) -> str:
    """`usually 2 min 10 s (5 deploys)`; empty where no earlier deploy ran it."""
    usual = plan.usual.get(task_id)
    if usual is None:
        return ""
    return f"typically {taken_words(usual.seconds)} (last {usual.deploys} deploy{'s' if usual.deploys != 1 else ''})"


def starts_itself(task: Task) -> bool:
    """True where the runbook lets the step start when it is due. Never one that asks a person for anything."""
    script = task.script
    return (
        task.start == "due"
        and task.kind == "script"
        and task.offset_seconds is not None
        and not task.alternative
        and script is not None
        and not script.confirm
        and not task.second_person
        and not script.interactive
    )


def notices_due(state: State, now: float) -> tuple[Template, ...]:
    """The runbook's messages whose time has come and that nobody sent or dismissed, for half an hour each."""
    plan = state.plan
    if plan is None or state.rollback is not None or state.closed not in (None, "succeeded"):
        return ()
    found = []
    for template in plan.templates:
        since = _proposed_from(state, plan, template)
        if since is not None and since <= now < since + PROPOSED_SECONDS and not state.notice_sent(template.kind):
            found.append(template)
    return tuple(found)


def _proposed_from(state: State, plan: Plan, template: Template) -> float | None:
    """Unix time from which on the message makes sense; None where it does not, or not yet."""
    if template.offset_seconds is None or template.kind in ("log", "rollback"):
        return None
    at = state.planned_at + template.offset_seconds
    other = template.kind == "message"
    if template.kind == "post_deploy" or (other and template.offset_seconds > 0):
        proven = _proven_at(state, plan)
        return None if proven is None else max(at, proven)
    if "deploy" in state.phases:
        return None
    # What was due before anybody opened the deploy is due with the opening.
    return max(at, state.opened_at)


def _proven_at(state: State, plan: Plan) -> float | None:
    """When the last step of production was done and looked at; None while it is not."""
    if any(state.holding(phase) for phase in ("deploy", "verify")) or "deploy" not in state.phases or state.breaches:
        return None
    done = [
        have.finished_at
        for task in plan.tasks
        if task.phase in ("deploy", "verify") and (have := state.of(task.id)).finished_at is not None
    ]
    return max((state.phases["deploy"], *done))


def notice_words(state: State, now: float) -> str:
    """`c: the pre-deploy notice is due`, `c: Announcement is due`; empty where none is."""
    due_now = notices_due(state, now)
    if not due_now:
        return ""
    names = {"pre_deploy": "the pre-deploy notice", "post_deploy": "the post-deploy notice"}
    return f"{names.get(due_now[0].kind) or one_line(due_now[0].title)} is due (⟦notices⟧)"
