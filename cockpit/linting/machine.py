"""What this machine lacks for a runbook: programs, and values of variables."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cockpit.runbook.lint.context import Context, Script
from cockpit.runbook.lint.model import Finding
from cockpit.runbook.lint.registry import RULES
from cockpit.runbook.programs import programs


def missing_tools(context: Context, root: Path) -> Iterator[Finding]:
    """Every program once, where it is first called. A path is looked for below `root`, where scripts run."""
    rule = RULES["tool-missing"]
    seen: set[str] = set()
    for line, text, script in _scripts(context):
        for name in programs(text):
            if name in seen:
                continue
            seen.add(name)
            if not _is_there(name, root, moved=script is not None and any(call.name == "cd" for call in script.calls)):
                at = _place(name, line, script)
                where = "not found" if "/" in name else "is not installed on this machine"
                yield Finding(rule.code, rule.severity, *at, f"{name} {where}", rule.safer)


def _place(name: str, line: int, script: Script | None) -> tuple[int, int]:
    """Of the first call of the program; the script's first line where a wrapper hides it."""
    for call in script.calls if script is not None else ():
        if name in call.words[:1]:
            return script.place(call.nodes[0].start_byte) if script is not None else (line, 0)
    return line, 0


def _scripts(context: Context) -> Iterator[tuple[int, str, Script | None]]:
    """Scripts (placeholders filled with a plain word), and the commands that answer items."""
    found: list[tuple[int, str, Script | None]] = [
        (one.step.body_line, one.masked.decode("utf-8", "replace"), one) for one in context.scripts
    ]
    found += [
        (item.line, item.check, None)
        for section in context.runbook.sections
        for item in section.items
        if item.check and not item.check_builtin
    ]
    return iter(sorted(found, key=lambda one: one[0]))


def _is_there(name: str, root: Path, *, moved: bool) -> bool:
    """`moved`: the script goes to another folder, so that a relative path cannot be looked for."""
    if "xxxx" in name:
        return True  # a placeholder is part of it
    if "/" in name:
        return name.startswith("~") or (moved and not name.startswith("/")) or (root / name).exists()
    return shutil.which(name) is not None


def unset_variables(context: Context, given: frozenset[str]) -> Iterator[Finding]:
    """Every variable once, where it is first needed. `given`: names that the settings give a value to."""
    rule = RULES["variable-unset"]
    have = set(os.environ) | given
    for script in context.scripts:
        for name in script.step.variables:
            if name not in have and name not in script.given:
                have.add(name)
                place = script.data.find(f"${name}".encode())
                place = place if place >= 0 else script.data.find(f"${{{name}".encode())
                line, column = script.place(max(0, place))
                yield Finding(rule.code, rule.severity, line, column, f"${name} is not set here", rule.safer)
