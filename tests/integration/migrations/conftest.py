"""One PostgreSQL for all: a small shop to take backups of, and empty databases to rehearse on."""

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cockpit.backup.database import Database, program
from cockpit.postgres.server import ScratchServer

SHOP = """
CREATE ROLE anon;
CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL);
CREATE TABLE "Odd name" (id int);
INSERT INTO users (email) SELECT 'u' || g || '@example.org' FROM generate_series(1, 3000) g;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users TO anon USING (id > 0);
GRANT SELECT ON users TO anon;
CREATE TABLE schema_migrations (version text PRIMARY KEY);
INSERT INTO schema_migrations VALUES ('20260101');
ANALYZE;
"""


@pytest.fixture(scope="session")
def server() -> Iterator[ScratchServer]:
    with ScratchServer() as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE shop")
        with psycopg.connect(server.dsn("shop"), autocommit=True) as shop:
            shop.execute(SHOP)
        yield server


@pytest.fixture(scope="session")
def dump(server: ScratchServer, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A backup of the shop in this format, made once."""
    folder, made = tmp_path_factory.mktemp("dumps"), dict[str, Path]()

    def make(kind: str = "custom") -> Path:
        if kind not in made:
            path = folder / f"shop.{kind}"
            argv = [program("pg_dump"), f"--format={kind}", f"--file={path}"]
            subprocess.run(argv, env=Database(server.dsn("shop")).environment(), check=True)
            made[kind] = path
        return made[kind]

    return make


_numbers = itertools.count()


@pytest.fixture
def empty(server: ScratchServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database without tables, named by $SCRATCH, with a login that owns it and nothing else."""
    name = f"scratch_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'scratchscratch'".encode())
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER {name}".encode())
        address = server.dsn(name, name, "scratchscratch")
        monkeypatch.setenv("SCRATCH", address)
        yield Database(address)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        admin.execute(f"DROP ROLE {name}".encode())
