"""What PostgreSQL does for each statement that engines and watchers ask again and again: does it read a table through?

The server's own auto_explain tells; a PostgreSQL without it tells nothing.
"""

import asyncio
import contextlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.table import Row, median
from bench.team.watching import Crowd
from bench.team.world import database
from cockpit.deploy import commands as c
from cockpit.postgres.server import ServerError
from tests.integration.team.owner import Owner
from tests.integration.team.world import Team

EXPLAIN = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_format": "json",
    "max_wal_size": "1GB",
}
LARGE = ("events", "output", "commands", "deploys", "watchers")
"""Tables that grow; the others have a row a member or an environment."""
EVENTS, FILLER, LOOKS, OFTEN = 40, 2000, 8.0, 2


@dataclass
class Asked:
    """One statement: how often, the milliseconds of each, the large tables that it read through, policies asked for
    rows instead of once."""

    taken: list[float]
    scans: set[str]
    loops: int


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


def _read(log: str) -> dict[str, Asked]:
    found: dict[str, Asked] = {}
    for match in re.finditer(r"duration: ([\d.]+) ms  plan:\n\t(\{.*?\n\t\})", log, re.DOTALL):
        with contextlib.suppress(ValueError):
            said = json.loads(match[2])
            query = " ".join(said["Query Text"].split())
            if "cockpit." not in query or "generate_series" in query:
                continue
            asked = found.setdefault(query, Asked([], set(), 0))
            asked.taken.append(float(match[1]))
            for node in _nodes(said["Plan"]):
                if node["Node Type"] == "Seq Scan" and node.get("Relation Name") in LARGE:
                    asked.scans.add(node["Relation Name"])
                if node.get("Parent Relationship") in ("InitPlan", "SubPlan") and node["Node Type"] == "Result":
                    asked.loops = max(asked.loops, int(node["Actual Loops"]))
    return found


def _fill(team: Team) -> None:
    """Other deploys, so that a table is worth an index."""
    team.ask(
        "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock) "
        f"SELECT 'old' || n, 1, 'bench', 'web-1', 'anna', n, 0 FROM generate_series(1, {FILLER}) n"
    )
    team.ask(
        "INSERT INTO cockpit.events SELECT 'old' || n, s, 1, s, 'cockpit', 'MetricsSampled', 1, '{}', '' "
        f"FROM generate_series(1, {FILLER}) n, generate_series(1, 20) s"
    )
    for table, columns, values in (
        ("commands", "command, deploy, space, by_person, by_host, body, answered_at",
         "gen_random_uuid(), 'old' || n, 1, 'ben', 'web-2', '', now()"),
        ("watchers", "deploy, watcher, space, names, host", "'old' || n, gen_random_uuid(), 1, '{ben}', 'web-2'"),
        ("output", "deploy, directory, start, space, at, data", "'old' || n, 'steps/001-1', 0, 1, 0, 'said'"),
    ):  # fmt: skip
        team.ask(f"INSERT INTO cockpit.{table} ({columns}) SELECT {values} FROM generate_series(1, {FILLER}) n")
    team.ask("ANALYZE")


async def _live(team: Team, folder: Path) -> None:
    """A deploy with a step and a watcher, long enough that everything that is asked by the clock was asked."""
    one = Owner(folder / "owner", team.dsn("anna"), "live")
    try:
        assert await one.open() is None
        await one.mirrored()
        await asyncio.to_thread(_fill, team)
        with Crowd(team.dsn("ben"), "live", 1, folder / "machines") as crowd:
            await asyncio.to_thread(crowd.watch)
            await one.run("Build")
            for number in range(EVENTS):
                await one.note(str(number))
                await asyncio.sleep(LOOKS / EVENTS)
            await one.mirrored()
            await asyncio.to_thread(crowd.leave)
        await one.engine.handle(c.CloseDeploy(outcome="aborted", reason="measured"), "anna")
        await one.mirrored()
    finally:
        await one.stop()


def asked() -> dict[str, Asked]:
    """By statement. Raises ServerError where the server has no auto_explain."""
    with database(**EXPLAIN) as team, tempfile.TemporaryDirectory() as name:
        asyncio.run(_live(team, Path(name)))
        return _read(team.server.log.read_text(errors="replace"))


def rows() -> Iterator[Row]:
    try:
        found = asked()
    except ServerError:
        return
    often = {query: one for query, one in found.items() if len(one.taken) > OFTEN}
    through = sum(bool(one.scans) for one in often.values())
    by_row = sum(one.loops > 1 for one in often.values())
    yield Row("statements asked again and again", len(often), "")
    yield Row("  that read a growing table through", through, "", "of all", len(often))
    yield Row("  that ask for the login's spaces once a row", by_row, "", "of all", len(often))
    yield Row("  the slowest, median inside the server", max(median(one.taken) for one in often.values()), "ms")


if __name__ == "__main__":
    for query, one in sorted(asked().items(), key=lambda item: -len(item[1].taken)):
        scans = f"  READS {', '.join(one.scans)} THROUGH" if one.scans else ""
        print(f"{len(one.taken):>5} x {median(one.taken):7.3f} ms{scans}  loops {one.loops}\n      {query[:220]}")
