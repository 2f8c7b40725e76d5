"""A thousand deploys of two thousand events each: what they weigh, and how long history and attach take."""

import asyncio
import json
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.table import Row, median
from bench.team.world import Demo, environment, python
from cockpit.deploy.events import decode_body
from cockpit.engine.team.replica import Replica
from cockpit.journal import chain
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout
from cockpit.team.base import Me
from cockpit.team.follower import Follower
from cockpit.team.prune import prune
from tests.integration.team.world import Team

DEPLOYS, EVENTS = 1000, 2000
AT_ONCE = 50
COMMANDS = 10
KEEP_DAYS = 90
TIMES = 5
NEWEST = "d1000"
DAY = 86_400.0
COLUMNS = "deploy, seq, space, at, actor, kind, v, body, digest"
SETTINGS = '[team]\ndsn = "env:TEAM_DSN"\n'
_FILL = """
INSERT INTO cockpit.events (deploy, seq, space, at, actor, kind, v, body, digest)
SELECT 'd' || lpad(n::text, 4, '0'), t.seq, 1, %(newest)s - (1000 - n) * %(apart)s + t.at, t.actor, t.kind, t.v, t.body,
  sha256((n || '/' || t.seq)::bytea)
FROM generate_series(%(first)s::int, %(last)s::int) n, template t ORDER BY n, t.seq
"""

_ASKED = """
INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, body, taken_at, answered_at)
SELECT gen_random_uuid(), 'd' || lpad(n::text, 4, '0'), 1, 'ben', 'web-2', '', now(), now()
FROM generate_series(1, %(deploys)s) n, generate_series(1, %(commands)s)
"""


def template(demo: Demo) -> list[chain.Row]:
    """A deploy of EVENTS events: the demo's, its measurements repeated in the middle of it. Times from its start."""
    start, more = demo.rows[0].at, EVENTS - len(demo.rows)
    middle = next(place for place, row in enumerate(demo.rows) if row.kind == "DeployClosed")
    watch = [demo.samples[number % len(demo.samples)] for number in range(more)]
    pause = 1 / demo.per_second
    before = [(row.at - start, row) for row in demo.rows[:middle]]
    during = [(before[-1][0] + (number + 1) * pause, row) for number, row in enumerate(watch)]
    after = [(row.at - start + more * pause, row) for row in demo.rows[middle:]]
    made, digest = [], chain.GENESIS
    for seq, (at, row) in enumerate([*before, *during, *after], 1):
        digest = chain.digest(digest, seq, at, row.by, row.v, row.body)
        made.append(chain.Row(seq, at, row.by, row.kind, row.v, row.body, digest))
    return made


def fill(team: Team, rows: list[chain.Row], apart: float) -> None:
    """The newest deploy with a chain that holds; the others are copies of it with digests that only look so."""
    now = time.time()
    plan = json.loads(rows[0].body)["plan"]
    outcome = decode_body(next(row.body for row in rows if row.kind == "DeployClosed")).outcome  # type: ignore[attr-defined]
    project, place = plan["project"] or "shop", plan["environment"]
    values = {"newest": now - rows[-1].at, "apart": apart, "length": rows[-1].at}
    with psycopg.connect(team.dsn("anna"), autocommit=True) as operator:
        operator.execute("SELECT cockpit.space_of(%s, %s)", (project, place))
    with psycopg.connect(team.server.dsn(team.name), autocommit=True) as admin:
        admin.execute(
            "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, closed_at, outcome, "
            "engine_clock, last_seq, whole) SELECT 'd' || lpad(n::text, 4, '0'), 1, 'bench', 'web-1', 'anna', "
            "%(newest)s - (1000 - n) * %(apart)s, %(newest)s - (1000 - n) * %(apart)s + %(length)s, %(outcome)s, 0, "
            "%(events)s, true FROM generate_series(1, %(deploys)s) n",
            {**values, "outcome": outcome, "events": len(rows), "deploys": DEPLOYS},
        )
        admin.execute("CREATE TEMP TABLE template (LIKE cockpit.events)")
        with admin.cursor().copy(f"COPY template ({COLUMNS}) FROM STDIN") as to:
            for row in rows:
                to.write_row(("", row.seq, 1, row.at, row.by, row.kind, row.v, row.body, row.digest))
        for first in range(1, DEPLOYS, AT_ONCE):
            last = min(DEPLOYS - 1, first + AT_ONCE - 1)
            admin.execute(_FILL, {**values, "first": first, "last": last})
        _true(admin, rows, values["newest"])
        admin.execute(_ASKED, {"deploys": DEPLOYS, "commands": COMMANDS})
        admin.execute("ANALYZE")


