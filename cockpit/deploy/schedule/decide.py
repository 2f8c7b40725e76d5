"""Decisions about the planned time."""

import math

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.schedule.planned_window import wall_time, window_at
from cockpit.deploy.state import State

PAST_SECONDS = 60.0
"""A new T may be so long over: the minute in which somebody typed it."""
AHEAD_SECONDS = 31 * 86_400.0
"""A new T further ahead than this is a slip of the keys, or another deploy."""


def _move(state: State, command: c.MoveTime, now: float, by: str) -> Decision:
    reason = command.reason.strip()
    if state.rollback is not None:
        return Refusal("a rollback was started: its schedule is now. Go on with it, T moves no more")
    if not reason:
        return Refusal("to move T a reason is needed: say why")
    if not math.isfinite(command.planned_at):
        return Refusal("that is no time: write +15m, 14:30 or 2026-11-24T14:30Z")
    if command.planned_at < now - PAST_SECONDS:
        return Refusal("that time is in the past: set T to now (+0m) or later")
    if command.planned_at > now + AHEAD_SECONDS:
        return Refusal("that is more than 31 days ahead: close this deploy and open one then")
    if command.planned_at == state.planned_at:
        return Refusal("T is at that time already: name another one")
    closed = _why_closed(state, command.planned_at)
    return Refusal(closed) if closed else [e.TimeMoved(planned_at=command.planned_at, reason=reason)]


def _why_closed(state: State, at: float) -> str:
    """Reason that the configured window does not let T be then; empty where it does. An emergency passes."""
    plan = plan_of(state)
    if not plan.window_enforced or plan.emergency:
        return ""
    there = window_at(plan, wall_time(state, at))
    if there is None:
        return "the deploy window is not known so far ahead: close this deploy and open one then"
    if there.verdict != "closed":
        return ""
    return f"the deploy window is closed then: {'; '.join(there.reasons)} (cockpit window says when it is open)"


DECISIONS: dict[type, Decider] = {
    c.MoveTime: _move,
}
