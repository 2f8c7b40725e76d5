"""The demo's database: the server, the shop's role and password, tables by the shop's own script, some rows."""

import os
import secrets
import subprocess
from pathlib import Path

from cockpit.postgres.binaries import find
from cockpit.postgres.server import ScratchServer

MAX_CONNECTIONS = 60
"""Small enough that a leak shows within seconds; large enough that 95 % leaves a slot for the way back."""

_ROWS = """
INSERT INTO customers (name, email)
  SELECT 'Customer ' || n, 'customer' || (n % 780) || '@mail.example' FROM generate_series(1, 800) AS n;
INSERT INTO inventory (name, stock) SELECT 'Item ' || n, (n * 37) % 90 FROM generate_series(1, 120) AS n;
INSERT INTO orders (customer_id, placed_at, total_cents)
  SELECT 1 + (n * 31) % 800, now() - make_interval(mins => n * 7), 500 + (n * 7919) % 40000
  FROM generate_series(1, 4000) AS n;
ANALYZE;
"""


class Database:
    """The server below `home/postgres` and the database `shop` on it; `dsn` is the shop's own, with its password."""

    def __init__(self, home: Path) -> None:
        self._password = secrets.token_hex(12)
        self.server = ScratchServer(home / "postgres", settings={"max_connections": str(MAX_CONNECTIONS)})

    @property
    def dsn(self) -> str:
        """The shop's connection URI."""
        return self.server.dsn("shop", "shop", self._password)

    def start(self) -> None:
        """Start the server and make role and database. Raises ServerError, PostgresMissing."""
        import psycopg
        from psycopg import sql

        self.server.start()
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            password = sql.Literal(self._password)
            connection.execute(sql.SQL("CREATE ROLE shop LOGIN PASSWORD {}").format(password))
            # The figure of connections needs it: without it a role sees its own sessions only.
            connection.execute("GRANT pg_monitor TO shop")
            # A restore goes into a new database, which is swapped in.
            connection.execute("ALTER ROLE shop CREATEDB")
            connection.execute("CREATE DATABASE shop OWNER shop")

    def fill(self, release: Path, environment: dict[str, str]) -> None:
        """Bring the database to the shape of the release in this folder, and put rows in."""
        import psycopg

        command = [str(release / "bin" / "migrate")]
        calm = os.environ | environment | {"SHOP_PACE": "0", "NO_COLOR": "1"}
        done = subprocess.run(command, env=calm, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"bin/migrate failed: {done.stderr.strip()}")
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(_ROWS)

    def stop(self) -> None:
        """End the server; may be called twice."""
        self.server.stop()


def tools_folder() -> Path:
    """The folder of psql, pg_dump and pg_restore that fit the server. Raises PostgresMissing."""
    return find().bin_dir
