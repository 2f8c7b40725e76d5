"""All findings of some migrations: the cockpit's rules and squawk's, each said once, without what is suppressed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from cockpit.migrations import squawk, suppress
from cockpit.migrations.model import Finding, Script
from cockpit.migrations.rules import BY_CODE, REGISTRY
from cockpit.migrations.rules.base import created_table, target
from cockpit.text.sanitize import one_line

_OF_OLD_TABLES = frozenset({
    "require-concurrent-index-creation", "adding-foreign-key-constraint", "constraint-missing-not-valid",
    "disallowed-unique-constraint", "changing-column-type", "adding-not-nullable-field", "adding-required-field",
})  # fmt: skip
"""What blocks nobody on a table that the same file has made. squawk knows that inside a transaction only."""

_THE_WAY_BACK = frozenset({"ban-drop-column", "ban-drop-table", "renaming-column", "renaming-table"})
"""What a file that undoes another one is there for."""


def lint(scripts: Sequence[Script]) -> tuple[list[Finding], list[str]]:
    """Findings in the order of files and lines, and notes on what could not be looked at."""
    notes = []
    theirs: list[Finding] = []
    with ThreadPoolExecutor(1) as beside:  # squawk is a program of its own: meanwhile our rules look
        asked = beside.submit(squawk.findings, scripts)
        ours = [[*own(script)] for script in scripts]
    if squawk.program() is None:
        notes.append("squawk is not installed; only the cockpit's own rules were applied")
    try:
        theirs = asked.result()
    except squawk.SquawkFailed as error:
        notes.append(str(error))
    notes += [f"{one.name}: too large for squawk" for one in scripts if len(one.text) > squawk.MOST_BYTES]
    by_file: dict[str, list[Finding]] = {}
    for finding in theirs:
        by_file.setdefault(finding.file, []).append(finding)
    found: list[Finding] = []
    for script, mine in zip(scripts, ours, strict=True):
        merged = [*mine, *_others(script, mine, by_file.get(script.name, ()))]
        found += sorted(suppress.apply(script, merged), key=lambda one: (one.line, one.column, one.rule))
    return found, notes


def own(script: Script) -> Iterator[Finding]:
    """Of the cockpit's rules."""
    for rule in REGISTRY:
        for hit in rule.find(script):
            line, column = script.place(hit.offset)
            message = one_line(hit.message)
            yield Finding(script.name, line, column, rule.code, rule.level, message, one_line(hit.fix or rule.fix))


def _others(script: Script, mine: Sequence[Finding], theirs: Iterable[Finding]) -> Iterator[Finding]:
    """What squawk says of a statement for which no rule of ours says the same; each thing once."""
    starts = [one.line for one in script.statements]
    said = {
        (code, bisect_right(starts, one.line))
        for one in mine
        if one.rule in BY_CODE
        for code in BY_CODE[one.rule].covers
    }
    anywhere = {code for one in mine if one.rule in ("transaction-left-open",) for code in BY_CODE[one.rule].covers}
    unfinished = any(one.rule == "unfinished" for one in mine)
    made = {name for one in script.notable if (name := created_table(one))}
    seen = set[tuple[str, int, str]]()
    for finding in theirs:
        key = (finding.rule, finding.line, finding.message)
        at = bisect_right(starts, finding.line) - 1
        if finding.rule in _OF_OLD_TABLES and at >= 0 and target(script.statements[at]) in made:
            continue
        if (finding.rule, bisect_right(starts, finding.line)) in said or finding.rule in anywhere or key in seen:
            continue
        if (unfinished and finding.rule == "syntax-error") or (script.is_down and finding.rule in _THE_WAY_BACK):
            continue
        seen.add(key)
        yield finding
