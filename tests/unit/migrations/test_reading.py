"""A file split where psql splits it, and what its header says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.migrations.files import NoMigrations, decoded, found, load
from cockpit.migrations.header import read, seconds
from cockpit.migrations.split import split
from cockpit.migrations.squawk import blanked
from cockpit.migrations.tool import run_lint
from tests.git import git


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        (";;\n ;", []),
        ("SELECT ';'; SELECT \";\";", ["SELECT ';'", 'SELECT ";"']),
        ("SELECT 'it''s;'; SELECT 2;", ["SELECT 'it''s;'", "SELECT 2"]),
        (r"SELECT E'\';'; SELECT 2;", [r"SELECT E'\';'", "SELECT 2"]),
        (r"SELECT '\'; SELECT 2;", [r"SELECT '\'", "SELECT 2"]),
        ("SELECT $$;$$; SELECT $a$;$$;$a$;", ["SELECT $$;$$", "SELECT $a$;$$;$a$"]),
        ("SELECT a$b$; SELECT 2; SELECT a$b$;", ["SELECT a$b$", "SELECT 2", "SELECT a$b$"]),
        ("SELECT $1; SELECT $2;", ["SELECT $1", "SELECT $2"]),
        ("/* ; /* ; */ ; */ SELECT 1; -- ;\nSELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2); SELECT 3;", [
            "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)", "SELECT 3",
        ]),
        ("create function f() returns int begin atomic select case when true then 1 end; select 2; end; SELECT 3;", [
            "create function f() returns int begin atomic select case when true then 1 end; select 2; end", "SELECT 3",
        ]),
        ("SELECT 1 \\gexec\nSELECT 2;", ["SELECT 1", "\\gexec", "SELECT 2"]),
        ("\\echo it's\nSELECT 1;", ["\\echo it's", "SELECT 1"]),
        ("COPY a FROM stdin;\n;'\n\\.\nSELECT 1;", ["COPY a FROM stdin", "SELECT 1"]),
        ("SELECT 'open; SELECT 2;", ["SELECT 'open; SELECT 2;"]),
    ],
)  # fmt: skip
def test_statements_end_where_psql_ends_them(text: str, parts: list[str]) -> None:
    assert [one.text for one in split(text)] == parts


def test_places_are_those_of_the_statement_and_not_of_its_comment() -> None:
    one, two, three = split("-- first\n\nSELECT 1;  /* two */ SELECT\n2;\nCOPY a FROM STDIN;\n1\t2\n\\.\n")
    assert (one.line, one.column, two.line, two.column, three.line) == (3, 1, 3, 22, 5)
    assert three.data == "1\t2\n"


def test_transactions_are_numbered() -> None:
    every = split("SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3; BEGIN; SELECT 4; ROLLBACK;")
    assert [one.transaction for one in every] == [0, 1, 1, 1, 0, 2, 2, 2]


@given(st.text(alphabet="ab'\"$;\\()/*- \nE1"))
def test_anything_can_be_read_and_no_code_is_lost(text: str) -> None:
    for one in split(text):
        assert text[one.start : one.end].rstrip() == one.text
        assert text.count("\n", 0, one.start) + 1 == one.line


@pytest.mark.parametrize(
    ("said", "expected"),
    [("1 second", 1), ("<5 min", 300), ("2-3 minutes", 180), ("~30s", 30), ("1 h 30 min", 5400), ("300 ms", 0.3),
     ("1.5 hours", 5400), ("<X minutes>", None), ("soon", None), ("", None)],
)  # fmt: skip
def test_an_estimate_in_seconds(said: str, expected: float | None) -> None:
    assert seconds(said) == (None if expected is None else pytest.approx(expected))


def test_a_header_left_as_it_came_says_nothing() -> None:
    filled = read("-- Migration: x\n-- Author: Ann\n-- Created: 2026-11-22\n-- Estimated time: 1 minute\nSELECT 1;")
    assert (filled.author, filled.created, filled.estimate, filled.single) == ("Ann", "2026-11-22", 60.0, None)
    empty = read("-- Author: <Name>\n-- Created: <Date>\n-- Estimated time: <X minutes>\nSELECT 1;\n-- Author: Ann")
    assert (empty.author, empty.created, empty.estimate) == ("", "", None)


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        (b"\xef\xbb\xbfSELECT 1;", "SELECT 1;", ""),
        ("SELECT 'é';".encode("utf-16"), "SELECT 'é';", "UTF-16"),
        (b"SELECT '\xe9';", "SELECT 'é';", "another encoding (read as Latin-1)"),
    ],
)
def test_encodings(raw: bytes, text: str, encoding: str) -> None:
    assert decoded(raw) == (text, encoding)


def test_what_squawk_gets_has_every_line_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "m.sql"
    path.write_text("\\echo hi\nSELECT 1;\nCOPY a FROM STDIN;\n1\t2\n\\.\nSELECT 2;")
    assert blanked(load(path)) == "        \nSELECT 1;\nCOPY a FROM STDIN;\n\n\nSELECT 2;"


def test_files_come_in_the_order_of_their_versions(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in ("10_b.sql", "9_a.sql", "20260101_c.sql", "notes.md"):
        (folder / name).write_text("SELECT 1;")
    assert [path.name for path in found((), tmp_path)] == ["9_a.sql", "10_b.sql", "20260101_c.sql"]
    with pytest.raises(NoMigrations, match="no such file"):
        found((tmp_path / "none.sql",), tmp_path)


def test_since_a_commit_only_what_is_new_or_changed_or_not_committed_yet(tmp_path: Path) -> None:
    folder = tmp_path / "db" / "migrate"
    folder.mkdir(parents=True)

    git(tmp_path, "init")
    for name in ("1_old.sql", "2_changed.sql"):
        (folder / name).write_text("SELECT 1;")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    git(tmp_path, "tag", "v1")
    (folder / "2_changed.sql").write_text("SELECT 2;")
    (folder / "3_new.sql").write_text("SELECT 3;")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "two")
    (folder / "4_untracked.sql").write_text("SELECT 4;")
    new = [path.name for path in found((), tmp_path, "v1")]
    assert new == ["2_changed.sql", "3_new.sql", "4_untracked.sql"]
    with pytest.raises(NoMigrations, match="not a commit, branch or tag"):
        found((), tmp_path, "v2")


def test_the_demos_own_migrations_have_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(__file__).resolve().parents[3] / "cockpit" / "demo" / "template" / "migrations"
    assert run_lint([folder], "", single=True, strict=False, as_json=False) == 0
    assert "4 migrations: 0 errors" in capsys.readouterr().out
    assert run_lint([folder], "", single=True, strict=True, as_json=True) == 1
