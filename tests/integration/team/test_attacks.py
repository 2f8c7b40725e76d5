"""Real logins against a real PostgreSQL: what each may do in each table, and what is found out about who tries more."""

import asyncio
import contextlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.journal.chain import GENESIS, Row, digest
from cockpit.team import errands, schema
from cockpit.team.base import TeamError, actor, me
from tests.integration.team.owner import Owner, owner
from tests.integration.team.test_follow import replica
from tests.integration.team.world import PASSWORDS, Team
from tests.waiting import soon

LOGINS = ("anna", "ben", "wendy", "stan", "sid", "eve")
"""anna writes the deploy of production; ben is an operator there too, wendy looks on; stan looks on in staging, sid is
an operator of staging alone, eve is nobody."""


async def _admit(team: Team, login: str, role: str, environment: str) -> None:
    async with await psycopg.AsyncConnection.connect(team.dsn("owner"), autocommit=True) as connection:
        await schema.admit(connection, login, role, "*", environment)


@pytest.fixture
def attacked(team: Team) -> Team:
    """An open deploy of production that anna writes, one of staging that sid writes, with a row of every kind."""
    team.ask("CREATE ROLE sid LOGIN PASSWORD 'pw-of-sid-66'") if not _has(team, "sid") else None
    PASSWORDS.setdefault("sid", "pw-of-sid-66")
    asyncio.run(_admit(team, "sid", "operator", "staging"))
    for login, environment in (("anna", "production"), ("sid", "staging")):
        deploy = f"d-{environment}"
        space = team.ask("SELECT cockpit.space_of('shop', %s)", environment, login=login)[0][0]
        team.ask(
            "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock) "
            "VALUES (%s, %s, %s, 'h', %s, 1, 1)", deploy, space, f"home-{login}", login, login=login,
        )  # fmt: skip
        team.ask(
            "UPDATE cockpit.locks SET epoch = epoch + 1, kind = 'deploy', deploy = %s, holder = %s WHERE space = %s",
            deploy, login, space, login=login,
        )  # fmt: skip
        for write in (_event(1), OUTPUT, COMMAND, WATCHER):
            team.ask(write, deploy, environment, login=login)
    return team


def _has(team: Team, login: str) -> bool:
    return bool(team.ask("SELECT 1 FROM pg_roles WHERE rolname = %s", login))


def _event(seq: int) -> str:
    return (
        "INSERT INTO cockpit.events (deploy, seq, space, at, actor, kind, v, body, digest) VALUES (%s, "
        f"{seq}, coalesce((SELECT space FROM cockpit.spaces WHERE environment = %s), 1), 1, 'Anna', 'NoteAdded', 1, "
        "'\\x7b7d', '\\x01')"
    )


OUTPUT = (
    "INSERT INTO cockpit.output (deploy, directory, start, space, at, data) VALUES (%s, 'steps/' || random(), 0, "
    "coalesce((SELECT space FROM cockpit.spaces WHERE environment = %s), 1), 1, 'x')"
)
COMMAND = (
    "INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, body) VALUES (gen_random_uuid(), %s, "
    "coalesce((SELECT space FROM cockpit.spaces WHERE environment = %s), 1), 'Anna', 'web-1', '\\x7b7d')"
)
WATCHER = (
    "INSERT INTO cockpit.watchers (deploy, watcher, space, names, host) VALUES (%s, gen_random_uuid(), "
    "coalesce((SELECT space FROM cockpit.spaces WHERE environment = %s), 1), '{Anna}', 'web-1')"
)
INSERTS = {"events": _event(2), "output": OUTPUT, "commands": COMMAND, "watchers": WATCHER}
MAY_INSERT = {
    "events": {"anna"},
    "output": {"anna"},
    "commands": {"anna", "ben"},
    "watchers": {"anna", "ben", "wendy"},
}


