"""A real PostgreSQL with the team's schema, durable, on loopback; a real deploy's record to take the events from."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cockpit.deploy.commands import Reading, RecordReadings
from cockpit.journal.chain import Row
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.postgres.server import ScratchServer
from tests.integration.team.owner import Owner
from tests.integration.team.world import Team, make_logins

SETTINGS = {"max_connections": "200", "shared_buffers": "128MB", "max_wal_size": "4GB"}
"""PostgreSQL's own defaults but for these; `max_connections` because 50 watchers need 100."""


@contextmanager
def database(**more: str) -> Iterator[Team]:
    """A server of its own with fsync on, and in it the team's database."""
    with ScratchServer(settings={**SETTINGS, **more}, durable=True) as server:
        yield in_server(server)


def in_server(server: ScratchServer) -> Team:
    team = Team(server, "team")
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        make_logins(connection)
        connection.execute("CREATE DATABASE team OWNER owner")
    team.prepare()
    return team


@dataclass
class Demo:
    """The record of one real deploy. `output`: bytes of its logs."""

    rows: list[Row]
    output: int
    samples: list[Row]
    """Of the rows those with measurements."""

    @property
    def per_second(self) -> float:
        """Events with measurements a second, each a second or less after the one before."""
        return (len(self.samples) - 1) / (self.samples[-1].at - self.samples[0].at)


def demo() -> Demo:
    """A deploy to the demo's production, run now, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        words = [sys.executable, "-m", "cockpit", "demo", "--headless", "--yes", "--scenario", "good", "--dir", name]
        subprocess.run(words, check=True, capture_output=True, timeout=300)
        folder = Layout(Path(name) / "shop").folder
        journal = Journal(folder / "journal.db", read_only=True)
        deploy = max(journal.deploys(), key=lambda row: row.opened_at).id
        rows = journal.rows(deploy)
        journal.close()
        output = sum(path.stat().st_size for path in folder.rglob("output.log"))
    return Demo(rows, output, [row for row in rows if row.kind == "MetricsSampled"][1:])


class Sharing(Owner):
    """An engine in this process that shares its deploy, with metrics as a real one has them."""

    def __init__(self, root: Path, dsn: str, deploy: str, *, listen: bool = True, environment: str = "production"):
        super().__init__(root, dsn, deploy, listen=listen, environment=environment)
        app = {"type": "openmetrics", "url": "http://127.0.0.1:9/metrics"}
        with_metrics = {**self.settings.model_dump(), "sources": {"app": app}, "metrics": {"errors": {}, "p95": {}}}
        self.settings = type(self.settings).model_validate(with_metrics)

    async def measure(self, at: float) -> None:
        """One event with two measurements, the commonest there is."""
        taken = (
            Reading(metric="errors", at=at, value=0.0, detail="0 of 4 requests", samples=4, window_seconds=0.755),
            Reading(metric="p95", at=at, value=0.00475, detail="4 requests", samples=4, window_seconds=0.755),
        )
        await self.engine.record_readings(RecordReadings(readings=taken))


class Alone(Sharing):
    """The same engine without `[team]`."""

    def __init__(self, root: Path, deploy: str):
        super().__init__(root, "", deploy)
        self.settings = self.settings.model_copy(update={"team": None})


def python(*words: str) -> list[str]:
    return [sys.executable, *words]


def environment(team: Team, home: Path, login: str = "anna") -> dict[str, str]:
    """For a cockpit in a process of its own."""
    return {**os.environ, "HOME": str(home), "TEAM_DSN": team.dsn(login), "XDG_RUNTIME_DIR": ""}
