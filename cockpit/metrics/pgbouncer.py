"""Source `pgbouncer`: asks its admin console. Measures `pool` (% of the pool that is wanted: connections in use and
clients waiting for one, against its size), `waiting` (clients), `max_wait` (s, of the client that waits longest)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from cockpit.metrics.base import Reading, Source, SourceError
from cockpit.metrics.options import TIMEOUT_SECONDS, Metrics, Options, measures, of_metric
from cockpit.postgres.dsn import NotPostgres
from cockpit.postgres.session import Connection, NoAnswer, Session, checked
from cockpit.text.masking import outside

DEFAULTS = ("pool", "waiting", "max_wait")
_UNITS = {"pool": "%", "waiting": "", "max_wait": "s"}
_CONSOLE = "pgbouncer"

Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Want:
    """What one metric measures; `database` empty means every one, of which the worst counts."""

    measure: str
    database: str


class PgBouncer:
    """The console takes simple queries only: no transaction, no parameters."""

    def __init__(self, name: str, session: Session, wanted: Mapping[str, Want]) -> None:
        self.name = name
        self.units = {metric: _UNITS[want.measure] for metric, want in wanted.items()}
        self._session = session
        self._wanted = wanted

    async def read(self, now: float) -> list[Reading]:
        """Ask once. No pool yet is no data: PgBouncer makes one when its first client comes."""
        try:
            pools, databases = await self._session.within(_ask)
        except NoAnswer as failure:
            words = str(failure)
            if "pools" in words.lower() and "parameter" in words:
                words = f"not PgBouncer's console; the dsn must name the database {_CONSOLE}"
            return [Reading(metric, now, error=words) for metric in self._wanted]
        try:
            return [reading(metric, want, pools, databases, now) for metric, want in self._wanted.items()]
        except (KeyError, TypeError, ValueError):
            words = "unreadable response from the console; PgBouncer 1.8 or newer is required"
            return [Reading(metric, now, error=words) for metric in self._wanted]

    async def close(self) -> None:
        await self._session.close()


async def _ask(connection: Connection) -> tuple[Table, Table]:
    return await _rows(connection, "SHOW POOLS"), await _rows(connection, "SHOW DATABASES")


async def _rows(connection: Connection, command: str) -> Table:
    cursor = await connection.execute(command.encode())
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


def reading(metric: str, want: Want, pools: Table, databases: Table, now: float) -> Reading:
    """One metric from the console's two tables. Raises KeyError, TypeError, ValueError where they are unreadable."""
    if want.database and all(one["name"] != want.database for one in databases):
        known = ", ".join(sorted(str(one["name"]) for one in databases if one["name"] != _CONSOLE))
        return Reading(metric, now, error=f"PgBouncer has no database {want.database!r}, only {outside(known)}")
    mine = [one for one in pools if one["database"] != _CONSOLE and want.database in ("", one["database"])]
    if not mine:
        return Reading(metric, now, detail="no pool yet; no client has connected")
    waiting = sum(int(one["cl_waiting"]) for one in mine)
    clients = f"{waiting} client{'s' if waiting != 1 else ''} waiting"
    if want.measure == "waiting":
        return Reading(metric, now, float(waiting), detail=f"{len(mine)} pool{'s' if len(mine) > 1 else ''}")
    if want.measure == "max_wait":
        longest = max(int(one["maxwait"]) + int(one.get("maxwait_us", 0)) / 1e6 for one in mine)
        return Reading(metric, now, longest, detail=clients)
    sizes = {one["name"]: max(1, int(one["pool_size"])) for one in databases}
    # Not cl_active: where transactions are pooled it counts idle clients too, hundreds of them on a pool of twenty.
    share, used, size, name = max(
        (100.0 * wanted / sizes[one["database"]], wanted, sizes[one["database"]], f"{one['database']}/{one['user']}")
        for one in mine
        for wanted in [int(one["sv_active"]) + int(one["cl_waiting"])]
    )
    return Reading(metric, now, share, detail=f"{used} of {size} requested in {outside(name, limit=60)}")


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """Options: dsn of the console (its database is `pgbouncer`; the user is one of stats_users or admin_users),
    timeout (3 s), database. Per metric: measure, database. Raises SourceError."""
    given = Options(name, options).only("dsn", "timeout", "database")
    try:
        dsn = checked(given.text("dsn"))
    except NotPostgres as error:
        raise SourceError(f"source {name!r}: {error}") from None
    if conninfo_to_dict(dsn).get("dbname") != _CONSOLE:
        raise given.error("dsn", f"must name the database {_CONSOLE!r}, which is PgBouncer's console")
    wanted = {
        metric: Want(
            measure,
            of_metric(name, metric, metrics.get(metric, {}))
            .only("measure", "database")
            .text("database", given.text("database", "")),
        )
        for metric, measure in measures(name, metrics, DEFAULTS, DEFAULTS).items()
    }
    return PgBouncer(name, Session(dsn, given.seconds("timeout", TIMEOUT_SECONDS)), wanted)
