"""Every rule by its own examples, and what must be found or left alone beside them."""

import importlib.util
from pathlib import Path

import pytest

from cockpit.migrations.files import decoded, script
from cockpit.migrations.lint import lint, own
from cockpit.migrations.rules import REGISTRY
from cockpit.migrations.rules.base import Rule

REPOSITORY = Path(__file__).resolve().parents[3]


def _codes(text: str, *, single: bool = False) -> list[str]:
    return [one.rule for one in own(script(text, "m.sql", single=single)) if one.rule not in NOISE]


NOISE = ("header-missing", "table-without-rls")


@pytest.mark.parametrize("rule", REGISTRY, ids=lambda rule: rule.code)
def test_a_rule_finds_its_bad_example_and_leaves_its_good_one_alone(rule: Rule) -> None:
    bad, encoding = decoded(rule.bad.encode("latin-1"))
    assert rule.code in [one.rule for one in own(script(bad, "m.sql", encoding=encoding))]
    good, encoding = decoded(rule.good.encode())
    assert rule.code not in [one.rule for one in own(script(good, "m.sql", encoding=encoding))]


def test_the_documents_table_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("migrations_doc", REPOSITORY / "tools" / "migrations_doc.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.main("--check") == 0


LOOP = (
    "DO $$ BEGIN LOOP UPDATE a SET b = 1 WHERE id IN (SELECT id FROM a WHERE b IS NULL LIMIT 9); {} END LOOP; END $$;"
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("LOCK a IN ROW EXCLUSIVE MODE;", []),
        ("LOCK TABLE ONLY a IN SHARE MODE NOWAIT;", ["lock-table"]),
        ("SELECT 'LOCK TABLE a'; -- LOCK TABLE a;", []),
        ("/* TRUNCATE a; /* nested */ TRUNCATE a; */ SELECT 1;", []),
        ("WITH old AS (SELECT 1) UPDATE a SET b = 1;", ["update-whole-table"]),
        ("WITH old AS (SELECT id FROM a LIMIT 10) UPDATE a SET b = 1 WHERE id IN (SELECT id FROM old);", []),
        ("UPDATE ONLY public.a AS x SET b = 'WHERE';", ["update-whole-table"]),
        ("DELETE FROM a USING b WHERE a.x > b.x;", ["delete-unbatched"]),
        ("SELECT 1 FROM a FOR UPDATE;", []),
        ("CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f();", []),
        ("INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET b = 1;", []),
        ("DO $$ BEGIN UPDATE a SET b = 1; END $$;", ["update-whole-table"]),
        ("DO $$ BEGIN IF true THEN DELETE FROM a; END IF; END $$;", ["delete-whole-table"]),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM a; END $$;", []),
        (LOOP.format("COMMIT;"), []),
        (LOOP.format(""), ["batches-in-one-transaction"]),
        (f"BEGIN; {LOOP.format('COMMIT;')} COMMIT;", ["commit-in-block"]),
        ("BEGIN; VACUUM a; COMMIT;", ["not-in-transaction"]),
        ("BEGIN; COMMIT; VACUUM a;", []),
        ("BEGIN; SAVEPOINT s; ROLLBACK TO s; VACUUM a; COMMIT;", ["not-in-transaction"]),
        ("BEGIN; COMMIT AND CHAIN; DROP INDEX CONCURRENTLY i; COMMIT;", ["not-in-transaction"]),
        ("START TRANSACTION; REINDEX TABLE CONCURRENTLY a; END;", ["not-in-transaction"]),
        ("BEGIN; ALTER TABLE a DETACH PARTITION b CONCURRENTLY; COMMIT;", ["not-in-transaction"]),
        ("BEGIN; ALTER TABLE a DETACH PARTITION b; COMMIT;", []),
        ("BEGIN; ALTER TYPE e ADD VALUE 'x'; COMMIT; BEGIN; SELECT 'x'::e; COMMIT;", []),
        ("BEGIN; CREATE TYPE e AS ENUM ('y'); ALTER TYPE e ADD VALUE 'x'; SELECT 'x'::e; COMMIT;", []),
        ("CREATE POLICY p ON a USING (true);", ["rls-weakened"]),
        ("DROP POLICY p ON a; CREATE POLICY p ON a USING (owner = 1);", []),
        ("DROP POLICY IF EXISTS p ON a;", ["rls-weakened"]),
        ("ALTER ROLE web BYPASSRLS;", ["rls-weakened"]),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO authenticated;", ["grant-to-api-role"]),
        ("GRANT USAGE ON SCHEMA public TO PUBLIC;", ["grant-to-api-role"]),
        ("SELECT $a$ never closed", ["unfinished"]),
        ("COPY a FROM STDIN;\n1\n", ["unfinished"]),
        ("COPY a FROM STDIN;\nTRUNCATE a;\n\\.\nSELECT 1;", []),
        ("\\set ON_ERROR_STOP on\n\\copy a from 'a.csv'\n", ["psql-only"]),
    ],
)
def test_what_is_found(text: str, codes: list[str]) -> None:
    assert _codes(text) == codes


