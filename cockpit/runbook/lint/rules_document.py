"""The document as a whole: its way back, its times of day, and what should never be written down."""

import re
from collections.abc import Iterator

from cockpit.runbook.lint.context import Context
from cockpit.runbook.lint.model import Finding, Rule
from cockpit.runbook.reading.titles import is_about, says_rollback
from cockpit.runbook.reading.vocabulary import Kind
from cockpit.runbook.reading.vocabulary import pattern as words
from cockpit.runbook.told import commands_in
from cockpit.text.zones import MEANT

NO_ROLLBACK = Rule(
    "no-rollback", "warning", "No rollback section",
    "When a deploy goes wrong there is no time to work out a rollback, and the person on call may not have written "
    "the change. If rolling back is impossible, that deserves a section too.",
    "add a section titled Rollback with the commands, and what cannot be undone",
    "# Shipping to production\n\n## Deploy\n\n```bash\n./deploy now\n```",
    "# Shipping to production\n\n## Deploy\n\n```bash\n./deploy now\n```\n\n## Rollback\n\n```bash\n./deploy back\n```",
    "markdown",
)  # fmt: skip
ZONE = Rule(
    "zone-abbreviation", "warning", "A time with an abbreviated zone",
    "EST is five hours behind UTC all year; from March to November New York is on EDT, so a window written in EST "
    "is off by an hour. Other abbreviations are ambiguous (CST, IST, BST).",
    "use the zone's name (America/New_York) or UTC",
    "- Best: Tuesday, 10:00-14:00 EST",
    "- Best: Tuesday, 10:00-14:00 America/New_York",
    "markdown",
)  # fmt: skip

TOLD = Rule(
    "commands-in-text", "warning", "Commands in the text, in no script",
    "Only fences and check boxes are run or asked. A deploy whose commands stand in sentences or in a table would go "
    "on without them, and nobody would notice.",
    "put each into a fence labelled `bash`, or make its line an item: `- [ ] ...`",
    "## The shop\n\n1. Load it: `docker compose pull shop`\n2. Start it: `docker compose up -d shop`",
    "## The shop\n\n```bash\ndocker compose pull shop\ndocker compose up -d shop\n```",
    "markdown",
)  # fmt: skip

_LISTED = re.compile(r"\s*(?:\d{1,3}[.)]\s|\|)")
"""A numbered line or a row of a table."""
_BESIDE: tuple[Kind, ...] = ("reference", "example", "once", "trouble")
_CHANGES = re.compile(
    r"\b(?:deploy(?:s|ing|ment|ments)?|migrat(?:e|es|ing|ion|ions)|upgrad(?:e|es|ing)|roll-?\s?outs?|production)\b",
    re.I,
)
_ABBREVIATIONS = (
    "EST|EDT|CST|CDT|MST|MDT|PST|PDT|AKST|HST|CET|CEST|EET|EEST|WET|WEST|BST|IST|JST|AEST|AEDT|MSK|SGT|ET|PT"
)
_TIME = re.compile(
    rf"\b(?:\d{{1,2}}:\d\d(?::\d\d)?\s?(?:[AaPp]\.?[Mm]\b\.?)?|\d{{1,2}}\s?[AaPp]\.?[Mm]\b\.?)\s?\(?(?P<zone>{_ABBREVIATIONS})\b"
)


def no_rollback(context: Context) -> Iterator[Finding]:
    book = context.runbook
    titles = [book.title, *(section.title for section in book.sections)]
    if any(says_rollback(title) for title in titles) or any(section.kind == "rollback" for section in book.sections):
        return
    if any(step.alternative and says_rollback(step.alternative) for s in book.sections for step in s.steps):
        return
    if any(script.role == "rollback" for script in book.scripts):
        return
    others = tuple(language for language in book.languages if language != "en")
    changes = any(_CHANGES.search(title) or (others and words("forward", others).search(title)) for title in titles)
    if any(section.actionable for section in book.sections) and changes:
        rule = NO_ROLLBACK
        message = "this runbook makes changes but has no rollback section"
        yield Finding(rule.code, rule.severity, _title_line(context), 0, message, rule.safer)


def _title_line(context: Context) -> int:
    first = context.runbook.sections[0].line if context.runbook.sections else 1
    return next((line for line, text in context.prose if text.startswith("# ") and line <= first), 1)


def told(context: Context) -> Iterator[Finding]:
    """Of sections that hold neither script nor item, and are not called reference or troubleshooting."""
    book = context.runbook
    taken = [one.line for one in book.scripts]
    spoken = tuple(dict.fromkeys((*book.languages, "en")))
    listed = [(line, text) for line, text in context.prose if "`" in text and _LISTED.match(text)]
    for section in book.sections if listed else ():
        if section.items or section.notes.ignore or section.notes.reference:
            continue
        if not any(is_about(section.title, kind, spoken) for kind in _BESIDE):
            yield from _told(listed, taken, section.line, section.end_line, asked=section.tells_steps)
    first = book.sections[0].line if book.sections else len(context.lines) + 1
    yield from _told(listed, taken, 1, first - 1, asked=False)


def _told(listed: list[tuple[int, str]], taken: list[int], begin: int, end: int, *, asked: bool) -> Iterator[Finding]:
    lines = [(line, found) for line, text in listed if begin <= line <= end and (found := commands_in(text))]
    if len(lines) > 1 and not any(begin <= line <= end for line in taken):
        then = "they are items to tick, and are not run" if asked else "they are not run, and nobody is asked"
        message = f"{len(lines)} lines name commands that are in no script (`{lines[0][1][0]}`, ...): {then}"
        yield Finding(TOLD.code, TOLD.severity, lines[0][0], 0, message, TOLD.safer)


def zones(context: Context) -> Iterator[Finding]:
    for line, text in context.prose:
        for match in _TIME.finditer(text[:2_000]) if ":" in text or "m" in text.lower() else ():
            zone = match["zone"]
            meant = f"; write {MEANT[zone]}" if zone in MEANT else ""
            message = f"{zone} is ambiguous or off by an hour for part of the year{meant}"
            yield Finding(ZONE.code, ZONE.severity, line, match.start("zone") + 1, message, ZONE.safer)
            break


RULES = (
    (NO_ROLLBACK, no_rollback),
    (TOLD, told),
    (ZONE, zones),
)
