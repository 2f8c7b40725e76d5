"""Sessions of customers beside the migration: could they have read and written, and for how long not?

A SELECT takes ACCESS SHARE, a write ROW EXCLUSIVE (PostgreSQL, 13.3): each session asks for that lock every few
milliseconds with NOWAIT, so that it stands in no queue itself. A third one looks at the locks of the migration.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

import psycopg
from msgspec import Struct
from psycopg import sql

from cockpit.backup.database import BackupError, Database
from cockpit.migrations.rehearse.model import Lock

EVERY_SECONDS = 0.003
MODES = {"read": "ACCESS SHARE", "write": "ROW EXCLUSIVE"}
IN_THE_WAY = {
    "read": frozenset({"AccessExclusiveLock"}),
    "write": frozenset({"AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock"}),
}
_LOCKS = """
SELECT n.nspname || '.' || c.relname, l.mode FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = %s AND l.granted AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm')
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
"""


class Blocked(Struct, frozen=True):
    """From the first refusal to the first success after it, on the clock of time.monotonic()."""

    kind: str
    table: str
    begin: float
    end: float


class Probes:
    """Runs while the context lasts. `tables`: (schema, name); `pid`: of the migration's session. Raises BackupError."""

    def __init__(self, database: Database, tables: Sequence[tuple[str, str]], pid: int) -> None:
        self._database, self._tables, self._pid = database, tables, pid
        self._stop = threading.Event()
        self._over: list[Blocked] = []
        self._open: dict[tuple[str, str], float] = {}
        self._locks: list[tuple[float, Lock]] = []
        self._ready = threading.Barrier(4)
        self._threads = [
            *(threading.Thread(target=self._guarded, args=(kind,), daemon=True) for kind in MODES),
            threading.Thread(target=self._guarded, args=("locks",), daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        try:
            self._ready.wait(30)
        except threading.BrokenBarrierError:
            self._stop.set()
            raise BackupError("no connection for the sessions beside the migration") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def blocked(self, kind: str, begin: float, end: float) -> float:
        """Seconds between the moments in which the worst table could not be read ("read") or written ("write")."""
        ongoing = [Blocked(of, table, start, end) for (of, table), start in [*self._open.items()]]
        sums: dict[str, float] = {}
        for one in (*self._over, *ongoing):
            if one.kind == kind:
                sums[one.table] = sums.get(one.table, 0.0) + max(0.0, min(end, one.end) - max(begin, one.begin))
        return max(sums.values(), default=0.0)

    def locks(self, begin: float, end: float) -> set[Lock]:
        """Those of the migration that were seen in between: short ones may have been missed."""
        return {lock for at, lock in [*self._locks] if begin <= at <= end}

    def _guarded(self, kind: str) -> None:
        try:
            with self._database.connection() as connection:
                self._ready.wait(30)
                if kind == "locks":
                    self._watch(connection)
                else:
                    self._ask(connection, kind)
        except (BackupError, threading.BrokenBarrierError):
            self._ready.abort()

    def _ask(self, connection: "psycopg.Connection[tuple[object, ...]]", kind: str) -> None:
        # Two statements in one message are one transaction, without which there is no LOCK TABLE.
        queries = {
            f"{schema}.{name}": sql.SQL("LOCK TABLE {} IN {} MODE NOWAIT; SELECT 1").format(
                sql.Identifier(schema, name), sql.SQL("ACCESS SHARE" if kind == "read" else "ROW EXCLUSIVE")
            )
            for schema, name in self._tables
        }
        while not self._stop.wait(EVERY_SECONDS):
            for table, query in queries.items():
                at, key = time.monotonic(), (kind, table)
                try:
                    connection.execute(query)
                except psycopg.errors.LockNotAvailable:
                    self._open.setdefault(key, at)
                    continue
                except psycopg.Error:
                    pass  # the table is gone or has another name by now: nobody waits for it
                began = self._open.pop(key, None)
                if began is not None:
                    self._over.append(Blocked(kind, table, began, at))

    def _watch(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        while not self._stop.wait(EVERY_SECONDS):
            for table, mode in connection.execute(_LOCKS, (self._pid,)).fetchall():
                self._locks.append((time.monotonic(), Lock(str(table), str(mode))))


def held(connection: "psycopg.Connection[tuple[object, ...]]") -> set[Lock]:
    """Locks that this session holds now."""
    rows = connection.execute(_LOCKS, (connection.info.backend_pid,)).fetchall()
    return {Lock(str(table), str(mode)) for table, mode in rows}


def named(tables: Iterable[tuple[str, str]], text: str, most: int = 20) -> list[tuple[str, str]]:
    """Those tables that the text speaks of."""
    lower = text.lower()
    return [(schema, name) for schema, name in tables if name.lower() in lower][:most]
