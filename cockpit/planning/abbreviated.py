"""The abbreviated checklist of an emergency: what is asked all the same, and what is passed over, by name. Pure."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from cockpit.deploy.plan import Task
from cockpit.text.sanitize import one_line

_WORDS = re.compile(r"\btest(?:s|ed|ing)?\b|\bsecrets?\b|\bback-?\s?ups?\b|\bdumps?\b|\bhealth(?:y|-?checks?)?\b", re.I)
_LIVE = ("health", "metrics", "window")


def abbreviated(tasks: Sequence[Task]) -> tuple[list[Task], tuple[str, ...], str]:
    """The tasks with everything of preflight that is not asked made optional; what was passed over, in words; and why
    the list stays whole, empty where it does not.

    Asked are the items that the runbook marks `critical`, by themselves or by a section above them; where it marks
    none, those that speak of tests, secrets, backups or health. The cockpit's own questions always are.
    """
    preflight = [task for task in tasks if task.phase == "preflight" and task.required]
    marked = [task for task in preflight if task.critical]
    asked = marked or [task for task in preflight if _speaks_of_it(task)]
    if not asked:
        whole = "no checklist item is marked critical or mentions tests, secrets, backups or health"
        return list(tasks), (), f"{whole}, so the full checklist is required" if preflight else ""
    kept = {task.id for task in asked} | {task.id for task in preflight if task.builtin in _LIVE}
    left_out = [task for task in preflight if task.id not in kept]
    if not left_out:
        return list(tasks), (), ""
    names = "; ".join(one_line(task.title) for task in left_out)
    passed = f"preflight: {len(left_out)} item{'s' if len(left_out) != 1 else ''} not required: {names}"
    ids = {task.id for task in left_out}
    return [replace(task, required=False, not_asked=True) if task.id in ids else task for task in tasks], (passed,), ""


def _speaks_of_it(task: Task) -> bool:
    """A code quality test, secrets, a backup or dump, health: in the item's own words or its heading's."""
    return any(_WORDS.search(words) for words in (task.title, task.group, task.section))
