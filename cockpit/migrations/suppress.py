"""Findings that somebody has answered for: `-- cockpit: ignore CODE: reason` above a statement or behind it,
`-- cockpit: ignore-file CODE: reason` anywhere, and squawk's own `-- squawk-ignore CODE` for the cockpit's rules too.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from cockpit.migrations.model import Finding, Script, Statement

_OURS = re.compile(
    r"--[ \t]*cockpit:[ \t]*ignore(?P<file>-file)?[ \t]+(?P<codes>[a-z][\w-]*(?:[ \t]*,[ \t]*[a-z][\w-]*)*)"
    r"[ \t]*(?::[ \t]*(?P<reason>[^\n]*))?",
)
_SQUAWK = re.compile(r"--[ \t]*squawk-ignore(?P<file>-file)?(?:[ \t]+(?P<codes>[a-z][\w, \t-]*))?")


class Directive(Struct, frozen=True):
    """`first` and `last`: the lines for which it holds, both included; last 0 is the whole file."""

    codes: tuple[str, ...]
    line: int
    column: int
    first: int
    last: int
    reason: str
    ours: bool

    def covers(self, finding: Finding) -> bool:
        """Codes of squawk's comment may be left out: then it is every one."""
        named = finding.rule in self.codes or not self.codes
        return named and (not self.last or self.first <= finding.line <= self.last)


def directives(script: Script) -> Iterator[Directive]:
    """Every one in the file, also those of psql's lines and of data: a comment is where it looks like one."""
    for pattern in (_OURS, _SQUAWK):
        for match in pattern.finditer(script.text):
            target = _target(script, match.start())
            line, column = script.place(match.start())
            codes = tuple(part.strip() for part in (match["codes"] or "").split(",") if part.strip())
            whole = bool(match["file"]) or target is None
            yield Directive(
                codes=codes,
                line=line,
                column=column,
                first=0 if target is None else target.line,
                last=0 if whole or target is None else script.place(max(target.start, target.end - 1))[0],
                reason=(match["reason"] or "").strip() if pattern is _OURS else "squawk",
                ours=pattern is _OURS,
            )


def _target(script: Script, offset: int) -> Statement | None:
    """The statement on the same line before it, else the next one."""
    begin = script.text.rfind("\n", 0, offset) + 1
    behind = script.text[begin:offset].strip() != ""
    last: Statement | None = None
    for one in script.statements:
        if one.end > offset:
            return last if behind and last is not None and one.start > offset else one
        last = one
    return last


def apply(script: Script, findings: Iterable[Finding]) -> list[Finding]:
    """Without what is suppressed; with a finding for a suppression that gives no reason or suppresses nothing."""
    given = [*directives(script)] if "ignore" in script.text else []
    kept, used = [], set[int]()
    for finding in findings:
        covering = [number for number, one in enumerate(given) if one.covers(finding) and one.reason]
        used.update(covering)
        if not covering:
            kept.append(finding)
    for number, one in enumerate(given):
        if one.ours and not one.reason:
            words, fix = "suppression needs a reason", "-- cockpit: ignore CODE: reason"
            kept.append(Finding(script.name, one.line, one.column, "ignore-without-reason", "warning", words, fix))
        elif one.ours and number not in used:
            words = f"nothing to suppress here: {', '.join(one.codes)}"
            kept.append(Finding(script.name, one.line, one.column, "ignore-unused", "warning", words, "remove it"))
    return kept
