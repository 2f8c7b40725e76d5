"""What the events of a way back make true."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.plan import Task
from cockpit.deploy.rollback.targets import TargetCheck
from cockpit.deploy.state import Fold, RollbackState, State


def _option_tasks(state: State, option_id: str) -> tuple[Task, ...]:
    option = state.plan.option(option_id) if state.plan else None
    return option.tasks if option is not None else ()


def _rollback_requested(state: State, event: e.Event, body: e.RollbackRequested) -> State:
    rollback = RollbackState(
        option=body.option,
        status="stopping",
        reason=body.reason,
        by=event.by,
        requested_at=event.at,
        breaches=body.breaches,
        automatic=body.automatic,
        despite=body.despite,
        before={task.id: state.tasks[task.id] for task in _option_tasks(state, body.option) if task.id in state.tasks},
    )
    return replace(
        state,
        rollback=rollback,
        values={**state.values, **body.values},
        armed_at=None,
        countdown=None,
        unable=(),
        silenced=(),
    )


def _rollback(status: str, *stamps: str) -> Callable[[State, e.Event, Any], State]:
    def advance(state: State, event: e.Event, body: Any) -> State:
        if state.rollback is None:
            return state
        changes: dict[str, Any] = {"status": status, **dict.fromkeys(stamps, event.at)}
        for name in ("healthy", "summary"):
            if hasattr(body, name):
                changes[name] = getattr(body, name)
        if isinstance(body, e.RollbackFailed):
            changes["summary"] = body.reason
        return replace(state, rollback=replace(state.rollback, **changes))

    return advance


def _asked(state: State, event: e.Event, body: e.TargetAsked) -> State:
    """The findings before stay until the new ones are there."""
    old = state.targets.get(body.option)
    kept = old.findings if old is not None and old.values == body.values else ()
    check = TargetCheck(at=event.at, values=body.values, findings=kept, asked=True)
    return replace(state, targets={**state.targets, body.option: check})


def _checked(state: State, event: e.Event, body: e.TargetChecked) -> State:
    check = TargetCheck(at=event.at, values=body.values, findings=body.findings)
    written = state.written
    if body.written is not None:
        # Statistics that were reset, or another server, begin anew.
        first = written[0] if written is not None and body.written >= written[0] else body.written
        written = (first, body.written)
    return replace(state, targets={**state.targets, body.option: check}, written=written)


FOLDS: dict[type, Fold] = {
    e.RollbackRequested: _rollback_requested,
    e.RollbackStarted: _rollback("running", "started_at"),
    e.RollbackFailed: _rollback("failed", "finished_at"),
    e.RollbackVerifying: _rollback("verifying", "scripts_done_at"),
    e.RollbackFinished: _rollback("finished", "finished_at"),
    e.TargetAsked: _asked,
    e.TargetChecked: _checked,
    e.EnvironmentUnlocked: lambda state, event, body: replace(state, unlocked=body.reason),
}
