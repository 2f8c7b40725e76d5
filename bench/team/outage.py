"""How fast what a deploy has written without its database is made up for."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.table import Row, median
from bench.team.world import Sharing, database
from cockpit.journal import chain
from cockpit.journal.sqlite import Journal
from tests.integration.team.test_outages import _kill, _start_again
from tests.integration.team.world import Team
from tests.waiting import soon

EVENTS = 20_000
TIMES = 3
COLUMNS = "deploy, seq, space, at, actor, kind, v, body, digest"


async def _caught_up(team: Team, folder: Path, deploy: str) -> tuple[float, list[chain.Row]]:
    """Seconds until all of it is there, from the server's first answer on; and what it was."""
    one = Sharing(folder, team.dsn("anna"), deploy, environment=deploy)
    try:
        assert await one.open() is None
        await one.mirrored()
        await asyncio.to_thread(_kill, team.server)
        for _ in range(EVENTS):
            await one.measure(time.time())
        sent = one.sent
        await asyncio.to_thread(_start_again, team.server)
        began = time.perf_counter()
        await soon(lambda: one.sent > sent or None, "the first of them", 30)
        first = time.perf_counter()
        await one.mirrored()
        taken = time.perf_counter() - first
        _ = began
    finally:
        await one.stop()
    journal = Journal(one.layout.journal, read_only=True)
    rows = journal.rows(deploy)
    journal.close()
    return taken, rows


def _copied(team: Team, rows: list[chain.Row]) -> float:
    """Seconds of a COPY of the same rows into a table like it."""
    with psycopg.connect(team.server.dsn(team.name), autocommit=True) as admin:
        admin.execute("CREATE TABLE IF NOT EXISTS plain (LIKE cockpit.events INCLUDING ALL)")
        admin.execute("TRUNCATE plain")
        began = time.perf_counter()
        with admin.cursor().copy(f"COPY plain ({COLUMNS}) FROM STDIN") as to:
            for row in rows:
                to.write_row(("d", row.seq, 1, row.at, row.by, row.kind, row.v, row.body, row.digest))
        return time.perf_counter() - began


def rows() -> Iterator[Row]:
    with database() as team, tempfile.TemporaryDirectory() as name:
        taken, plain = [], []
        for number in range(TIMES):
            seconds, sent = asyncio.run(_caught_up(team, Path(name) / str(number), f"out{number}"))
            taken.append(seconds)
            plain.append(_copied(team, sent))
    rate = EVENTS / median(taken)
    yield Row(f"made up for {EVENTS:,} events after an outage", rate, "/s", "COPY of them", EVENTS / median(plain))
