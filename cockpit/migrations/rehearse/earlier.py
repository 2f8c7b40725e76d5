"""Which migrations the loaded database has already, by the tables in which tools write that down."""

import re
from collections.abc import Iterable

from psycopg import sql

from cockpit.migrations.rehearse.measure import Connection

_BOOKS = ("schema_migrations", "flyway_schema_history", "goose_db_version", "_prisma_migrations", "migrations")
"""dbmate, Rails, Supabase (in a schema of its own) and the demo; Flyway; goose; Prisma; and a plain name."""
_VERSION = re.compile(r"\d+")


def applied(connection: Connection) -> set[str]:
    """Every word in those tables: versions and names of files."""
    found: set[str] = set()
    books = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND c.relname = ANY(%s)",
        ([*_BOOKS],),
    ).fetchall()
    for schema, name in books:
        query = sql.SQL("SELECT v.value FROM {} t, jsonb_each_text(to_jsonb(t)) v WHERE length(v.value) < 200")
        found |= {str(value) for (value,) in connection.execute(query.format(sql.Identifier(str(schema), str(name))))}
    return found


def is_applied(name: str, words: Iterable[str]) -> bool:
    """By the file's name, with or without its suffix, or by the version at its beginning (six digits or more)."""
    stem = name.rpartition(".")[0]
    version = _VERSION.match(name)
    known = {*words}
    return name in known or stem in known or (version is not None and len(version[0]) >= 6 and version[0] in known)
