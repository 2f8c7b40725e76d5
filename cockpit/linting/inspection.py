"""A runbook -> everything that can be said of it, by the rules and by this machine."""

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, structs

from cockpit.linting.machine import missing_tools, unset_variables
from cockpit.linting.shellcheck import ShellcheckError, binary, shellcheck
from cockpit.linting.tools import Tools
from cockpit.runbook.lint.context import Known
from cockpit.runbook.lint.model import Finding
from cockpit.runbook.lint.registry import lint, open_context
from cockpit.runbook.model import Runbook
from cockpit.runbook.parse import parse


class Inspected(Struct, frozen=True):
    """The findings by line, and what could not be looked at."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


Look = Callable[[Runbook], Iterable[Finding]]
"""What is known of the runbook from elsewhere, as findings of the rule `not-reviewed`."""


def inspect(
    data: bytes, root: Path, *, tools: bool = True, given: frozenset[str] = frozenset(), reading: Look | None = None
) -> Inspected:
    """Findings in the runbook `data`, whose scripts would run in `root`.

    With `tools`, the installed tools are asked for their commands, and programs and variables (but those in `given`)
    that are not there are listed: the answer then depends on the machine. shellcheck always runs, as a part of this
    program. `reading` finds what was not reviewed.
    """
    runbook = parse(data)
    context = open_context(data, runbook)
    notes: list[str] = []
    more: list[Finding] = []
    judged: set[str] = set()
    try:
        more += shellcheck(context, binary())
        judged.add("SC")
    except ShellcheckError as error:
        notes.append(str(error))
    if reading is not None:
        more += reading(runbook)
        judged.add("not-reviewed")
    known: Known = {}
    if tools:
        known = Tools().ask_about(context)
        more += [*missing_tools(context, root), *unset_variables(context, given)]
        judged |= {"tool-missing", "variable-unset"}
    context = structs.replace(context, known=known)
    return Inspected(tuple(lint(context, more, frozenset(judged))), tuple(notes))
