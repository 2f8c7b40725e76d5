"""decide(state, command, now, by): the events that a command makes true, or a refusal in words. Pure.

Every rule of the cockpit that says no stands here or in `guards.py`; what goes by itself stands in `automatic.py`.
"""

from msgspec import convert

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.approvals import decide as decide_people
from cockpit.deploy.automatic import advance
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.guards import WAY_BACK, titles, why_not_enter, why_not_start
from cockpit.deploy.metrics.judge import base_of, judge
from cockpit.deploy.notices import decide as decide_notices
from cockpit.deploy.notices.subscriptions import with_notices
from cockpit.deploy.rollback import decide as decide_rollback
from cockpit.deploy.rollout import decide as decide_rollout
from cockpit.deploy.schedule import decide as decide_schedule
from cockpit.deploy.schedule.planned_window import why_closed
from cockpit.deploy.state import State
from cockpit.deploy.tasks import decide as decide_tasks
from cockpit.deploy.tasks.start import enter
from cockpit.deploy.team import decide as decide_team


def decide(state: State, command: c.Command, now: float, by: str) -> Decision:
    """The answer to a command. An empty list: nothing to do, and nothing wrong."""
    if isinstance(command, c.OpenDeploy):
        return _open(state, command, now)
    if state.plan is None:
        return Refusal("No deploy is open here. Start one with `cockpit run`.")
    if state.closed is not None and not command.after_close:
        return Refusal(f"This deploy was closed as {state.closed}. Start a new one with `cockpit run`.")
    decision = _DECISIONS[type(command)](state, command, now, by)
    return decision if isinstance(decision, Refusal) else with_notices(state, decision, by)


def _open(state: State, command: c.OpenDeploy, now: float) -> Decision:
    if state.plan is not None:
        return Refusal("A deploy is already open. Continue it, or close it first (⟦close⟧).")
    if command.plan.rollout is not None:
        return decide_rollout.opened(command)
    first = next(iter(command.plan.phases()), None)
    if first is None:
        return Refusal(
            f"{command.plan.runbook_path} has no items and no runnable scripts. See how it is parsed with `cockpit "
            "outline`."
        )
    return [
        e.DeployOpened(plan=command.plan, host=command.host, version=command.version),
        *(e.ItemWaived(task=task, reason=why) for task, why in command.plan.waived.items()),
        *enter(state, command.plan, first, now),
    ]


def _enter(state: State, command: c.EnterPhase, now: float, by: str) -> Decision:
    if command.phase in state.phases:
        return []
    if state.rollback is not None:
        return Refusal(WAY_BACK)
    if state.hold is not None:
        return Refusal(f"The deploy is on hold ({state.hold.by}: {state.hold.reason}). Resume with ⟦hold⟧.")
    reason = why_not_enter(state, command.phase, now) or (why_closed(state, now) if command.phase == "deploy" else "")
    return Refusal(reason) if reason else enter(state, plan_of(state), command.phase, now)


def _hold(state: State, command: c.HoldDeploy, now: float, by: str) -> Decision:
    have = state.hold
    if have is not None and not have.asking and state.countdown is None:
        return Refusal(f"The deploy is already on hold: {have.reason}. Resume with ⟦hold⟧.")
    if command.asking:
        asked = have is not None and have.asking
        return [] if asked else [e.DeployHeld(reason="the reason is being typed", asking=True)]
    if not command.reason.strip():
        return Refusal("Enter a reason for the hold.")
    return [e.DeployHeld(reason=command.reason.strip())]


def _release(state: State, command: c.ReleaseDeploy, now: float, by: str) -> Decision:
    if command.asking and not (state.hold is not None and state.hold.asking):
        return []
    return (
        [e.DeployReleased(reason=command.reason)]
        if state.hold
        else Refusal("The deploy is not on hold. Hold it with ⟦hold⟧.")
    )


def _note(state: State, command: c.AddNote, now: float, by: str) -> Decision:
    return (
        [e.NoteAdded(text=command.text.strip())]
        if command.text.strip()
        else Refusal("The note is empty. Write what you saw.")
    )


def _close(state: State, command: c.CloseDeploy, now: float, by: str) -> Decision:
    if state.running:
        return Refusal(
            f"{titles(state.running)} is still running. Wait for it to finish, or cancel it first (⟦cancel⟧)."
        )
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    if state.rollout is not None:
        return decide_rollout.close(state, command)
    if state.rolling_back:
        return Refusal("A rollback is in progress. Wait for it to finish.")
    if command.outcome == "rolled back" and (state.rollback is None or state.rollback.status != "finished"):
        return Refusal("A deploy can only be closed as rolled back after a rollback. Start one with ⟦rollback⟧.")
    if command.outcome == "succeeded":
        if state.rollback is not None:
            return Refusal("A rollback has started. Close this deploy as failed or aborted (⟦close⟧).")
        holding = tuple(task for phase in plan_of(state).phases() for task in state.holding(phase))
        if holding:
            return Refusal(
                f"Not done yet: {titles(holding)}. Go there with ⟦next⟧; waive (⟦waive⟧) or skip (⟦skip⟧) what does "
                "not apply.",
                holding[0].id,
            )
    elif not command.reason.strip():
        return Refusal(f"Enter a reason for closing the deploy as {command.outcome}.")
    return [e.DeployClosed(outcome=command.outcome, reason=command.reason.strip())]


def _readings(state: State, command: c.RecordReadings, now: float, by: str) -> Decision:
    rules = {rule.name: rule for rule in plan_of(state).metrics}
    samples = tuple(
        judge(rules[taken.metric], taken, now, base_of(rules[taken.metric], state.metrics.get(taken.metric)))
        for taken in command.readings
        if taken.metric in rules
    )
    return [e.MetricsSampled(samples=samples)] if samples else []


_DECISIONS: dict[type, Decider] = {
    **decide_tasks.DECISIONS,
    **decide_rollback.DECISIONS,
    **decide_schedule.DECISIONS,
    **decide_people.DECISIONS,
    **decide_notices.DECISIONS,
    **decide_rollout.DECISIONS,
    **decide_team.DECISIONS,
    c.EnterPhase: _enter,
    c.HoldDeploy: _hold,
    c.ReleaseDeploy: _release,
    c.AddNote: _note,
    c.CloseDeploy: _close,
    c.Tick: lambda state, command, now, by: advance(state, now),
    c.RecordReadings: _readings,
    c.RecordStart: lambda state, command, now, by: [
        convert(command, e.EngineStarted, from_attributes=True),
        *decide_notices.lost(state, command.sending),
    ],
    c.RecordExport: lambda state, command, now, by: [e.RecordExported(paths=command.paths)],
    c.RecordStall: lambda state, command, now, by: (
        [] if state.stalled is not None else [e.JournalStalled(reason=command.reason)]
    ),
    c.RecordClock: lambda state, command, now, by: [
        e.ClockSet(seconds=round(command.seconds, 3), behind=round(command.behind, 3))
    ],
    c.RecordStandstill: lambda state, command, now, by: [e.EngineStoodStill(seconds=round(command.seconds, 1))],
    c.RecordResumption: lambda state, command, now, by: (
        [e.JournalResumed(events=command.events, seconds=round(max(0.0, now - state.stalled.at), 3))]
        if state.stalled is not None
        else []
    ),
}
