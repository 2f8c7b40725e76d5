"""Lint against squawk alone, a rehearsal against plain psql, a proven backup against plain pg_restore.

BENCH_FULL=1: the backup is of 1 GB instead of 60 MB.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.table import Row, median
from cockpit.backup.database import Database, program
from cockpit.backup.proof import prove
from cockpit.migrations import squawk
from cockpit.migrations.files import load
from cockpit.migrations.lint import lint
from cockpit.migrations.rehearse.rehearse import Rehearser, read
from cockpit.migrations.rehearse.scratch import Ready
from cockpit.postgres.server import ScratchServer

FILES = 500
ROWS = 200_000
TIMES = 3
BACKUP_ROWS = 16_000_000 if os.environ.get("BENCH_FULL") else 1_000_000
TABLE = "CREATE TABLE orders (id bigserial PRIMARY KEY, what text); INSERT INTO orders (what) "
MIGRATION = """-- Author: Ann Example
-- Created: 2026-11-22
-- Estimated time: 1 minute
SET lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_what ON orders (what);
UPDATE orders SET note = 'x' WHERE id BETWEEN 1 AND 100000;
ALTER TABLE orders ADD CONSTRAINT long CHECK (length(what) < 100) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT long;
"""


def _taken(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _linted(folder: Path) -> tuple[float, float]:
    """Seconds of the lint and of squawk alone, over the same files."""
    paths = []
    for number in range(FILES):
        paths.append(folder / f"{number:04}.sql")
        paths[-1].write_text(MIGRATION.replace("orders", f"orders{number}"))
    argv = [squawk.program() or "squawk", "--reporter=json", *map(str, paths)]
    alone = [_taken(lambda: subprocess.run(argv, capture_output=True, check=False)) for _ in range(TIMES)]
    ours = [_taken(lambda: lint([load(path) for path in paths])) for _ in range(TIMES)]
    return median(ours), median(alone)


def _database(server: ScratchServer, name: str, rows: int = 0) -> Database:
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    if rows:
        with psycopg.connect(server.dsn(name), autocommit=True) as fresh:
            fresh.execute(f"{TABLE} SELECT md5(g::text) FROM generate_series(1, {rows}) g; ANALYZE".encode())
    return Database(server.dsn(name))


def _rehearsed(server: ScratchServer, folder: Path) -> tuple[float, float]:
    """Seconds of a rehearsal in a loaded database, and of psql in its twin."""
    path = folder / "20261122_one.sql"
    path.write_text(MIGRATION)
    ours, plain = [], []
    for number in range(TIMES):
        database = _database(server, f"ours{number}", ROWS)
        rehearser = Rehearser(Ready(database, "", ""), {}, lambda text: None, down=False)
        migration = read(path, path.name, single=False)
        ours.append(_taken(lambda: rehearser.run([migration])))  # noqa: B023  run at once
        twin = _database(server, f"plain{number}", ROWS)
        argv = [program("psql"), "--no-psqlrc", "--quiet", f"--file={path}"]
        plain.append(_taken(lambda: subprocess.run(argv, env=twin.environment(), check=True)))  # noqa: B023
    return median(ours), median(plain)


def _proven(server: ScratchServer, folder: Path) -> tuple[float, float, float]:
    """Seconds of verify with a restore, of pg_restore alone, and the megabytes of the dump."""
    source, path = _database(server, "source", BACKUP_ROWS), folder / "source.dump"
    argv = [program("pg_dump"), "--format=custom", "--compress=0", f"--file={path}"]
    subprocess.run(argv, env=source.environment(), check=True)
    into = _database(server, "plain_restore")
    argv = [program("pg_restore"), "--no-owner", "--dbname=plain_restore", str(path)]
    plain = _taken(lambda: subprocess.run(argv, env=into.environment(), check=True))
    ours = _taken(lambda: prove(path, None, lambda text: None))
    return ours, plain, path.stat().st_size / 1e6


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, ScratchServer(settings={"autovacuum": "off"}) as server:
        folder = Path(name)
        ours, alone = _linted(folder)
        rehearsed, psql = _rehearsed(server, folder)
        proven, restored, size = _proven(server, folder)
    return [
        Row(f"lint of {FILES} migrations", ours, "s", "squawk alone", alone),
        Row("rehearsal of a migration", rehearsed, "s", "psql -f", psql),
        Row(f"verify of a backup of {size:,.0f} MB, its server started for it", proven, "s", "pg_restore", restored),
    ]
