"""The file itself: its header, its encoding, what does not end, what only psql understands."""

from collections.abc import Iterator

from cockpit.migrations.model import Script
from cockpit.migrations.rules.base import Hit, Rule

LONGEST_SECONDS = 300.0
"""Five minutes: longer migrations are split, or run beside the deploy."""
HARMLESS = ("echo", "qecho", "warn", "set", "unset", "timing", "pset", "x", "encoding", "prompt", "q", "errverbose")
"""Commands of psql that change nothing in the database."""


def _missing(script: Script) -> Iterator[Hit]:
    if script.is_down or not script.statements:
        return
    header = script.header
    gone = [name for name, value in (("author", header.author), ("date", header.created)) if not value]
    if header.estimate is None:
        gone.append("estimated time" + (f" ({header.said!r} is not a duration)" if header.said else ""))
    if gone:
        yield Hit(0, f"missing from the header: {', '.join(gone)}")


def _too_long(script: Script) -> Iterator[Hit]:
    if script.header.estimate is not None and script.header.estimate > LONGEST_SECONDS:
        yield Hit(0, f"estimated at {script.header.said}: more than 5 minutes")


def _unfinished(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        if one.kind == "unfinished":
            yield Hit(one.start, f"{one.what} is never closed; nothing after it runs")


def _encoding(script: Script) -> Iterator[Hit]:
    if script.encoding:
        yield Hit(0, f"the file is in {script.encoding}, not UTF-8; non-ASCII text arrives damaged or not at all")


def _psql_only(script: Script) -> Iterator[Hit]:
    for one in script.notable:
        word = one.text[1:].split(maxsplit=1)[:1] if one.kind == "meta" else []
        if word and word[0] not in HARMLESS:
            yield Hit(one.start, f"\\{word[0]} is a psql command; no other tool and no rehearsal runs it")


_HEAD = "-- Author: Ann Example\n-- Created: 2026-11-22\n-- Estimated time: {}\n"
_ADD = "ALTER TABLE orders ADD COLUMN note text;\n"
_TEAM = "the team's process: every migration has a header"
RULES = (
    Rule(
        code="header-missing",
        level="warning",
        why="At night no one knows whom to ask or whether ten minutes are normal; the rehearsal needs the estimate.",
        fix="put -- Author: NAME, -- Created: YYYY-MM-DD, -- Estimated time: 1 minute at the top",
        bad=_ADD,
        good=_HEAD.format("5 seconds") + _ADD,
        source=_TEAM,
        find=_missing,
    ),
    Rule(
        code="estimate-too-long",
        level="error",
        why="A migration that takes longer than five minutes holds up the deploy and its rollback.",
        fix="split it, or backfill beside the deploy",
        bad=_HEAD.format("20 minutes") + _ADD,
        good=_HEAD.format("<5 min") + _ADD,
        source=_TEAM,
        find=_too_long,
    ),
    Rule(
        code="unfinished",
        level="error",
        why="psql reads an open quote to the end of the file, sends none of it and exits 0.",
        fix="close it",
        bad="ALTER TABLE orders ADD COLUMN note text DEFAULT 'it''s;\n",
        good="ALTER TABLE orders ADD COLUMN note text DEFAULT 'it''s';\n",
        source="PostgreSQL, psqlscan.l",
        find=_unfinished,
    ),
    Rule(
        code="not-utf-8",
        level="warning",
        why="The server reads the bytes as client_encoding says, which is seldom what the editor meant.",
        fix="save it as UTF-8",
        bad="\u00e9",
        good="SELECT 'caf\u00e9';\n",
        source="PostgreSQL, 24.3 Character Set Support",
        find=_encoding,
    ),
    Rule(
        code="psql-only",
        level="warning",
        why="Migration tools send statements to the server, which does not know backslash commands.",
        fix="write the statements themselves in the file",
        bad="\\i other.sql\n",
        good="\\echo ready\n",
        source="PostgreSQL, psql: Meta-Commands",
        find=_psql_only,
    ),
)
