"""What sharing costs the person who deploys: seconds until an event is durable here, with and without the team.

Four engines in one process take turns, so that what else the machine does hits all of them alike: one that shares
nothing, one whose PostgreSQL answers, one whose server is gone, one whose network is stalled.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from bench.table import Row, median, quantile
from bench.team.world import Alone, Sharing, database
from tests.integration.team.proxy import Proxy
from tests.integration.team.world import Team
from tests.waiting import soon

BLOCKS, NOTES = 12, 50
PAUSE = 0.02
BURST = 1000


async def _block(one: Sharing) -> list[float]:
    taken = []
    for _ in range(NOTES):
        before = time.perf_counter()
        await one.measure(time.time())
        taken.append(time.perf_counter() - before)
        await asyncio.sleep(PAUSE)
    return taken


async def _burst(one: Sharing) -> float:
    """Events a second, as fast as the engine takes them."""
    before = time.perf_counter()
    for _ in range(BURST):
        await one.measure(time.time())
    return BURST / (time.perf_counter() - before)


async def _turns(ones: dict[str, Sharing]) -> tuple[dict[str, list[float]], dict[str, float]]:
    taken: dict[str, list[float]] = {name: [] for name in ones}
    names = list(ones)
    for number in range(BLOCKS):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            taken[name] += await _block(ones[name])
    rates: dict[str, list[float]] = {name: [] for name in ones}
    for _ in range(3):
        for name, one in ones.items():
            rates[name].append(await _burst(one))
            if name == "on":
                await one.mirrored()
    return taken, {name: median(found) for name, found in rates.items()}


async def _measured(
    team: Team, gone: Team, line: Proxy, folder: Path
) -> tuple[dict[str, list[float]], dict[str, float]]:
    ones = {
        "off": Alone(folder / "off", "off"),
        "on": Sharing(folder / "on", team.dsn("anna"), "on", environment="on"),
        "stopped": Sharing(folder / "stopped", gone.dsn("anna"), "stopped"),
        "stalled": Sharing(folder / "stalled", line.dsn(team.dsn("anna")), "stalled", environment="stalled"),
    }
    async with AsyncExitStack() as stack:
        for one in ones.values():
            stack.push_async_callback(one.stop)
            assert await one.open() is None
        for name in ("on", "stopped", "stalled"):
            await ones[name].mirrored()
        await asyncio.to_thread(gone.server.stop)
        line.set("stalled")
        for name in ("stopped", "stalled"):
            await ones[name].measure(time.time())
            await soon(partial(_behind, ones[name]), f"the word that {name} is behind", 30)
        found = await _turns(ones)
        line.set("cut")
        return found


def _behind(one: Sharing) -> bool:
    team = one.engine.state.team
    return team is not None and team.lost is not None


def rows(team: Team) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name, database() as gone, Proxy(team.server.port) as line:
        taken, rates = asyncio.run(_measured(team, gone, line, Path(name)))
    off = {share: quantile(taken["off"], share) * 1e3 for share in (0.5, 0.99)}
    for name, words in (
        ("on", "with the team's journal"),
        ("stopped", "with PostgreSQL stopped"),
        ("stalled", "with a stalled network"),
    ):
        yield Row(f"an event durable here, {words}, p50", quantile(taken[name], 0.5) * 1e3, "ms", "without", off[0.5])
        yield Row("  p99", quantile(taken[name], 0.99) * 1e3, "ms", "without", off[0.99])
        yield Row("  events as fast as they are taken", rates[name], "/s", "without", rates["off"])
