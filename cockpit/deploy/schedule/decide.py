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
        return Refusal("T cannot move during a rollback. Finish the rollback first.")
    if not reason:
        return Refusal("Enter a reason for rescheduling T.")
    if not math.isfinite(command.planned_at):
        return Refusal("Not a time. Enter +15m, 14:30 or 2026-11-24T14:30Z.")
    if command.planned_at < now - PAST_SECONDS:
        return Refusal("That time is in the past. Set T to now (+0m) or later.")
    if command.planned_at > now + AHEAD_SECONDS:
        return Refusal("That is more than 31 days ahead. Close this deploy and open a new one then.")
    if command.planned_at == state.planned_at:
        return Refusal("T is already at that time. Choose another one.")
    closed = _why_closed(state, command.planned_at)
    return Refusal(closed) if closed else [e.TimeMoved(planned_at=command.planned_at, reason=reason)]


def _why_closed(state: State, at: float) -> str:
    """Reason that the configured window does not let T be then; empty where it does. An emergency passes."""
    plan = plan_of(state)
    if not plan.window_enforced or plan.emergency:
        return ""
    there = window_at(plan, wall_time(state, at))
    if there is None:
        return "The deploy window is not known that far ahead. Close this deploy and open a new one then."
    if there.verdict != "closed":
        return ""
    return f"The deploy window is closed then: {'; '.join(there.reasons)}. See when it is open with `cockpit window`."


DECISIONS: dict[type, Decider] = {
    c.MoveTime: _move,
}
