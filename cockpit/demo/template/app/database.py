"""A few connections, opened when they are needed and kept."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
WAIT_SECONDS = 5.0


class Pool:
    """At most `size` connections to `dsn`; a broken one is replaced at its next use."""

    def __init__(self, dsn: str, size: int, name: str) -> None:
        self._dsn = dsn
        self._name = name
        self._free: queue.LifoQueue[Connection | None] = queue.LifoQueue()
        self._leaked: list[Connection] = []
        self._lock = threading.Lock()
        for _ in range(size):
            self._free.put(None)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Borrow a connection. Raises queue.Empty when none becomes free, psycopg.Error for the server's faults."""
        held = self._free.get(timeout=WAIT_SECONDS)
        try:
            if held is None or held.closed:
                held = self._open()
            yield held
        finally:
            self._free.put(None if held is not None and held.broken else held)

    def leak(self, share: float) -> None:
        """Lose a connection, as a handler does that forgets to give it back, until `share` of all slots is taken."""
        with self._lock, self.connection() as connection:
            row = connection.execute(
                "SELECT count(*) / (max(current_setting('max_connections')::float) "
                "- max(current_setting('superuser_reserved_connections')::float)) "
                "FROM pg_stat_activity WHERE backend_type = 'client backend'"
            ).fetchone()
            if row is not None and row[0] < share:
                self._leaked.append(self._open())

    def _open(self) -> Connection:
        # No prepared statements: a restore replaces the tables below them.
        return psycopg.connect(
            self._dsn, autocommit=True, prepare_threshold=None, connect_timeout=5, application_name=self._name
        )
