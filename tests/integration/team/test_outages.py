"""The team's database being slow, full, restarted, read-only or gone never delays a deploy, and costs it no event."""

import asyncio
import contextlib
from pathlib import Path

import psycopg
import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.engine.team.replica import Replica
from cockpit.engine.team.unsynced import owing, settle
from cockpit.journal.sqlite import Journal
from cockpit.postgres.server import ScratchServer
from cockpit.postgres.session import Session
from cockpit.team.base import me
from cockpit.team.follower import Follower
from tests.integration.team.owner import Owner, owner
from tests.integration.team.proxy import Mode, Proxy
from tests.integration.team.world import Team, make_logins
from tests.waiting import soon

END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'anna' AND pid <> pg_backend_pid() "
    "AND datname = current_database()"
)


def _same(team: Team, one: Owner) -> None:
    assert team.chain(one.deploy) == one.chain()


async def _lost(one: Owner, words: str) -> None:
    def said() -> bool:
        team = one.engine.state.team
        return team is not None and team.lost is not None and words in team.lost.reason

    await soon(lambda: said() or None, f"the word that the team's journal is behind: {words}", 30)


async def test_everything_arrives_in_order_and_once(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path, team.dsn()) as one:
        await asyncio.gather(*(one.note(f"note {number}") for number in range(300)))
        await one.run("Build")
        await one.mirrored()
        _same(team, one)
        (output,) = await soon(lambda: team.ask("SELECT data FROM cockpit.output"), "the output")
        assert bytes(output[0]) == b"building\n"


@pytest.mark.parametrize("mode", ["cut", "stalled"])
async def test_a_network_that_fails_holds_nothing_up_and_is_made_up_for(team: Team, tmp_path: Path, mode: Mode) -> None:
    with Proxy(team.server.port) as line:
        async with owner(tmp_path, line.dsn(team.dsn())) as one:
            await one.mirrored()
            line.set(mode)
            for number in range(50):
                await one.note(f"in the dark {number}")
            await one.run("Build")  # a step runs as ever
            await _lost(one, "")
            assert one.sent < one.engine.state.seq
            line.set("open")
            await one.mirrored()
            _same(team, one)
            kinds = [type(event.body) for event in one.engine.events]
            assert kinds.count(e.TeamLost) == 1
            assert kinds.count(e.TeamCaughtUp) == 1


async def test_what_was_committed_although_the_answer_was_lost_is_not_there_twice(team: Team, tmp_path: Path) -> None:
    with Proxy(team.server.port) as line:
        async with owner(tmp_path, line.dsn(team.dsn())) as one:
            await one.mirrored()
            unheard = 0
            while unheard < 3:
                before = one.sent
                line.set("deaf")  # the server commits, and nobody hears of it
                await one.note("said into the dark")
                with contextlib.suppress(AssertionError):  # a heartbeat may have come first, and cut the line
                    await soon(lambda: len(team.chain("d1")) > one.sent or None, "a commit", 3)
                    unheard += one.sent == before
                line.set("open")
                await one.mirrored()
            _same(team, one)


def _kill(server: ScratchServer) -> None:
    """The server is gone, without a word to anybody."""
    assert server._process is not None
    server._process.kill()
    server._process.wait()


def _start_again(server: ScratchServer) -> None:
    """With the same data, at the same address; returns when it answers."""
    with server.log.open("ab") as log:
        server._process = server._spawn(server._command(), log.fileno())
    assert server._wait()


async def test_a_server_that_is_killed_and_started_again_is_made_up_for(tmp_path: Path) -> None:
    with ScratchServer() as server:
        team = Team(server, "team")
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            make_logins(connection)
            connection.execute("CREATE DATABASE team OWNER owner")
        await asyncio.to_thread(team.prepare)
        async with owner(tmp_path, team.dsn()) as one:
            await one.mirrored()
            await asyncio.to_thread(_kill, server)
            for number in range(20):
                await one.note(f"while it was down {number}")
            await _lost(one, "")
            await asyncio.to_thread(_start_again, server)
            await one.mirrored()
            _same(team, one)


