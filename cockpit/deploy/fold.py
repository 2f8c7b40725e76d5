"""State after an event: `apply(state, event)`. Total, pure, and the only way that a state comes to be."""

from collections.abc import Iterable
from functools import reduce

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.metrics import fold as fold_metrics
from cockpit.deploy.notices import fold as fold_notices
from cockpit.deploy.record import fold as fold_clock
from cockpit.deploy.rollback import fold as fold_rollback
from cockpit.deploy.rollout import fold as fold_rollout
from cockpit.deploy.schedule import fold as fold_schedule
from cockpit.deploy.state import Fold, Hold, Note, Silenced, Stall, State
from cockpit.deploy.tasks import fold as fold_tasks
from cockpit.deploy.team import fold as fold_team


def apply(state: State, event: e.Event) -> State:
    """The state after one more event."""
    fold = _FOLDS.get(type(event.body))
    after = fold(state, event, event.body) if fold else state
    return replace(after, seq=event.seq, at=event.at)


def fold(events: Iterable[e.Event], state: State | None = None) -> State:
    """The state after these events, from nothing or from an earlier state."""
    return reduce(apply, events, state if state is not None else State())


def _opened(state: State, event: e.Event, body: e.DeployOpened) -> State:
    return replace(
        state,
        plan=body.plan,
        planned_at=body.plan.planned_at,
        host=body.host,
        opened_at=event.at,
        opened_by=event.by,
        rollout=fold_rollout.begun(body.plan),
    )


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


def _held(state: State, event: e.Event, body: e.DeployHeld) -> State:
    held = replace(state, hold=_new_hold(state, event, body))
    if event.by == e.COCKPIT or state.countdown is None:
        return held
    # The answer to a countdown silences what it was about, and nothing else.
    names = state.countdown.metrics or tuple(state.metrics)
    blind = {name for name, metric in state.metrics.items() if metric.pending is None}
    silenced = [Silenced(name, event.at, event.by, name in blind) for name in names]
    kept = [one for one in state.silenced if one.metric not in names]
    return replace(held, countdown=None, silenced=(*kept, *silenced))


def _new_hold(state: State, event: e.Event, body: e.DeployHeld) -> Hold:
    before = state.hold if body.asking and (state.hold is None or not state.hold.asking) else None
    return Hold(event.at, event.by, body.reason, gate=body.gate, asking=body.asking, before=before)


def _released(state: State, event: e.Event, body: e.DeployReleased) -> State:
    if state.hold is not None and state.hold.asking:
        # Given up before it was said why: as if the key had not been pressed.
        silenced = tuple(one for one in state.silenced if one.at != state.hold.at)
        return replace(state, hold=state.hold.before, silenced=silenced)
    if event.by == e.COCKPIT:
        return replace(state, hold=None)
    accepted = state.blind_accepted
    if state.hold is None or (state.hold.by == e.COCKPIT and not state.hold.gate):
        # Who releases a hold of their own for lunch has not said that a silent metric does not matter.
        accepted = frozenset(name for name, metric in state.metrics.items() if metric.blind_since is not None)
    return replace(state, hold=None, silenced=(), blind_accepted=accepted)


def _noted(state: State, event: e.Event, body: e.NoteAdded) -> State:
    return replace(state, notes=(*state.notes, Note(event.at, event.by, body.text)))


def _exported(state: State, event: e.Event, body: e.RecordExported) -> State:
    complete = state.log_complete or state.closed is not None
    return replace(state, exports=tuple(dict.fromkeys((*state.exports, *body.paths))), log_complete=complete)


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


_FOLDS: dict[type, Fold] = {
    **fold_tasks.FOLDS,
    **fold_metrics.FOLDS,
    **fold_rollback.FOLDS,
    **fold_schedule.FOLDS,
    **fold_notices.FOLDS,
    **fold_rollout.FOLDS,
    **fold_team.FOLDS,
    **fold_clock.FOLDS,
    e.DeployOpened: _opened,
    e.EngineStarted: _engine_started,
    e.PhaseEntered: _phase_entered,
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
