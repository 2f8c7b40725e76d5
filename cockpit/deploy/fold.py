"""State after an event: `apply(state, event)`. Total, pure, and the only way that a state comes to be."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.gates import with_results
from cockpit.deploy.judge import BAD, BLIND
from cockpit.deploy.pending import blind_since, pending_after
from cockpit.deploy.plan import Task
from cockpit.deploy.state import (
    HISTORY,
    RECENT,
    CommandRun,
    Countdown,
    Hold,
    MetricState,
    Note,
    RollbackState,
    Stall,
    State,
    Status,
    TaskState,
)

_OUTCOME: dict[e.StepOutcome, Status] = {
    "succeeded": "pass",
    "failed": "fail",
    "timed out": "fail",
    "cancelled": "fail",
    "lost": "unknown",
}

_NOT_WELL = BAD | BLIND


def apply(state: State, event: e.Event) -> State:
    """The state after one more event."""
    fold = _FOLDS.get(type(event.body))
    after = fold(state, event, event.body) if fold else state
    return replace(after, seq=event.seq, at=event.at)


def fold(events: Iterable[e.Event], state: State | None = None) -> State:
    """The state after these events, from nothing or from an earlier state."""
    return reduce(apply, events, state if state is not None else State())


def _with_task(state: State, task_id: str, task: TaskState) -> State:
    return replace(state, tasks={**state.tasks, task_id: task})


def _opened(state: State, event: e.Event, body: e.DeployOpened) -> State:
    return replace(state, plan=body.plan, host=body.host, opened_at=event.at, opened_by=event.by)


def _engine_started(state: State, event: e.Event, body: e.EngineStarted) -> State:
    return replace(
        state,
        engine_pid=body.pid,
        engine_starts=state.engine_starts + 1,
        boot=body.boot or state.boot,
        variables=state.variables | frozenset(body.variables),
    )


def _phase_entered(state: State, event: e.Event, body: e.PhaseEntered) -> State:
    return replace(state, phase=body.phase, phases={**state.phases, body.phase: event.at})


def _baseline(state: State, event: e.Event, body: e.BaselineMeasured) -> State:
    metrics = dict(state.metrics)
    for name, value in body.values.items():
        if name in metrics:
            metrics[name] = replace(metrics[name], baseline=value)
    return replace(state, metrics=metrics)


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
        return _with_task(state, body.task, replace(task, summary=note) if note else task)

    return apply_word


def _unticked(state: State, event: e.Event, body: e.ItemUnticked) -> State:
    old = state.of(body.task)
    return _with_task(state, body.task, TaskState(attempt=old.attempt, directory=old.directory))


def _measured(state: State, event: e.Event, body: e.CheckMeasured) -> State:
    task = replace(
        state.of(body.task), status=body.verdict, summary=body.summary, finished_at=event.at, by=event.by, reason=""
    )
    return _with_task(state, body.task, task)


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
    )
    started = _with_task(state, body.task, task)
    return replace(started, queue=tuple(queued for queued in state.queue if queued != body.task))


def _command_reached(state: State, event: e.Event, body: e.CommandReached) -> State:
    task = state.of(body.task)
    if task.attempt != body.attempt:
        return state
    earlier = task.commands
    if earlier:
        earlier = (*earlier[:-1], CommandRun(earlier[-1].index, earlier[-1].started_at, body.at))
    return _with_task(state, body.task, replace(task, commands=(*earlier, CommandRun(body.index, body.at))))


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
    )
    after = _with_task(state, body.task, finished)
    return replace(after, variables=after.variables | frozenset(body.exports), cwd=body.cwd or after.cwd)


def _cancel_requested(state: State, event: e.Event, body: e.CancelRequested) -> State:
    return _with_task(state, body.task, replace(state.of(body.task), cancel_requested=True))


def _thin(points: tuple[tuple[float, float | None], ...]) -> tuple[tuple[float, float | None], ...]:
    if len(points) <= HISTORY:
        return points
    half = len(points) // 2
    return points[:half:2] + points[half:]


def _sampled(state: State, event: e.Event, body: e.MetricsSampled) -> State:
    metrics = dict(state.metrics)
    for sample in body.samples:
        metrics[sample.metric] = with_sample(metrics.get(sample.metric), sample, event.at)
    seen = {sample.metric for sample in body.samples if sample.level not in BLIND}
    return replace(state, metrics=metrics, blind_accepted=state.blind_accepted - seen)


def with_sample(old: MetricState | None, sample: e.Sample, now: float) -> MetricState:
    """What is known of a metric after one more sample."""
    point = (sample.at, sample.value)
    if old is None:
        old = MetricState(latest=sample, since=now)
    return replace(
        old,
        latest=sample,
        since=old.since if old.latest.level == sample.level else now,
        recent=(*old.recent[-(RECENT - 1) :], point),
        levels=(*old.levels[-(RECENT - 1) :], sample.level),
        history=_thin((*old.history, point)),
        bad_at=sample.at if sample.level in _NOT_WELL else old.bad_at,
        pending=pending_after(old.pending, sample),
        errors_in_row=old.errors_in_row + 1 if sample.level == "error" else 0,
        blind_since=blind_since(old.blind_since, sample.level, sample.at),
    )


def _gate_opened(state: State, event: e.Event, body: e.GateOpened) -> State:
    task = replace(state.of(body.task), started_at=event.at, tallies={}, measured_at=0.0)
    return _with_task(state, body.task, task)


def _gate_measured(state: State, event: e.Event, body: e.GateMeasured) -> State:
    task = state.of(body.task)
    tallies = with_results(task.tallies, body.results)
    return _with_task(state, body.task, replace(task, tallies=tallies, measured_at=event.at))


def _armed(state: State, event: e.Event, body: e.TriggersArmed) -> State:
    return replace(state, armed_at=event.at)


def _disarmed(state: State, event: e.Event, body: e.TriggersDisarmed) -> State:
    return replace(state, armed_at=None, countdown=None, unable=())


def _fired(state: State, event: e.Event, body: e.TriggerFired) -> State:
    if not body.option:
        return replace(state, unable=body.unable or body.reasons)
    countdown = Countdown(at=event.at, due_at=body.due_at, option=body.option, reasons=body.reasons)
    return replace(state, countdown=countdown)


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


def _held(state: State, event: e.Event, body: e.DeployHeld) -> State:
    return replace(
        state, hold=Hold(event.at, event.by, body.reason), countdown=None if event.by != e.COCKPIT else state.countdown
    )


def _released(state: State, event: e.Event, body: e.DeployReleased) -> State:
    blind = frozenset(name for name, metric in state.metrics.items() if metric.blind_since is not None)
    return replace(state, hold=None, blind_accepted=blind if event.by != e.COCKPIT else state.blind_accepted)


def _noted(state: State, event: e.Event, body: e.NoteAdded) -> State:
    return replace(state, notes=(*state.notes, Note(event.at, event.by, body.text)))


def _exported(state: State, event: e.Event, body: e.RecordExported) -> State:
    return replace(state, exports=tuple(dict.fromkeys((*state.exports, *body.paths))))


def _stalled(state: State, event: e.Event, body: e.JournalStalled) -> State:
    return replace(state, stalled=Stall(event.at, event.seq, body.reason))


def _resumed(state: State, event: e.Event, body: e.JournalResumed) -> State:
    return replace(state, stalled=None)


def _recovered(state: State, event: e.Event, body: e.RecordRecovered) -> State:
    """What ran is known from its folder alone: a person looks and decides."""
    tasks = dict(state.tasks)
    for run in body.runs:
        tasks[run.task] = replace(
            state.of(run.task),
            status="unknown",
            attempt=run.attempt,
            directory=run.directory,
            finished_at=event.at,
            reason=f"the record of it was damaged: {run.known}",
            cancel_requested=False,
        )
    return replace(state, tasks=tasks, stalled=None)


def _closed(state: State, event: e.Event, body: e.DeployClosed) -> State:
    state = replace(state, armed_at=None, countdown=None)
    return replace(state, closed=body.outcome, closed_at=event.at, closed_reason=body.reason, closed_by=event.by)


def _unknown(state: State, event: e.Event, body: e.UnknownEvent) -> State:
    return replace(state, unknown_events=state.unknown_events + 1)


_FOLDS: dict[type, Callable[[State, e.Event, Any], State]] = {
    e.DeployOpened: _opened,
    e.EngineStarted: _engine_started,
    e.PhaseEntered: _phase_entered,
    e.BaselineMeasured: _baseline,
    e.ItemTicked: _settle("pass"),
    e.ItemUnticked: _unticked,
    e.ItemFailed: _settle("fail"),
    e.ItemWaived: _settle("waived"),
    e.CheckMeasured: _measured,
    e.ChecksRequested: _checks_requested,
    e.ValueGiven: _value_given,
    e.StepStarted: _step_started,
    e.CommandReached: _command_reached,
    e.StepFinished: _step_finished,
    e.StepSkipped: _settle("skipped"),
    e.StepAccepted: _settle("waived"),
    e.CancelRequested: _cancel_requested,
    e.MetricsSampled: _sampled,
    e.BaselineRefused: lambda state, event, body: state,
    e.GateOpened: _gate_opened,
    e.GateMeasured: _gate_measured,
    e.TriggersArmed: _armed,
    e.TriggersDisarmed: _disarmed,
    e.TriggerFired: _fired,
    e.RollbackRequested: _rollback_requested,
    e.RollbackStarted: _rollback("running", "started_at"),
    e.RollbackFailed: _rollback("failed", "finished_at"),
    e.RollbackVerifying: _rollback("verifying", "scripts_done_at"),
    e.RollbackFinished: _rollback("finished", "finished_at"),
    e.DeployHeld: _held,
    e.DeployReleased: _released,
    e.NoteAdded: _noted,
    e.RecordExported: _exported,
    e.JournalStalled: _stalled,
    e.JournalResumed: _resumed,
    e.RecordRecovered: _recovered,
    e.DeployClosed: _closed,
    e.UnknownEvent: _unknown,
}
