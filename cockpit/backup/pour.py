"""The statements of a backup into one database, one by one, without psql: nothing else of the script is run.

Each goes out by the extended protocol, which takes exactly one statement: what was judged is what the server runs.
"""

from lzma import LZMAError
from pathlib import Path
from zlib import error as zlib_error

from psycopg import Connection, pq

from cockpit.backup.allowed import Judge
from cockpit.backup.database import BackupError, Database
from cockpit.backup.source import script
from cockpit.backup.statements import Readable, Statement, Statements
from cockpit.text.sanitize import one_line

_NOT_THERE = frozenset({"42P01", "42703", "42704", "42883", "3F000", "2BP01"})
"""SQLSTATEs of what cannot be removed because it is not there, or because something else still needs it."""
_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)


def pour(
    path: Path, kind: str, into: Database, *options: str, bin_dir: Path | None = None, at_home: bool = False
) -> int:
    """Runs all of it, the first error stops; gives how many statements were left out. `options`: of pg_restore.
    `at_home`: back to where it comes from, with its owners, in one transaction.

    Raises BackupError with PostgreSQL's own words and the line."""
    try:
        with script(path, kind, *options, bin_dir=bin_dir) as source:
            return pour_script(source, path.name, into, at_home=at_home)
    except (OSError, EOFError, LZMAError, zlib_error) as error:
        raise BackupError(f"{path} cannot be read in full: {error}") from error


def pour_script(source: Readable, name: str, into: Database, *, at_home: bool = False) -> int:
    """The same of a script that is at hand."""
    with into.connection() as connection:
        judge = Judge(name, in_transaction=at_home, at_home=at_home)
        return _Pouring(connection, judge, one_transaction=at_home).run(Statements(source))


class _Pouring:
    def __init__(self, connection: "Connection[tuple[object, ...]]", judge: Judge, *, one_transaction: bool) -> None:
        self._pg, self._judge, self._one_transaction = connection.pgconn, judge, one_transaction

    def run(self, statements: Statements) -> int:
        skipped = 0
        if self._one_transaction:
            self._do(b"BEGIN", 0)
        for statement in statements:
            verdict = self._judge.verdict(statement)
            if verdict == "skip":
                skipped += 1
            elif verdict == "pass over":
                continue
            elif verdict == "try":
                self._try(statement)
            elif statement.table:
                self._copy(statement, statements)
            else:
                self._do(statement.text, statement.line)
        if self._one_transaction:
            self._do(b"COMMIT", 0)
        return skipped

    def _send(self, text: bytes, line: int) -> pq.abc.PGresult:
        if b"\0" in text:
            raise BackupError(f"line {line}: NUL byte; the dump is damaged")
        return self._pg.exec_params(text, None)

    def _do(self, text: bytes, line: int) -> None:
        result = self._send(text, line)
        if result.status not in _GOOD:
            raise self._failed(result, line)

    def _try(self, statement: Statement) -> None:
        if self._one_transaction:
            self._do(b"SAVEPOINT removal", statement.line)
        result = self._send(statement.text, statement.line)
        if result.status not in _GOOD:
            state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
            if state.decode() not in _NOT_THERE:
                raise self._failed(result, statement.line)
            if self._one_transaction:
                self._do(b"ROLLBACK TO SAVEPOINT removal", statement.line)
        if self._one_transaction:
            self._do(b"RELEASE SAVEPOINT removal", statement.line)

    def _copy(self, statement: Statement, statements: Statements) -> None:
        result = self._send(statement.text, statement.line)
        if result.status != pq.ExecStatus.COPY_IN:
            raise self._failed(result, statement.line)
        try:
            for piece in statements.data():
                self._pg.put_copy_data(piece)
        except BackupError:
            self._pg.put_copy_end(b"the dump was cut off")
            while self._pg.get_result() is not None:
                pass
            raise
        self._pg.put_copy_end(None)
        bad = None
        while (one := self._pg.get_result()) is not None:
            bad = bad or (one if one.status not in _GOOD else None)
        if bad is not None:
            raise self._failed(bad, statement.line)

    def _failed(self, result: pq.abc.PGresult, line: int) -> BackupError:
        what = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message or b"no answer"
        context = result.error_field(pq.DiagnosticField.CONTEXT)
        more = f" ({one_line(context.decode('utf-8', 'replace'))[:120]})" if context else ""
        return BackupError(f"line {line}: ERROR: {one_line(what.decode('utf-8', 'replace'))}{more}")
