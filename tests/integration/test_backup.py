"""Backups of a real PostgreSQL: verified, and put back with the old state proven by counts and checksums."""

import gzip
import os
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cockpit.backup.database import BackupError, Database, program
from cockpit.backup.proof import compare, prove
from cockpit.backup.restore import restore
from cockpit.backup.tool import run_restore, run_verify
from cockpit.backup.verify import verify
from cockpit.checks.backups import verified
from cockpit.checks.base import Context
from cockpit.postgres.server import ScratchServer

TABLES = """
CREATE TABLE orders (id serial PRIMARY KEY, what text NOT NULL);
CREATE TABLE "Odd name" (at timestamptz, n numeric);
INSERT INTO orders (what) SELECT 'bread ' || g FROM generate_series(1, 500) g;
INSERT INTO "Odd name" SELECT '2026-11-22'::timestamptz, g FROM generate_series(1, 7) g;
CREATE VIEW many AS SELECT count(*) FROM orders;
ALTER DATABASE bakery SET search_path TO public, extra;
ALTER DATABASE bakery SET statement_timeout TO '12s';
REVOKE CONNECT ON DATABASE bakery FROM PUBLIC;
"""
LATER = """
DELETE FROM orders WHERE id % 2 = 0;
UPDATE orders SET what = 'sold' WHERE id = 1;
CREATE TABLE later (x int);
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchServer]:
    with ScratchServer() as server:
        yield server


@pytest.fixture
def bakery(server: ScratchServer) -> Iterator[Database]:
    """A database with customers' data in it, and no other left at the end."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE bakery")
    database = Database(server.dsn("bakery"))
    _run(database, TABLES)
    yield database
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        for (name,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bakery%'").fetchall():
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(database: Database, script: str) -> None:
    with database.connection() as connection:
        for statement in filter(None, map(str.strip, script.split(";"))):
            connection.execute(statement.encode())


def _databases(server: ScratchServer) -> set[str]:
    with psycopg.connect(server.dsn()) as admin:
        return {str(name) for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall()}


def _sum(database: Database) -> str:
    """A checksum over every row of the orders."""
    with database.connection() as connection:
        query = "SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o"
        row = connection.execute(query).fetchone()
    return str(row and row[0])


def _settings(database: Database) -> tuple[object, ...]:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT current_setting('search_path'), current_setting('statement_timeout'), "
            "has_database_privilege('public', current_database(), 'CONNECT')"
        ).fetchone()
    assert row is not None
    return row


def _dump(database: Database, path: Path, *options: str) -> Path:
    command = [program("pg_dump"), f"--file={path}", *options]
    subprocess.run(command, env=database.environment(), check=True)
    return path


@pytest.mark.parametrize("options", [("--format=custom",), ()], ids=["archive", "plain"])
def test_a_restore_brings_the_old_state_back_and_keeps_the_one_before(
    server: ScratchServer, bakery: Database, tmp_path: Path, options: tuple[str, ...]
) -> None:
    backup = _dump(bakery, tmp_path / "pre.dump", *options)
    counts, checksum, settings = bakery.counts(), _sum(bakery), _settings(bakery)
    _run(bakery, LATER)
    later, spoiled = bakery.counts(), _sum(bakery)
    said: list[str] = []
    restore(bakery, backup, tmp_path / "saved", said.append)
    assert bakery.counts() == counts == {"public.Odd name": 7, "public.orders": 500}
    assert _sum(bakery) == checksum != spoiled
    assert _settings(bakery) == settings == ("public, extra", "12s", False)
    (old,) = (name for name in _databases(server) if name.startswith("bakery_before_"))
    assert bakery.beside(old).counts() == later
    (saved,) = (tmp_path / "saved").iterdir()
    assert len(verify(saved).tables) == 3
    told = " ".join(" ".join(said).split())
    assert "public.orders: 250 -> 500 +250" in told
    assert "public.later: 0 -> - is not in the backup" in told


def test_people_who_are_connected_do_not_stop_the_swap(bakery: Database, tmp_path: Path) -> None:
    backup = _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    with bakery.connection() as customer:
        restore(bakery, backup, tmp_path, lambda line: None)
        with pytest.raises(psycopg.OperationalError):
            customer.execute("SELECT 1")
    assert bakery.counts()["public.orders"] == 500


