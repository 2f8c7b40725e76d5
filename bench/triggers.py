"""From the breach to the rollback, the processor time of the engine, and a backtest of a million samples."""

import asyncio
import random
import resource
import tempfile
import time
from pathlib import Path

from bench.table import Row, median, quantile
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.backtest import backtest
from cockpit.deploy.commands import Reading
from cockpit.engine.config.environment import Environment
from cockpit.engine.core import Engine
from cockpit.engine.process.owner import TICK_SECONDS
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from tests.builders import option, plan, rule, step

RUNS = 50
LASTS = 0.5
COUNTDOWN = 0.5
INTERVAL = 0.25
METRICS = 20
CPU_SECONDS = 10
SAMPLES = 1_000_000


async def _until_rolling_back(folder: Path) -> float:
    """Seconds from the first breaching sample to the start of the rollback's script, as an engine does it."""
    layout = Layout(folder)
    layout.make()
    engine = Engine(Journal(layout.journal), layout, "d1", lambda _: Environment({}), time.time)
    deploy = plan(
        step("go", body="sleep 30\n"),
        rollback=(option("back", step("undo")),),
        metrics=(rule("errors", for_seconds=LASTS, interval_seconds=INTERVAL),),
        automatic=True,
        arm_task="go",
        countdown_seconds=COUNTDOWN,
        root=str(folder),
    )
    assert await engine.handle(c.OpenDeploy(plan=deploy), "ann") is None
    await engine.announce()
    assert await engine.handle(c.RunTask(task="go", attempt=1), "ann") is None
    ticking = asyncio.create_task(_tick(engine))
    began = time.time()
    try:
        while not (started := [one for one in engine.events if _is_undo(one)]):
            reading = Reading(metric="errors", at=time.time(), value=9.0)
            await engine.record_readings(c.RecordReadings(readings=(reading,)))
            await asyncio.sleep(INTERVAL)
        return started[0].at - began
    finally:
        ticking.cancel()
        for task in engine.state.running:
            engine.runs.cancel(engine.state.of(task.id).directory)
        while engine.state.running:
            await asyncio.sleep(0.01)
        await engine.close()


async def _tick(engine: Engine) -> None:
    while True:
        await engine.tick()
        await asyncio.sleep(TICK_SECONDS)


def _is_undo(event: e.Event) -> bool:
    return isinstance(event.body, e.StepStarted) and event.body.task == "undo"


async def _engine_cpu(folder: Path) -> float:
    """Percent of one core that an engine needs to judge and journal 20 metrics a second."""
    layout = Layout(folder)
    layout.make()
    engine = Engine(Journal(layout.journal), layout, "d1", lambda _: Environment({}), time.time)
    rules = tuple(rule(f"metric{number}") for number in range(METRICS))
    assert await engine.handle(c.OpenDeploy(plan=plan(step("go"), metrics=rules)), "ann") is None
    before, began = _cpu(), time.perf_counter()
    while time.perf_counter() - began < CPU_SECONDS:
        readings = tuple(Reading(metric=one.name, at=time.time(), value=random.random()) for one in rules)
        await engine.record_readings(c.RecordReadings(readings=readings))
        for _ in range(4):
            await engine.tick()
            await asyncio.sleep(TICK_SECONDS)
    used = _cpu() - before
    await engine.close()
    return used / (time.perf_counter() - began) * 100


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def _backtested() -> tuple[float, float]:
    rng = random.Random(1)
    readings = [
        Reading(metric=name, at=float(second), value=rng.random())
        for second in range(SAMPLES // 2)
        for name in ("errors", "p95")
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    backtest((rule("errors"), rule("p95", unit="s")), (), readings)
    taken = time.perf_counter() - began
    return taken, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        delays = []
        for number in range(RUNS):
            (Path(name) / str(number)).mkdir()
            delays.append(asyncio.run(_until_rolling_back(Path(name) / str(number))))
        (Path(name) / "cpu").mkdir()
        cpu = asyncio.run(_engine_cpu(Path(name) / "cpu"))
        seconds, memory = _backtested()
    least = LASTS + COUNTDOWN
    against = "for + countdown"
    return [
        Row(f"breach to rollback, median of {RUNS}", median(delays), "s", against, least),
        Row("breach to rollback, p90", quantile(delays, 0.9), "s", against, least),
        Row("breach to rollback, worst", max(delays), "s", f"{against} + interval + 100 ms", least + INTERVAL + 0.1),
        Row(f"engine with {METRICS} metrics at 1 s", cpu, "%", "of one core"),
        Row("backtest of a million samples", seconds, "s"),
        Row("its memory beside the samples", memory, "MiB"),
    ]
