"""Decisions about who must agree."""

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import digest_of, is_nobody, same_person, valid
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decision import Decider, Decision, plan_of
from cockpit.deploy.guards import WAY_BACK
from cockpit.deploy.state import State
from cockpit.runbook.placeholders import CannotFill


def _confirm(state: State, command: c.ConfirmTask, now: float, by: str) -> Decision:
    task = next((task for task in plan_of(state).tasks if task.id == command.task), None)
    if task is None or task.script is None or not task.second_person:
        title = f'"{task.title}"' if task is not None else repr(command.task)
        return Refusal(f"{title} needs no second person: ⟦run⟧ runs it", command.task)
    have = state.of(task.id)
    if is_nobody(by):
        return Refusal("nobody knows who you are: set git's user.name, or use --as NAME", task.id)
    if state.rollback is not None:
        return Refusal(
            WAY_BACK,
            task.id,
        )
    if have.settled:
        return Refusal(f'"{task.title}" is done ({have.status}): there is nothing to confirm, ⟦next⟧ goes on', task.id)
    if have.status == "running":
        return Refusal(f'"{task.title}" is running already, started by {have.by}: wait for its end', task.id)
    if command.attempt != have.attempt + 1:
        return Refusal(f'"{task.title}" was run meanwhile (attempt {have.attempt}): look at it again', task.id)
    missing = [hole.token for hole in task.script.placeholders if hole.name not in state.values]
    if missing:
        return Refusal(
            f"{', '.join(dict.fromkeys(missing))} has no value yet: ⟦run⟧ on the step asks for it",
            task.id,
        )
    if any(same_person(one.by, by) for one in valid(state, task, edited=command.edited)):
        return Refusal(f'{by} has confirmed "{task.title}" already: now another person runs it (⟦run⟧)', task.id)
    try:
        digest = "" if command.edited else digest_of(state, task)
    except CannotFill as error:
        return Refusal(str(error), task.id)
    return [e.TaskConfirmed(task=task.id, attempt=command.attempt, digest=digest, edited=command.edited)]


DECISIONS: dict[type, Decider] = {
    c.ConfirmTask: _confirm,
}
