"""Findings that somebody has looked at: which comment silences what, and where.

<!-- cockpit: ignore-rule=CODE,CODE reason="..." -->    above a block, above or in a heading, or at an item's end
# cockpit: ignore CODE: reason                          in a script, on the line above the command
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from msgspec import Struct

from cockpit.runbook.annotations import COMMENT
from cockpit.runbook.lint.context import Context
from cockpit.runbook.lint.model import Finding, Rule

NO_REASON = Rule(
    "suppression-without-reason", "error", "A finding is suppressed without a reason",
    "In six months no one will know whether it still applies. Nothing is suppressed by it.",
    'add reason="..." to the comment; in a script, after the colon',
    "<!-- cockpit: ignore-rule=zone-abbreviation -->\n- 10:00 EST",
    '<!-- cockpit: ignore-rule=zone-abbreviation reason="the office in Panama has no summer time" -->\n- 10:00 EST',
    "markdown",
)  # fmt: skip
UNUSED = Rule(
    "suppression-unused", "warning", "A comment suppresses nothing",
    "What it was written for is gone, or the code is misspelt; it would suppress the next finding.",
    "delete it",
    "# cockpit: ignore curl-no-fail: only looked at\ncurl --fail https://x.example/",
    "# cockpit: ignore curl-no-fail: only looked at\ncurl https://x.example/",
)  # fmt: skip

_IN_SCRIPT = re.compile(r"^\s*#\s*cockpit:\s*ignore\s+(?P<codes>[\w-]+(?:\s*,\s*[\w-]+)*)\s*(?::\s*(?P<reason>.*))?$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s|$)")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


class Suppression(Struct, frozen=True):
    """Findings of `codes` on the lines `first` to `last` are silenced by the comment on `line`."""

    line: int
    codes: tuple[str, ...]
    reason: str
    first: int
    last: int


def suppressions(context: Context) -> tuple[Suppression, ...]:
    """All of them, in the order of the file."""
    return tuple(sorted([*_in_text(context), *_in_scripts(context)], key=lambda one: one.line))


def _in_text(context: Context) -> Iterator[Suppression]:
    blocks: _Blocks | None = None
    for line, text in context.prose:
        if "<!--" not in text or "cockpit:" not in text:
            continue
        for match in COMMENT.finditer(text):
            codes, reason = _told(match["words"])
            if codes:
                alone = not COMMENT.sub("", text).strip()
                blocks = blocks or _Blocks(context)
                first, last = blocks.below(line) if alone else _own_line(context, line)
                yield Suppression(line, codes, reason, first, last)


def _told(words: str) -> tuple[tuple[str, ...], str]:
    try:
        pairs = dict(word.partition("=")[::2] for word in shlex.split(words))
    except ValueError:
        return (), ""
    codes = tuple(code for code in pairs.get("ignore-rule", "").split(",") if code)
    return codes, pairs.get("reason", "").strip()


def _own_line(context: Context, line: int) -> tuple[int, int]:
    """At the end of an item: that line; in a heading: the section."""
    heading = _HEADING.match(context.lines[line - 1])
    return (line, _section_end(context, line, len(heading[1]))) if heading else (line, line)


class _Blocks:
    """Where the block below a line begins and ends, found once for all comments."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.lines = lines = context.lines
        self.begins = [len(lines) + 1] * (len(lines) + 2)
        for line in range(len(lines), 0, -1):
            text = lines[line - 1].strip()
            skipped = not text or (text.startswith("<!--") and COMMENT.fullmatch(text) is not None)
            self.begins[line] = self.begins[line + 1] if skipped else line
        self.ends: dict[int, int] = {}

    def below(self, line: int) -> tuple[int, int]:
        """From a comment on a line of its own: the next block, or the section where that is a heading."""
        first = self.begins[line + 1]
        if first > len(self.lines):
            return line, line
        if first not in self.ends:
            self.ends[first] = self._end(first)
        return first, self.ends[first]

    def _end(self, first: int) -> int:
        lines = self.lines
        heading = _HEADING.match(lines[first - 1])
        if heading:
            return _section_end(self.context, first, len(heading[1]))
        fence = _FENCE.match(lines[first - 1])
        last = first
        if fence:
            while last < len(lines) and not lines[last].strip().startswith(fence[1]):
                last += 1
            return min(last + 1, len(lines))
        while last < len(lines) and lines[last].strip():
            last += 1
        return last


def _section_end(context: Context, line: int, level: int) -> int:
    """Last line before the next heading of that level or above."""
    after = (s.line for s in context.runbook.sections if s.line > line and s.level <= level)
    return next(after, len(context.lines) + 1) - 1


def _in_scripts(context: Context) -> Iterator[Suppression]:
    for script in context.scripts:
        if b"cockpit:" not in script.data:
            continue
        lines = script.step.body.split("\n")
        first = last = len(lines)
        for row in reversed(range(len(lines))):
            match = _IN_SCRIPT.match(lines[row])
            if match is None:
                # The command that a comment above it means, with the lines that continue it.
                first, last = row, last if lines[row].endswith("\\") and last > row else row
                continue
            codes = tuple(code.strip() for code in match["codes"].split(","))
            at = script.step.body_line
            yield Suppression(at + row, codes, (match["reason"] or "").strip(), at + first, at + last)


def apply(
    findings: Sequence[Finding], told: Sequence[Suppression], judged: frozenset[str], known: frozenset[str]
) -> list[Finding]:
    """What is left of the findings, and what is wrong with the comments.

    `judged`: the codes that this run looked for, of which an unused comment can be told. `known`: all codes; a code of
    shellcheck (`SC2046`) is always known.
    """
    used: set[tuple[int, str]] = set()
    left = []
    by_code: dict[str, list[Suppression]] = {}
    for one in told:
        for code in one.codes if one.reason else ():
            by_code.setdefault(code, []).append(one)
    for finding in findings:
        silenced = [one for one in by_code.get(finding.code, ()) if one.first <= finding.line <= one.last]
        used |= {(one.line, finding.code) for one in silenced}
        if not silenced:
            left.append(finding)
    return [*left, *_remarks(told, used, judged, known)]


def _remarks(
    told: Sequence[Suppression], used: set[tuple[int, str]], judged: frozenset[str], known: frozenset[str]
) -> Iterator[Finding]:
    for one in told:
        if not one.reason:
            message = f"{', '.join(one.codes)}: suppression needs a reason"
            yield Finding(NO_REASON.code, NO_REASON.severity, one.line, 0, message, NO_REASON.safer)
            continue
        for code in one.codes:
            if code not in known and not re.fullmatch(r"SC\d{4}", code):
                yield Finding(UNUSED.code, UNUSED.severity, one.line, 0, f"no rule {code!r}", UNUSED.safer)
            elif (code in judged or (code[:2] == "SC" and "SC" in judged)) and (one.line, code) not in used:
                yield Finding(UNUSED.code, UNUSED.severity, one.line, 0, f"{code} has no finding here", UNUSED.safer)
