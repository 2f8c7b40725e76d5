"""Rehearsals: what fails in production fails here, with PostgreSQL's own words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cockpit.backup.database import Database
from cockpit.cli.main import cli
from cockpit.postgres.server import ScratchServer

HEAD = "-- Author: Ann Example\n-- Created: 2026-11-22\n-- Estimated time: 1 minute\n"
BLOCK = """DO $$
DECLARE
  size int := 1000;
BEGIN
  LOOP
    UPDATE users SET flavour = 'plain' WHERE id IN (SELECT id FROM users WHERE flavour IS NULL LIMIT size);
    IF NOT FOUND THEN EXIT; END IF;
    COMMIT;
  END LOOP;
END $$;
"""
EXAMPLE = f"""BEGIN;
ALTER TABLE users ADD COLUMN flavour text;
CREATE INDEX CONCURRENTLY users_flavour ON users (flavour);
{BLOCK}
COMMIT;
"""
REPAIRED = f"""{HEAD}-- Transaction: none
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN flavour text;
CREATE INDEX CONCURRENTLY users_flavour ON users (flavour);
{BLOCK}"""
UNDO = "DROP INDEX users_flavour;\nALTER TABLE users DROP COLUMN flavour;\n"


def _run(*arguments: str | Path, scratch: bool = True) -> tuple[int, Any, str]:
    """Exit status, what was found, what was said."""
    given = ["--scratch", "env:SCRATCH"] if scratch else []
    done = CliRunner().invoke(cli, ["migrations", "rehearse", *map(str, arguments), *given, "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout) if done.stdout else None, done.stderr


def _texts(file: Any, level: str) -> list[str]:
    return [one["text"] for one in file["remarks"] if one["level"] == level]


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.sql").write_text(text)
    return folder


def test_both_faults_of_the_example_come_back_in_postgresqls_words(
    empty: Database, dump: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "20261122_a.sql"
    path.write_text(EXAMPLE)
    status, found, _ = _run(path, "--from", dump())
    (file,) = found["files"]
    assert (status, found["ok"], file["ok"]) == (1, False, False)
    first, second = _texts(file, "error")
    assert f"{path.name}:3:1: ERROR: CREATE INDEX CONCURRENTLY cannot run inside a transaction block" in first
    assert f"{path.name}:11:1: ERROR: invalid transaction termination" in second
    assert empty.estimates().keys() == {"public.users", "public.Odd name", "public.schema_migrations"}
    with empty.connection() as connection:
        query = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'flavour'"
        assert connection.execute(query).fetchone() == (0,)


def test_the_repaired_one_passes_with_its_times_locks_and_way_back(
    empty: Database, dump: Callable[..., Path], tmp_path: Path
) -> None:
    _write(tmp_path, **{"20261122_a": REPAIRED, "20261122_a__down": UNDO})
    status, found, _ = _run(tmp_path, "--from", dump("plain"))
    (file,) = found["files"]
    assert (status, _texts(file, "error"), file["down"]) == (0, [], "same")
    by_line = {step["line"]: step for step in file["steps"]}
    assert {"table": "public.users", "mode": "AccessExclusiveLock"} in by_line[6]["locks"]
    assert all(step["seconds"] >= 0 for step in file["steps"])
    assert file["seconds"] > 0
    assert file["wal_bytes"] > 0
    assert by_line[8]["wal_bytes"] > 0


def test_who_would_have_waited_is_measured(empty: Database, dump: Callable[..., Path], tmp_path: Path) -> None:
    text = "BEGIN;\nALTER TABLE users ALTER email TYPE varchar(300);\nSELECT pg_sleep(0.2);\nCOMMIT;\n"
    text += "SELECT pg_sleep(0.1);"
    status, found, _ = _run(_write(tmp_path, **{"1_a": text}), "--from", dump(), "--no-down")
    inside, after = found["files"][0]["steps"][2], found["files"][0]["steps"][4]
    assert status == 0
    assert inside["reads_blocked"] > 0
    assert inside["writes_blocked"] > 0
    assert (after["reads_blocked"], after["writes_blocked"]) == (0, 0)


def test_a_rewrite_and_its_rows_are_seen_and_extrapolated(
    empty: Database, server: ScratchServer, dump: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODUCTION", server.dsn("shop"))
    path = _write(
        tmp_path, **{"1_a": f"{HEAD}ALTER TABLE \"Odd name\" ALTER id TYPE bigint;\nUPDATE users SET email = '';"}
    )
    status, found, _ = _run(path, "--from", dump(), "--rows-from", "env:PRODUCTION", "--no-down")
    first, second = found["files"][0]["steps"]
    assert status == 0
    assert first["rewritten"] == ["public.Odd name"]
    assert second["rows"] == 3000
    assert second["estimated"] == pytest.approx(second["seconds"])


def test_only_the_schema_of_production_is_read_and_the_rest_is_said(
    empty: Database, server: ScratchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODUCTION", server.dsn("shop"))
    path = _write(tmp_path, **{"1_a": f"{HEAD}CREATE INDEX users_email ON users (email);"})
    status, found, _ = _run(path, "--from", "env:PRODUCTION")
    assert status == 0
    assert empty.counts()["public.users"] == 0
    said = "\n".join(_texts(found["files"][0], "warning"))
    assert "public.users is empty here but not in production; its times cannot be extrapolated" in said
    assert "no down migration" in said


def test_what_is_left_unfinished_is_reported_and_half_a_file_too(
    empty: Database, dump: Callable[..., Path], tmp_path: Path
) -> None:
    text = "ALTER TABLE users ADD COLUMN half int;\nALTER TABLE users ADD CONSTRAINT c CHECK (id > 0) NOT VALID;\n"
    text += "CREATE UNIQUE INDEX CONCURRENTLY twice ON users ((id % 2));\n"
    status, found, _ = _run(_write(tmp_path, **{"1_a": text, "2_b": "SELECT 1;"}), "--from", dump())
    (file,) = found["files"]
    assert status == 1
    assert any(':3:1: ERROR: could not create unique index "twice"' in one for one in _texts(file, "error"))
    assert any("partly applied" in one and "half integer" in one for one in _texts(file, "error"))
    left = "\n".join(_texts(file, "warning"))
    assert "index public.twice is invalid" in left
    assert "constraint c of users is NOT VALID" in left
    assert [Path(name).name for name in found["not_run"]] == ["2_b.sql"]


@pytest.mark.parametrize(
    ("down", "state", "said"),
    [
        (
            "ALTER TABLE users ALTER email DROP NOT NULL;\nALTER TABLE users DROP COLUMN flavour;",
            "differs",
            "the schema differs",
        ),
        ("ALTER TABLE users DROP COLUMN flavor;", "failed", 'column "flavor" of relation "users" does not exist'),
    ],
)
def test_a_way_back_that_is_none_is_an_error(
    empty: Database, dump: Callable[..., Path], tmp_path: Path, down: str, state: str, said: str
) -> None:
    text = f"-- migrate:up\nALTER TABLE users ADD COLUMN flavour text;\n-- migrate:down\n{down}\n"
    status, found, _ = _run(_write(tmp_path, **{"1_a": text}), "--from", dump())
    (file,) = found["files"]
    assert (status, file["down"]) == (1, state)
    assert said in "\n".join(_texts(file, "error"))
    assert bool(file["difference"]) is (state == "differs")


def test_what_the_backup_has_already_is_not_applied_again(
    empty: Database, dump: Callable[..., Path], tmp_path: Path
) -> None:
    _write(tmp_path, **{"20260101_users": "CREATE TABLE users ();", "20261122_b": "CREATE TABLE b ();"})
    _, found, _ = _run(tmp_path, "--from", dump())
    assert [Path(name).name for name in found["skipped"]] == ["20260101_users.sql"]
    assert [Path(one["file"]).name for one in found["files"]] == ["20261122_b.sql"]


ODD = """\\echo it's
CREATE TABLE a (t text); /* outer /* inner ; */ ; */
CREATE FUNCTION two() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
COPY a FROM stdin;
a;b
$$
\\.
INSERT INTO a SELECT $x$ $$ ; $x$;
INSERT INTO a VALUES ('café'), (two()::text);
"""


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_odd_files_run_as_psql_runs_them(empty: Database, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "1_a.sql").write_bytes(ODD.encode(encoding))
    status, found, _ = _run(tmp_path)
    assert (status, _texts(found["files"][0], "error")) == (0, [])
    assert found["files"][0]["steps"][-1]["count"] == 2
    with empty.connection() as connection:
        rows = {str(text) for (text,) in connection.execute("SELECT t FROM a").fetchall()}
    assert rows == {"a;b", "$$", " $$ ; ", "café", "2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT 1;\nSELEC 2;", '1_a.sql:2:1: ERROR: syntax error at or near "SELEC"'),
        ("SELECT 1;\nSELECT\n  nothing FROM pg_class;", '1_a.sql:3:3: ERROR: column "nothing" does not exist'),
        ("BEGIN;\nCREATE TABLE a ();", "the file ends inside a transaction; all of it is rolled back"),
        ("SELECT 'open;", "an unmatched ' is never closed"),
        ("\\i other.sql", "\\i is a command of psql and was not run"),
        (
            "CREATE TYPE e AS ENUM ('x');\nBEGIN;\nALTER TYPE e ADD VALUE 'y';\nSELECT 'y'::e;\nCOMMIT;",
            "unsafe use of new value",
        ),
    ],
)
def test_what_fails_is_named_with_its_place(empty: Database, tmp_path: Path, text: str, said: str) -> None:
    status, found, _ = _run(_write(tmp_path, **{"1_a": text}))
    assert status == 1
    assert said in "\n".join(_texts(found["files"][0], "error"))


def test_a_scratch_database_that_may_be_production_is_refused(
    server: ScratchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path, **{"1_a": "DROP TABLE users;"})
    for address, said in (
        (server.dsn("shop"), "is not empty (3 tables)"),
        ("postgresql://ann:hunter2@8.8.8.8/shop", "is not on a loopback or private address"),
        ("postgresql://ann:hunter2@db.example.com/shop", "is not on a loopback or private address"),
    ):
        monkeypatch.setenv("SCRATCH", address)
        status, found, error = _run(path)
        assert (status, found) == (2, None)
        assert said in error
        assert "hunter2" not in error
    assert Database(server.dsn("shop")).counts()["public.users"] == 3000


def test_a_wrong_password_is_said_and_not_shown(
    server: ScratchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRATCH", server.dsn(password="hunter2hunter2"))
    status, _, said = _run(_write(tmp_path, **{"1_a": "SELECT 1;"}))
    assert status == 1
    assert "password authentication failed" in said
    assert "hunter2" not in said


def test_without_a_scratch_database_an_own_server_is_used_and_gone_afterwards(
    dump: Callable[..., Path], tmp_path: Path
) -> None:
    status, found, said = _run(
        _write(tmp_path, **{"1_a": "CREATE TABLE b ();"}), "--from", dump("directory"), scratch=False
    )
    assert status == 0
    assert found["server"].endswith("scratch server")
    assert "loaded shop.directory, 2 tables with data" in said
