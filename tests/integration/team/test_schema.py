"""The team's schema: made and brought forward, and who may do what in it."""

import asyncio
import re
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from cockpit import __version__
from cockpit.team import schema
from cockpit.team.base import TeamError
from tests.integration.team.world import Team

SEED = """
INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock)
VALUES ('d-{0}', cockpit.space_of('shop', '{0}'), 'o', 'h', 'anna', 1, 1);
INSERT INTO cockpit.events SELECT 'd-{0}', 1, space, 1, 'anna', 'NoteAdded', 1, '\\x7b7d', '\\x00'
FROM cockpit.deploys WHERE deploy = 'd-{0}';
"""


def _seed(team: Team) -> None:
    for environment in ("production", "staging"):
        team.ask("SELECT cockpit.space_of('shop', %s)", environment, login="anna")
        team.ask(SEED.format(environment), login="anna")


def _init(team: Team, login: str = "owner") -> list[int]:
    async def work() -> list[int]:
        async with await psycopg.AsyncConnection.connect(team.dsn(login), autocommit=True) as connection:
            return await schema.init(connection)

    return asyncio.run(work())


def _check(team: Team, login: str = "anna") -> None:
    async def work() -> None:
        async with await psycopg.AsyncConnection.connect(team.dsn(login), autocommit=True) as connection:
            await schema.check(connection)

    asyncio.run(work())


def test_init_applies_every_version_once(empty: Team) -> None:
    assert _init(empty) == list(schema.versions())
    assert _init(empty) == []


def test_two_inits_at_once_take_turns(empty: Team) -> None:
    async def both() -> list[list[int]]:
        async def one() -> list[int]:
            async with await psycopg.AsyncConnection.connect(empty.dsn("owner"), autocommit=True) as connection:
                return await schema.init(connection)

        return list(await asyncio.gather(one(), one()))

    assert sorted(asyncio.run(both())) == [[], list(schema.versions())]


def test_a_login_that_may_not_create_is_told_what_it_takes(empty: Team) -> None:
    with pytest.raises(TeamError, match=r"it needs CREATE on the database, and once CREATEROLE"):
        _init(empty, "anna")
    assert _init(empty) == list(schema.versions())  # nothing half done was left


def test_a_missing_a_newer_and_an_older_schema_say_what_to_do(empty: Team) -> None:
    with pytest.raises(TeamError, match="Run `cockpit team init` once"):
        _check(empty)
    empty.prepare()
    _check(empty)
    empty.ask("INSERT INTO cockpit.versions (version, cockpit) VALUES (99, 'later')")
    with pytest.raises(
        TeamError, match=f"version 99, made by cockpit later, but this cockpit {__version__} only knows {schema.NEWEST}"
    ):
        _check(empty)
    with pytest.raises(TeamError, match="Update this machine to later"):
        _init(empty)
    empty.ask("DELETE FROM cockpit.versions")
    empty.ask("INSERT INTO cockpit.versions (version, cockpit) VALUES (0, 'earlier')")
    with pytest.raises(TeamError, match=r"no team schema"):
        _check(empty)


