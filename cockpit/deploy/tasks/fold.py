"""What the events of the checklist and of scripts make true."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.state import CommandRun, Confirmation, Fold, Moved, State, Status, TaskState, with_task

_OUTCOME: dict[e.StepOutcome, Status] = {
    "succeeded": "pass",
    "failed": "fail",
    "timed out": "fail",
    "cancelled": "fail",
    "lost": "unknown",
}


def _settle(status: Status) -> Callable[[State, e.Event, Any], State]:
    """For what a person says of a task, which is its end: tick, waive, skip, fail, accept."""

    def apply_word(state: State, event: e.Event, body: Any) -> State:
        task = replace(
            state.of(body.task),
            status=status,
            by=event.by,
            finished_at=event.at,
            reason=getattr(body, "reason", ""),
        )
        note = getattr(body, "note", "")
        return with_task(state, body.task, replace(task, summary=note) if note else task)

    return apply_word


def _unticked(state: State, event: e.Event, body: e.ItemUnticked) -> State:
    old = state.of(body.task)
    return with_task(state, body.task, TaskState(attempt=old.attempt, directory=old.directory))


def _measured(state: State, event: e.Event, body: e.CheckMeasured) -> State:
    task = replace(
        state.of(body.task),
        status=body.verdict,
        summary=body.summary,
        evidence=body.evidence,
        finished_at=event.at,
        by=event.by,
        reason="",
    )
    return with_task(state, body.task, task)


def _checks_requested(state: State, event: e.Event, body: e.ChecksRequested) -> State:
    return replace(state, queue=tuple(dict.fromkeys((*state.queue, *body.tasks))))


def _value_given(state: State, event: e.Event, body: e.ValueGiven) -> State:
    return replace(state, values={**state.values, body.name: body.value})


def _step_started(state: State, event: e.Event, body: e.StepStarted) -> State:
    task = TaskState(
        status="running",
        attempt=body.attempt,
        started_at=event.at,
        by=event.by,
        from_line=body.from_line,
        directory=body.directory,
        script=body.script,
        confirmations=state.of(body.task).confirmations,
    )
    started = with_task(state, body.task, task)
    return replace(started, queue=tuple(queued for queued in state.queue if queued != body.task))


def _confirmed(state: State, event: e.Event, body: e.TaskConfirmed) -> State:
    have = state.of(body.task)
    given = Confirmation(event.at, event.by, body.attempt, body.digest, body.edited)
    return with_task(state, body.task, replace(have, confirmations=(*have.confirmations, given)))


def _command_reached(state: State, event: e.Event, body: e.CommandReached) -> State:
    task = state.of(body.task)
    if task.attempt != body.attempt:
        return state
    earlier = task.commands
    if earlier:
        earlier = (*earlier[:-1], CommandRun(earlier[-1].index, earlier[-1].started_at, body.at))
    return with_task(state, body.task, replace(task, commands=(*earlier, CommandRun(body.index, body.at))))


def _step_finished(state: State, event: e.Event, body: e.StepFinished) -> State:
    task = state.of(body.task)
    commands = task.commands
    if commands:
        last = commands[-1]
        commands = (*commands[:-1], CommandRun(last.index, last.started_at, event.at))
    finished = replace(
        task,
        status=_OUTCOME[body.outcome],
        finished_at=event.at,
        exit_status=body.exit_status,
        reason=body.reason,
        commands=commands,
        log_bytes=body.log_bytes,
        dropped_bytes=body.dropped_bytes,
        cancel_requested=False,
        refused=body.refused,
    )
    after = with_task(state, body.task, finished)
    variables = (after.variables - frozenset(body.removed)) | frozenset(body.exports)
    moves = (*after.moves, Moved(body.task, event.at, body.head_before, body.head)) if body.head else after.moves
    return replace(after, variables=variables, cwd=body.cwd or after.cwd, moves=moves)


def _cancel_requested(state: State, event: e.Event, body: e.CancelRequested) -> State:
    return with_task(state, body.task, replace(state.of(body.task), cancel_requested=True))


FOLDS: dict[type, Fold] = {
    e.ItemTicked: _settle("pass"),
    e.ItemUnticked: _unticked,
    e.ItemFailed: _settle("fail"),
    e.ItemWaived: _settle("waived"),
    e.CheckMeasured: _measured,
    e.ChecksRequested: _checks_requested,
    e.ValueGiven: _value_given,
    e.StepStarted: _step_started,
    e.TaskConfirmed: _confirmed,
    e.CommandReached: _command_reached,
    e.StepFinished: _step_finished,
    e.StepSkipped: _settle("skipped"),
    e.StepAccepted: _settle("waived"),
    e.CancelRequested: _cancel_requested,
}
