"""One PostgreSQL database as the restore sees it: its programs, its questions, and no password on a command line."""

import os
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cockpit.postgres.binaries import PostgresMissing, find
from cockpit.postgres.dsn import NotPostgres, readable
from cockpit.text.sanitize import one_line

CONNECT_SECONDS = 10
_ENVIRONMENT = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}  # fmt: skip
MAINTENANCE = "postgres"
"""Database from which others are renamed: nobody may be connected to those."""
_USER_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""


COUNTED_BYTES = 16 << 20
"""Smaller tables are counted at once: an estimate may be as old as the last ANALYZE."""


def _with_column(*columns: str) -> bytes:
    return _USER_TABLES.replace("n.nspname, c.relname", ", ".join(("n.nspname, c.relname", *columns)), 1).encode()


def _count(connection: "psycopg.Connection[tuple[object, ...]]", schema: str, table: str, kind: object) -> int:
    """Rows of this table: of one that others inherit from without theirs, of a partitioned one with its partitions."""
    only = sql.SQL("" if kind in ("p", b"p") else "ONLY ")
    query = sql.SQL("SELECT count(*) FROM {}{}").format(only, sql.Identifier(schema, table))
    row = connection.execute(query).fetchone()
    return int(str(row[0])) if row else 0


class BackupError(Exception):
    """Nothing more is done; the text says what happened, and what is as it was before."""


class NotNamed(BackupError):
    """No variable was named, or it is not set: nothing was tried."""