def test_a_schema_of_the_first_version_comes_forward_with_what_is_in_it(
    empty: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brought forward by a superuser, while a deploy is open; what was written past somebody's rights is put aside."""
    with monkeypatch.context() as before:
        before.setattr(schema, "versions", lambda: {1: "0001_first.sql"})
        before.setattr(schema, "NEWEST", 1)
        empty.prepare()
    with pytest.raises(
        TeamError, match=r"version 1 \(of cockpit .*\), but this cockpit .* needs 2. Run `cockpit team init`"
    ):
        _check(empty)
    _seed(empty)
    for table, columns, values in (
        ("events", "seq, at, actor, kind, v, body, digest", "2, 1, 'Anna', 'k', 1, '\\x7b7d', '\\x00'"),
        ("commands", "command, by_person, by_host, body", "gen_random_uuid(), 'Anna', 'h', '\\x7b7d'"),
    ):
        empty.ask(
            f"INSERT INTO cockpit.{table} (deploy, space, {columns}) SELECT 'd-production', space, {values} "
            "FROM cockpit.spaces WHERE environment = 'staging'",
            login="anna",
        )

    async def bring() -> tuple[list[int], int]:
        dsn = empty.server.dsn(empty.name)
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            return await schema.init(connection), await schema.set_aside(connection)

    assert asyncio.run(bring()) == ([2], 2)
    assert empty.ask("SELECT from_table, row ->> 'deploy' FROM cockpit.set_aside ORDER BY 1") == [
        ("commands", "d-production"), ("events", "d-production")
    ]  # fmt: skip
    assert empty.ask("SELECT deploy, seq FROM cockpit.events ORDER BY 1") == [("d-production", 1), ("d-staging", 1)]
    assert empty.ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'cockpit'") == [("owner",)]
    # The engine that has it open writes on, and from then on it is its login's alone.
    empty.ask("UPDATE cockpit.deploys SET heartbeat_at = now() WHERE deploy = 'd-production'", login="anna")
    with pytest.raises(InsufficientPrivilege, match="is written by login anna, not by ben"):
        empty.ask("UPDATE cockpit.deploys SET heartbeat_at = now() WHERE deploy = 'd-production'", login="ben")


def test_a_login_without_a_role_sees_nothing_at_all(team: Team) -> None:
    _seed(team)
    with pytest.raises(TeamError, match="GRANT cockpit_operator"):
        _check(team, "eve")
    with pytest.raises(InsufficientPrivilege):
        team.ask("SELECT * FROM cockpit.deploys", login="eve")


def test_each_login_sees_its_own_environments_alone(team: Team) -> None:
    _seed(team)
    seen = {
        login: [row[0] for row in team.ask("SELECT deploy FROM cockpit.events ORDER BY 1", login=login)]
        for login in ("anna", "wendy", "stan")
    }
    assert seen == {
        "anna": ["d-production", "d-staging"],
        "wendy": ["d-production", "d-staging"],
        "stan": ["d-staging"],
    }


WRITES = {
    "an event": "INSERT INTO cockpit.events SELECT deploy, 2, space, 1, 'x', 'k', 1, '\\x', '\\x' FROM cockpit.deploys",
    "a command": "INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, body) "
    "SELECT gen_random_uuid(), deploy, space, 'x', 'h', '\\x' FROM cockpit.deploys",
    "the lock": "UPDATE cockpit.locks SET kind = NULL",
    "the owner": "UPDATE cockpit.deploys SET epoch = 9, owner = 'me'",
    "a space": "SELECT cockpit.space_of('shop', 'production')",
}


@pytest.mark.parametrize("write", WRITES)
def test_a_watcher_changes_nothing(team: Team, write: str) -> None:
    _seed(team)
    with pytest.raises(InsufficientPrivilege):
        team.ask(WRITES[write], login="wendy")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cockpit.events SET body = '\\x00'",
        "DELETE FROM cockpit.events",
        "UPDATE cockpit.output SET data = '\\x00'",
        "DELETE FROM cockpit.deploys",
        "UPDATE cockpit.deploys SET opened_by = 'somebody else'",
        "INSERT INTO cockpit.members (member, role) VALUES ('anna', 'operator')",
        "TRUNCATE cockpit.events",
    ],
)
def test_not_even_an_operator_rewrites_what_happened(team: Team, change: str) -> None:
    _seed(team)
    with pytest.raises(InsufficientPrivilege):
        team.ask(change, login="anna")


def test_a_command_cannot_be_asked_for_in_another_logins_name(team: Team) -> None:
    _seed(team)
    with pytest.raises(InsufficientPrivilege):
        team.ask(
            "INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, by_login, body) "
            "SELECT gen_random_uuid(), deploy, space, 'x', 'h', 'ben', '\\x' FROM cockpit.deploys",
            login="anna",
        )


def test_a_member_must_be_a_login_of_this_server(team: Team) -> None:
    async def admit() -> None:
        async with await psycopg.AsyncConnection.connect(team.dsn("owner"), autocommit=True) as connection:
            await schema.admit(connection, "nobody'; DROP SCHEMA cockpit; --", "operator", "*", "*")

    with pytest.raises(TeamError, match="no login"):
        asyncio.run(admit())


def test_the_page_shows_every_grant_there_is() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "team.md").read_text(encoding="utf-8")
    text = "\n".join(schema.text_of(name) for name in schema.versions().values())
    grants = re.findall(r"^GRANT .*?;", text, re.DOTALL | re.MULTILINE)
    assert len(grants) > 5
    assert [grant for grant in grants if grant not in page] == []
