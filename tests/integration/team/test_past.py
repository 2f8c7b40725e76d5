"""The team's past: all deploys are known, the events of the chosen ones are read, and nothing is read past others."""

import json
from pathlib import Path

import psycopg

from cockpit.deploy import commands as c
from cockpit.history.deploys import KINDS, earlier
from cockpit.team import past
from tests.integration.team.owner import Owner, owner
from tests.integration.team.world import Team


async def _closed(one: Owner) -> None:
    assert await one.engine.handle(c.CloseDeploy(outcome="aborted", reason="enough"), "anna") is None
    await one.mirrored()


async def test_only_the_chosen_deploys_are_read(team: Team, tmp_path: Path) -> None:
    for name in ("d1", "d2"):
        async with owner(tmp_path / name, team.dsn(), name, environment=name) as one:
            await _closed(one)
    async with await psycopg.AsyncConnection.connect(team.dsn("wendy"), autocommit=True) as connection:
        fetched = await past.fetch(connection, "shop", KINDS, lambda rows: ["d2"])
    d2, d1 = earlier(fetched, lambda rows: ["d2"])
    assert (d2.id, d2.by, d2.why, d2.damage) == ("d2", "anna", "enough", "")
    assert (d1.id, d1.by, d1.outcome, d1.damage) == ("d1", "", "aborted", "")


def test_history_does_not_read_past_measurements(team: Team) -> None:
    with psycopg.connect(team.server.dsn(team.name), autocommit=True) as admin:
        admin.execute("INSERT INTO cockpit.spaces (project, environment) VALUES ('shop', 'production')")
        admin.execute(
            "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock) "
            "SELECT 'd' || n, 1, 'o', 'web-1', 'anna', 0, 0 FROM generate_series(1, 5) n"
        )
        admin.execute(
            "INSERT INTO cockpit.events SELECT 'd' || n, s, 1, s, 'cockpit', "
            "CASE s % 100 WHEN 0 THEN 'StepStarted' ELSE 'MetricsSampled' END, 1, '{}', '' "
            "FROM generate_series(1, 5) n, generate_series(1, 1000) s"
        )
        admin.execute("ANALYZE")
    with psycopg.connect(team.dsn("wendy"), autocommit=True) as connection:
        explain = f"EXPLAIN (FORMAT JSON) {past._KINDS}".encode()
        (plan,) = connection.execute(explain, (["d1", "d2"], list(KINDS))).fetchone() or ({},)
    assert "events_of_note" in json.dumps(plan)
