"""The commands of a run as it really was: with its placeholders filled, or edited for one attempt."""

from functools import lru_cache

from cockpit.deploy.plan import Task
from cockpit.deploy.state import TaskState
from cockpit.runbook.model import Command
from cockpit.runbook.shell import read_script


def commands_of(task: Task, have: TaskState) -> tuple[Command, ...]:
    """Top-level commands of what the last attempt ran, or of the runbook's script where nothing ran yet."""
    if task.script is None:
        return ()
    if not have.script or have.script == task.script.body:
        return task.script.commands
    return _read(have.script, task.script.body_line)


CANNOT_RUN = "cannot run"


def why_blocked(task: Task, have: TaskState) -> str:
    """Why no shell can read the step's script, until a person has passed over it; empty where one can."""
    return task.script.blocked if task.script is not None and not have.settled else ""


def stopped_at(task: Task, have: TaskState) -> Command | None:
    """The command that runs, or at which the script stopped; None where it is not known."""
    commands, index = commands_of(task, have), have.command_index
    return commands[index] if index is not None and index < len(commands) else None


@lru_cache(maxsize=256)
def _read(script: str, line: int) -> tuple[Command, ...]:
    return read_script(script, line).commands
