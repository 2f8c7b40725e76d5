"""A dump is a program: what it says is split where psql splits it, and only what fills one database is run."""

import io

import pytest

from cockpit.backup.allowed import Judge
from cockpit.backup.database import BackupError
from cockpit.backup.statements import Statement, Statements


class _Drops(io.BytesIO):
    """Gives a few bytes at a time: every place of the script is an edge once."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3)


SCRIPT = rb"""-- a comment; with a semicolon
\restrict abc
SET standard_conforming_strings = on;
/* outer /* inner; */ ; */ CREATE TABLE "odd ; name" (a text DEFAULT ';', b text DEFAULT E'it\'s;');
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $body$ SELECT '; $$ '; $body$;
CREATE FUNCTION two() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);
COPY public."odd ; name" (a, b) FROM stdin;
1	\\. ; '
2	DROP DATABASE shop;
\.
INSERT INTO t (a, b) VALUES
	('x', '(('),
	('y', 'multi
line; ');
SELECT a$b$ FROM t"""


def _read(script: bytes, *, drops: bool) -> tuple[list[Statement], list[bytes]]:
    statements, data = Statements(_Drops(script) if drops else io.BytesIO(script)), list[bytes]()
    found = []
    for one in statements:
        found.append(one)
        if one.table:
            data.append(b"".join(statements.data()))
    return found, data


@pytest.mark.parametrize("drops", [False, True])
def test_a_script_is_split_where_psql_splits_it(drops: bool) -> None:
    found, data = _read(SCRIPT, drops=drops)
    assert [(one.text.split()[0], one.line) for one in found] == [
        (b"\\restrict", 2), (b"SET", 3), (b"CREATE", 4), (b"CREATE", 5), (b"CREATE", 6), (b"CREATE", 7), (b"COPY", 8),
        (b"INSERT", 12), (b"SELECT", 16),
    ]  # fmt: skip
    assert data == [b"1\t\\\\. ; '\n2\tDROP DATABASE shop;\n"]
    assert [one.rows for one in found] == [0] * 7 + [2, 0]
    assert found[6].table == b'public."odd ; name"'


def test_old_strings_end_where_a_backslash_says() -> None:
    found, _ = _read(
        b"SET standard_conforming_strings = off; COMMENT ON TABLE t IS 'it\\'; DROP TABLE u;'; SET a = 1", drops=False
    )
    assert [one.text.split()[0] for one in found] == [b"SET", b"COMMENT", b"SET"]


@pytest.mark.parametrize(
    "script", [b"SELECT 'open;", b"COPY t FROM stdin;\n1\n", b"/* open", b'CREATE TABLE "t', b"AS $x$ $y$"]
)
def test_what_does_not_end_was_cut_off(script: bytes) -> None:
    with pytest.raises(BackupError, match="truncated"):
        _read(script, drops=True)


FILLS = [
    "SET statement_timeout = 0", "SELECT pg_catalog.set_config('search_path', '', false)", "CREATE TABLE t ()",
    "CREATE SCHEMA extra", "ALTER TABLE t ADD CONSTRAINT c CHECK (true)", "COMMENT ON TABLE t IS 'DROP DATABASE x'",
    "INSERT INTO t VALUES (1)", "SELECT pg_catalog.setval('public.\"we(ird\"', 7, true)",
    "GRANT SELECT ON TABLE t TO anon", "REVOKE ALL ON SCHEMA public FROM PUBLIC", "CREATE EXTENSION pg_trgm",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon", "REFRESH MATERIALIZED VIEW v",
    "CREATE USER MAPPING FOR a SERVER s",
    "SELECT pg_catalog.lo_create('17')", "SELECT pg_catalog.lowrite(0, '\\x00')", "BEGIN", "COMMIT",
    "ALTER TABLE t SET (autovacuum_enabled = 'false')",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
]  # fmt: skip
OTHERS = [
    "DROP DATABASE shop", "DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop WITH TEMPLATE = template0",
    "ALTER DATABASE shop SET search_path TO x", "ALTER DATABASE shop OWNER TO ann", "COMMENT ON DATABASE shop IS 'x'",
    "CREATE ROLE ann", "ALTER ROLE postgres PASSWORD 'x'", "drop user ann", "CREATE GROUP g", "GRANT admin TO ann",
    "CREATE TABLESPACE fast LOCATION '/x'", "GRANT CONNECT ON DATABASE shop TO ann",
    "SET SESSION AUTHORIZATION 'postgres'",
    "RESET SESSION AUTHORIZATION", "SET ROLE postgres", "CREATE SUBSCRIPTION s CONNECTION 'host=prod' PUBLICATION p",
    "/**/ SET SESSION SESSION AUTHORIZATION x", "UPDATE pg_catalog.pg_database SET datistemplate = false",
    "SECURITY LABEL FOR x ON ROLE ann IS 'y'", "GRANT SET ON PARAMETER work_mem TO ann", "\\connect shop",
    "CREATE /* /* */ TABLE x */ ROLE ann", "CREATE -- TABLE\n DATABASE shop", "GRANT admin /* ON TABLE t */ TO ann",
]  # fmt: skip
REACHES = [
    "ALTER  SYSTEM SET x = 1", "DROP  OWNED BY ann",
    "\\! touch /tmp/x", "\\i /etc/passwd", "\\copy t from program 'id'", "\\o |cat", "\\set x `id`", "\\setenv PATH x",
    "SELECT 1 \\g |cat\n", "SELECT 'DROP DATABASE shop' \\gexec\n", "COPY t FROM PROGRAM 'id'",
    "COPY t TO PROGRAM 'id'",
    "COPY t TO '/tmp/x'", "COPY t FROM '/etc/passwd'", "COPY (SELECT 1) TO STDOUT", "ALTER SYSTEM SET x = 1",
    "DO $$ BEGIN EXECUTE 'DROP DATABASE shop'; END $$", "SELECT pg_terminate_backend(1)", "LOAD 'x'", "CALL p()",
    "SELECT dblink_exec('dbname=shop', 'DROP TABLE t')", "SELECT pg_catalog.setval('s', dblink_exec('x', 'y'))",
    "SELECT pg_reload_conf()", "WITH x AS (SELECT 1) SELECT * FROM x", "DROP OWNED BY ann", "REASSIGN OWNED BY a TO b",
    "EXECUTE p", "PREPARE p AS SELECT 1", "IMPORT FOREIGN SCHEMA s FROM SERVER p INTO x", "DISCARD ALL", "VACUUM FULL",
    "UPDATE pg_authid SET rolsuper = true", "DELETE FROM t", "TABLE t", "LISTEN x",
    "ALTER /**/ SYSTEM SET x = 1", "COPY t FROM /* STDIN */ PROGRAM 'id'",
]  # fmt: skip


def _one(text: str) -> Statement:
    (found,), _ = _read(text.encode(), drops=False)
    return found


@pytest.mark.parametrize("text", FILLS)
def test_what_fills_a_database_is_run(text: str) -> None:
    assert Judge("a.sql").verdict(_one(text)) == "run"


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_of_the_server_is_left_out(text: str) -> None:
    assert Judge("a.sql").verdict(_one(text)) == "skip"


@pytest.mark.parametrize("text", REACHES)
def test_what_reaches_beyond_the_database_refuses_the_dump(text: str) -> None:
    with pytest.raises(BackupError, match=r"a\.sql, line 1: .*so the dump is refused"):
        Judge("a.sql").verdict(_one(text))


def test_owners_and_tablespaces_go_back_home_only() -> None:
    for text in (
        "ALTER TABLE public.t OWNER TO ann",
        'ALTER FUNCTION f(a text) OWNER TO "Ann B"',
        "SET default_tablespace = fast",
    ):
        assert Judge("a.sql").verdict(_one(text)) == "pass over"
        assert Judge("a.sql", at_home=True).verdict(_one(text)) == "run"


def test_a_dump_that_goes_from_database_to_database_is_refused() -> None:
    judge = Judge("all.sql")
    assert judge.verdict(_one("\\connect shop")) == "skip"
    with pytest.raises(BackupError, match="is a dump of several databases"):
        judge.verdict(_one("\\c bakery"))