class Database:
    """`dsn`: of the database itself. Raises BackupError where it is none."""

    def __init__(self, dsn: str) -> None:
        try:
            parts = conninfo_to_dict(readable(dsn)[0])
            self._parts = {name: str(value) for name, value in parts.items() if value is not None}
        except NotPostgres as error:
            raise BackupError(str(error)) from None
        except psycopg.Error:
            raise BackupError("the database URL cannot be parsed (postgresql://user@host:port/name)") from None
        self.name = self._parts.get("dbname") or self._parts.get("user") or ""
        if not self.name:
            raise BackupError("the URL names no database")

    @classmethod
    def of_variable(cls, text: str, option: str) -> "Database":
        """The database of `env:NAME`, as this option names it. Raises NotNamed, and BackupError for a bad address."""
        name = text.removeprefix("env:")
        if name == text:
            words = "use env:NAME, the variable with the URL; command lines are visible to all users"
            raise NotNamed(f"{option}: {words}")
        if not os.environ.get(name):
            raise NotNamed(f"{option}: ${name} is not set")
        return cls(os.environ[name])

    def place(self) -> str:
        """Where it is, without a password: `shop on 10.0.0.5:5432`."""
        return f"{self.name} on {self._parts.get('host', 'the local socket')}:{self._parts.get('port', '5432')}"

    def host(self) -> str:
        """As the address has it; empty for the local socket."""
        return self._parts.get("hostaddr") or self._parts.get("host", "")

    def beside(self, name: str) -> "Database":
        """Another database of the same server."""
        return Database(make_conninfo(**{**self._parts, "dbname": name}))

    def environment(self) -> dict[str, str]:
        """For libpq's programs: everything but the name; on a command line everybody could see the password."""
        own = {variable: self._parts[part] for part, variable in _ENVIRONMENT.items() if part in self._parts}
        return {**os.environ, **own, "PGDATABASE": self.name, "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS), "LC_ALL": "C"}

    @contextmanager
    def connection(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """Autocommit. Raises BackupError."""
        try:
            info = make_conninfo(**self._parts, connect_timeout=CONNECT_SECONDS, application_name="cockpit backup")
            with psycopg.connect(info, autocommit=True) as connection:
                yield connection
        except psycopg.Error as error:
            said = one_line(error.diag.message_primary or str(error).replace(self._parts.get("password", "\0"), "***"))
            raise BackupError(f"{self.place()}: {said}") from None

    def counts(self, only: Collection[str] | None = None) -> dict[str, int]:
        """Rows of every table of the users, or of these, counted one by one: estimates would prove nothing."""
        found: dict[str, int] = {}
        with self.connection() as connection:
            connection.execute("SET row_security = off")  # a policy that hides rows is an error, not a smaller number
            for schema, table, kind in connection.execute(_with_column("c.relkind")).fetchall():
                if only is None or f"{schema}.{table}" in only:
                    found[f"{schema}.{table}"] = _count(connection, str(schema), str(table), kind)
        return found

    def rows_about(self) -> dict[str, float]:
        """Rows of every table of the users: the planner's estimate, a count where it has none or the table is small."""
        query = _with_column("c.relkind", "c.reltuples", "pg_relation_size(c.oid)")
        found: dict[str, float] = {}
        with self.connection() as connection:
            connection.execute("SET row_security = off")
            for schema, table, kind, estimate, size in connection.execute(query).fetchall():
                about = float(str(estimate))
                if about <= 0 or int(str(size)) < COUNTED_BYTES:
                    about = float(_count(connection, str(schema), str(table), kind))
                found[f"{schema}.{table}"] = about
        return found

    def tables(self) -> set[str]:
        """`schema.table` of every table, partitions too."""
        query = "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        with self.connection() as connection:
            found = connection.execute(f"{query} WHERE c.relkind IN ('r', 'p')").fetchall()
        return {f"{schema}.{table}" for schema, table in found}

    def estimates(self) -> dict[str, float]:
        """Rows of every table of the users as the planner believes: read from the catalog, no table is touched."""
        query = _USER_TABLES.replace("n.nspname, c.relname", "n.nspname, c.relname, greatest(c.reltuples, 0)", 1)
        with self.connection() as connection:
            found = connection.execute(query.encode()).fetchall()
        return {f"{schema}.{table}": float(str(rows)) for schema, table, rows in found}

    def why_not_swapped(self) -> str:
        """Why this role cannot put a new database in the place of this one; empty where it can. Raises BackupError."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT current_user, rolcreatedb OR rolsuper, rolsuper OR pg_has_role(d.datdba, 'MEMBER'), "
                "pg_get_userbyid(d.datdba) FROM pg_roles, pg_database d "
                "WHERE rolname = current_user AND d.datname = current_database()"
            ).fetchone()
        assert row is not None
        role, creates, owns, owner = row
        if not owns:
            return f"{role} does not own {self.place()} (its owner is {owner})"
        if not creates:
            return f"{role} may not create databases (ALTER ROLE {role} CREATEDB)"
        return ""

    def others_within_reach(self) -> tuple[str, ...]:
        """Databases of the same server that this login may drop or change at will. Raises BackupError."""
        with self.connection() as connection:
            found = connection.execute(
                "SELECT d.datname FROM pg_database d, pg_roles r WHERE r.rolname = session_user "
                "AND d.datname <> current_database() AND NOT d.datistemplate AND d.datname <> 'postgres' "
                "AND (r.rolsuper OR pg_has_role(r.oid, d.datdba, 'MEMBER')) ORDER BY 1"
            ).fetchall()
        return tuple(str(name) for (name,) in found)

    def size(self) -> int:
        """Bytes."""
        with self.connection() as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(str(row[0])) if row else 0


def program(name: str) -> str:
    """Path of one of PostgreSQL's programs. Raises BackupError."""
    on_path = shutil.which(name)
    if on_path is not None:
        return on_path
    try:
        return str(find().tool(name))
    except PostgresMissing as error:
        raise BackupError(str(error)) from error


def ran(argv: Sequence[str], what: str, env: Mapping[str, str] | None = None) -> str:
    """Standard output of the program. Raises BackupError with the first lines of what it complained about."""
    done = subprocess.run(
        list(argv),
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{what}: {said_by(done.stderr, done.returncode)}")
    return done.stdout.decode("utf-8", "replace")


def said_by(complaint: bytes, status: int) -> str:
    """The first lines that a program complained with."""
    lines = [one_line(line) for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    return "; ".join(lines[:3]) or f"exit status {status}"


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
