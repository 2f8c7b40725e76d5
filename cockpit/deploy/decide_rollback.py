"""Decisions about the way back."""

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.automatic_triggers import fire, stop_running
from cockpit.deploy.commands import Refusal
from cockpit.deploy.deciding import Decider, Decision, plan_of
from cockpit.deploy.guards import open_needs, why_not_start
from cockpit.deploy.state import State
from cockpit.runbook.placeholders import CannotFill, fill_placeholders


def _rollback(state: State, command: c.StartRollback, now: float, by: str) -> Decision:
    plan = plan_of(state)
    option = plan.option(command.option)
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    if not plan.rollback:
        return Refusal(f"{plan.runbook_path} has no rollback section: add one (its title says rollback)")
    if option is None:
        return Refusal(f"no rollback option {command.option!r}: " + ", ".join(one.id for one in plan.rollback))
    if state.rolling_back:
        return Refusal(f"a rollback is under way already, started by {state.rollback.by}")  # type: ignore[union-attr]
    if command.confirmation != plan.environment:
        return Refusal(f'type the name of the environment, "{plan.environment}", to confirm')
    scripts = tuple(task for task in option.tasks if task.script is not None)
    if not scripts:
        return Refusal(f'"{option.title}" has nothing to run: follow the runbook at line {option.line} by hand')
    given = State(values={**state.values, **command.values}, variables=state.variables)
    for task in scripts:
        reason = open_needs(given, task.script)  # type: ignore[arg-type]
        try:
            fill_placeholders(task.script.body, given.values)  # type: ignore[union-attr]
        except CannotFill as error:
            reason = str(error)
        if reason:
            return Refusal(f'"{task.title}": {reason}', task.id)
    events: list[e.EventBody] = [
        e.RollbackRequested(
            option=option.id, reason=command.reason or "asked for", values=command.values, breaches=state.breaches
        )
    ]
    return [*events, *stop_running(state)]


def _now(state: State, command: c.RollBackNow, now: float, by: str) -> Decision:
    if state.countdown is None or state.countdown.due_at != command.due_at:
        return Refusal("no countdown is running: R chooses a way back")
    stalled = why_not_start(state)
    return Refusal(stalled) if stalled else fire(state, by_hand=True)


DECISIONS: dict[type, Decider] = {
    c.StartRollback: _rollback,
    c.RollBackNow: _now,
}
