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
        return Refusal("no deploy is open here: start one with `cockpit run`")
    if state.closed is not None and not command.after_close:
        return Refusal(f"this deploy was closed as {state.closed}: start a new one with `cockpit run`")
    decision = _DECISIONS[type(command)](state, command, now, by)
    return decision if isinstance(decision, Refusal) else with_notices(state, decision, by)


def _open(state: State, command: c.OpenDeploy, now: float) -> Decision:
    if state.plan is not None:
        return Refusal("a deploy is open already: go on with it, or close it (⟦close⟧) first")
    if command.plan.rollout is not None:
        return decide_rollout.opened(command)
    first = next(iter(command.plan.phases()), None)
    if first is None:
        return Refusal(
            f"{command.plan.runbook_path}: nothing to do in this runbook: no check boxes, no runnable "
            "scripts; `cockpit outline` shows what was read"
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
        return Refusal(f"the deploy is on hold since {state.hold.by} said: {state.hold.reason} (⟦hold⟧ releases it)")
    reason = why_not_enter(state, command.phase, now) or (why_closed(state, now) if command.phase == "deploy" else "")
    return Refusal(reason) if reason else enter(state, plan_of(state), command.phase, now)


def _hold(state: State, command: c.HoldDeploy, now: float, by: str) -> Decision:
    have = state.hold
    if have is not None and not have.asking and state.countdown is None:
        return Refusal(f"on hold already: {have.reason}. ⟦hold⟧ releases it")
    if command.asking:
        asked = have is not None and have.asking
        return [] if asked else [e.DeployHeld(reason="the reason is being typed", asking=True)]
    if not command.reason.strip():
        return Refusal("a hold needs a reason: say why the deploy waits")
    return [e.DeployHeld(reason=command.reason.strip())]


def _release(state: State, command: c.ReleaseDeploy, now: float, by: str) -> Decision:
    if command.asking and not (state.hold is not None and state.hold.asking):
        return []
    return (
        [e.DeployReleased(reason=command.reason)]
        if state.hold
        else Refusal("the deploy is not on hold: ⟦hold⟧ puts it there, with a reason")
    )


def _note(state: State, command: c.AddNote, now: float, by: str) -> Decision:
    return (
        [e.NoteAdded(text=command.text.strip())]
        if command.text.strip()
        else Refusal("an empty note says nothing: write what you saw")
    )


def _close(state: State, command: c.CloseDeploy, now: float, by: str) -> Decision:
    if state.running:
        return Refusal(f"{titles(state.running)} is still running: wait for it or cancel it (⟦cancel⟧) first")
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    if state.rollout is not None:
        return decide_rollout.close(state, command)
    if state.rolling_back:
        return Refusal("a rollback is under way: it ends first, wait for it")
    if command.outcome == "rolled back" and (state.rollback is None or state.rollback.status != "finished"):
        return Refusal("only a rollback closes a deploy as rolled back (⟦rollback⟧)")
    if command.outcome == "succeeded":
        if state.rollback is not None:
            return Refusal("a rollback was started: this deploy can only be closed as failed or aborted (⟦close⟧)")
        holding = tuple(task for phase in plan_of(state).phases() for task in state.holding(phase))
        if holding:
            return Refusal(
                f"not done yet: {titles(holding)}. ⟦next⟧ goes there; ⟦waive⟧ waives, ⟦skip⟧ skips, with a reason",
                holding[0].id,
            )
    elif not command.reason.strip():
        return Refusal(f"say why the deploy is closed as {command.outcome}")
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
