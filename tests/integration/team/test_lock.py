"""The environment's lock: exactly one holder, taken over and given back by compare-and-swap."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from cockpit.journal.chain import Row
from cockpit.team import joining, lock, record
from cockpit.team.base import Connection, Me, TeamError
from tests.integration.team.owner import Owner
from tests.integration.team.proxy import Mode, Proxy
from tests.integration.team.world import Team

T = TypeVar("T")
WEB1, WEB2 = Me("home-1", "web-1", "1"), Me("home-2", "web-2", "1")


def _do(team: Team, work: Callable[[Connection], Awaitable[T]], login: str = "anna") -> T:
    async def run() -> T:
        async with await psycopg.AsyncConnection.connect(team.dsn(login), autocommit=True) as connection:
            return await work(connection)

    return asyncio.run(run())


async def _take(connection: Connection, deploy: str, who: Me = WEB1, by: str = "anna") -> lock.Held | None:
    space = await lock.space_of(connection, "shop", "production")
    return await lock.take(connection, space, deploy, who, by, 1000.0)


def _silent(team: Team, deploy: str, seconds: float) -> None:
    team.ask(
        "UPDATE cockpit.deploys SET heartbeat_at = now() - %s * interval '1 second' WHERE deploy = %s", seconds, deploy
    )


def _held(team: Team) -> lock.Held | None:
    async def read(connection: Connection) -> lock.Held | None:
        space = await lock.space_of(connection, "shop", "production")
        return await lock.read(connection, space)

    return _do(team, read)


def test_of_many_that_want_it_at_once_exactly_one_gets_it(team: Team) -> None:
    async def race() -> list[list[lock.Held | None]]:
        connections = [
            await psycopg.AsyncConnection.connect(team.dsn("anna" if n % 2 else "ben"), autocommit=True)
            for n in range(10)
        ]
        rounds = []
        for number in range(20):
            takes = (_take(one, f"d{number}-{place}") for place, one in enumerate(connections))
            answers = await asyncio.gather(*takes)
            rounds.append(answers)
            winner = answers.index(None)
            await lock.release(connections[winner], f"d{number}-{winner}", "succeeded", "")
        for one in connections:
            await one.close()
        return rounds

    for answers in asyncio.run(race()):
        assert answers.count(None) == 1
        assert len({held.deploy for held in answers if held is not None}) == 1


def test_a_loser_leaves_no_trace_and_learns_who_has_it(team: Team) -> None:
    assert _do(team, lambda connection: _take(connection, "d1")) is None
    held = _do(team, lambda connection: _take(connection, "d2", WEB2, "ben"), "ben")
    assert held is not None
    assert (held.deploy, held.holder, held.host, held.kind) == ("d1", "anna", "web-1", "deploy")
    assert "anna on web-1" in held.words(60)
    assert "cockpit watch d1" in held.words(60)
    assert team.ask("SELECT deploy FROM cockpit.deploys") == [("d1",)]


def test_taking_it_again_for_the_same_deploy_is_no_race(team: Team) -> None:
    for _ in range(2):
        assert _do(team, lambda connection: _take(connection, "d1")) is None


def test_environments_do_not_stand_in_each_others_way(team: Team) -> None:
    async def staging(connection: Connection) -> lock.Held | None:
        space = await lock.space_of(connection, "shop", "staging")
        return await lock.take(connection, space, "d2", WEB1, "anna", 1.0)

    assert _do(team, lambda connection: _take(connection, "d1")) is None
    assert _do(team, staging) is None


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "aborted"])
def test_the_end_of_a_deploy_frees_the_environment(team: Team, outcome: str) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    _do(team, lambda connection: lock.release(connection, "d1", outcome, ""))
    assert _held(team) is None
    assert _do(team, lambda connection: _take(connection, "d2")) is None


def test_after_a_rollback_it_stays_locked_until_somebody_says_why_not(team: Team) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    _do(team, lambda connection: lock.release(connection, "d1", "rolled back", "errors 6 % > 5 %"))
    held = _do(team, lambda connection: _take(connection, "d2"))
    assert held is not None
    assert held.kind == "rolled back"
    assert "errors 6 % > 5 %" in held.words(60)
    assert "cockpit unlock" in held.words(60)

    async def unlock(connection: Connection, epoch: int) -> bool:
        space = await lock.space_of(connection, "shop", "production")
        return await lock.unlock(connection, space, epoch, "ben", "the cause is mended")

    assert _do(team, lambda connection: unlock(connection, held.epoch - 1)) is False  # another lock than was seen
    assert _do(team, lambda connection: unlock(connection, held.epoch)) is True
    assert _do(team, lambda connection: _take(connection, "d2")) is None


def test_a_deploys_lock_is_not_unlocked_by_hand(team: Team) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    held = _held(team)
    assert held is not None

    async def unlock(connection: Connection) -> bool:
        space = await lock.space_of(connection, "shop", "production")
        return await lock.unlock(connection, space, held.epoch, "ben", "I want it")

    assert _do(team, unlock) is False


def test_a_holder_that_lives_is_not_taken_over(team: Team) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    assert _do(team, lambda connection: lock.take_over(connection, "d1", 1, WEB2, "ben", 60), "ben") is None


def test_of_two_that_take_over_a_silent_one_exactly_one_does(team: Team) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    _silent(team, "d1", 100)

    async def both() -> list[tuple[int, str] | None]:
        connections = [await psycopg.AsyncConnection.connect(team.dsn("ben"), autocommit=True) for _ in range(5)]
        taken = await asyncio.gather(*(lock.take_over(one, "d1", 1, WEB2, "ben", 60) for one in connections))
        for one in connections:
            await one.close()
        return taken

    assert sorted(asyncio.run(both()), key=str) == [(2, "ben"), None, None, None, None]
    held = _held(team)
    assert held is not None
    assert (held.holder, held.host) == ("ben", "web-2")


def test_a_session_that_is_still_connected_gives_the_holder_the_longer_time(team: Team) -> None:
    async def work(connection: Connection) -> list[bool]:
        await _take(connection, "d1")
        space = await lock.space_of(connection, "shop", "production")
        await asyncio.to_thread(_silent, team, "d1", 30)
        found = []
        for connected in (False, True):
            if connected:
                await lock.hold_session(connection, space)
            held = await lock.read(connection, space)
            assert held is not None
            found.append(await lock.is_dead(connection, "d1", 60))
            assert held.is_dead(60) == found[-1], "what is said of the holder is what decides"
        await lock.let_session_go(connection, space)
        return found

    assert _do(team, work) == [True, False]


def test_what_is_offered_is_taken_without_waiting_but_by_that_person_alone(team: Team) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    _do(team, lambda connection: lock.offer(connection, "d1", 1, "Ben"))
    assert _do(team, lambda connection: lock.take_over(connection, "d1", 1, WEB2, "cem", 60), "ben") is None
    assert _do(team, lambda connection: lock.take_over(connection, "d1", 1, WEB2, "ben", 60), "ben") == (2, "ben")
    assert _do(team, lambda connection: lock.take_over(connection, "d1", 2, WEB1, "ben", 60)) is None  # once


def test_a_stale_owner_is_fenced_and_writes_nothing(team: Team) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    _silent(team, "d1", 100)
    _do(team, lambda connection: lock.take_over(connection, "d1", 1, WEB2, "ben", 60), "ben")
    assert _do(team, lambda connection: record.heartbeat(connection, "d1", 1, 5.0)) is False
    row = Row(1, 1.0, "anna", "NoteAdded", 1, b"{}", b"d" * 32)
    assert _do(team, lambda connection: record.append(connection, "d1", 1, [row], 1.0, None)) is False
    assert team.ask("SELECT count(*) FROM cockpit.events") == [(0,)]


METACHARACTERS = [
    "'; DROP SCHEMA cockpit CASCADE; --",
    '"quoted" \\ back',
    "%s %(x)s {0}",
    "NUL\0here",
    "\udcff broken",
    "ü☃",
]


@pytest.mark.parametrize("words", METACHARACTERS)
def test_every_text_is_data(team: Team, words: str) -> None:
    async def work(connection: Connection) -> lock.Held | None:
        space = await lock.space_of(connection, "shop", "production")
        await lock.lock_by_hand(connection, space, words, "web-1", words)
        return await lock.read(connection, space)

    held = _do(team, work)
    assert held is not None
    clean = words.replace("\0", "").encode("utf-8", "replace").decode()
    assert (held.holder, held.reason) == (clean, clean)


def test_a_rollout_of_a_flag_has_a_lock_of_its_own_and_the_rights_of_its_environment(team: Team) -> None:
    async def take(connection: Connection, environment: str, deploy: str) -> lock.Held | None:
        space = await lock.space_of(connection, "shop", environment)
        return await lock.take(connection, space, deploy, WEB1, "anna", 1000.0)

    team.ask("UPDATE cockpit.members SET environment = 'production' WHERE member = 'anna'")
    assert _do(team, lambda connection: take(connection, "production/flag:checkout", "r1")) is None
    assert _do(team, lambda connection: take(connection, "production", "d1")) is None, "days of it keep no deploy out"
    held = _do(team, lambda connection: take(connection, "production/flag:checkout", "r2"))
    assert held is not None
    assert held.deploy == "r1"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no operator of staging/flag:checkout"):
        _do(team, lambda connection: take(connection, "staging/flag:checkout", "r3"))


async def test_what_a_login_may_not_see_is_not_free(team: Team) -> None:
    await asyncio.to_thread(_do, team, lambda connection: _take(connection, "d1"))
    with pytest.raises(TeamError, match="production of shop is not visible to stan, so it is unknown"):
        await joining.held(team.dsn("stan"), "shop", "production")
    assert await joining.held(team.dsn("stan"), "shop", "staging") is None, "nobody was ever there, and it may look"
    seen = await joining.held(team.dsn("wendy"), "shop", "production")
    assert seen is not None
    assert seen.deploy == "d1"
    with pytest.raises(TeamError, match="not visible to this login"):
        await joining.once(team.dsn("stan"), lambda connection: lock.read(connection, 1))


def test_a_lock_that_is_given_back_between_the_try_and_the_look_is_taken(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    _do(team, lambda connection: _take(connection, "d1"))
    read = lock.read

    async def given_back(connection: Connection, space: int) -> lock.Held | None:
        await asyncio.to_thread(_do, team, lambda other: lock.release(other, "d1", "succeeded", ""))
        return await read(connection, space)

    monkeypatch.setattr(lock, "read", given_back)
    assert _do(team, lambda connection: _take(connection, "d2", WEB2, "ben"), "ben") is None
    assert team.ask("SELECT deploy FROM cockpit.locks") == [("d2",)]


SAID_NO = {
    "a teammate's lock": ("ben", ""),
    "a login that only looks": ("wendy", ""),
    "a login of another environment": ("stan", ""),
    "a login that is nobody": ("eve", ""),
    "a wrong password": ("ben", "pw-of-ben-22:nonsense"),
    "a login that is not there": ("ben", "//ben:://nemo:"),
    "a database that is not there": ("ben", "team:steam"),
    "a read-only server": ("ben", "default_transaction_read_only"),
    "a newer schema": ("ben", "INSERT INTO cockpit.versions (version, cockpit) VALUES (99, '9.9.9')"),
}


@pytest.mark.parametrize("what", SAID_NO)
async def test_a_word_for_going_on_without_the_lock_passes_no_answer(team: Team, tmp_path: Path, what: str) -> None:
    login, change = SAID_NO[what]
    await asyncio.to_thread(_do, team, lambda connection: _take(connection, "d1"))
    dsn = team.dsn(login)
    if change.startswith("INSERT"):
        await asyncio.to_thread(team.ask, change)
    elif change.startswith("default"):
        dsn += f"?options=-c%20{change}%3Don"
    elif change:
        old, _, new = change.rpartition("::") if "::" in change else change.rpartition(":")
        dsn = dsn.replace("/" + old, "/" + new) if old == "team" else dsn.replace(old, new)
    one = Owner(tmp_path, dsn, "d2")
    try:
        refusal = await one.open(without="I am in a hurry")
        assert refusal is not None
        assert refusal.locked == "deploy" or "--without-team-lock does not apply" in refusal.reason
        assert one.engine.state.plan is None
    finally:
        await one.stop()


@pytest.mark.parametrize("mode", ["cut", "stalled"])
async def test_it_passes_silence(team: Team, tmp_path: Path, mode: Mode) -> None:
    with Proxy(team.server.port) as line:
        line.set(mode)
        one = Owner(tmp_path, line.dsn(team.dsn()), "d2")
        try:
            assert await one.open(without="the line is down") is None
        finally:
            await one.stop()
