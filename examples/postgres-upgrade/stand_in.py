"""Production of this example: two scratch servers on loopback, the old one with customers' orders.

Both are of the version that this machine has; the runbook's way is the same with a newer one.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg

from cockpit.postgres.server import ScratchServer

_TABLES = """
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL);
INSERT INTO customers SELECT n, 'Customer ' || n FROM generate_series(1, 500) AS n;
INSERT INTO orders (what) SELECT 'Loaf ' || n FROM generate_series(1, 2000) AS n;
"""


def _service(name: str, server: ScratchServer) -> str:
    return f"[{name}]\nhost=127.0.0.1\nport={server.port}\ndbname=bakery\nuser=postgres\n\n"


@contextlib.contextmanager
def stand_in(root: Path) -> Iterator[dict[str, str]]:
    """Both servers run, for as long as the block; gives the variables that the deploy needs."""
    run = root / "run"
    with ScratchServer(run / "old-server") as old, ScratchServer(run / "new-server") as new:
        for server in (old, new):
            with psycopg.connect(server.dsn(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE bakery")
        with psycopg.connect(old.dsn("bakery")) as connection:
            connection.execute(_TABLES)
        services, live, passwords = run / "services.conf", run / "live.conf", run / "passwords"
        services.write_text(_service("old", old) + _service("new", new))
        live.write_text(_service("live", old))
        passwords.touch(mode=0o600)
        lines = [f"127.0.0.1:{server.port}:*:postgres:{server.password}\n" for server in (old, new)]
        passwords.write_text("".join(lines))
        path = f"{old.bin_dir}{os.pathsep}{os.environ['PATH']}"
        yield {"SERVICES": str(services), "LIVE": str(live), "PGPASSFILE": str(passwords), "PATH": path}
