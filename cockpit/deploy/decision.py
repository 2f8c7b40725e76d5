"""What every decision is."""

from collections.abc import Callable
from typing import Any

from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State

Decision = list[e.Body] | Refusal
Decider = Callable[[State, Any, float, str], Decision]
"""The answer to one class of commands: (state, command, now, by)."""


def plan_of(state: State) -> Plan:
    assert state.plan is not None  # decide() refuses everything else before
    return state.plan
