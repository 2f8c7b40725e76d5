"""Source `postgres`: measures `connections`, the share of the server's slots in use, in percent."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cockpit.metrics import options as read
from cockpit.metrics.base import Reading, Source, SourceError

DEFAULTS = ("connections",)
_OPTIONS = ("dsn", "timeout")

# After connecting, not as `options=` in the connection string, which PgBouncer refuses. A look must never hurt:
# it waits for no lock, runs briefly and writes nothing.
_MANNERS = (
    "SET application_name = 'deploy-cockpit'",
    "SET lock_timeout = '500ms'",
    "SET statement_timeout = '2s'",
    "SET default_transaction_read_only = on",
)

# The last column decides whether the first can be believed: without the right a role sees its own sessions only.
_QUERY = """
SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
       pg_catalog.current_setting('max_connections')::int,
       pg_catalog.current_setting('superuser_reserved_connections')::int
         + coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0),
       pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
"""

_FULL = ("too many clients", "remaining connection slots", "too many connections", "no more connections allowed")
_TOO_MANY_CONNECTIONS = "53300"


class Postgres:
    """Keeps the connection that it opened first: when the server is full, a new one would not be let in."""

    def __init__(self, name: str, dsn: str, timeout: float, metrics: Mapping[str, str]) -> None:
        self.name = name
        self._dsn = dsn
        self._timeout = timeout
        self._metrics = tuple(metrics)
        self._connection: psycopg.AsyncConnection[tuple[int, int, int, bool]] | None = None

    async def read(self, now: float) -> list[Reading]:
        """Ask once. A server that lets nobody in because it is full reads 100 %; any other failure is an error."""
        try:
            reading = await self._in_time(now)
        except TimeoutError:
            await self.close()
            reading = Reading("", now, error=f"no answer from the database within {self._timeout:g} s")
        except psycopg.Error as error:
            await self.close()
            if _is_full(error):
                reading = Reading("", now, 100.0, detail="full: the server refused another connection")
            else:
                reading = Reading("", now, error=f"database: {_words(error, self._dsn)}")
        return [_named(reading, metric) for metric in self._metrics]

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _in_time(self, now: float) -> Reading:
        """Measure, or raise TimeoutError after the timeout."""
        task = asyncio.ensure_future(self._measure(now))
        try:
            await asyncio.wait({task}, timeout=self._timeout)
            if task.done():
                return task.result()
            raise TimeoutError
        finally:
            if not task.done():
                self._cut()
                await asyncio.wait({task}, timeout=1.0)
                # Ended or not, nobody wants its result: collect it, so that asyncio does not complain.
                task.cancel()
                task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _cut(self) -> None:
        """Shut the socket down under a query. Cancelling it instead asks the server, which can hang for ten seconds."""
        if self._connection is not None and not self._connection.closed:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    async def _measure(self, now: float) -> Reading:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, prepare_threshold=None, connect_timeout=max(2, round(self._timeout))
            )
            for statement in _MANNERS:
                await self._connection.execute(statement)
        cursor = await self._connection.execute(_QUERY)
        row = await cursor.fetchone()
        if row is None:
            return Reading("", now, error="the database answers without a row")
        used, limit, reserved, sees_all = row
        if not sees_all:
            return Reading("", now, error="unknown: the role sees its own sessions only; GRANT pg_monitor TO it")
        slots = max(1, limit - reserved)
        return Reading("", now, min(100.0, 100.0 * used / slots), samples=used, detail=f"{used} of {slots} connections")


def _named(reading: Reading, metric: str) -> Reading:
    return Reading(metric, reading.at, reading.value, reading.error, None, reading.samples, reading.detail)


def _is_full(error: psycopg.Error) -> bool:
    # A refused connection has no sqlstate in psycopg, only libpq's text.
    return error.sqlstate == _TOO_MANY_CONNECTIONS or any(words in str(error) for words in _FULL)


def _words(error: psycopg.Error, dsn: str) -> str:
    """The first line of the message, without the password should it be in there."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    password = str(conninfo_to_dict(dsn).get("password") or "")
    for secret in (password, unquote(password)):
        text = text.replace(secret, "***") if secret else text
    return text


def _checked(name: str, dsn: str) -> str:
    """The DSN itself if libpq can read it. Its own complaints quote pieces of the password, so they are not shown."""
    try:
        ports = str(conninfo_to_dict(dsn).get("port") or "").split(",")
        # An unescaped @ or / in the password makes a part of it host or port, which error messages do quote.
        address = dsn.partition("?")[0]
        valid = all(port.isdigit() or not port for port in ports)
        valid = valid and ("://" not in dsn or address.count("@") == urlsplit(dsn).netloc.count("@") <= 1)
    except (psycopg.ProgrammingError, ValueError):
        valid = False
    if not valid:
        raise SourceError(
            f"source {name!r}: the dsn cannot be read (it is not shown: it may hold a password); "
            "special characters in it must be percent-encoded"
        )
    return dsn


def build(name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]) -> Source:
    """Options: dsn (URI or key=value words), timeout (3 s). Raises SourceError."""
    read.only(name, options, _OPTIONS)
    wanted = read.measures(name, metrics, DEFAULTS, DEFAULTS)
    timeout = read.seconds(name, options, "timeout", read.TIMEOUT_SECONDS)
    return Postgres(name, _checked(name, read.text(name, options, "dsn")), timeout, wanted)
