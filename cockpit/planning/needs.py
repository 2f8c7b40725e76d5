"""What a deploy without a person will lack, known before its first step: a value that nobody gives and no step sets."""

import re
from collections.abc import Collection, Iterator

from cockpit.deploy.plan import Plan, Script, Task

_OPAQUE = re.compile(r"\bsource\b|(?:^|[;&|(\s])\.\s|\beval\b|\bCOCKPIT_ENV\b", re.M)
"""A script that may set any variable: what comes after it is not judged."""


def missing_values(plan: Plan, given: Collection[str], variables: Collection[str]) -> list[str]:
    """A line per value that a required script of the deploy needs and will not have.

    `given`: placeholders with a value; `variables`: names that the environment has. Alternatives are left out: which of
    them runs is decided later. An earlier script that so much as names a variable is believed to set it.
    """
    told: dict[str, str] = {}
    earlier: list[str] = []
    opaque = False
    for task in plan.tasks:
        script = task.script
        if task.choice and task.script is None:
            told.setdefault(task.choice, f"{_which(plan, task)}: set promote = true under [tasks.ID] in cockpit.toml")
        if script is None or script.blocked:
            continue
        if task.required and not task.alternative:
            where = f'"{task.title}", {plan.runbook_path}:{script.body_line}'
            for token, name in _holes(script, given):
                told.setdefault(token, f"{token} ({where}): give it with --set {name}=VALUE")
            for name in () if opaque else _unset(script, variables, earlier):
                told.setdefault(
                    f"${name}", f"${name} ({where}): export it, or set it under [variables] in cockpit.toml"
                )
        if script.carries_state:
            earlier.append(script.body)
            opaque = opaque or bool(_OPAQUE.search(script.body))
    return list(told.values())


def _which(plan: Plan, asks: Task) -> str:
    """Which of the variants, with the ids to name them by."""
    ways = [one for one in plan.tasks if one.choice == asks.choice and one.script is not None]
    ids = ", ".join(f"{one.alternative} = {one.id}" for one in ways)
    return f"which variant to run ({plan.runbook_path}:{asks.line}; {ids})"


def _holes(script: Script, given: Collection[str]) -> Iterator[tuple[str, str]]:
    for hole in script.placeholders:
        if hole.name not in given:
            yield hole.token, hole.name


def _unset(script: Script, variables: Collection[str], earlier: list[str]) -> Iterator[str]:
    for name in script.variables:
        if name not in variables and not any(re.search(rf"(?<![\w$\{{]){name}\b", body) for body in earlier):
            yield name
