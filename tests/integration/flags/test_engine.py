"""A rollout through a real engine, journal and flag server: set, read back, a server that hangs, a death in between."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.rollout.state import RolloutState
from cockpit.engine.config.environment import resolve, settings_from
from cockpit.engine.core import Engine
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.planning.rollouts import make_rollout_plan
from cockpit.report.deploy_log import write_log
from cockpit.settings.load import Settings
from tests.builders import PERSON
from tests.integration.flags.helpers import TOKEN, FlagServer, flag_server
from tests.waiting import soon

DEPLOY = "20261122-145548-3fa"


@pytest.fixture
def far() -> Iterator[FlagServer]:
    with flag_server() as server:
        yield server


def _settings(far: FlagServer, **more: Any) -> Settings:
    flag = {
        "type": "http",
        "url": far.url(),
        "path": "percentage",
        "token": "env:FLAG_SERVER",
        "timeout": 5,
        "stages": [5, 25, 50, 100],
        "soak": "1h",
        "settle": "300ms",
        "reread": "50ms",
        "min_samples": 0,
        **more,
    }
    sources = {"app": {"type": "openmetrics", "url": "http://127.0.0.1:1/metrics"}}
    return Settings.model_validate({"sources": sources, "flags": {"checkout": flag}})


class World:
    """One rollout, and engines that take it over one after another."""

    def __init__(self, root: Path, far: FlagServer, settings: Settings) -> None:
        self.layout = Layout(root)
        self.layout.make()
        self.far = far
        self.settings = settings
        self.ahead = 0.0

    def clock(self) -> float:
        return time.time() + self.ahead

    async def engine(self) -> Engine:
        values = {"PATH": "/usr/bin:/bin", "FLAG_SERVER": TOKEN}
        engine = Engine(
            Journal(self.layout.journal),
            self.layout,
            DEPLOY,
            lambda plan: resolve(settings_from(plan), self.layout.root, values),
            self.clock,
            lambda state, events: [str(path) for path in write_log(state, events, self.layout, DEPLOY)],
        )
        await engine.load()
        return engine

    async def opened(self) -> Engine:
        engine = await self.engine()
        plan = make_rollout_plan(
            self.settings,
            "checkout",
            how=f"PUT {self.far.url()}",
            readable=True,
            root=str(self.layout.root),
            runbook_path="cockpit.toml",
            project="bakery",
        )
        assert await engine.handle(c.OpenDeploy(plan=plan), PERSON) is None
        await engine.announce()
        await soon(lambda: have(engine).reading is not None, "the first reading")
        for _ in range(5):
            await self.measured(engine)
        return engine

    async def measured(self, engine: Engine, errors: float = 0.1) -> None:
        self.ahead += 1
        taken = c.Reading(metric="errors", at=self.clock(), value=errors, samples=200, window_seconds=1.0)
        await engine.record_readings(c.RecordReadings(readings=(taken,)))
        other = c.Reading(metric="p95", at=self.clock(), value=0.2)
        await engine.record_readings(c.RecordReadings(readings=(other,)))


def have(engine: Engine) -> RolloutState:
    assert engine.state.rollout is not None
    return engine.state.rollout


@asynccontextmanager
async def opened(root: Path, far: FlagServer, **more: Any) -> AsyncIterator[tuple[World, Engine]]:
    world = World(root, far, _settings(far, **more))
    engine = await world.opened()
    try:
        yield world, engine
    finally:
        far.gate.set()
        await engine.close()


async def advance(engine: Engine) -> None:
    refusal = await engine.handle(c.AdvanceRollout(change=have(engine).following), PERSON)
    assert refusal is None, refusal


async def test_it_is_set_read_back_and_soaks(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far) as (_, engine):
        await advance(engine)
        await soon(lambda: have(engine).stages[0].status == "soaking", "the soak")
        assert far.puts == [("/flags/checkout", 5)]
        kinds = [type(event.body).__name__ for event in engine.events]
        order = [kinds.index(name) for name in ("FlagSetRequested", "FlagSet", "StageBegan")]
        assert order == sorted(order)


async def test_a_breach_goes_back_at_once(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far) as (world, engine):
        await advance(engine)
        await soon(lambda: have(engine).stages[0].status == "soaking", "the soak")
        for _ in range(20):
            await world.measured(engine, 30.0)
        await soon(lambda: have(engine).confirmed and have(engine).stage == -1, "off")
        assert far.puts == [("/flags/checkout", 5), ("/flags/checkout", 0)]


async def test_a_read_back_that_lies_is_held_and_ends_when_it_does_not(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far) as (_, engine):
        far.lies = 80
        await advance(engine)
        await soon(lambda: engine.state.hold is not None, "the hold")
        assert engine.state.hold is not None
        assert engine.state.hold.reason.endswith("it reads 80 %, but 5 % was set")
        assert have(engine).stages[0].status == "setting"
        far.lies = None
        await soon(lambda: have(engine).stages[0].status == "soaking", "the soak")
        assert engine.state.hold is None


async def test_a_flag_that_takes_a_moment_to_settle_is_waited_for(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far, settle="10s") as (_, engine):
        far.lies = 0
        await advance(engine)
        await soon(lambda: far.puts, "the setting")
        assert engine.state.hold is None
        far.lies = None
        await soon(lambda: have(engine).stages[0].status == "soaking", "the soak")
        assert engine.state.hold is None


@pytest.mark.parametrize(("status", "words"), [(500, "returned 500"), (401, "returned 401"), (404, "returned 404")])
async def test_a_server_that_says_no_is_shown_and_held_without_its_secret(
    tmp_path: Path, far: FlagServer, status: int, words: str
) -> None:
    async with opened(tmp_path, far) as (_, engine):
        far.status = status
        await advance(engine)
        await soon(lambda: have(engine).last and have(engine).last.status == "failed", "the failure")  # type: ignore[union-attr]
        assert engine.state.hold is not None
        assert words in engine.state.hold.reason
        await soon(lambda: have(engine).reading and have(engine).reading.error, "the reading")  # type: ignore[union-attr]
        assert await engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), PERSON) is None
        await soon(lambda: engine.state.log_complete, "the log")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2
    for path in files:
        assert TOKEN.encode() not in path.read_bytes(), path


async def test_off_does_not_wait_for_a_server_that_hangs(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far, timeout=20) as (world, engine):
        far.gate.clear()
        await advance(engine)
        await soon(lambda: far.waiting == 1, "the server that hangs")
        assert await engine.handle(c.FlagOff(reason="customers call"), PERSON) is None
        await soon(lambda: far.waiting == 2, "the second question", 3.0)
        far.gate.set()
        async with asyncio.timeout(20):
            while not have(engine).confirmed:
                # The server may do the older one last: then the next look sees it, and off is set once more.
                world.ahead += 1
                await engine.tick()
                await asyncio.sleep(0.02)
        assert (have(engine).last.kind, far.percent["/flags/checkout"]) == ("off", 0)  # type: ignore[union-attr]
        assert have(engine).changes[0].status == "failed", "nobody knows what became of it, and it counts no more"


async def test_a_late_setting_that_lands_after_off_is_seen_and_taken_back(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far) as (world, engine):
        await advance(engine)
        await soon(lambda: have(engine).stages[0].status == "soaking", "the soak")
        assert await engine.handle(c.FlagOff(), PERSON) is None
        await soon(lambda: have(engine).confirmed, "off")
        far.percent["/flags/checkout"] = 5
        await soon(lambda: have(engine).differs, "the drift")
        world.ahead += 5
        await engine.tick()
        await soon(lambda: far.percent["/flags/checkout"] == 0, "off again")
        await soon(lambda: have(engine).confirmed, "off is read")


async def test_a_server_that_hangs_once_is_asked_what_it_did(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far, timeout=0.3) as (_, engine):
        far.gate.clear()
        await advance(engine)
        await soon(lambda: far.waiting == 1, "the server that hangs")
        await soon(lambda: have(engine).last and have(engine).last.status == "failed", "the failure")  # type: ignore[union-attr]
        assert "no answer from" in have(engine).last.reason  # type: ignore[union-attr]
        assert "it reads 0" in have(engine).last.reason  # type: ignore[union-attr]


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_death_between_request_and_outcome_is_looked_into_and_nothing_is_set_twice(
    tmp_path: Path, far: FlagServer, arrived: bool
) -> None:
    world = World(tmp_path, far, _settings(far))
    engine = await world.opened()
    far.gate.clear()
    await advance(engine)
    await soon(lambda: far.waiting == 1, "the setting under way")
    await engine.close()
    puts = len(far.puts)
    far.percent["/flags/checkout"] = 5 if arrived else 0
    second = await world.engine()
    assert have(second).under_way is not None
    await second.announce("the first one was killed")
    await soon(lambda: have(second).under_way is None, "the outcome")
    assert have(second).last.status == ("set" if arrived else "failed")  # type: ignore[union-attr]
    if arrived:
        await soon(lambda: have(second).stages[0].status == "soaking", "the soak")
    else:
        assert second.state.hold is not None
        assert "the engine stopped while setting it; the flag reads: 0 %" in second.state.hold.reason
    assert len(far.puts) == puts, "nothing was set by the second engine"
    far.gate.set()
    await second.close()


async def test_a_full_disk_stops_a_stage_but_not_off(tmp_path: Path, far: FlagServer) -> None:
    from cockpit.journal.sqlite import JournalError

    async with opened(tmp_path, far) as (_, engine):
        await advance(engine)
        await soon(lambda: have(engine).stages[0].status == "soaking", "the soak")

        def full(deploy: str, events: Any) -> None:
            raise JournalError("no space left on device")

        taken = engine.pen._journal.append
        engine.pen._journal.append = full  # type: ignore[method-assign]
        await engine.handle(c.AddNote(text="x"), PERSON)
        assert engine.state.stalled is not None
        refusal = await engine.handle(c.BackRollout(change=2), PERSON)
        assert refusal is None, "from the first stage back is off"
        await soon(lambda: far.percent["/flags/checkout"] == 0, "off")
        engine.pen._journal.append = taken  # type: ignore[method-assign]
        await soon(lambda: have(engine).confirmed, "off is read")


async def test_the_journal_has_the_request_before_the_server_has_it(tmp_path: Path, far: FlagServer) -> None:
    async with opened(tmp_path, far) as (world, engine):
        far.gate.clear()
        await advance(engine)
        await soon(lambda: far.waiting == 1, "the question")
        journal = Journal(world.layout.journal, read_only=True)
        kinds = [type(event.body) for event in journal.read(DEPLOY)]
        assert e.FlagSetRequested in kinds
        (row,) = journal.deploys()
        assert row.environment == "production/flag:checkout"
        journal.close()
