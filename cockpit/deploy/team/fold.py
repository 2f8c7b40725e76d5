"""What the events of the team make true."""

from msgspec.structs import replace

from cockpit.deploy import events as e
from cockpit.deploy.record.fold import clock_set
from cockpit.deploy.state import Fold, State, TaskState
from cockpit.deploy.team.divergence import OTHER, ran_words
from cockpit.deploy.team.state import Apart, Asked, Loss, Offer, TeamState, Twice


def _joined(state: State, event: e.Event, body: e.TeamJoined) -> State:
    before = state.team or TeamState()
    team = replace(
        before,
        epoch=body.epoch,
        joined_at=before.joined_at or event.at,
        host=before.host or state.host,
        without_lock=body.without_lock,
        head=body.head,
        values=body.values,
        lost=None,
    )
    return replace(state, team=team)


def _lost(state: State, event: e.Event, body: e.TeamLost) -> State:
    return _with(state, lost=Loss(event.at, body.seq, body.reason))


def _caught_up(state: State, event: e.Event, body: e.TeamCaughtUp) -> State:
    return _with(state, lost=None)


def _watchers(state: State, event: e.Event, body: e.WatchersChanged) -> State:
    return _with(state, watchers=body.watchers)


def _asked(state: State, event: e.Event, body: e.DeployAskedFor) -> State:
    team = state.team or TeamState()
    return _with(state, asked=(*team.asked, Asked(event.at, event.by, body.reason)))


def _offered(state: State, event: e.Event, body: e.DeployOffered) -> State:
    return _with(state, offer=Offer(body.to, event.by, body.note, event.at) if body.to else None)


def _taken_over(state: State, event: e.Event, body: e.DeployTakenOver) -> State:
    """What ran on the machine before has an unknown end: a person looks, and decides."""
    state = _with(
        state,
        epoch=body.epoch,
        host=body.host,
        head=body.head,
        values=body.values,
        offer=None,
        lost=None,
        watchers=(),
        clock_behind=body.clock_behind,
        apart=Apart(body.from_host, body.last_seen) if body.last_seen else None,
    )
    reason = f"it ran on {body.from_host}, which {event.by} took the deploy over from: what became of it is not known"
    lost: dict[str, TaskState] = {
        task_id: replace(
            have,
            status="unknown",
            finished_at=event.at,
            reason=reason,
            cancel_requested=False,
            elsewhere=body.from_host,
        )
        for task_id, have in state.tasks.items()
        if have.status == "running"
    }
    plan = replace(state.plan, root=body.root) if state.plan is not None and body.root else state.plan
    state = clock_set(state, event.at, body.clock_behind)
    return replace(state, plan=plan, tasks={**state.tasks, **lost}, queue=(), variables=frozenset(), cwd="")


def _fork(state: State, event: e.Event, body: e.ForkFound) -> State:
    """What ran there has an end that nobody here has seen: unknown, until somebody looks. What ran here as well is said
    to have run twice, whatever came of it."""
    team = state.team or TeamState()
    tasks, twice = dict(state.tasks), team.twice
    for step in body.steps:
        have = state.of(step.task)
        words = ran_words(body.host, step)
        here = have.status == "running" or (have.status in ("pass", "fail") and have.attempt > 0)
        if here and not have.elsewhere:
            # Its end, that comes later than its beginning, takes the place of it.
            before = tuple(one for one in twice if (one.task, one.host) != (step.task, body.host))
            twice = (*before, Twice(step.task, body.host, words))
            if have.status == "running":
                continue
        # Somebody has looked at it before its end was known: a good end changes nothing.
        answered = have.elsewhere and have.settled and step.outcome in ("", "succeeded")
        ran_here = here and have.status == "pass" and not have.elsewhere
        if not (ran_here or answered):
            tasks[step.task] = replace(
                have,
                status="unknown",
                attempt=max(have.attempt, step.attempt),
                finished_at=step.at,
                reason=words,
                elsewhere=body.host,
                cancel_requested=False,
            )
    heard = team.apart is not None and team.apart.host in (body.host, OTHER) and body.file
    apart = None if heard else team.apart
    told = (*team.told, *(f"{body.host} {words}" for words in body.told))
    queue = tuple(one for one in state.queue if one not in {step.task for step in body.steps})
    return _with(replace(state, tasks=tasks, queue=queue), twice=twice, told=told, apart=apart)


def _with(state: State, **more: object) -> State:
    return replace(state, team=replace(state.team or TeamState(), **more))


FOLDS: dict[type, Fold] = {
    e.TeamJoined: _joined,
    e.TeamLost: _lost,
    e.TeamCaughtUp: _caught_up,
    e.WatchersChanged: _watchers,
    e.DeployAskedFor: _asked,
    e.DeployOffered: _offered,
    e.DeployTakenOver: _taken_over,
    e.ForkFound: _fork,
}