@contextmanager
def _refused(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    with pytest.raises(InsufficientPrivilege):
        yield


@pytest.mark.parametrize("table", INSERTS)
@pytest.mark.parametrize("claimed", ["production", "staging"])
def test_a_row_under_a_deploy_takes_rights_in_the_deploys_own_environment(
    attacked: Team, table: str, claimed: str
) -> None:
    """Whichever space the writer names: the deploy's own is asked about, and stored."""
    for login in LOGINS:
        with _refused(login not in MAY_INSERT[table]):
            attacked.ask(INSERTS[table], "d-production", claimed, login=login)
    wrong = attacked.ask(
        f"SELECT count(*) FROM cockpit.{table} JOIN cockpit.deploys d USING (deploy) WHERE {table}.space <> d.space"
    )
    assert wrong == [(0,)]
    column = "by_login" if table == "commands" else "login"
    written = {row[0] for row in attacked.ask(f"SELECT {column} FROM cockpit.{table} WHERE deploy = 'd-production'")}
    assert written == MAY_INSERT[table], "the login of the session, whatever name was said"


def test_not_even_the_owner_puts_a_row_under_another_space(attacked: Team) -> None:
    """The key holds what the triggers say, also where somebody takes the triggers off."""
    with psycopg.connect(attacked.server.dsn(attacked.name), autocommit=True) as admin:
        for table, insert in INSERTS.items():
            admin.execute(f"ALTER TABLE cockpit.{table} DISABLE TRIGGER USER".encode())
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                admin.execute(insert.encode(), ("d-production", "staging"))


CHANGES = {
    "another's deploy": "UPDATE cockpit.deploys SET heartbeat_at = now() WHERE deploy = 'd-production'",
    "its end": "UPDATE cockpit.deploys SET outcome = 'succeeded', closed_at = 1 WHERE deploy = 'd-production'",
    "its tip": "UPDATE cockpit.deploys SET last_seq = 99, last_digest = '\\x00' WHERE deploy = 'd-production'",
    "its owner without a new epoch": "UPDATE cockpit.deploys SET owner = 'me' WHERE deploy = 'd-production'",
    "its lock": "UPDATE cockpit.locks SET kind = NULL, deploy = NULL, epoch = epoch + 1 WHERE deploy = 'd-production'",
    "its watchers": "UPDATE cockpit.watchers SET names = '{Cem}' WHERE deploy = 'd-production'",
    "who looks": "DELETE FROM cockpit.watchers WHERE deploy = 'd-production'",
    "a command, as done": "UPDATE cockpit.commands SET answered_at = now() WHERE deploy = 'd-production'",
    "a command, as taken": "UPDATE cockpit.commands SET taken_at = now() WHERE deploy = 'd-production'",
    "an event": "UPDATE cockpit.events SET body = '\\x00' WHERE deploy = 'd-production'",
    "events away": "DELETE FROM cockpit.events WHERE deploy = 'd-production'",
    "output": "UPDATE cockpit.output SET data = '\\x00' WHERE deploy = 'd-production'",
    "the deploy away": "DELETE FROM cockpit.deploys WHERE deploy = 'd-production'",
    "its space": "UPDATE cockpit.deploys SET space = space WHERE deploy = 'd-production'",
    "its login": "UPDATE cockpit.deploys SET login = session_user WHERE deploy = 'd-production'",
    "its name": "UPDATE cockpit.deploys SET deploy = 'd-mine' WHERE deploy = 'd-production'",
    "a space": "UPDATE cockpit.spaces SET environment = 'staging2'",
    "who is a member": "INSERT INTO cockpit.members (member, role) VALUES (session_user, 'operator')",
    "a member's place": "UPDATE cockpit.members SET environment = '*'",
    "the versions": "INSERT INTO cockpit.versions (version, cockpit) VALUES (99, 'x')",
    "what was set aside": "DELETE FROM cockpit.set_aside",
    "the policies": "ALTER TABLE cockpit.events DISABLE ROW LEVEL SECURITY",
    "the triggers": "DROP TRIGGER kept ON cockpit.events",
    "a function": "CREATE OR REPLACE FUNCTION cockpit.is_owner() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "a table of its own in there": "CREATE TABLE cockpit.mine (a integer)",
    "a takeover by go_on": "SELECT cockpit.go_on('d-production', 'not-its-owner', 1)",
    "a takeover that skips": "UPDATE cockpit.deploys SET epoch = epoch + 5 WHERE deploy = 'd-production'",
    "a lock on another's deploy": "UPDATE cockpit.locks SET kind = 'deploy', deploy = 'd-production', "
    "epoch = epoch + 1 WHERE deploy = 'd-staging'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_nobody_but_who_writes_it_changes_anything(attacked: Team, what: str) -> None:
    tables = ("deploys", "events", "output", "locks", "commands", "watchers", "spaces", "members", "versions")

    def everything() -> list[object]:
        return [attacked.ask(f"SELECT * FROM cockpit.{table} ORDER BY 1, 2") for table in tables]

    before = everything()
    for login in ("ben", "wendy", "stan", "sid", "eve"):
        with contextlib.suppress(InsufficientPrivilege):  # or no row that it sees; any other error fails
            attacked.ask(CHANGES[what], login=login)
    assert everything() == before


def test_each_login_sees_its_environments_in_every_table(attacked: Team) -> None:
    for table in ("deploys", "events", "output", "commands", "watchers", "locks"):
        seen = {}
        for login in LOGINS[:-1]:
            rows = attacked.ask(f"SELECT DISTINCT deploy FROM cockpit.{table} ORDER BY 1", login=login)
            seen[login] = [row[0].removeprefix("d-") for row in rows]
        both = ["production", "staging"]
        assert seen == {"anna": both, "ben": both, "wendy": both, "stan": ["staging"], "sid": ["staging"]}, table


def test_a_name_cannot_be_borrowed_and_a_login_can_not_be_left_out(attacked: Team) -> None:
    for insert in (
        "INSERT INTO cockpit.events (deploy, seq, space, at, actor, kind, v, body, digest, login) "
        "SELECT deploy, 9, space, 1, 'Ben', 'k', 1, '\\x', '\\x', 'ben' FROM cockpit.deploys",
        "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock, login) "
        "SELECT 'd-2', space, 'o', 'h', 'Ben', 1, 1, 'ben' FROM cockpit.spaces WHERE environment = 'staging'",
    ):
        attacked.ask(insert, login="sid")
    assert attacked.ask("SELECT login FROM cockpit.events WHERE seq = 9") == [("sid",)]
    assert attacked.ask("SELECT login FROM cockpit.deploys WHERE deploy = 'd-2'") == [("sid",)]


@pytest.mark.parametrize(
    ("said", "login", "shown"),
    [
        ("Ben", "ben", "Ben"),
        ("Anna", "sid", "sid (as Anna)"),
        ("cockpit", "sid", "login sid"),
        ("", "sid", "login sid"),
        ("cockpit", "cockpit", "login cockpit"),
        ("An\x1b[31mna\nx", "sid", "sid (as Anna x)"),
    ],
)
def test_the_actor_is_the_login(said: str, login: str, shown: str) -> None:
    assert actor(said, login) == shown


async def test_a_command_in_anothers_name_stands_under_its_login(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        assert await other.handle(c.AddNote(text="I am Anna, believe me"), "Anna") is None
        (note,) = one.engine.state.notes
        assert note.by == "ben (as Anna)"
        assert await other.handle(c.AddNote(text="the engine itself"), "cockpit") is None
        assert one.engine.state.notes[-1].by == "login ben"


async def test_an_operator_of_staging_runs_nothing_in_production(team: Team, tmp_path: Path) -> None:
    """The very attack: a rollback under production's deploy, called a row of staging, in Anna's name."""
    await _admit(team, "stan", "operator", "staging")
    async with owner(tmp_path / "a", team.dsn()) as one:
        await one.mirrored()
        team.ask("SELECT cockpit.space_of('shop', 'staging')", login="stan")
        with pytest.raises(InsufficientPrivilege):
            team.ask(COMMAND, "d1", "staging", login="stan")
        await one.note("still mine")
        await one.mirrored()
        assert team.ask("SELECT count(*) FROM cockpit.commands") == [(0,)]


async def test_a_command_that_was_let_in_before_is_asked_about_by_its_deploys_environment(
    team: Team, tmp_path: Path
) -> None:
    await _admit(team, "stan", "operator", "staging")
    async with owner(tmp_path / "a", team.dsn()) as one:
        await one.mirrored()
        body = b'{"type":"AddNote","text":"forged"}'
        with psycopg.connect(team.server.dsn(team.name), autocommit=True) as admin:
            admin.execute("ALTER TABLE cockpit.commands DISABLE TRIGGER asked")
            admin.execute(
                "INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, by_login, body) "
                "SELECT %s, deploy, space, 'Anna', 'h', 'stan', %s FROM cockpit.deploys",
                (uuid.uuid4(), body),
            )
            admin.execute("SELECT pg_notify('cockpit_d1', '')")
        await soon(lambda: team.ask("SELECT refusal FROM cockpit.commands WHERE answered_at IS NOT NULL"), "an answer")
        ((refusal,),) = team.ask("SELECT refusal FROM cockpit.commands")
        assert "stan is no longer an operator of this environment" in refusal
        assert one.engine.state.notes == ()


async def test_a_login_that_is_gone_stops_nobody_elses_commands(team: Team) -> None:
    team.ask("SELECT cockpit.space_of('shop', 'production')", login="anna")
    assert team.ask("SELECT cockpit.may_act('dropped_long_ago', 1), cockpit.may_act('anna', 1)") == [(False, True)]


async def _says(one: Owner, words: str) -> str:
    def said() -> str:
        # In the record, not in the state: what heals by itself may do so between two looks.
        told = [event.body.reason for event in one.engine.events if isinstance(event.body, e.TeamLost)]
        return next((reason for reason in told if words in reason), "")

    return await soon(said, f"the word: {words}")


def _forged(one: Owner, seq: int, *, chained: bool) -> Row:
    body = e.encode_body(e.NoteAdded(text="all is well, roll on"))
    before = one.chain()[-1] if chained else GENESIS
    return Row(seq, 1.0, "anna", "NoteAdded", 1, body, digest(before, seq, 1.0, "anna", 1, body))


@pytest.mark.parametrize("chained", [True, False], ids=["with a right chain", "with a wrong chain"])
@pytest.mark.parametrize("ahead", [1, 3])
async def test_a_foreign_event_in_the_record_is_loud_and_never_taken_for_the_true_one(
    team: Team, tmp_path: Path, chained: bool, ahead: int
) -> None:
    """Whoever owns the schema may write anything: it is said, and the true record stays whole."""
    async with owner(tmp_path / "a", team.dsn()) as one:
        await one.mirrored()
        row = _forged(one, one.engine.state.seq + ahead, chained=chained)
        team.ask(
            "INSERT INTO cockpit.events (deploy, seq, space, at, actor, kind, v, body, digest) "
            "SELECT 'd1', %s, space, %s, %s, %s, %s, %s, %s FROM cockpit.deploys",
            row.seq, row.at, row.by, row.kind, row.v, row.body, row.digest,
        )  # fmt: skip
        for number in range(ahead):
            await one.note(f"the true one {number}")
        assert f"a different event {row.seq} for this deploy, written by login owner" in await _says(
            one, "a different event"
        )
        assert team.ask("SELECT body FROM cockpit.events WHERE seq = %s", row.seq) == [(row.body,)], "nothing is hidden"
        assert b"the true one 0" in b"".join(e.encode_body(event.body) for event in one.engine.events)


async def test_a_colleague_who_writes_a_deploy_in_secret_is_named(team: Team, tmp_path: Path) -> None:
    """An operator of the same environment can take the pen only by a call that leaves their login behind."""
    async with owner(tmp_path / "a", team.dsn()) as one:
        await one.mirrored()
        with pytest.raises(InsufficientPrivilege, match="is written by login anna, not by ben"):
            team.ask(_event(50), "d1", "production", login="ben")
        home = me(one.layout.folder).owner
        assert team.ask("SELECT cockpit.go_on('d1', %s, 1)", home, login="ben") == [("anna",)]
        await one.note("whose pen is it?")
        await _says(one, "ben")
        await soon(lambda: team.ask("SELECT login FROM cockpit.deploys") == [("anna",)] or None, "the pen is back")


async def test_an_engine_goes_on_under_another_login_of_its_own(team: Team, tmp_path: Path) -> None:
    """Logins that a password manager hands out for an hour."""
    async with owner(tmp_path / "a", team.dsn()) as one:
        await one.mirrored()
    again = Owner(tmp_path / "a", team.dsn("ben"), "d1")
    try:
        await again.engine.load()
        await again.engine.announce()
        await again.membership.start()
        await again.mirrored()
        assert team.chain("d1") == again.chain()
        assert team.ask("SELECT DISTINCT login FROM cockpit.events ORDER BY 1") == [("anna",), ("ben",)]
        said = [event.body.reason for event in again.engine.events if isinstance(event.body, e.TeamLost)]
        assert any("login anna has written this deploy until now" in reason for reason in said)
    finally:
        await again.stop()


async def test_other_output_in_the_place_of_ours_is_loud(team: Team) -> None:
    from cockpit.team import output

    team.ask("SELECT cockpit.space_of('shop', 'production')", login="anna")
    team.ask(
        "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock) "
        "SELECT 'd1', space, 'o', 'h', 'anna', 1, 1 FROM cockpit.spaces",
        login="anna",
    )
    async with await psycopg.AsyncConnection.connect(team.dsn("anna"), autocommit=True) as connection:
        assert await output.add(connection, "d1", 1, "steps/1", output.Piece(0, 1.0, b"built\n"))
        assert await output.add(connection, "d1", 1, "steps/1", output.Piece(0, 2.0, b"built\n"))
        with pytest.raises(TeamError, match="different output of steps/1 from byte 0 on, written by login anna"):
            await output.add(connection, "d1", 1, "steps/1", output.Piece(0, 2.0, b"broke\n"))


async def test_who_asked_may_take_back_and_nobody_else(attacked: Team) -> None:
    async with await psycopg.AsyncConnection.connect(attacked.dsn("ben"), autocommit=True) as connection:
        own = await errands.ask(connection, "d-production", "Ben", "web-2", b"{}")
        ((others,),) = attacked.ask("SELECT command::text FROM cockpit.commands WHERE by_login = 'anna'")
        assert await errands.withdraw(connection, own) is True
        with pytest.raises(InsufficientPrivilege, match="is not for ben to answer"):
            await errands.withdraw(connection, others)
