"""Which step changes production first: from its start on the triggers are armed."""

from collections.abc import Sequence

from cockpit.deploy.plan import Task
from cockpit.runbook.read_only import first_line, why_changes
from cockpit.settings.load import Settings


def arm_task(settings: Settings, tasks: Sequence[Task]) -> tuple[str, str]:
    """Id of the step and why it: as the settings say, else the first script of the deploy that is not known to only
    look, else its first script; empty where there is none. Raises ValueError for an id that no script has."""
    scripts = [task for task in tasks if task.phase == "deploy" and task.kind == "script"]
    wanted = settings.rollback.arm
    if wanted is not None:
        if wanted not in [task.id for task in scripts]:
            known = ", ".join(task.id for task in scripts) or "none"
            raise ValueError(f"rollback.arm: no deploy step named {wanted!r}; known: {known}")
        return wanted, "rollback.arm says so"
    for task in scripts:
        why = _why(task)
        if why:
            return task.id, f"{why} is not known to be read-only"
    return (scripts[0].id, "every script is known to be read-only; the first one arms") if scripts else ("", "")


def _why(task: Task) -> str:
    """The command, in backticks; empty where the script is known to only look."""
    script = task.script
    if script is None:
        return ""
    if script.interpreter not in ("bash", "sh"):
        return f"`{first_line(script.body)}` ({script.interpreter})"
    why = why_changes(script.body)
    return f"`{why}`" if why else ""
