"""Questions to the production database before a migration: room, locks, broken indexes, row level security."""

from collections.abc import Sequence

import psycopg

from cockpit.checks.base import Context, Outcome, failed, listed, passed, unknown
from cockpit.postgres.dsn import NotPostgres, readable
from cockpit.text.sanitize import one_line

SECONDS = 8
HEADROOM_SHARE = 80.0
"""% of the connections from which on a deploy, which opens more of them for a moment, is refused."""
LONG_SECONDS = 60
_ROOM = """
SELECT count(*)::int, current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""
_LOCKS = """
SELECT pid, extract(epoch FROM now() - xact_start)::int, coalesce(application_name, ''), wait_event_type = 'Lock'
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND (wait_event_type = 'Lock' OR now() - xact_start > make_interval(secs => %s)) ORDER BY 2 DESC NULLS LAST
"""
_INVALID = """
SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid
UNION ALL
SELECT conrelid::regclass || '.' || conname || ' (not validated)' FROM pg_constraint WHERE NOT convalidated ORDER BY 1
"""
_NO_RLS = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = %s AND NOT c.relrowsecurity
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1
"""
_NO_POLICY = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = %s AND c.relrowsecurity
  AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) ORDER BY 1
"""
_TABLES = "SELECT count(*)::int FROM pg_tables WHERE schemaname = %s"
NO_DSN = "no database configured; set [database] dsn in cockpit.toml, or add a postgres source"


class NoAnswer(Exception):
    """In words for a person, without a password."""


async def _ask(context: Context, *queries: tuple[str, Sequence[object]]) -> list[list[tuple[object, ...]]]:
    """Rows of each query, in one read-only transaction. Raises NoAnswer."""
    if not context.dsn:
        raise NoAnswer(NO_DSN)
    try:
        async with await psycopg.AsyncConnection.connect(
            readable(context.dsn)[0], connect_timeout=SECONDS, application_name="cockpit check"
        ) as connection:
            await connection.set_read_only(True)
            await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
            return [await (await connection.execute(text.encode(), given)).fetchall() for text, given in queries]
    except NotPostgres as error:
        raise NoAnswer(str(error)) from None
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise NoAnswer(f"no answer from the database: {one_line(said)}") from None


async def headroom(context: Context) -> Outcome:
    """Connections in use against what the server takes."""
    try:
        ((used, most),) = (await _ask(context, (_ROOM, ())))[0]
    except NoAnswer as error:
        return unknown(str(error))
    share = 100 * int(str(used)) / max(1, int(str(most)))
    said = f"{used} of {most} connections in use ({share:.0f} %)"
    return passed(said) if share < HEADROOM_SHARE else failed(f"{said}; must be below {HEADROOM_SHARE:g} %")


async def locks(context: Context) -> Outcome:
    """No lock waits, and no transaction is open for long: a migration would queue behind it, and everyone else
    behind the migration."""
    try:
        rows = (await _ask(context, (_LOCKS, (LONG_SECONDS,))))[0]
    except NoAnswer as error:
        return unknown(str(error))
    if not rows:
        return passed(f"no lock waits, no transaction older than {LONG_SECONDS} s")
    told = []
    for pid, age, name, waits in rows:
        what = "is waiting for a lock" if waits else f"has been open for {age} s"
        told.append(f"pid {pid} ({one_line(str(name)) or 'unnamed'}) {what}")
    return failed(listed(told, 3), "\n".join(told[:20]))


async def invalid_indexes(context: Context) -> Outcome:
    """What an interrupted CREATE INDEX CONCURRENTLY, or an unvalidated NOT VALID constraint, leaves behind."""
    try:
        rows = (await _ask(context, (_INVALID, ())))[0]
    except NoAnswer as error:
        return unknown(str(error))
    names = [one_line(str(name)) for (name,) in rows]
    return (
        failed(f"invalid: {listed(names)}", "\n".join(names))
        if names
        else passed("all indexes and constraints are valid")
    )


async def rls(context: Context) -> Outcome:
    """Row level security is on for every table of the schema (`postgres.rls:public`), and each has a policy."""
    schema = context.argument or "public"
    try:
        off, empty, ((count,),) = await _ask(
            context, (_NO_RLS, (schema,)), (_NO_POLICY, (schema,)), (_TABLES, (schema,))
        )
    except NoAnswer as error:
        return unknown(str(error))
    if not int(str(count)):
        return unknown(f"no table in the schema {schema}")
    without = [one_line(str(name)) for (name,) in off]
    if without:
        return failed(f"row-level security is off for {listed(without)}", "\n".join(without))
    bare = [one_line(str(name)) for (name,) in empty]
    note = f"; without any policy (unreadable): {listed(bare)}" if bare else ""
    return passed(f"row-level security is on for {count} tables{note}")
