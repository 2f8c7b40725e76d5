"""Source `postgres`: measures `connections` (% of the slots in use), `lock_waits` (locks waited for longer than 1 s),
`longest_transaction` (s), `replication_lag` (s, of the replica that is furthest behind), and any `query` of its own."""

import contextlib
from collections.abc import Mapping

import psycopg

from cockpit.metrics.base import Reading, Source, SourceError
from cockpit.metrics.options import TIMEOUT_SECONDS, Metrics, Options, of_metric
from cockpit.metrics.pg_questions import BLIND, QUESTIONS, Question, own_reading, wrong_columns
from cockpit.postgres.dsn import NotPostgres
from cockpit.postgres.session import Connection, NoAnswer, Session, checked

DEFAULTS = ("connections",)
_OPTIONS = ("dsn", "timeout")
_WAITSTART_SINCE = 140000

# For this transaction only, and after connecting: PgBouncer refuses `options=` and lends its connections to others. A
# look must never hurt: it waits for no lock, runs briefly and writes nothing.
_BEGIN = """
BEGIN READ ONLY; SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '2s';
SET LOCAL idle_in_transaction_session_timeout = '10s'
"""


class Postgres:
    """`wanted`: metric -> a ready question, or a query of the settings."""

    def __init__(self, name: str, session: Session, wanted: Mapping[str, Question | str]) -> None:
        self.name = name
        self.units = {metric: one.unit for metric, one in wanted.items() if isinstance(one, Question)}
        self._session = session
        self._wanted = wanted

    async def read(self, now: float) -> list[Reading]:
        """Ask once, a transaction for each metric, those of the settings last. A server that lets nobody in because it
        is full has 100 % of its connections in use; any other failure is an error, of what was not yet asked."""
        found: dict[str, Reading] = {}

        async def work(connection: Connection) -> None:
            for metric, one in sorted(self._wanted.items(), key=lambda item: isinstance(item[1], str)):
                found[metric] = await self._one(connection, metric, one, now)

        failure = NoAnswer("")
        try:
            await self._session.within(work)
        except NoAnswer as error:
            failure = error
        return [found.get(metric) or self._failed(metric, one, failure, now) for metric, one in self._wanted.items()]

    async def close(self) -> None:
        await self._session.close()

    async def _one(self, connection: Connection, metric: str, one: Question | str, now: float) -> Reading:
        if one is QUESTIONS["lock_waits"] and connection.info.server_version < _WAITSTART_SINCE:
            return Reading(metric, now, error="lock_waits needs PostgreSQL 14")
        try:
            await connection.execute(_BEGIN)
            reading = await _asked(connection, metric, one, now)
            await connection.execute("COMMIT")
        except psycopg.Error as error:
            if connection.closed or error.sqlstate is None:
                raise
            with contextlib.suppress(psycopg.Error):
                await connection.execute("ROLLBACK")
            return Reading(metric, now, error=f"database: {self._session.words(error)}")
        return reading

    def _failed(self, metric: str, one: Question | str, failure: NoAnswer, now: float) -> Reading:
        if failure.full and one is QUESTIONS["connections"]:
            return Reading(metric, now, 100.0, detail="full: the server refused another connection")
        return Reading(metric, now, error=str(failure))


async def _asked(connection: Connection, metric: str, one: Question | str, now: float) -> Reading:
    if isinstance(one, str):
        # A cursor on the server: two rows travel, however many there are, and nothing but one SELECT is taken.
        async with connection.cursor(name="cockpit") as cursor:
            await cursor.execute(one.encode())
            wrong = wrong_columns(cursor.description or ())
            return Reading(metric, now, error=wrong) if wrong else own_reading(metric, await cursor.fetchmany(2), now)
    row = await (await connection.execute(one.sql.encode())).fetchone()
    if row is None:
        return Reading(metric, now, error="the database returned no row")
    if one.sees_all and not row[-1]:
        return Reading(metric, now, error=BLIND)
    return one.reading(metric, row, now)


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """Options: dsn (URI or key=value words), timeout (3 s). Per metric: measure, or query (one row: a number and, if
    it likes, its time). Raises SourceError."""
    given = Options(name, options).only(*_OPTIONS)
    try:
        dsn = checked(given.text("dsn"))
    except NotPostgres as error:
        raise SourceError(f"source {name!r}: {error}") from None
    session = Session(dsn, given.seconds("timeout", TIMEOUT_SECONDS))
    wanted: dict[str, Question | str] = {}
    for metric, table in (metrics or {default: {} for default in DEFAULTS}).items():
        own = of_metric(name, metric, table)
        if "query" in table:
            wanted[metric] = own.only("query").text("query").strip().rstrip(";")
            continue
        measure = own.only("query", "measure").text("measure", metric)
        if measure not in QUESTIONS:
            raise own.error("query", f"is missing; {measure!r} is none of {', '.join(QUESTIONS)}")
        wanted[metric] = QUESTIONS[measure]
    return Postgres(name, session, wanted)
