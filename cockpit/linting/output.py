"""What was found, for a person (`plain`) and for a code host's annotations (`sarif`)."""

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from cockpit import __version__
from cockpit.linting.found import Found
from cockpit.linting.shellcheck import IRRELEVANT
from cockpit.runbook.lint.model import Rule
from cockpit.runbook.lint.registry import RULES

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def plain(found: Sequence[Found], notes: Iterable[str] = ()) -> str:
    """`FILE:LINE:COLUMN: severity code: text`, what would be safer below it, and the sum.

    The safer way is told once per rule: the tenth time it is noise.
    """
    lines: list[str] = []
    told: set[str] = set()
    for one in found:
        place = ":".join(str(part) for part in (one.file, one.line or "", one.column or "") if part != "")
        lines.append(f"{place}: {one.severity} {one.code}: {one.text}")
        if one.safer and one.code not in told:
            told.add(one.code)
            lines.append(f"  fix: {one.safer}")
    lines += [f"note: {note}" for note in notes]
    errors, warnings = (sum(one.severity == kind for one in found) for kind in ("error", "warning"))
    return "\n".join([*lines, f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"])


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def sarif(found: Sequence[Found], notes: Iterable[str] = ()) -> str:
    """SARIF 2.1.0 (OASIS, 2020): one run, every rule that found something, a physical location per finding."""
    codes = list(dict.fromkeys(one.code for one in found))
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "deploy-cockpit",
                "version": __version__,
                "rules": [_rule(code, found) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code)) for one in found],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "note", "message": {"text": note}} for note in notes],
            }
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str, found: Sequence[Found]) -> dict[str, Any]:
    rule = RULES.get(code)
    if rule is None:
        first = next(one for one in found if one.code == code)
        told: dict[str, Any] = {"id": code, "shortDescription": {"text": first.text}}
        if code.startswith("SC") and code not in IRRELEVANT:
            told["helpUri"] = f"https://www.shellcheck.net/wiki/{code}"
        return told | {"defaultConfiguration": {"level": _LEVELS[first.severity]}}
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why} Fix: {rule.safer}", "markdown": _help(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _help(rule: Rule) -> str:
    return f"{rule.why}\n\nFix: {rule.safer}"


def _result(one: Found, index: int) -> dict[str, Any]:
    region = {"startLine": one.line} | ({"startColumn": one.column} if one.column else {})
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(PurePath(one.file).as_posix())}}
    if one.line:
        location["region"] = region
    return {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": one.text},
        "locations": [{"physicalLocation": location}],
    }