def test_a_tool_that_wraps_files_wraps_them_unless_they_say_no() -> None:
    assert _codes("VACUUM a;", single=True) == ["not-in-transaction"]
    assert _codes("-- Transaction: none\nVACUUM a;", single=True) == []
    assert _codes("-- migrate:up\nVACUUM a;") == ["not-in-transaction"]
    assert _codes("-- migrate:up transaction:false\nVACUUM a;\n-- migrate:down\nLOCK a;") == []


EXAMPLE = """BEGIN;
ALTER TABLE users ADD COLUMN flavour text;
CREATE INDEX CONCURRENTLY users_flavour ON users (flavour);
{}
COMMIT;
"""
BLOCK = """DO $$
BEGIN
  LOOP
    UPDATE users SET flavour = 'plain' WHERE id IN (SELECT id FROM users WHERE flavour IS NULL LIMIT 1000);
    IF NOT FOUND THEN EXIT; END IF;
    COMMIT;
  END LOOP;
END $$;
"""


def test_both_faults_of_the_example_are_named_with_their_lines_also_in_comments() -> None:
    found = {(one.rule, one.line) for one in own(script(EXAMPLE.format(BLOCK), "m.sql")) if one.level == "error"}
    assert found == {("not-in-transaction", 3), ("commit-in-block", 9)}
    commented = EXAMPLE.format("".join(f"-- {line}\n" for line in BLOCK.splitlines()))
    assert ("commit-in-commented-block", 4) in {(one.rule, one.line) for one in own(script(commented, "m.sql"))}


def test_squawks_findings_are_there_once_and_not_of_tables_that_the_file_makes() -> None:
    findings, notes = lint([script(EXAMPLE.format(BLOCK), "one.sql"), script(FRESH, "two.sql")])
    assert notes == []
    rules = [(one.file, one.rule, one.line, one.column) for one in findings]
    assert ("one.sql", "require-lock-timeout", 2, 1) in rules
    assert "ban-concurrent-index-creation-in-transaction" not in {rule for _, rule, _, _ in rules}
    assert [line for _, rule, line, _ in rules if rule == "require-concurrent-index-creation"] == [3]


FRESH = "CREATE TABLE a (id bigint);\nCREATE INDEX a_id ON a (id);\nCREATE INDEX b_id ON b (id);\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("-- cockpit: ignore truncate: it is a cache\nTRUNCATE a;\nTRUNCATE b;", [("truncate", 3)]),
        ("TRUNCATE a; -- cockpit: ignore truncate: it is a cache\nTRUNCATE b;", [("truncate", 2)]),
        ("-- cockpit: ignore truncate\nTRUNCATE a;", [("ignore-without-reason", 1), ("truncate", 2)]),
        ("-- cockpit: ignore lock-table: none\nTRUNCATE a;", [("ignore-unused", 1), ("truncate", 2)]),
        ("TRUNCATE a;\nLOCK a;\n-- cockpit: ignore-file truncate, lock-table: all scratch\n", []),
        ("-- squawk-ignore truncate\nTRUNCATE a;\nLOCK a;", [("lock-table", 3)]),
        ("-- cockpit: ignore ban-drop-column: unused since 3.1\nALTER TABLE a DROP COLUMN b;", []),
    ],
)
def test_what_somebody_answered_for_is_not_said_again(text: str, left: list[tuple[str, int]]) -> None:
    findings, _ = lint([script(text, "m.sql")])
    wanted = ("truncate", "lock-table", "ban-drop-column", "ignore-unused", "ignore-without-reason")
    assert [(one.rule, one.line) for one in findings if one.rule in wanted] == left


@pytest.mark.parametrize(("name", "found"), [("1_a.sql", True), ("1_a.down.sql", False)])
def test_a_file_that_undoes_another_may_drop_what_that_made(name: str, found: bool) -> None:
    findings, _ = lint([script("ALTER TABLE a DROP COLUMN b;", name)])
    assert ("ban-drop-column" in [one.rule for one in findings]) is found
