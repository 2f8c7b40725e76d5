"""Why PostgreSQL refused a statement, in the words of a deploy; by SQLSTATE (PostgreSQL, appendix A)."""

import re

import psycopg

from cockpit.text.sanitize import one_line

CAUSES = {
    "25001": "it manages its own transactions but is inside one; put it in a file without BEGIN",
    "2D000": "a COMMIT in a block called inside a transaction; run the block outside BEGIN",
    "55P04": "a new enum value cannot be used before its transaction is committed; use it in the next file",
    "25P02": "an earlier statement of the transaction failed",
    "42P07": "already exists: applied before, or IF NOT EXISTS is missing",
    "42701": "already exists: applied before, or IF NOT EXISTS is missing",
    "42710": "already exists: applied before, or IF NOT EXISTS is missing",
    "42P01": "no such table: different order, or different search_path",
    "42703": "no such column: different order, or it was renamed",
    "42704": "no such type, role or extension in this database",
    "42501": "permission denied for this role",
    "23505": "duplicate rows; fix the data first",
    "23502": "rows without a value; fill them first",
    "23503": "dangling references; fix the data first",
    "23514": "rows violate the condition; fix the data first",
    "42601": "not valid PostgreSQL SQL",
    "40P01": "deadlock between two sessions",
    "55P03": "another session held the lock longer than lock_timeout",
    "57014": "longer than statement_timeout",
    "58P01": "a server file is missing: an extension that is not installed here",
}

_BLOCK_LINE = re.compile(r"inline_code_block line (\d+)")


def words(error: Exception) -> str:
    """PostgreSQL's own message first, then its detail and hint, then the cause."""
    if not isinstance(error, psycopg.Error):
        return one_line(str(error))
    diag = error.diag
    parts = [f"{diag.severity or 'ERROR'}: {diag.message_primary or str(error)}"]
    parts += [part for part in (diag.message_detail, diag.message_hint) if part]
    cause = CAUSES.get(error.sqlstate or "", "")
    return one_line(". ".join(part.rstrip(".") for part in parts) + (f" ({cause})" if cause else ""))


def line_in_block(error: Exception) -> int:
    """Line of a DO block, from 1, at which it failed; 0 where PostgreSQL names none."""
    context = error.diag.context if isinstance(error, psycopg.Error) else None
    found = _BLOCK_LINE.search(context or "")
    return int(found[1]) if found else 0


def position(error: Exception) -> int:
    """Characters from the beginning of the statement to the place that PostgreSQL names; 0 where it names none."""
    said = error.diag.statement_position if isinstance(error, psycopg.Error) else None
    return max(0, int(said) - 1) if said and str(said).isdigit() else 0
