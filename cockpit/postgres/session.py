"""A kept connection to PostgreSQL or PgBouncer: opened once, bounded in time, without secrets in its words."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cockpit.postgres.dsn import NotPostgres, readable
from cockpit.text.masking import outside

T = TypeVar("T")
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_FULL = ("too many clients", "remaining connection slots", "too many connections", "no more connections allowed")
_TOO_MANY_CONNECTIONS = "53300"
_UNREACHED_STATES = ("08", "53", "57P", "58")
"""Classes of SQLSTATE: the connection is gone, no resources, shut down or starting up, a system error."""
_UNREACHED = (
    *_FULL,
    "connection refused", "timeout expired", "timed out", "connection timeout", "could not translate host name",
    "failed to resolve host", "name or service not known", "no route to host", "network is unreachable",
    "host is down", "no such file or directory", "server closed the connection", "connection reset", "broken pipe",
    "eof detected", "connection is closed", "connection is lost", "consuming input failed", "sending query failed",
    "starting up", "shutting down", "not yet accepting connections", "recovery mode", "cannot connect to server",
)  # fmt: skip
"""Of a connection that never came to be there is no SQLSTATE, only libpq's text. What is not known here was an answer:
who is told no must not take it for silence."""


class NoAnswer(Exception):
    """The server gave none in time, or refused; the text is for a person. `full`: it has no slot left; `reached`: there
    was a server, and it said no."""

    def __init__(self, text: str, *, full: bool = False, reached: bool = False) -> None:
        self.full = full
        self.reached = reached
        super().__init__(text)


class Session:
    """Keeps the connection that it opened first: when the server is full, a new one would not be let in.

    Nothing is SET on it: through a pooler that pools transactions, what one session sets the next one inherits, and
    `default_transaction_read_only` would reach the application.
    """

    def __init__(self, dsn: str, timeout: float) -> None:
        try:
            self._dsn, self._left_out = readable(dsn)
        except NotPostgres:
            self._dsn, self._left_out = dsn, ()
        self._timeout = timeout
        self._connection: Connection | None = None

    async def within(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """The result of the work on the connection, within the timeout in total. Raises NoAnswer; the connection is
        opened again next time."""
        task = asyncio.ensure_future(self._work(work))
        try:
            await asyncio.wait({task}, timeout=self._timeout)
            if not task.done():
                raise NoAnswer(f"no answer from the database within {self._timeout:g} s")
            return task.result()
        except NoAnswer:
            raise
        except psycopg.Error as error:
            await self.close()
            raise NoAnswer(
                f"database: {self.words(error)}", full=_is_full(error), reached=not _is_unreached(error)
            ) from None
        finally:
            if not task.done():
                self._cut()
                await asyncio.wait({task}, timeout=1.0)
                # Ended or not, nobody wants its result: collect it, so that asyncio does not complain.
                task.cancel()
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
                await self.close()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def words(self, error: psycopg.Error) -> str:
        """The first line of the message, without the password should it be in there."""
        lines = str(error).strip().splitlines()
        password = str(conninfo_to_dict(self._dsn).get("password") or "")
        said = outside(lines[0] if lines else type(error).__name__, (password, unquote(password)))
        left = f" (dropped from the dsn, unknown to libpq: {', '.join(self._left_out)})" if self._left_out else ""
        return f"{said}{left}"

    async def _work(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn,
                autocommit=True,
                prepare_threshold=None,  # a prepared statement would be left behind in a pooler
                connect_timeout=max(2, round(self._timeout)),
                application_name=conninfo_to_dict(self._dsn).get("application_name") or "deploy-cockpit",
            )
        return await work(self._connection)

    def _cut(self) -> None:
        """Shut the socket down under a query. Cancelling it instead asks the server, which can hang for ten seconds."""
        if self._connection is not None and not self._connection.closed:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)


def checked(dsn: str) -> str:
    """The DSN itself if libpq can read it. Its own complaints quote pieces of the password, so they are not shown.
    Raises NotPostgres."""
    original, dsn = dsn, readable(dsn)[0]
    try:
        ports = str(conninfo_to_dict(dsn).get("port") or "").split(",")
        # An unescaped @ or / in the password makes a part of it host or port, which error messages do quote.
        address = dsn.partition("?")[0]
        valid = all(port.isdigit() or not port for port in ports)
        valid = valid and ("://" not in dsn or address.count("@") == urlsplit(dsn).netloc.count("@") <= 1)
    except (psycopg.ProgrammingError, ValueError):
        valid = False
    if not valid:
        raise NotPostgres(
            "the dsn cannot be parsed (not shown, as it may contain a password); special characters must be "
            "percent-encoded"
        )
    return original


def _is_full(error: psycopg.Error) -> bool:
    # A refused connection has no sqlstate in psycopg, only libpq's text.
    return error.sqlstate == _TOO_MANY_CONNECTIONS or any(words in str(error) for words in _FULL)


def _is_unreached(error: psycopg.Error) -> bool:
    if error.sqlstate is not None:
        return error.sqlstate.startswith(_UNREACHED_STATES)
    said = str(error).lower()
    return any(words in said for words in _UNREACHED)
