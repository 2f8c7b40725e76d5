"""A backup is proven by restoring it."""

import bz2
import gzip
import json
import lzma
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from cockpit.backup.database import BackupError
from cockpit.backup.verify import verify
from cockpit.cli.main import cli
from cockpit.postgres.server import ScratchServer

COUNTS = {"public.Odd name": 0, "public.schema_migrations": 1, "public.users": 3000}


def _verify(*arguments: str | Path) -> tuple[int, Any, str]:
    done = CliRunner().invoke(cli, ["backup", "verify", *map(str, arguments), "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_every_format_is_restored_and_counted(dump: Callable[..., Path], tmp_path: Path) -> None:
    plain = dump("plain").read_bytes()
    packed = []
    for suffix, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        packed.append(tmp_path / f"shop.sql.{suffix}")
        packed[-1].write_bytes(pack(plain))
    status, proofs, said = _verify(*(dump(kind) for kind in ("custom", "plain", "directory", "tar")), *packed)
    assert status == 0
    assert [one["kind"] for one in proofs] == ["archive", "plain", "directory", "archive", *["compressed"] * 3]
    for one in proofs:
        assert (one["error"], one["restored"], one["made_by"] != "") == ("", True, True)
        assert {table["name"]: table["rows"] for table in one["tables"]} == COUNTS
        assert one["restored_bytes"] > 0
    assert "restoring into a scratch PostgreSQL" in said


def test_a_full_read_alone_restores_nothing(dump: Callable[..., Path]) -> None:
    status, (proof,), _ = _verify(dump(), "--no-restore")
    assert (status, proof["restored"], proof["tables"]) == (0, False, [])


def test_what_is_no_backup_is_named(dump: Callable[..., Path], tmp_path: Path) -> None:
    whole, plain = dump().read_bytes(), dump("plain").read_bytes()
    folder = tmp_path / "cut.dir"
    shutil.copytree(dump("directory"), folder)
    next(one for one in folder.iterdir() if one.name != "toc.dat" and one.stat().st_size > 500).write_bytes(b"\x1f\x8b")
    none = tmp_path / "none.dir"
    none.mkdir()
    files = {
        "empty.dump": (b"", "is empty"),
        "cut.dump": (whole[:-40], "cannot be read in full"),
        "cut.sql": (plain[:-200], "truncated"),
        "cut.sql.gz": (gzip.compress(plain)[:-30], "corrupt compression"),
        "cut.sql.xz": (lzma.compress(plain)[:-30], "corrupt compression"),
        "shop.zst": (b"\x28\xb5\x2f\xfd....", "is compressed with zstd"),
        "noise.dump": (b"PGDMP" + bytes(200), "has no readable contents"),
    }
    for name, (raw, words) in files.items():
        (tmp_path / name).write_bytes(raw)
        status, (proof,), _ = _verify(tmp_path / name)
        assert (status, words in proof["error"]) == (1, True), (name, proof["error"])
    for path, words in ((folder, "cannot be read in full"), (none, "is a directory without toc.dat")):
        status, (proof,), _ = _verify(path)
        assert (status, words in proof["error"]) == (1, True), proof["error"]


def test_a_newer_servers_backup_is_named(dump: Callable[..., Path], tmp_path: Path, server: ScratchServer) -> None:
    raw = bytearray(dump().read_bytes())
    raw[5:7] = b"\x01\x7f"  # the archive's format: 1.127
    newer = tmp_path / "newer.dump"
    newer.write_bytes(raw)
    with pytest.raises(BackupError, match=r"was made by PostgreSQL \d+\.\d+, newer than this machine's pg_restore"):
        verify(newer)
    plain = tmp_path / "newer.sql"
    text = dump("plain").read_text().replace("-- Dumped from database version ", "-- Dumped from database version 9")
    plain.write_text(text.replace("SET row_security = off;", "SET transaction_patience = 0;"))
    status, (proof,), _ = _verify(plain)
    assert status == 1
    assert "transaction_patience" in proof["error"]
    assert "(made by PostgreSQL 9" in proof["error"]


def test_production_is_compared_and_another_database_is_named(
    server: ScratchServer, dump: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE grown TEMPLATE shop")
        admin.execute("CREATE DATABASE other TEMPLATE template0")
    with psycopg.connect(server.dsn("grown"), autocommit=True) as grown:
        grown.execute(
            "INSERT INTO users (email) SELECT '' FROM generate_series(1, 9000); CREATE TABLE later (); ANALYZE"
        )
    monkeypatch.setenv("GROWN", server.dsn("grown"))
    monkeypatch.setenv("OTHER", server.dsn("other"))
    status, (proof,), _ = _verify(dump(), "--against", "env:GROWN")
    assert (status, proof["tables"]) == (1, [])
    assert "lacks rows that grown on " in proof["error"]
    assert "public.users: 3,000 of 12,000 rows" in proof["error"]
    assert ". Make a new backup (" in proof["error"], "after how old the file is, where the machine was slow"
    status, (proof,), _ = _verify(dump(), "--against", "env:GROWN", "--without-data", "users")
    users = next(one for one in proof["tables"] if one["name"] == "public.users")
    assert (status, users["rows"], users["production"]) == (0, 3000, 12000)
    assert proof["notes"] == ["public.later of production is not in the backup"]
    status, (proof,), _ = _verify(dump(), "--against", "env:OTHER")
    assert status == 1
    assert "is from another database: no table in common with other on 127.0.0.1" in proof["error"]


def test_addresses_come_from_the_environment_alone(
    server: ScratchServer, dump: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, _, said = _verify(dump(), "--against", "postgresql://ann:hunter2@127.0.0.1/shop")
    assert (status, "use env:NAME" in said, "hunter2" in said) == (2, True, False)
    monkeypatch.setenv("WRONG", server.dsn("shop", password="hunter2hunter2"))
    status, (proof,), said = _verify(dump(), "--against", "env:WRONG")
    assert status == 1
    assert "password authentication failed" in proof["error"]
    assert "hunter2" not in proof["error"] + said