async def test_a_read_only_server_is_made_up_for(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path, team.dsn()) as one:
        await one.mirrored()
        team.ask(f"ALTER DATABASE {team.name} SET default_transaction_read_only = on")
        team.ask(END_SESSIONS, login="anna")
        await one.note("nobody takes it")
        await _lost(one, "read-only")
        with psycopg.connect(team.dsn("owner"), autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER DATABASE {team.name} SET default_transaction_read_only = off")
        team.ask(END_SESSIONS, login="anna")
        await one.mirrored()
        _same(team, one)


async def test_a_server_without_a_free_connection_is_made_up_for(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path, team.dsn()) as one:
        await one.mirrored()
        with psycopg.connect(team.server.dsn(), autocommit=True) as admin:
            admin.execute("ALTER ROLE anna CONNECTION LIMIT 0")
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'anna'")
            await one.note("nobody is let in")
            await _lost(one, "too many connections")
            admin.execute("ALTER ROLE anna CONNECTION LIMIT -1")
        await one.mirrored()
        _same(team, one)


async def test_a_slow_line_is_sent_smaller_pieces_until_they_arrive(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.team.mirror.session_of", lambda dsn: Session(dsn, 1.0))
    with Proxy(team.server.port, bytes_per_second=80_000) as line:
        async with owner(tmp_path, line.dsn(team.dsn())) as one:
            await one.mirrored()
            line.set("cut")
            for number in range(600):
                await one.note(f"{number} {'x' * 600}")
            line.set("open")  # all of it at once would take five times as long as one exchange may
            await one.mirrored()
            _same(team, one)


async def test_without_the_database_a_deploy_begins_only_on_somebodys_word(team: Team, tmp_path: Path) -> None:
    with Proxy(team.server.port) as line:
        line.set("cut")
        one = Owner(tmp_path, line.dsn(team.dsn()), "d1")
        try:
            refusal = await one.open()
            assert refusal is not None
            assert "--without-team-lock REASON" in refusal.reason
            assert not refusal.locked
            refusal = await one.open(without="the till is down")
            assert refusal is None
            (joined,) = [event.body for event in one.engine.events if isinstance(event.body, e.TeamJoined)]
            assert joined.without_lock.startswith("the till is down (team lock unavailable:")
            line.set("open")  # it is taken late, as nobody else has it
            await one.mirrored()
            _same(team, one)
            assert one.engine.state.team is not None
            assert one.engine.state.team.without_lock == ""
        finally:
            await one.stop()


async def test_a_word_for_going_on_without_the_lock_does_not_go_past_a_teammate(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()):
        other = Owner(tmp_path / "b", team.dsn("ben"), "d2")
        try:
            refusal = await other.open(without="I am in a hurry")
            assert refusal is not None
            assert refusal.locked == "deploy"
        finally:
            await other.stop()


async def test_what_a_deploy_owed_at_its_end_is_sent_by_the_next_engine(team: Team, tmp_path: Path) -> None:
    with Proxy(team.server.port) as line:
        one = Owner(tmp_path, line.dsn(team.dsn()), "d1")
        assert await one.open() is None
        await one.mirrored()
        line.set("cut")
        assert await one.engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), "anna") is None
        await one.stop()
        assert owing(one.layout) == ["d1"]
        assert await settle(one.layout, "d1", line.dsn(team.dsn())) != ""  # nobody answers: it is owed on
        assert owing(one.layout) == ["d1"]
        line.set("open")
        assert await settle(one.layout, "d1", team.dsn()) == ""
        assert owing(one.layout) == []
        _same(team, one)
        assert team.ask("SELECT kind FROM cockpit.locks") == [(None,)]


async def test_a_deploy_that_ended_on_a_machine_that_was_cut_off_tells_who_has_it_now(
    team: Team, tmp_path: Path
) -> None:
    """It ran to its end alone, and its engine went home: the next one of that checkout tells what ran."""
    with Proxy(team.server.port) as line:
        one = Owner(tmp_path / "a", line.dsn(team.dsn()), "d1")
        assert await one.open() is None
        await one.mirrored()
        line.set("cut")
        await one.run("Build")
        assert await one.engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), "anna") is None
        await one.stop()
    other = Owner(tmp_path / "b", team.dsn("ben"), "d1")
    follower = Follower(team.dsn("ben"), "d1", me(other.layout.folder), listen=False, dead_after=4)
    replica = Replica(Journal(other.layout.journal), other.layout, "d1", follower, lambda: ())
    await replica.load()
    await asyncio.to_thread(team.ask, "UPDATE cockpit.deploys SET heartbeat_at = now() - interval '1 hour'")
    assert await follower.take_over(1, "ben") == (2, "ben")
    await replica.close()
    try:
        await other.engine.load()
        took = c.RecordTakeOver(epoch=2, host="web-2", reason="silent", last_seen=1.0)
        assert await other.engine.handle(took, "ben") is None
        await other.engine.announce()
        await other.membership.start()
        await other.mirrored()
        assert await settle(one.layout, "d1", team.dsn()) == ""
        build, state = next(iter(one.engine.state.tasks)), other.engine.state
        assert state.of(build).status == "unknown"
        assert state.of(build).reason.startswith("ran on ")
        assert ", succeeded " in state.of(build).reason
        assert state.team is not None
        assert any("closed the deploy at" in words for words in state.team.told)
        assert owing(one.layout) == []
        assert one.layout.replica_mark("d1").exists()
        assert await settle(one.layout, "d1", team.dsn()) == ""
        assert [type(event.body) for event in other.engine.events].count(e.ForkFound) == 1
    finally:
        await other.stop()


async def test_a_database_that_begins_anew_gets_the_whole_record_again(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path, team.dsn()) as one:
        await one.note("before")
        await one.mirrored()
        team.ask("DELETE FROM cockpit.deploys")
        team.ask("UPDATE cockpit.locks SET kind = NULL, deploy = NULL")
        await one.note("after")
        await one.mirrored()
        _same(team, one)


async def test_another_record_under_the_same_name_is_left_as_it_is(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path, team.dsn()) as one:
        await one.note("mine")
        await one.mirrored()
        team.ask("UPDATE cockpit.deploys SET last_digest = '\\x00'")
        team.ask(END_SESSIONS, login="anna")
        await one.note("more")
        await _lost(one, "has a different event")


async def test_a_pooler_that_pools_transactions_is_polled(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path, team.dsn(), listen=False) as one:
        await one.note("polled")
        await one.mirrored()
        _same(team, one)
        held = team.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1668244331")
        assert held == [(0,)]
