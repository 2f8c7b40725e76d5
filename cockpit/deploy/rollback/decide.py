"""Decisions about the way back."""

from collections.abc import Sequence

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.guards import open_needs, why_not_start
from cockpit.deploy.plan import Task
from cockpit.deploy.rollback.countdown import fire, stop_running
from cockpit.deploy.rollback.scripts import scripts_of, values_of
from cockpit.deploy.rollback.triggers import against_target, objections
from cockpit.deploy.state import State
from cockpit.runbook.placeholders import CannotFill, fill_placeholders


def _rollback(state: State, command: c.StartRollback, now: float, by: str) -> Decision:
    plan = plan_of(state)
    option = plan.option(command.option)
    stalled = why_not_start(state)
    if stalled:
        return Refusal(stalled)
    if not plan.rollback:
        return Refusal(f'{plan.runbook_path} has no rollback section. Add a heading that contains "rollback".')
    if option is None:
        return Refusal(
            f"No rollback option {command.option!r}. Choose one of: {', '.join(one.id for one in plan.rollback)}."
        )
    if state.rolling_back:
        return Refusal(f"A rollback is already in progress, started by {state.rollback.by}. Wait for it to finish.")  # type: ignore[union-attr]
    if command.confirmation != plan.environment:
        return Refusal(f'Type the environment name, "{plan.environment}", to confirm.')
    scripts = scripts_of(state, option)
    if not scripts:
        where = (
            "none of the steps it undoes has run. Choose another rollback option"
            if option.is_undo
            else f"follow line {option.line} of the runbook manually"
        )
        return Refusal(f'"{option.title}" has nothing to run: {where}.')
    values = {**state.values, **command.values}
    unfit = _unfit(State(values=values, variables=state.variables), scripts)
    if unfit is not None:
        return unfit
    against = against_target(state, option, values)
    if against and not command.despite:
        why = "; ".join(objections(state, option, values))
        return Refusal(f'"{option.title}" is blocked: {why}. Choose another rollback option, or override.')
    if against and not command.reason.strip():
        return Refusal("Enter a reason for overriding a blocked rollback option.")
    events: list[e.Body] = [
        e.RollbackRequested(
            option=option.id,
            reason=command.reason or "asked for",
            values=command.values,
            breaches=state.breaches,
            despite=against,
        )
    ]
    return [*events, *stop_running(state)]


def _unfit(given: State, scripts: Sequence[Task]) -> Refusal | None:
    """Why the first of the scripts that lacks something cannot run; None where none does."""
    for task in scripts:
        reason = open_needs(given, task.script)  # type: ignore[arg-type]
        try:
            fill_placeholders(task.script.body, given.values)  # type: ignore[union-attr]
        except CannotFill as error:
            reason = str(error)
        if reason:
            return Refusal(f'"{task.title}": {reason}', task.id)
    return None


def _now(state: State, command: c.RollBackNow, now: float, by: str) -> Decision:
    if state.countdown is None or state.countdown.due_at != command.due_at:
        return Refusal("No countdown is running. Choose a rollback option with ⟦rollback⟧.")
    stalled = why_not_start(state)
    return Refusal(stalled) if stalled else fire(state, by_hand=True)


def _check_target(state: State, command: c.CheckTarget, now: float, by: str) -> Decision:
    option = plan_of(state).option(command.option)
    if option is None:
        return Refusal(f"No rollback option {command.option!r}. List the options with ⟦rollback⟧.")
    return [e.TargetAsked(option=option.id, values=values_of(option, {**state.values, **command.values}))]


def _unlock(state: State, command: c.Unlock, now: float, by: str) -> Decision:
    if state.closed is None:
        return Refusal("This deploy is still open and locks the environment. Close it first (⟦close⟧).")
    if state.unlocked:
        return Refusal(
            f"The environment is already unlocked: {state.unlocked}. Start the next deploy with `cockpit run`."
        )
    if not command.reason.strip():
        return Refusal("Enter a reason for unlocking the environment.")
    return [e.EnvironmentUnlocked(reason=command.reason.strip())]


DECISIONS: dict[type, Decider] = {
    c.StartRollback: _rollback,
    c.RollBackNow: _now,
    c.CheckTarget: _check_target,
    c.RecordTarget: lambda state, command, now, by: [
        e.TargetChecked(
            option=command.option, values=command.values, findings=command.findings, written=command.written
        )
    ],
    c.Unlock: _unlock,
}
