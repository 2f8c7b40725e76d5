"""Decisions about a deploy that several machines share."""

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import is_nobody, same_person
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision
from cockpit.deploy.guards import arms, titles, why_not_start
from cockpit.deploy.plan import PHASES
from cockpit.deploy.state import State
from cockpit.deploy.team.divergence import OTHER

ALONE = "This deploy is not shared. Configure a team journal under [team] in cockpit.toml."


def _joined(state: State, command: c.RecordTeam, now: float, by: str) -> Decision:
    team = state.team
    if team is not None and (team.epoch, team.without_lock) == (command.epoch, command.without_lock):
        return []
    head = command.head if command.head is not None or team is None else team.head
    values = command.values or (team.values if team is not None else {})
    return [e.TeamJoined(epoch=command.epoch, without_lock=command.without_lock, head=head, values=values)]


def _lost(state: State, command: c.RecordTeamLoss, now: float, by: str) -> Decision:
    if state.team is not None and state.team.lost is not None and state.team.lost.reason == command.reason:
        return []
    return [e.TeamLost(seq=command.seq, reason=command.reason)]


def _caught_up(state: State, command: c.RecordTeamCatchUp, now: float, by: str) -> Decision:
    if state.team is None or state.team.lost is None:
        return []
    seconds = round(max(0.0, now - state.team.lost.at), 3)
    return [e.TeamCaughtUp(events=max(0, state.seq - state.team.lost.seq), seconds=seconds)]


def _watchers(state: State, command: c.RecordWatchers, now: float, by: str) -> Decision:
    if state.team is None or state.team.watchers == command.watchers:
        return []
    return [e.WatchersChanged(watchers=command.watchers)]


def _ask(state: State, command: c.AskForDeploy, now: float, by: str) -> Decision:
    if not command.reason.strip():
        return Refusal("Enter what you want to deploy, and by when. The person who holds the lock reads it.")
    return [e.DeployAskedFor(reason=command.reason.strip())]


def _offer(state: State, command: c.OfferDeploy, now: float, by: str) -> Decision:
    """Handing over holds the deploy: nothing new starts on a machine that is about to let go."""
    if state.team is None:
        return Refusal(ALONE)
    to = command.to.strip()
    if not to:
        if state.team.offer is None:
            return Refusal("The deploy has not been handed over. Hand it over with ⟦hand-over⟧.")
        return [e.DeployOffered(to="", note="")]
    if is_nobody(to) or same_person(to, by):
        return Refusal(f"Choose someone other than {to or 'nobody'} to hand over to.")
    if not command.note.strip():
        return Refusal("Enter a handover note: done, next, what to watch.")
    if state.running:
        return Refusal(f"{titles(state.running)} is still running here. Wait for it to finish, then hand over.")
    if state.rolling_back or state.countdown is not None:
        return Refusal("A rollback is in progress. Wait for it to finish.")
    if state.team.lost is not None:
        return Refusal(f"The team journal is unreachable ({state.team.lost.reason}). Wait until it is back.")
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    offered: list[e.Body] = [e.DeployOffered(to=to, note=command.note.strip())]
    if state.hold is None:
        offered.append(e.DeployHeld(reason=f"handed over to {to}: {command.note.strip()}"))
    return offered


def _take_over(state: State, command: c.TakeOver, now: float, by: str) -> Decision:
    return Refusal("This machine already runs the deploy.")


def _taken_over(state: State, command: c.RecordTakeOver, now: float, by: str) -> Decision:
    return [
        e.DeployTakenOver(
            epoch=command.epoch,
            host=command.host,
            from_host=(state.team.host if state.team is not None else "") or state.host or OTHER,
            reason=command.reason,
            root=command.root,
            clock_behind=command.clock_behind,
            differences=command.differences,
            head=command.head,
            values=command.values,
            last_seen=0.0 if state.team is not None and state.team.offer is not None else command.last_seen,
        )
    ]


def _fork(state: State, command: c.ReportFork, now: float, by: str) -> Decision:
    """It stands in the record, its steps as unknown; and where it had changed production, triggers are armed here too:
    whatever comes of it is watched."""
    assert state.plan is not None
    known = {task.id for task in (*state.plan.tasks, *(one for way in state.plan.rollback for one in way.tasks))}
    steps = tuple(step for step in command.steps if step.task in known)
    events: list[e.Body] = [
        e.ForkFound(host=command.host, file=command.file, events=command.events, steps=steps, told=command.told)
    ]
    wanted = [state.plan.task(step.task) for step in steps]
    changed = [task for task in wanted if task is not None and task in state.plan.tasks]
    for phase in PHASES[PHASES.index(state.phase) + 1 :]:
        if any(PHASES.index(task.phase) >= PHASES.index(phase) for task in changed) and phase in state.plan.phases():
            events.append(e.PhaseEntered(phase=phase))
    arming = command.armed if command.armed in known else next((one.id for one in changed if arms(state, one)), "")
    if arming and state.plan.automatic and state.armed_at is None and state.rollback is None:
        names = {name: value for name, value in command.baseline.items() if name in state.metrics}
        if names and all(metric.baseline is None for metric in state.metrics.values()):
            events.append(e.BaselineMeasured(values=names, seconds=0.0))
        events.append(e.TriggersArmed(task=arming))
    return events


DECISIONS: dict[type, Decider] = {
    c.RecordTeam: _joined,
    c.RecordTeamLoss: _lost,
    c.RecordTeamCatchUp: _caught_up,
    c.RecordWatchers: _watchers,
    c.AskForDeploy: _ask,
    c.OfferDeploy: _offer,
    c.TakeOver: _take_over,
    c.RecordTakeOver: _taken_over,
    c.ReportFork: _fork,
}
