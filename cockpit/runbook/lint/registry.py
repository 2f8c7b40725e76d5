"""All rules, and running them over a runbook."""

from collections.abc import Callable, Iterator, Mapping

from cockpit.runbook.blocks import Fence, Indented, read_blocks
from cockpit.runbook.lint import (
    rules_ci,
    rules_database,
    rules_destroys,
    rules_document,
    rules_dumps,
    rules_endless,
    rules_levels,
    rules_processes,
    rules_secrets,
    rules_shell,
    rules_sql,
    rules_tools,
)
from cockpit.runbook.lint.context import Context, Known, read_context
from cockpit.runbook.lint.model import Finding, Rule
from cockpit.runbook.lint.rules_reader import FROM_OUTSIDE, READER
from cockpit.runbook.lint.suppress import NO_REASON, UNUSED, apply, suppressions
from cockpit.runbook.model import Runbook
from cockpit.runbook.source import read

Check = Callable[[Context], Iterator[Finding]]

CHECKS: tuple[tuple[Rule, Check], ...] = (
    *rules_dumps.RULES,
    *rules_database.RULES,
    *rules_sql.RULES,
    *rules_shell.RULES,
    *rules_processes.RULES,
    *rules_endless.RULES,
    *rules_destroys.RULES,
    *rules_ci.RULES,
    *rules_tools.RULES,
    *rules_document.RULES,
    *rules_secrets.RULES,
    *rules_levels.RULES,
)
RULES: Mapping[str, Rule] = {
    rule.code: rule for rule in (*(rule for rule, _ in CHECKS), *READER, *FROM_OUTSIDE, NO_REASON, UNUSED)
}


def open_context(source: bytes | str, runbook: Runbook, known: Known | None = None) -> Context:
    """What the rules look at. `runbook` is what `parse` made of `source`; `known` is what the installed tools "
    "answered."""
    text = read(source)
    document = read_blocks(text.text, text.lines)
    code = [block for block in document.blocks if isinstance(block, (Fence, Indented))]
    return read_context(runbook, text, code, known or {})


def lint(context: Context, more: list[Finding] | None = None, judged: frozenset[str] = frozenset()) -> list[Finding]:
    """The findings of every rule, by line, without those that somebody silenced with a reason.

    `more` are findings from outside (shellcheck, this machine), which can be silenced in the same way; `judged` are the
    codes that were looked for there (`SC` for all of shellcheck's).
    """
    found = [finding for _, check in CHECKS for finding in check(context)]
    asked = {finding.line for finding in found if finding.code == rules_shell.PLACEHOLDER_AS_FILE.code}
    for problem in context.runbook.problems:
        if problem.code == "open-placeholder" and problem.line in asked:
            continue  # told already, and more of it
        rule = RULES.get(problem.code)
        safer = rule.safer if rule is not None else ""
        found.append(Finding(problem.code, problem.severity, problem.line, 0, problem.message, safer))
    here = frozenset(RULES) - {rule.code for rule in FROM_OUTSIDE}
    left = apply([*found, *(more or ())], suppressions(context), here | judged, frozenset(RULES))
    return sorted(left, key=lambda finding: (finding.line, finding.column, finding.code))
