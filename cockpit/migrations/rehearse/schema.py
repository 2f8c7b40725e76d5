"""The schema as pg_dump writes it, and what a migration leaves behind that is not finished."""

import difflib
from pathlib import Path

from cockpit.backup.database import Database, program, ran
from cockpit.migrations.rehearse.measure import Connection
from cockpit.text.sanitize import one_line

MOST_LINES = 60
_LEFT = """
SELECT 'index ' || n.nspname || '.' || c.relname || ' is invalid: no query uses it, every write pays for it'
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind <> 'I'
UNION ALL
SELECT 'constraint ' || conname || ' of ' || conrelid::regclass || ' is NOT VALID: the old rows were never checked'
FROM pg_constraint WHERE NOT convalidated
"""


def schema(database: Database, bin_dir: Path | None) -> list[str]:
    """Lines without comments and pg_dump's random keys. Raises BackupError."""
    own = bin_dir / "pg_dump" if bin_dir else None
    tool = str(own) if own and own.is_file() else program("pg_dump")
    text = ran([tool, "--schema-only"], f"the schema of {database.name} could not be read", database.environment())
    return [line for line in text.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]


def difference(before: list[str], after: list[str]) -> tuple[str, ...]:
    """As a unified diff without context, at most 60 lines; empty where both are the same."""
    lines = [
        one_line(line)
        for line in difflib.unified_diff(before, after, "before", "after", lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    more = len(lines) - MOST_LINES
    return tuple(lines[:MOST_LINES] + ([f"... and {more} more"] if more > 0 else []))


def leftovers(connection: Connection) -> set[str]:
    """Invalid indexes and constraints that are NOT VALID, in words."""
    return {one_line(str(text)) for (text,) in connection.execute(_LEFT).fetchall()}
