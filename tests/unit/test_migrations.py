"""What a migration file says of the way back, by its words."""

import pytest

from cockpit.migrations.wayback import is_down, migration


@pytest.mark.parametrize(
    ("text", "destroys"),
    [
        ("ALTER TABLE a ADD COLUMN b int;", ()),
        ("CREATE INDEX CONCURRENTLY i ON a (b);", ()),
        ("DROP TABLE orders;", ("DROP TABLE orders",)),
        ("drop table if exists orders cascade", ("DROP TABLE orders",)),
        ('ALTER TABLE a DROP COLUMN IF EXISTS "Note";', ('DROP COLUMN "Note"',)),
        ("ALTER TABLE a\n  DROP COLUMN b,\n  DROP COLUMN c;", ("DROP COLUMN b", "DROP COLUMN c")),
        ("TRUNCATE a;", ("TRUNCATE a",)),
        ("DELETE FROM a WHERE b;", ("DELETE FROM a",)),
        ("ALTER TABLE a RENAME COLUMN b TO c;", ("RENAME b",)),
        ("ALTER TABLE a RENAME TO c;", ("RENAME TO c",)),
        ("ALTER TABLE a ALTER COLUMN b TYPE text;", ("ALTER TYPE of b",)),
        ("ALTER TABLE a ALTER COLUMN b SET DATA TYPE text;", ("ALTER TYPE of b",)),
        ("ALTER TABLE a ALTER COLUMN b DROP NOT NULL;", ()),
        ("ALTER TABLE a DROP CONSTRAINT c;", ()),
        ("-- DROP TABLE a;\nSELECT 1;", ()),
        ("/* DROP TABLE a; */ SELECT 'DROP TABLE a';", ()),
        ("SELECT 1; -- it's\nDROP TABLE a;", ("DROP TABLE a",)),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$;", ()),
        ("CREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;", ()),
        ("CREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;", ()),
    ],
)
def test_what_it_takes_away(text: str, destroys: tuple[str, ...]) -> None:
    assert migration("m/1.sql", text).destroys == destroys


@pytest.mark.parametrize(
    ("path", "text", "beside", "reversible"),
    [
        ("m/1.sql", "SELECT 1;", (), False),
        ("m/1.sql", "SELECT 1;\n-- migrate:down\nSELECT 2;", (), True),
        ("m/1.sql", "SELECT 1;", ("m/1.down.sql",), True),
        ("m/1.up.sql", "SELECT 1;", ("m/1.down.sql",), True),
        ("m/1/up.sql", "SELECT 1;", ("m/1/down.sql",), True),
        ("m/1.sql", "SELECT 1;", ("m/2.down.sql",), False),
        ("m/1.sql", None, ("m/1.down.sql",), None),
    ],
)
def test_whether_it_can_be_undone(
    path: str, text: str | None, beside: tuple[str, ...], reversible: bool | None
) -> None:
    assert migration(path, text, beside).reversible is reversible


@pytest.mark.parametrize(
    ("path", "down"),
    [("m/1.down.sql", True), ("m/1/down.sql", True), ("m/1_rollback.sql", True), ("m/breakdown.sql", False)],
)
def test_the_files_that_undo(path: str, down: bool) -> None:
    assert is_down(path) is down
