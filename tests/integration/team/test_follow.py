"""An engine that follows: the same record, whatever the notifications, the clocks and the readers do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Plan
from cockpit.engine.team.replica import Promotion, Replica
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.team.base import Me, channel_of
from cockpit.team.follower import Follower
from tests.integration.team.owner import Owner, owner
from tests.integration.team.proxy import Proxy
from tests.integration.team.world import Team
from tests.waiting import soon


@asynccontextmanager
async def replica(
    root: Path, dsn: str, deploy: str = "d1", *, listen: bool = True, names: tuple[str, ...] = ("ben",)
) -> AsyncIterator[Replica]:
    """On a machine of its own, running."""
    root.mkdir(parents=True, exist_ok=True)
    layout = Layout(root)
    layout.make()
    layout.deploy(deploy).mkdir(parents=True, exist_ok=True)
    follower = Follower(dsn, deploy, Me("home-of-ben", "web-2"), listen=listen, dead_after=4)
    one = Replica(Journal(layout.journal), layout, deploy, follower, lambda: names)
    await one.load()
    running = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await one.close()


def _chain(root: Path, deploy: str = "d1") -> list[bytes]:
    journal = Journal(Layout(root).journal, read_only=True)
    try:
        return [row.digest for row in journal.rows(deploy)]
    finally:
        journal.close()


async def _same(one: Owner, other: Replica) -> None:
    await soon(lambda: other.state == one.engine.state or None, "the same state on both sides")


@pytest.mark.parametrize("listen", [True, False], ids=["listening", "polling"])
async def test_a_follower_comes_to_the_same_state_and_the_same_chain(team: Team, tmp_path: Path, listen: bool) -> None:
    async with owner(tmp_path / "a", team.dsn(), listen=listen) as one:
        await one.note("before anybody followed")
        await one.mirrored()
        async with replica(tmp_path / "b", team.dsn("ben"), listen=listen) as other:
            await one.run("Build")
            await _same(one, other)
            steps = tmp_path / "b/.cockpit/deploys/d1/steps"
            await soon(
                lambda: [log.read_text() for log in steps.glob("*/output.log")] == ["building\n"] or None, "output"
            )
        assert _chain(tmp_path / "b") == one.chain()[: len(_chain(tmp_path / "b"))]


async def test_notifications_that_are_doubled_wrong_or_missing_change_nothing(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        for payload in ("99999", "1", "1", "", "'; DROP TABLE x; --", "n" * 7000):
            team.ask("SELECT pg_notify(%s, %s)", channel_of("d1"), payload)
            await one.note(f"after {payload[:20]}")
        await _same(one, other)


async def test_a_reader_that_stops_reading_holds_nobody_up(team: Team, tmp_path: Path) -> None:
    with Proxy(team.server.port) as line:
        async with (
            owner(tmp_path / "a", team.dsn()) as one,
            replica(tmp_path / "b", line.dsn(team.dsn("ben"))) as other,
        ):
            line.set("stalled")
            for number in range(200):
                await one.note(f"nobody reads this yet {number} {'x' * 500}")
            await one.mirrored()
            await soon(lambda: other.link().trouble or None, "the word that nothing is heard", 30)
            line.set("open")
            await _same(one, other)


async def test_what_is_asked_for_is_done_as_the_one_who_asked_and_answered(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        assert await other.handle(c.AddNote(text="seen '; DROP TABLE x; --"), "ben") is None
        assert [(note.by, note.text) for note in one.engine.state.notes] == [("ben", "seen '; DROP TABLE x; --")]
        refusal = await other.handle(c.AddNote(text=" "), "ben")
        assert refusal is not None
        assert refusal.reason == "The note is empty. Write what you saw."
        refusal = await other.handle(c.OpenDeploy(plan=_plan(one)), "ben")
        assert refusal is not None
        assert "not available from another machine" in refusal.reason


def _plan(one: Owner) -> Plan:
    plan = one.engine.state.plan
    assert plan is not None
    return plan


async def test_a_command_that_nobody_takes_is_taken_back(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.team.follower.ANSWER_SECONDS", 1.0)
    one = Owner(tmp_path / "a", team.dsn(), "d1")
    assert await one.open() is None
    await one.mirrored()
    async with replica(tmp_path / "b", team.dsn("ben")) as other:
        await one.stop()  # nobody is there any more
        refusal = await other.handle(c.HoldDeploy(reason="wait for me"), "ben")
        assert refusal is not None
        assert "Nothing was done" in refusal.reason
        async with owner_again(tmp_path / "a", team.dsn()) as again:
            await again.mirrored()
            assert again.engine.state.hold is None  # it is not carried out by surprise


@asynccontextmanager
async def owner_again(root: Path, dsn: str) -> AsyncIterator[Owner]:
    """The next engine of the same deploy on the same machine."""
    one = Owner(root, dsn, "d1")
    await one.engine.load()
    await one.engine.announce()
    await one.membership.start()
    try:
        yield one
    finally:
        await one.stop()


async def test_what_an_engine_took_and_did_not_answer_is_not_tried_again(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one:
        await one.mirrored()
    with psycopg.connect(team.dsn("owner"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, body, taken_at, taken_epoch) "
            "SELECT gen_random_uuid(), deploy, space, 'ben', 'web-2', '\\x7b7d', now(), 1 FROM cockpit.deploys"
        )
    async with owner_again(tmp_path / "a", team.dsn()):
        await soon(lambda: team.ask("SELECT refusal FROM cockpit.commands WHERE answered_at IS NOT NULL"), "the answer")
    ((refusal,),) = team.ask("SELECT refusal FROM cockpit.commands")
    assert "stopped while carrying this out" in refusal


async def test_a_deploy_that_has_ended_takes_no_commands(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        assert await one.engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), "anna") is None
        await soon(lambda: other.state.closed, "the end on the other side")
        refusal = await other.handle(c.AddNote(text="too late"), "ben")
        assert refusal is not None
        assert "was closed as aborted" in refusal.reason


@pytest.mark.parametrize("ahead", [300.0, -400.0])
async def test_clocks_that_differ_by_minutes_are_told_apart(team: Team, tmp_path: Path, ahead: float) -> None:
    async with owner(tmp_path / "a", team.dsn(), ahead=ahead) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        await one.mirrored()
        await soon(lambda: abs(other.link().clock_behind - ahead) < 2 or None, "the difference of the clocks")
        assert other.link().silent_seconds < 5  # by the database's clock


async def test_clocks_that_agree_are_left_alone(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()), replica(tmp_path / "b", team.dsn("ben")) as other:
        assert other.link().clock_behind == 0.0


async def test_who_looks_is_seen_and_forgotten(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one:

        def looking() -> list[str]:
            there = one.engine.state.team
            return [watcher.name for watcher in there.watchers] if there is not None else []

        async with replica(tmp_path / "b", team.dsn("ben"), names=("ben", "cem\0\x1b[31m")):
            await soon(lambda: len(looking()) == 3 or None, "three who look")
            assert looking()[:2] == ["anna", "ben"]
            assert "\x1b" not in "".join(looking())
        await soon(lambda: looking() == ["anna"] or None, "nobody else any more")


async def test_a_second_person_on_another_machine_confirms_a_step(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        plan = _plan(one)
        refusal = await other.handle(c.ConfirmTask(task=plan.tasks[0].id, attempt=1), "ben")
        assert refusal is not None
        assert "needs no approval" in refusal.reason  # asked the same rules as a key on the owner's screen


async def test_the_one_who_is_offered_a_deploy_becomes_its_owner_once(team: Team, tmp_path: Path) -> None:
    async with owner(tmp_path / "a", team.dsn()) as one, replica(tmp_path / "b", team.dsn("ben")) as other:
        await one.mirrored()
        refusal = await other.handle(c.TakeOver(reason="my shift"), "ben")
        assert refusal is not None
        assert "last seen" in refusal.reason
        assert await one.engine.handle(c.OfferDeploy(to="ben", note="all yours"), "anna") is None
        await soon(lambda: other.link().offered_to == "ben" or None, "the offer on the other side")
        for by, reason, why in (("ben", " ", "Enter a reason"), ("somebody", "x", "name is not set")):
            refusal = await other.handle(c.TakeOver(reason=reason), by)
            assert refusal is not None
            assert why in refusal.reason
        refusal = await other.handle(c.TakeOver(reason="my shift"), "ben")
        assert refusal is not None
        assert "runbook: RUNBOOK.md cannot be read here" in refusal.reason
        unseen = await other.handle(c.TakeOver(reason="my shift", accept="what I did not see"), "ben")
        assert unseen == refusal
        assert await other.handle(c.TakeOver(reason="my shift", accept=refusal.differences), "ben") is None
        promotion = await asyncio.wait_for(other._promotion, 1)
        assert promotion == Promotion(2, "ben", "my shift", 0.0, promotion.last_seen, promotion.differences)
        await soon(lambda: one.membership.fenced, "the word to the owner before")