def _true(admin: "psycopg.Connection[tuple[object, ...]]", rows: list[chain.Row], newest: float) -> None:
    digest = chain.GENESIS
    with admin.cursor().copy(f"COPY cockpit.events ({COLUMNS}) FROM STDIN") as to:
        for row in rows:
            digest = chain.digest(digest, row.seq, newest + row.at, row.by, row.v, row.body)
            to.write_row((NEWEST, row.seq, 1, newest + row.at, row.by, row.kind, row.v, row.body, digest))
    admin.execute("UPDATE cockpit.deploys SET last_digest = %s WHERE deploy = %s", (digest, NEWEST))


def sizes(team: Team) -> dict[str, int]:
    """Bytes by table, with indexes and TOAST."""
    query = (
        "SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid) FROM pg_class "
        "WHERE relnamespace = 'cockpit'::regnamespace AND relkind = 'r'"
    )
    found = team.ask(query)
    return {name: total for name, total, _ in found} | {f"{name} indexes": part for name, _, part in found}


def checkout(folder: Path, project: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "cockpit.toml").write_text(f'project = "{project}"\n{SETTINGS}')
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    return folder


def _command(team: Team, folder: Path, *words: str) -> float:
    """Seconds of a cold `cockpit`."""
    began = time.perf_counter()
    subprocess.run(
        python("-m", "cockpit", *words), cwd=folder, env=environment(team, folder), check=True, capture_output=True
    )
    return time.perf_counter() - began


async def attached(team: Team, root: Path) -> tuple[float, float]:
    """Seconds until this machine has all of a deploy that it had never seen; and until it has looked again."""
    layout = Layout(root)
    root.mkdir()
    taken = []
    for _ in range(2):
        layout.make()
        layout.deploy(NEWEST).mkdir(parents=True, exist_ok=True)
        follower = Follower(team.dsn("wendy"), NEWEST, Me(uuid.uuid4().hex, "web-2"), listen=True, dead_after=60.0)
        began = time.perf_counter()
        replica = Replica(Journal(layout.journal), layout, NEWEST, follower, lambda: ())
        await replica.load()
        taken.append(time.perf_counter() - began)
        assert len(replica.events) == EVENTS
        await replica.close()
    return taken[0], taken[1]


async def _pruned(team: Team) -> tuple[int, float]:
    """How many deploys went, and the seconds of it."""
    async with await psycopg.AsyncConnection.connect(team.dsn("owner"), autocommit=True) as connection:
        began = time.perf_counter()
        return await prune(connection, KEEP_DAYS, output_only=False, do=True), time.perf_counter() - began


def _read_here(root: Path) -> float:
    """Seconds to read the same record from this machine's own journal."""
    began = time.perf_counter()
    journal = Journal(Layout(root).journal, read_only=True)
    journal.read(NEWEST)
    journal.close()
    return time.perf_counter() - began


def rows(team: Team, demo: Demo) -> Iterator[Row]:
    made = template(demo)
    began = time.perf_counter()
    fill(team, made, DAY / 4)
    filled = time.perf_counter() - began
    size = sizes(team)
    raw = sum(len(row.body) for row in made)
    yield Row(f"{DEPLOYS:,} deploys of {EVENTS:,} events in PostgreSQL", size["events"] / 1e6, "MB", "their JSON",
              raw * DEPLOYS / 1e6)  # fmt: skip
    yield Row("  of it indexes", size["events indexes"] / 1e6, "MB", "", None)
    yield Row("  inserted by the server itself", DEPLOYS * EVENTS / filled, "/s")
    project = json.loads(made[0].body)["plan"]["project"] or "shop"
    with tempfile.TemporaryDirectory() as name:
        folder = checkout(Path(name) / "shop", project)
        bare = median([_command(team, folder, "history") for _ in range(TIMES)])
        shared = median([_command(team, folder, "history", "--team") for _ in range(TIMES)])
        yield Row("cockpit history --team, cold process", shared, "s", "cockpit history, no deploy", bare)
        long = [_command(team, folder, "history", "--team", "--weeks", "520", "--limit", "1000") for _ in range(3)]
        yield Row("  over all thousand of them", median(long), "s", "cockpit history, no deploy", bare)
        first, again, here = [], [], []
        for number in range(TIMES):
            fresh, known = asyncio.run(attached(team, Path(name) / str(number)))
            first.append(fresh)
            again.append(known)
            here.append(_read_here(Path(name) / str(number)))
        against, base = "reading it here", median(here)
        yield Row(f"attach to a deploy of {EVENTS:,} events, new here", median(first), "s", against, base)
        yield Row("  where a copy is here already", median(again), "s", against, base)
    gone, seconds = asyncio.run(_pruned(team))
    yield Row(f"prune of {gone:,} deploys older than {KEEP_DAYS} days", seconds, "s")
