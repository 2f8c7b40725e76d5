"""The versions of the team's schema, as SQL, and how a database comes to the newest one: forward only."""

import re
from importlib.resources import files

from psycopg import AsyncConnection, sql
from psycopg.errors import InsufficientPrivilege

from cockpit import __version__
from cockpit.team.base import TeamError

ROLES = "0000_roles.sql"
_NAME = re.compile(r"(\d{4})_\w+\.sql")
_VERSIONS = """
CREATE SCHEMA IF NOT EXISTS cockpit;
CREATE TABLE IF NOT EXISTS cockpit.versions (
  version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now(),
  applied_by name NOT NULL DEFAULT session_user, cockpit text NOT NULL
);
"""
_KEY = 0x636F636B
"""Advisory lock of `init`: two that run at once take turns."""


def text_of(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")


def versions() -> dict[int, str]:
    """Number and file of every version that this cockpit knows, without the roles."""
    found = {int(m[1]): one.name for one in files(__name__).iterdir() if (m := _NAME.fullmatch(one.name))}
    return {number: found[number] for number in sorted(found) if number}


NEWEST = max(versions())


async def build_of(connection: AsyncConnection[tuple[object, ...]], version: int) -> str:
    """The cockpit that brought the schema to this version."""
    query = "SELECT cockpit FROM cockpit.versions WHERE version = %s"
    row = await (await connection.execute(query, (version,))).fetchone()
    return str(row[0]) if row else "unknown"


async def version_of(connection: AsyncConnection[tuple[object, ...]]) -> int:
    """The schema's version; 0 where there is none."""
    try:
        there = await (await connection.execute("SELECT to_regclass('cockpit.versions') IS NOT NULL")).fetchone()
        if there is None or not there[0]:
            return 0
        row = await (await connection.execute("SELECT max(version) FROM cockpit.versions")).fetchone()
    except InsufficientPrivilege:
        raise TeamError(
            "this login has no access to the team schema. GRANT cockpit_operator (or cockpit_watcher) TO it, then "
            "run `cockpit team member`"
        ) from None
    return int(str(row[0])) if row and row[0] is not None else 0


async def check(connection: AsyncConnection[tuple[object, ...]]) -> None:
    """Raises TeamError where this cockpit and the schema do not go together."""
    have = await version_of(connection)
    if have == NEWEST:
        return
    if have == 0:
        raise TeamError(
            "the database has no team schema. Run `cockpit team init` once, with a login that may create one"
        )
    if have < NEWEST:
        build = await build_of(connection, have)
        raise TeamError(
            f"the team schema is at version {have} (of cockpit {build}), but this cockpit {__version__} needs "
            f"{NEWEST}. Run `cockpit team init` with the owner's login"
        )
    raise await _newer(connection, have)


async def _newer(connection: AsyncConnection[tuple[object, ...]], have: int) -> TeamError:
    build = await build_of(connection, have)
    return TeamError(
        f"the team schema is at version {have}, made by cockpit {build}, but this cockpit {__version__} only knows "
        f"{NEWEST}. Update this machine to {build}"
    )


async def init(connection: AsyncConnection[tuple[object, ...]]) -> list[int]:
    """Bring the schema to the newest version, in one transaction; gives the versions that were applied.

    Raises TeamError where a newer cockpit has been here, or the login may not do it.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_KEY,))
        have = await version_of(connection)
        if have > NEWEST:
            raise await _newer(connection, have)
        if have == NEWEST:
            return []
        try:
            await connection.execute(text_of(ROLES).encode())
            await connection.execute(_VERSIONS.encode())
            await _as_owner(connection)
            applied = [number for number in versions() if number > have]
            for number in applied:
                await connection.execute(text_of(versions()[number]).encode())
                await connection.execute(
                    "INSERT INTO cockpit.versions (version, cockpit) VALUES (%s, %s)", (number, __version__)
                )
        except InsufficientPrivilege as error:
            raise TeamError(
                f"this login may not set up the team schema ({error.diag.message_primary}); it needs CREATE on the "
                "database, and once CREATEROLE for cockpit_watcher and cockpit_operator"
            ) from None
    return applied


async def _as_owner(connection: AsyncConnection[tuple[object, ...]]) -> None:
    """A superuser, or another member, that brings the schema forward does it as its owner: everything stays in one
    hand, and the policies go on asking that one."""
    query = (
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace "
        "WHERE nspname = 'cockpit' AND nspowner <> session_user::regrole"
    )
    row = await (await connection.execute(query)).fetchone()
    if row is not None:
        await connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(str(row[0]))))


async def set_aside(connection: AsyncConnection[tuple[object, ...]]) -> int:
    """Rows that named another environment than their deploy's, found when the schema was brought forward."""
    row = await (await connection.execute("SELECT count(*) FROM cockpit.set_aside")).fetchone()
    return int(str(row[0])) if row else 0


async def admit(
    connection: AsyncConnection[tuple[object, ...]], member: str, role: str, project: str, environment: str
) -> None:
    """Let the login in: its group role, and the spaces it may see (`*`: all). Raises TeamError."""
    there = await (await connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (member,))).fetchone()
    if there is None:
        raise TeamError(f"no login {member!r} in this PostgreSQL. Run CREATE ROLE {member} LOGIN first")
    group = f"cockpit_{role}"
    try:
        async with connection.transaction():
            await connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(member)))
            await connection.execute(
                "INSERT INTO cockpit.members (member, project, environment, role) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (member, project, environment) DO UPDATE SET role = excluded.role",
                (member, project, environment, role),
            )
    except InsufficientPrivilege as error:
        raise TeamError(f"this login may not add members: {error.diag.message_primary}") from None
