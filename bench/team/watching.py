"""How long until an event of an engine is visible on other machines, and what that asks of the database.

A watcher is what an engine on another machine is: a real `Replica` over a real `Follower`, with two connections and a
journal of its own. They are spread over PROCESSES processes of their own, so that the one that measures is not slowed
by them; all share this machine's clock and processors. Visible: in the copy's journal, folded, and told to whoever
looks there.
"""

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psutil
import psycopg

from bench.table import Row, median, quantile
from bench.team.world import Sharing, python
from tests.integration.team.world import Team

WATCHERS = (1, 10, 50)
PROCESSES = 5
NOTES = 150
PAUSE = 0.25
"""Four events a second, as a deploy with four sources in their default rhythm makes them."""
BARE = 300
SETTLE_SECONDS = 5.0
REPOSITORY = Path(__file__).resolve().parents[2]


class Crowd:
    """Watchers in processes of their own."""

    def __init__(self, dsn: str, deploy: str, count: int, folder: Path) -> None:
        shares = [len(range(number, count, PROCESSES)) for number in range(min(PROCESSES, count))]
        self.processes = [
            subprocess.Popen(
                python("-m", "bench.team.watcher", deploy, str(share), str(folder / f"crowd{number}")),
                cwd=REPOSITORY, env={**os.environ, "TEAM_DSN": dsn}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
            for number, share in enumerate(shares)
        ]  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def watch(self) -> None:
        """Returns when all of them have the whole record."""
        for process in self.processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"

    def leave(self) -> dict[int, list[float]]:
        """When each event was seen, by its number."""
        found: dict[int, list[float]] = {}
        for process in self.processes:
            said, _ = process.communicate("\n", timeout=60)
            for seq, at in json.loads(said):
                found.setdefault(seq, []).append(at)
        return found


class Load:
    """What the server did since it was asked first: its processor seconds, and statements."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._began = time.monotonic()
        self._cpu, self._done = self._look()

    def _look(self) -> tuple[float, int]:
        """Processor seconds of the sessions by their processes; only of those that stay."""
        cpu = 0.0
        assert self._team.server.pid is not None
        for child in psutil.Process(self._team.server.pid).children():
            times = child.cpu_times()
            cpu += times.user + times.system
        done = self._team.ask("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
        return cpu, int(done[0][0])

    def since(self) -> tuple[float, float]:
        """Percent of a core, statements a second."""
        cpu, done = self._look()
        seconds = time.monotonic() - self._began
        return (cpu - self._cpu) / seconds * 100, (done - self._done) / seconds


async def _visible(team: Team, folder: Path, count: int) -> tuple[list[float], list[float], tuple[float, float]]:
    """Seconds until each watcher had each event; until the last one had it; the server's load meanwhile."""
    deploy = f"watched{count}"
    one = Sharing(folder / f"owner{count}", team.dsn("anna"), deploy, environment=f"place{count}")
    asked: dict[int, float] = {}
    try:
        assert await one.open() is None
        await one.mirrored()
        with Crowd(team.dsn("wendy"), deploy, count, folder / f"machines{count}") as crowd:
            await asyncio.to_thread(crowd.watch)
            await asyncio.sleep(SETTLE_SECONDS)
            load = await asyncio.to_thread(Load, team)
            for _ in range(NOTES):
                before = time.monotonic()
                await one.measure(time.time())
                asked[one.engine.state.seq] = before
                await asyncio.sleep(PAUSE)
            carried = await asyncio.to_thread(load.since)
            await one.mirrored()
            await asyncio.sleep(SETTLE_SECONDS)
            seen = await asyncio.to_thread(crowd.leave)
    finally:
        await one.stop()
    assert all(len(seen[seq]) == count for seq in asked), "every watcher saw every event, once"
    each = [at - before for seq, before in asked.items() for at in seen[seq]]
    last = [max(seen[seq]) - before for seq, before in asked.items()]
    return each, last, carried


async def _bare(dsn: str) -> float:
    """Seconds from an insert with NOTIFY to a listener on a bare connection, the median."""
    async with (
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as writer,
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as reader,
    ):
        await writer.execute("CREATE TABLE bare (number int PRIMARY KEY, body bytea)")
        await reader.execute("LISTEN bare")
        taken = []
        for number in range(BARE):
            began = time.monotonic()
            await writer.execute(
                "WITH it AS (INSERT INTO bare VALUES (%s, %s) RETURNING 1) SELECT pg_notify('bare', '') FROM it",
                (number, b"x" * 280),
            )
            async for _ in reader.notifies(timeout=5.0, stop_after=1):
                taken.append(time.monotonic() - began)
    return median(taken)


def rows(team: Team) -> Iterator[Row]:
    bare = asyncio.run(_bare(team.dsn("owner"))) * 1e3
    against = "bare INSERT, NOTIFY, LISTEN"
    with tempfile.TemporaryDirectory() as name:
        for count in WATCHERS:
            each, last, (cpu, statements) = asyncio.run(_visible(team, Path(name), count))
            who = f"{count} watcher{'s' if count > 1 else ''}"
            yield Row(f"event visible at {who}, p50", quantile(each, 0.5) * 1e3, "ms", against, bare)
            yield Row("  p99", quantile(each, 0.99) * 1e3, "ms", against, bare)
            yield Row("  at the last of them, p50", quantile(last, 0.5) * 1e3, "ms", against, bare)
            yield Row("  the server's processor time", cpu, "%", "of one core")
            yield Row("  statements", statements, "/s")
