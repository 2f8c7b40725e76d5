"""The linter's word on a commit's migrations, and their way back; in a real repository."""

from pathlib import Path

import pytest

from cockpit.checks.base import Context, Outcome
from cockpit.checks.registry import run
from tests.git import git
from tests.integration.checks.test_repository import write

HEADER = "-- Migration: 1.sql\n-- Author: Ann\n-- Created: 2026-11-22\n-- Estimated time: 1 second\n\n"
GOOD = f"{HEADER}SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN note text;\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


async def said(name: str, root: Path, *files: str) -> Outcome:
    head = git(root, "rev-parse", "HEAD") if files else ""
    return await run(name, Context(root=root, commit=head, migrations=files))


async def test_a_migration_that_the_linter_refuses_fails(root: Path) -> None:
    assert (await said("migrations.lint", root)).summary == "no migrations in this commit"
    write(root, "migrations/1.sql", GOOD)
    clean = await said("migrations.lint", root, "migrations/1.sql")
    assert clean.verdict == "pass", clean.evidence
    write(root, "migrations/2.sql", f"{HEADER}BEGIN;\nCREATE INDEX CONCURRENTLY i ON orders (id);\nCOMMIT;\n")
    bad = await said("migrations.lint", root, "migrations/1.sql", "migrations/2.sql")
    assert bad.verdict == "fail"
    assert "migrations/2.sql:7: " in bad.evidence
    assert (await said("migrations.lint", root, "migrations/gone.sql")).verdict == "unknown"


async def test_a_migration_without_a_way_back_is_named(root: Path) -> None:
    write(root, "migrations/1.sql", "ALTER TABLE a ADD b int;\n-- migrate:down\nALTER TABLE a DROP b;\n")
    assert (
        await said("migrations.reversible", root, "migrations/1.sql")
    ).summary == "1 migrations have a down migration"
    write(root, "migrations/2.sql", "ALTER TABLE a ADD c int;\n")
    bare = await said("migrations.reversible", root, "migrations/1.sql", "migrations/2.sql")
    assert (bare.verdict, bare.summary) == ("fail", "no down migration in 2.sql")
    write(root, "migrations/3.sql", "ALTER TABLE a DROP COLUMN b;\n-- migrate:down\nSELECT 1;\n")
    taken = await said("migrations.reversible", root, "migrations/3.sql")
    assert (taken.verdict, "DROP COLUMN b" in taken.summary) == ("fail", True)
    assert (await said("migrations.reversible", root, "migrations/gone.sql")).verdict == "unknown"


async def test_a_migration_that_fails_in_rehearsal_fails(root: Path) -> None:
    assert (await said("migrations.rehearsed", root)).summary == "no migrations in this commit"
    write(root, "migrations/1.sql", f"{HEADER}CREATE TABLE orders (id int PRIMARY KEY);\n")
    fine = await said("migrations.rehearsed", root, "migrations/1.sql")
    assert fine.verdict == "pass", fine
    assert fine.summary.startswith("rehearsed on an empty database: 1.sql in ")
    write(root, "migrations/2.sql", f"{HEADER}BEGIN;\nCREATE INDEX CONCURRENTLY i ON orders (id);\nCOMMIT;\n")
    bad = await said("migrations.rehearsed", root, "migrations/1.sql", "migrations/2.sql")
    assert bad.verdict == "fail", bad
    assert "2.sql ERROR: CREATE INDEX CONCURRENTLY cannot run inside a transaction block" in bad.summary
    (root / "backups").mkdir()
    (root / "backups" / "pre.dump").write_bytes(b"PGDMP rubbish")
    assert (await said("migrations.rehearsed", root, "migrations/1.sql")).verdict == "unknown"
