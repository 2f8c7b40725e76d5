"""What the events of a way back make true."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.fold_tasks import Fold
from cockpit.deploy.plan import Task
from cockpit.deploy.state import RollbackState, State


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
        before={task.id: state.tasks[task.id] for task in _option_tasks(state, body.option) if task.id in state.tasks},
    )
    return replace(
        state,
        rollback=rollback,
        values={**state.values, **body.values},
        armed_at=None,
        countdown=None,
        unable=(),
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


FOLDS: dict[type, Fold] = {
    e.RollbackRequested: _rollback_requested,
    e.RollbackStarted: _rollback("running", "started_at"),
    e.RollbackFailed: _rollback("failed", "finished_at"),
    e.RollbackVerifying: _rollback("verifying", "scripts_done_at"),
    e.RollbackFinished: _rollback("finished", "finished_at"),
}
