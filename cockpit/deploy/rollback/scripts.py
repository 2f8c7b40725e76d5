"""What a way back runs now: of an option made of undo scripts only those whose step has begun, the last one first."""

from collections.abc import Mapping

from cockpit.deploy.plan import RollbackOption, Task
from cockpit.deploy.rollback.safety import has_begun
from cockpit.deploy.state import State


def scripts_of(state: State, option: RollbackOption) -> tuple[Task, ...]:
    """The option's tasks with a script that would run now, in the order in which they run."""
    return tuple(task for task in option.tasks if task.script is not None and _is_needed(state, task))


def _is_needed(state: State, task: Task) -> bool:
    if not task.undoes or state.plan is None:
        return True
    done = state.plan.task(task.undoes)
    # One that has run already stays: a retry after a failure must not forget it.
    return done is None or has_begun(state, done)


def values_of(option: RollbackOption, given: Mapping[str, str]) -> dict[str, str]:
    """Those of the given values that the option's scripts have placeholders for."""
    names = {hole.name for task in option.tasks if task.script is not None for hole in task.script.placeholders}
    return {name: value for name, value in given.items() if name in names}
