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
        return Refusal(f"{plan.runbook_path} has no rollback section: add one (its title says rollback)")
    if option is None:
        return Refusal(
            f"no rollback option {command.option!r}: {', '.join(one.id for one in plan.rollback)} (choose one of these)"
        )
    if state.rolling_back:
        return Refusal(f"a rollback is under way already, started by {state.rollback.by}: wait for its end")  # type: ignore[union-attr]
    if command.confirmation != plan.environment:
        return Refusal(f'type the name of the environment, "{plan.environment}", to confirm')
    scripts = scripts_of(state, option)
    if not scripts:
        where = (
            "no step that it undoes has run, choose another way back"
            if option.is_undo
            else f"follow the runbook at line {option.line} by hand"
        )
        return Refusal(f'"{option.title}" has nothing to run: {where}')
    values = {**state.values, **command.values}
    unfit = _unfit(State(values=values, variables=state.variables), scripts)
    if unfit is not None:
        return unfit
    against = against_target(state, option, values)
    if against and not command.despite:
        why = "; ".join(objections(state, option, values))
        return Refusal(f'"{option.title}" is not taken: {why}. Choose another way back, or insist')
    if against and not command.reason.strip():
        return Refusal(
            "to insist on a way back that is known to be bad, a reason is needed: say why it is taken all the same"
        )
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
        return Refusal("no countdown is running: ⟦rollback⟧ chooses a way back")
    stalled = why_not_start(state)
    return Refusal(stalled) if stalled else fire(state, by_hand=True)


def _check_target(state: State, command: c.CheckTarget, now: float, by: str) -> Decision:
    option = plan_of(state).option(command.option)
    if option is None:
        return Refusal(f"no rollback option {command.option!r}: ⟦rollback⟧ shows those that there are")
    return [e.TargetAsked(option=option.id, values=values_of(option, {**state.values, **command.values}))]


def _unlock(state: State, command: c.Unlock, now: float, by: str) -> Decision:
    if state.closed is None:
        return Refusal("this deploy is still open: it holds the environment by itself. Close it (⟦close⟧) first")
    if state.unlocked:
        return Refusal(f"unlocked already: {state.unlocked}. Start the next one with `cockpit run`")
    if not command.reason.strip():
        return Refusal("say why the environment may be deployed to again")
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
