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
    """Events a second, from the first that the server has taken on; and all that were to be sent."""
    one = Sharing(folder, team.dsn("anna"), deploy, environment=deploy)
    try:
        assert await one.open() is None
        await one.mirrored()
        await asyncio.to_thread(_kill, team.server)
        for _ in range(EVENTS):
            await one.measure(time.time())
        sent = one.sent
        await asyncio.to_thread(_start_again, team.server)
        await soon(lambda: one.sent > sent or None, "the first of them", 30)
        there, began = one.sent, time.perf_counter()
        await one.mirrored()
        rate = (one.sent - there) / (time.perf_counter() - began)
    finally:
        await one.stop()
    journal = Journal(one.layout.journal, read_only=True)
    rows = journal.rows(deploy)
    journal.close()
    return rate, rows


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
        rates, plain = [], []
        for number in range(TIMES):
            rate, sent = asyncio.run(_caught_up(team, Path(name) / str(number), f"out{number}"))
            rates.append(rate)
            plain.append(len(sent) / _copied(team, sent))
    yield Row(f"made up for {EVENTS:,} events after an outage", median(rates), "/s", "COPY of them",
              median(plain))  # fmt: skip
