"""Which step changes production first: from its start on the triggers are armed."""

import re
from collections.abc import Sequence

from cockpit.deploy.plan import Task
from cockpit.settings import Settings

_CHANGES = re.compile(
    r"migrat|\bdeploy|\breleas"
    r"|\b(?:apply|upgrade|publish|restart|upload|promote|rollout|systemctl|kubectl|helm|terraform|rsync|scp)\b"
    r"|\b(?:db push|git push|docker push|workflow run)\b",
    re.I,
)
_KEEPS = re.compile(r"\b(back-?up|dump|status|diff|dry-run|list|--check)\b", re.I)
"""Words of commands that only look or keep a copy."""


def arm_task(settings: Settings, tasks: Sequence[Task]) -> str:
    """Id of the step: as the settings say, else the first script of the deploy with a command that changes something,
    else its first script; empty where there is none. Raises ValueError for an id that no script has."""
    scripts = [task for task in tasks if task.phase == "deploy" and task.kind == "script"]
    wanted = settings.rollback.arm
    if wanted is not None:
        if wanted not in [task.id for task in scripts]:
            known = ", ".join(task.id for task in scripts) or "none"
            raise ValueError(f"rollback.arm: no step of the deploy is called {wanted!r}; there are {known}")
        return wanted
    changing = (task for task in scripts if any(_changes(one.text) for one in task.script.commands))  # type: ignore[union-attr]
    return next(changing, scripts[0] if scripts else None).id if scripts else ""  # type: ignore[union-attr]


def _changes(command: str) -> bool:
    return _CHANGES.search(command) is not None and _KEEPS.search(command) is None
