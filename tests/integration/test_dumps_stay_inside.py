"""A dump that is given to a rehearsal or a verification changes nothing but the scratch database."""

import gzip
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from cockpit.backup.database import BackupError, Database, program
from cockpit.backup.load import load
from cockpit.backup.verify import verify
from cockpit.cli.main import cli
from cockpit.postgres.server import ScratchServer

SHOP = """
CREATE TABLE orders (id int PRIMARY KEY, what text);
CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parted_26 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO orders SELECT g, 'row ' || g FROM generate_series(1, 10) g;
INSERT INTO parted SELECT g, '2026-06-01' FROM generate_series(1, 20) g;
SELECT lo_from_bytea(4242, 'large');
COMMENT ON DATABASE shop IS 'it is';
ALTER DATABASE shop SET statement_timeout TO '77s';
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchServer]:
    with ScratchServer() as server:
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE shop")
        with psycopg.connect(server.dsn("shop"), autocommit=True) as shop:
            shop.execute(SHOP)
        yield server


@pytest.fixture
def scratch(server: ScratchServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Beside a database of customers, with the mightiest login that there is."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE scratch TEMPLATE template0")
        monkeypatch.setenv("SCRATCH", server.dsn("scratch"))
        yield Database(server.dsn("scratch"))
        admin.execute("DROP DATABASE scratch WITH (FORCE)")


@pytest.fixture
def grown(server: ScratchServer) -> Iterator[Database]:
    """The customers' database has more rows than the backup: what comes from the backup would be seen."""
    shop = Database(server.dsn("shop"))
    with shop.connection() as connection:
        connection.execute("INSERT INTO orders SELECT g, 'new' FROM generate_series(11, 500) g")
        yield shop
        connection.execute("DELETE FROM orders WHERE id > 10")


def _dump(server: ScratchServer, path: Path, *options: str) -> Path:
    argv = [program("pg_dump"), f"--file={path}", *options]
    subprocess.run(argv, env=Database(server.dsn("shop")).environment(), check=True)
    return path


FORMS = {
    "C-c": ("-C", "-c"),
    "C": ("-C",),
    "c": ("-c",),
    "inserts": ("-C", "--inserts", "--rows-per-insert=3"),
    "column-inserts": ("--column-inserts",),
    "session-authorization": ("--use-set-session-authorization",),
    "root": ("--load-via-partition-root",),
    "custom": ("-Fc", "-C"),
    "directory": ("-Fd", "-C"),
    "tar": ("-Ft", "-C", "-c"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_dump_fills_the_scratch_database_and_nothing_else(
    server: ScratchServer, scratch: Database, tmp_path: Path, form: str
) -> None:
    found = verify(_dump(server, tmp_path / "shop.dump", *FORMS[form]))
    assert dict(found.rows) == {"public.orders": 10, "public.parted": 20}
    shop = Database(server.dsn("shop"))
    with shop.connection() as connection:
        connection.execute("INSERT INTO orders SELECT g, 'new' FROM generate_series(11, 500) g")
    try:
        load(found, scratch)
        assert scratch.counts() == {"public.orders": 10, "public.parted": 20}
        assert shop.counts() == {"public.orders": 500, "public.parted": 20}
    finally:
        with shop.connection() as connection:
            connection.execute("DELETE FROM orders WHERE id > 10")


@pytest.mark.parametrize("form", ["custom", "tar"])
def test_an_archive_that_was_packed_is_read_as_it_is(
    server: ScratchServer, scratch: Database, tmp_path: Path, form: str
) -> None:
    packed = tmp_path / "shop.dump.gz"
    packed.write_bytes(gzip.compress(_dump(server, tmp_path / "shop.dump", *FORMS[form]).read_bytes()))
    found = verify(packed)
    assert (found.kind, dict(found.rows)) == ("compressed archive", {"public.orders": 10, "public.parted": 20})
    load(found, scratch)
    assert scratch.counts()["public.orders"] == 10
    cut = tmp_path / "cut.dump.gz"
    cut.write_bytes(packed.read_bytes()[:-60])
    with pytest.raises(BackupError, match=r"cut.dump.gz: corrupt compression|cannot be read|no readable contents"):
        verify(cut)


@pytest.mark.parametrize(
    "evil",
    [
        "\\connect postgres\nDROP DATABASE shop;", "\\! touch {}", "COPY orders FROM PROGRAM 'touch {}';",
        "DROP DATABASE shop;", "\\connect shop\nDELETE FROM orders;", "\\connect shop\nDROP TABLE orders;",
        "SELECT 'DROP TABLE orders' \\gexec", "COPY orders TO '{}';", "DO $$ BEGIN COPY orders TO '{}'; END $$;",
        "SELECT pg_read_file('/etc/passwd');", "ALTER SYSTEM SET work_mem = '1GB';", "\\o {}\nSELECT 1;",
    ],
)  # fmt: skip
def test_what_a_dump_says_of_the_rest_of_the_world_is_not_done(
    server: ScratchServer, scratch: Database, grown: Database, tmp_path: Path, evil: str
) -> None:
    path, touched = _dump(server, tmp_path / "shop.sql", "-C", "-c"), tmp_path / "touched"
    tmp_path.chmod(0o777)
    text = path.read_text()
    path.write_text(text.replace("COPY public.orders", evil.format(touched) + "\nCOPY public.orders", 1))
    settings = (tmp_path / "m.sql", "SELECT 1;")
    settings[0].write_text(settings[1])
    CliRunner().invoke(
        cli, ["migrations", "rehearse", str(settings[0]), "--from", str(path), "--scratch", "env:SCRATCH", "--i-know"]
    )
    assert not touched.exists()
    # Postgres knows it still, with the rows that it had.
    assert grown.counts()["public.orders"] == 500


def test_a_login_that_reaches_others_is_refused_before_anything_is_loaded(
    server: ScratchServer, scratch: Database, tmp_path: Path
) -> None:
    migration = tmp_path / "m.sql"
    migration.write_text("SELECT 1;")
    dump = _dump(server, tmp_path / "shop.sql", "-C", "-c")
    asked = ["migrations", "rehearse", str(migration), "--from", str(dump), "--scratch", "env:SCRATCH"]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 2
    assert "its login may change other databases of that server (shop)" in done.stderr
    assert "Use a login that owns only the scratch database, or omit --scratch" in done.stderr
    assert scratch.counts() == {}
    assert CliRunner().invoke(cli, [*asked, "--i-know"]).exit_code == 0
    assert scratch.counts()["public.orders"] == 10


def test_a_dump_of_a_whole_server_is_no_backup_of_one_database(server: ScratchServer, tmp_path: Path) -> None:
    path = tmp_path / "all.sql"
    argv = [program("pg_dumpall"), f"--file={path}"]
    subprocess.run(argv, env=Database(server.dsn("shop")).environment(), check=True)
    with pytest.raises(BackupError, match="is a dump of a whole server"):
        verify(path)
