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
        return Refusal(f"{title} needs no approval. Run it with ⟦run⟧.", command.task)
    have = state.of(task.id)
    if is_nobody(by):
        return Refusal("Your name is not set. Set git's user.name, or use --as NAME.", task.id)
    if state.rollback is not None:
        return Refusal(
            WAY_BACK,
            task.id,
        )
    if have.settled:
        return Refusal(
            f'"{task.title}" is already done ({have.status}). Go to the next open task with ⟦next⟧.', task.id
        )
    if have.status == "running":
        return Refusal(f'"{task.title}" is already running, started by {have.by}. Wait for it to finish.', task.id)
    if command.attempt != have.attempt + 1:
        return Refusal(f'"{task.title}" has run again since (attempt {have.attempt}). Check its result first.', task.id)
    missing = [hole.token for hole in task.script.placeholders if hole.name not in state.values]
    if missing:
        return Refusal(
            f"{', '.join(dict.fromkeys(missing))} has no value yet. Run the step (⟦run⟧) to enter it.",
            task.id,
        )
    if any(same_person(one.by, by) for one in valid(state, task, edited=command.edited)):
        return Refusal(f'"{task.title}" is already approved by {by}. Someone else must run it (⟦run⟧).', task.id)
    try:
        digest = "" if command.edited else digest_of(state, task)
    except CannotFill as error:
        return Refusal(str(error), task.id)
    return [e.TaskConfirmed(task=task.id, attempt=command.attempt, digest=digest, edited=command.edited)]


DECISIONS: dict[type, Decider] = {
    c.ConfirmTask: _confirm,
}
