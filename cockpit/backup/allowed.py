"""What of a dump's script is run: only what fills one database. The rest is left out, or refuses the whole dump.

A dump is a program. One made by `pg_dump -C -c` drops and makes the database that it names, one made by `pg_dumpall`
changes roles and goes from database to database, and psql would run `\\!` and `COPY ... PROGRAM` on this machine.
"""

import re
from typing import Literal

from cockpit.backup.database import BackupError
from cockpit.backup.statements import Statement
from cockpit.text.sanitize import one_line

Verdict = Literal["run", "skip", "pass over", "try"]
"""`skip` is worth a word, `pass over` is not. `try`: it removes something, which need not be there."""

_FLAGS = re.I | re.S
_SHARED = rb"(?:DATABASE|ROLE|TABLESPACE|SUBSCRIPTION)"
_SKIPPED = re.compile(
    rb"(?:CREATE|ALTER|DROP)\s+(?:" + _SHARED + rb"|GROUP|USER(?!\s+MAPPING\b))\b"
    rb"|COMMENT\s+ON\s+" + _SHARED + rb"\b"
    rb"|SECURITY\s+LABEL\s+(?:FOR\s+\S+\s+)?ON\s+" + _SHARED + rb"\b"
    rb"|(?:SET|RESET)\s+(?:(?:SESSION|LOCAL)\s+)?(?:SESSION\s+AUTHORIZATION|ROLE)\b"
    rb"|UPDATE\s+pg_catalog\.pg_database\b",
    _FLAGS,
)  # fmt: skip
_PLACES = re.compile(
    rb"SET\s+default_tablespace\b|ALTER\b.*\bOWNER\s+TO\s+(?:\"(?:[^\"]|\"\")*\"|[\w$\x80-\xff]+)\Z", _FLAGS
)
"""Owners and tablespaces: of the server where the dump was made."""
_RIGHTS = re.compile(rb"(?:GRANT|REVOKE)\b", _FLAGS)
_RIGHTS_HERE = re.compile(rb"(?:GRANT|REVOKE)\b.*?\bON\s++(?!DATABASE\b|TABLESPACE\b|PARAMETER\b)", _FLAGS)
_TRANSACTION = re.compile(rb"(?:BEGIN|START\s+TRANSACTION|COMMIT|END)\Z", _FLAGS)
_TRIED = re.compile(
    rb"SELECT\s+(?:pg_catalog\.)?lo_unlink\s*\([\s'\d]*\)\Z|DROP\s++(?!OWNED\b)|ALTER\s+TABLE\b[^;]*\bDROP\s+(?:CONSTRAINT|DEFAULT|IDENTITY|EXPRESSION)\b[^;]*\Z"
    rb"|ALTER\s+TABLE\b[^;]*\bDETACH\s+PARTITION\b[^;]*\Z",
    _FLAGS,
)
_LITERALS = rb"\((?:'(?:[^']|'')*'|E'(?:[^'\\]|\\.|'')*'|[\w\s,.:+-])*\)"
_RUN = re.compile(
    rb"(?:SET\s++(?!SESSION\s+AUTH)|COMMENT\s+ON\b|SECURITY\s+LABEL\b|CREATE\b|ALTER\s++(?!SYSTEM\b)"
    rb"|REFRESH\s+MATERIALIZED\s+VIEW\b|INSERT\s+INTO\b|ANALYZE\b)"
    rb"|SELECT\s+(?:pg_catalog\.)?(?:set_config|setval|lo_\w+|lowrite)\s*" + _LITERALS + rb"\Z"
    rb"|SELECT\s+(?:pg_catalog\.)?lo_unlink\(oid\)\s+FROM\s+pg_catalog\.pg_largeobject_metadata\b[^;()]*\Z"
    rb"|SELECT\s+\*\s+FROM\s+pg_catalog\.pg_restore_\w+_stats\s*" + _LITERALS + rb"\Z",
    _FLAGS,
)  # fmt: skip
_RESTRICT = re.compile(rb"\\(?:un)?restrict\b")
_CONNECT = re.compile(rb"\\c(?:onnect)?\s+(.*)", re.S)
_HEAD = 1 << 14
"""Longer texts (a row of an INSERT) are told by their beginning."""


class Judge:
    """Of one script, statement by statement. `at_home`: it goes back to the server that it comes from."""

    def __init__(self, name: str, *, in_transaction: bool = False, at_home: bool = False) -> None:
        self._name, self._in_transaction, self._at_home = name, in_transaction, at_home
        self._connected = b""

    def verdict(self, statement: Statement) -> Verdict:
        """Raises BackupError for what no dump of one database does."""
        text = statement.text
        if statement.meta:
            return self._meta(statement)
        if statement.table:
            return "run"
        head = text if len(text) < _HEAD else text[:_HEAD]
        if _SKIPPED.match(head):
            return "skip"
        if _TRANSACTION.match(head):
            return "pass over" if self._in_transaction else "run"
        if _PLACES.match(head):
            return "run" if self._at_home else "pass over"
        if _RIGHTS.match(head):
            return "run" if _RIGHTS_HERE.match(head) else "skip"
        if _TRIED.match(head):
            return "try"
        if _RUN.match(text):
            return "run"
        raise self._refused(statement)

    def _meta(self, statement: Statement) -> Verdict:
        if _RESTRICT.match(statement.text):
            return "pass over"
        to = _CONNECT.match(statement.text)
        if to is None:
            raise self._refused(statement)
        if self._connected and to[1] != self._connected:
            raise BackupError(
                f"{self._name} is a dump of several databases (line {statement.line}: {_short(statement.text)}); "
                "nothing was restored. Dump only this database (pg_dump, not pg_dumpall)"
            )
        self._connected = to[1]
        return "skip"

    def _refused(self, statement: Statement) -> BackupError:
        return BackupError(
            f"{self._name}, line {statement.line}: {_short(statement.text)}: affects more than the database, so the "
            "dump is refused. Use a dump as made by pg_dump"
        )


def _short(text: bytes) -> str:
    first = one_line(text[:200].decode("utf-8", "replace"))
    return f"{first[:60]}..." if len(first) > 60 else first