def test_a_backup_that_cannot_be_restored_leaves_the_database_alone(
    server: ScratchServer, bakery: Database, tmp_path: Path
) -> None:
    backup = _dump(bakery, tmp_path / "pre.sql")
    text = backup.read_text().replace("CREATE TABLE public.orders", "CREATE TABEL public.orders")
    backup.write_text(text)
    before = bakery.counts()
    with pytest.raises(BackupError, match=r"syntax error .* was not touched; its copy is "):
        restore(bakery, backup, tmp_path / "saved", lambda line: None)
    assert bakery.counts() == before
    assert {name for name in _databases(server) if name.startswith("bakery")} == {"bakery"}


def test_in_place_wants_the_databases_name_and_is_all_or_nothing(
    bakery: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: ScratchServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    backup = _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    checksum = _sum(bakery)
    _run(bakery, LATER)
    monkeypatch.setenv("BAKERY", server.dsn("bakery"))
    assert run_restore(backup, "env:BAKERY", tmp_path, in_place=True, confirm="production") == 4
    assert "Add --confirm bakery, the database name" in capsys.readouterr().err
    assert _sum(bakery) != checksum
    assert run_restore(backup, "env:BAKERY", tmp_path, in_place=True, confirm="bakery") == 0
    assert _sum(bakery) == checksum


def test_what_is_no_whole_backup_is_refused_with_the_reason(bakery: Database, tmp_path: Path) -> None:
    whole = _dump(bakery, tmp_path / "whole.dump", "--format=custom")
    plain = _dump(bakery, tmp_path / "whole.sql")
    assert {*verify(whole).tables} == {*verify(plain).tables} == {"public.Odd name", "public.orders"}
    cut = tmp_path / "cut.dump"
    cut.write_bytes(whole.read_bytes()[:-40])
    short = tmp_path / "short.sql"
    short.write_text(plain.read_text()[:-200])
    empty = tmp_path / "empty.sql"
    empty.touch()
    packed = tmp_path / "whole.sql.gz"
    subprocess.run(f"gzip -c {plain} > {packed}", shell=True, check=True)
    assert verify(packed).kind == "compressed"
    packed_short = tmp_path / "short.sql.gz"
    packed_short.write_bytes(packed.read_bytes()[:-30])
    for path, words in (
        (cut, "cannot be read in full"),
        (short, "truncated, or not a dump"),
        (empty, "is empty, as a failed dump leaves it"),
        (packed_short, "corrupt compression"),
        (tmp_path / "none.dump", "No such file or directory"),
    ):
        with pytest.raises(BackupError, match=words):
            verify(path)


def test_no_password_is_in_any_complaint() -> None:
    database = Database("postgresql://ann:hunter2hunter2@127.0.0.1:1/bakery")
    with pytest.raises(BackupError) as caught:
        database.counts()
    assert "hunter2" not in str(caught.value)
    assert "bakery on 127.0.0.1:1" in str(caught.value)


def test_a_role_that_may_not_swap_is_told_before_anything_is_done(
    server: ScratchServer, bakery: Database, tmp_path: Path
) -> None:
    backup = _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE ROLE baker LOGIN PASSWORD 'bakerbaker'")
        admin.execute("GRANT CONNECT ON DATABASE bakery TO baker")
        try:
            baker = Database(server.dsn("bakery", "baker", "bakerbaker"))
            with pytest.raises(BackupError, match=r"baker does not own bakery on .*: nothing was done"):
                restore(baker, backup, tmp_path / "saved", lambda line: None)
            admin.execute("ALTER DATABASE bakery OWNER TO baker")
            with pytest.raises(BackupError, match=r"baker may not create databases .ALTER ROLE baker CREATEDB."):
                restore(baker, backup, tmp_path / "saved", lambda line: None)
        finally:
            admin.execute("ALTER DATABASE bakery OWNER TO postgres")
            admin.execute("REVOKE ALL ON DATABASE bakery FROM baker")
            admin.execute("DROP ROLE baker")
    assert not (tmp_path / "saved").exists()


def _poor(bakery: Database, server: ScratchServer, folder: Path) -> dict[str, Path]:
    """Backups that are whole files and no backups of the bakery."""
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE bakery_other TEMPLATE template0")
    other = bakery.beside("bakery_other")
    found = {
        "schema-only": _dump(bakery, folder / "schema.sql", "--schema-only"),
        "schema-only archive": _dump(bakery, folder / "schema.dump", "--schema-only", "--format=custom"),
        "one table without data": _dump(bakery, folder / "part.dump", "--format=custom", "--exclude-table-data=orders"),
        "one table left out": _dump(bakery, folder / "less.dump", "--format=custom", "--exclude-table=orders"),
        "nothing at all": _dump(other, folder / "nothing.sql"),
    }
    _run(other, 'CREATE TABLE orders (id int); CREATE TABLE "Odd name" (at int)')
    found["the same tables, no rows"] = _dump(other, folder / "empty.dump", "--format=custom")
    _run(other, "INSERT INTO orders SELECT 1 FROM generate_series(1, 10)")
    return found | {"ten rows": _dump(other, folder / "ten.dump", "--format=custom")}


def test_a_backup_that_lacks_productions_rows_is_neither_verified_nor_restored(
    bakery: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: ScratchServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BAKERY", server.dsn("bakery"))
    checksum, saved = _sum(bakery), tmp_path / "saved"
    for what, path in _poor(bakery, server, tmp_path).items():
        proof = prove(path, bakery, lambda line: None, restore=False)
        assert proof.error, what
        assert "public.orders: " in proof.error or "is of another database" in proof.error, (what, proof.error)
        assert run_restore(path, "env:BAKERY", saved, in_place=False, confirm="") == 4, what
        said = capsys.readouterr().err
        assert "public.orders: " in said, said
        assert "of 500 rows" in said, said
        assert "add --lose-rows bakery to lose them" in said, said
        assert run_restore(path, "env:BAKERY", saved, in_place=False, confirm="", lose_rows="shop") == 4, what
        assert _sum(bakery) == checksum
    assert not saved.exists()
    assert {name for name in _databases(server) if name.startswith("bakery")} == {"bakery", "bakery_other"}


def test_a_person_may_insist_on_losing_rows(
    bakery: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ScratchServer
) -> None:
    monkeypatch.setenv("BAKERY", server.dsn("bakery"))
    schema = _dump(bakery, tmp_path / "schema.sql", "--schema-only")
    assert run_restore(schema, "env:BAKERY", tmp_path, in_place=False, confirm="", lose_rows="bakery") == 0
    assert bakery.counts() == {"public.Odd name": 0, "public.orders": 0}


def test_rows_written_since_the_backup_refuse_until_a_person_says_that_they_may_go(
    bakery: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: ScratchServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BAKERY", server.dsn("bakery"))
    backup = _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    os.utime(backup, (time.time() - 7200, time.time() - 7200))
    _run(bakery, "INSERT INTO orders (what) VALUES ('rye'), ('spelt')")
    checksum = _sum(bakery)
    lacks = "public.orders: 500 of 502 rows (the file is 2 h 0 min old; data written since then is included)"
    assert run_restore(backup, "env:BAKERY", tmp_path, in_place=False, confirm="") == 4
    said = capsys.readouterr().err
    assert lacks in said
    assert "add --written-since lose to lose what was written since" in said
    assert _sum(bakery) == checksum
    assert not list(tmp_path.glob("before-restore-*"))
    assert run_verify((backup,), "env:BAKERY", restore=False, as_json=False) == 1
    assert lacks in capsys.readouterr().out
    assert run_verify((backup,), "env:BAKERY", restore=False, as_json=False, written_since="lose") == 0
    assert run_restore(backup, "env:BAKERY", tmp_path, in_place=False, confirm="", written_since="lose") == 0
    assert bakery.counts()["public.orders"] == 500


async def test_the_check_says_what_was_written_since_and_fails_for_most_of_a_table(
    bakery: Database, tmp_path: Path, server: ScratchServer
) -> None:
    _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    context = Context(root=tmp_path, dsn=server.dsn("bakery"), backups="*.dump")
    assert not (await verified(context)).summary.endswith("rows")
    _run(bakery, "INSERT INTO orders (what) VALUES ('rye')")
    found = await verified(context)
    assert (found.verdict, found.summary.endswith("; missing public.orders: 500 of 501 rows")) == ("pass", True)
    _run(bakery, "INSERT INTO orders (what) SELECT 'rye' FROM generate_series(1, 500)")
    assert (await verified(context)).verdict == "fail"


def test_what_was_written_since_is_no_word_for_a_table_that_is_gone(
    bakery: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ScratchServer
) -> None:
    monkeypatch.setenv("BAKERY", server.dsn("bakery"))
    part = _dump(bakery, tmp_path / "part.dump", "--format=custom", "--exclude-table-data=orders")
    assert run_restore(part, "env:BAKERY", tmp_path, in_place=False, confirm="", written_since="lose") == 4
    assert run_verify((part,), "env:BAKERY", restore=False, as_json=False, written_since="lose") == 1
    assert bakery.counts()["public.orders"] == 500


def test_an_estimate_that_is_too_high_is_no_lost_row(bakery: Database, tmp_path: Path) -> None:
    """The planner believes in more rows than there are: what seems to be lost is counted."""
    backup = _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    found = verify(backup)
    told = compare(found, bakery, {"public.orders": 900.0, "public.Odd name": 7.0})
    assert told == {"public.orders": 500.0, "public.Odd name": 7.0}
    _run(bakery, "INSERT INTO orders (what) VALUES ('rye')")
    with pytest.raises(BackupError, match=r"public\.orders: 500 of 501 rows"):
        compare(found, bakery, {"public.orders": 900.0})


@pytest.mark.parametrize("name", ["dump.tar.gz", "dump.tgz", "dump.tar", "dump.tar.xz"])
def test_a_packed_folder_is_refused_with_what_to_do(bakery: Database, tmp_path: Path, name: str) -> None:
    folder = _dump(bakery, tmp_path / "dump", "--format=directory")
    packed = tmp_path / name
    modes = {"dump.tar": "w:", "dump.tar.xz": "w:xz"}
    with tarfile.open(packed, modes.get(name, "w:gz")) as tar:  # type: ignore[call-overload]
        tar.add(folder, arcname="pre-deploy")
    with pytest.raises(BackupError) as caught:
        verify(packed)
    assert str(caught.value) == (
        f"{packed} is a tar archive. Unpack it (tar -xf {packed}) and give the directory or file inside"
    )


def test_a_zip_is_refused_with_what_to_do(bakery: Database, tmp_path: Path) -> None:
    packed = tmp_path / "dump.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(_dump(bakery, tmp_path / "pre.sql"), "pre.sql")
    with pytest.raises(BackupError, match=r"dump\.zip is a zip archive. Unpack it"):
        verify(packed)


def test_a_dump_that_names_its_database_is_restored_into_the_new_one(
    bakery: Database, tmp_path: Path, server: ScratchServer
) -> None:
    """`pg_dump -C -c` would drop and refill the database that customers use."""
    checksum, said = _sum(bakery), list[str]()
    backup = _dump(bakery, tmp_path / "pre.sql", "-C", "-c")
    packed = tmp_path / "pre.sql.gz"
    packed.write_bytes(gzip.compress(backup.read_bytes()))
    _run(bakery, LATER)
    spoiled = _sum(bakery)
    restore(bakery, packed, tmp_path / "saved", said.append)
    (old,) = (name for name in _databases(server) if name.startswith("bakery_before_"))
    assert (_sum(bakery), _sum(bakery.beside(old))) == (checksum, spoiled)
    assert any("statements about the server skipped" in line for line in said)


def test_rows_that_a_policy_hides_are_an_error_and_not_fewer(
    bakery: Database, tmp_path: Path, server: ScratchServer
) -> None:
    backup = _dump(bakery, tmp_path / "pre.dump", "--format=custom")
    _run(bakery, "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE ROLE looker LOGIN PASSWORD 'lookerlooker'")
    _run(bakery, "GRANT CONNECT ON DATABASE bakery TO looker; GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")
    try:
        looker = Database(server.dsn("bakery", "looker", "lookerlooker"))
        assert 'row-level security policy for table "orders"' in prove(backup, looker, lambda line: None).error
    finally:
        _run(bakery, "DROP OWNED BY looker; DROP ROLE looker")
