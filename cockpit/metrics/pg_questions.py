"""What PostgreSQL is asked, and what its rows mean. Catalogs and statistics only: a look waits for no table."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Column

from cockpit.metrics.base import Reading
from cockpit.metrics.jsonpath import unix_time

Row = tuple[Any, ...]

BLIND = "unknown: the role only sees its own sessions; GRANT pg_monitor TO it"
_NUMBERS = frozenset({20, 21, 23, 700, 701, 1700})
"""Object ids of the number types: int8, int2, int4, float4, float8, numeric; the same in every PostgreSQL."""
_NUMERIC = _NUMBERS | {1186}  # interval: its seconds
_TIMES = _NUMBERS | {1184}  # timestamptz


@dataclass(frozen=True)
class Question:
    """One statement that gives one row; `reading(metric, row, now)` says what it means. `sees_all`: a role without
    pg_monitor would get wrong figures, and its last column says whether it has that right."""

    sql: str
    reading: Callable[[str, Row, float], Reading]
    unit: str
    sees_all: bool = False


# Superusers' and reserved slots are not the application's.
_CONNECTIONS = """
SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
       pg_catalog.current_setting('max_connections')::int,
       pg_catalog.current_setting('superuser_reserved_connections')::int
         + coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0),
       pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
"""

# pg_locks itself would name the locks, but only from PostgreSQL 14 on since when they are waited for.
_LOCK_WAITS = """
SELECT count(*), max(extract(epoch FROM pg_catalog.clock_timestamp() - waitstart))::float8
FROM pg_catalog.pg_locks
WHERE NOT granted AND waitstart < pg_catalog.clock_timestamp() - interval '1 second'
"""

_LONGEST_TRANSACTION = """
SELECT extract(epoch FROM pg_catalog.clock_timestamp() - min(xact_start))::float8, count(*),
       pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
"""

# A replica that has caught up and is idle has no lag at all (null); pg_receivewal and the like never replay.
_REPLICATION_LAG = """
SELECT count(*),
       max(CASE WHEN replay_lsn = sent_lsn THEN 0 ELSE extract(epoch FROM replay_lag) END)::float8,
       max(pg_catalog.pg_wal_lsn_diff(sent_lsn, replay_lsn))::float8,
       pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
FROM pg_catalog.pg_stat_replication
WHERE state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL
"""


def _connections(metric: str, row: Row, now: float) -> Reading:
    used, limit, reserved = row[:3]
    slots = max(1, limit - reserved)
    return Reading(metric, now, min(100.0, 100.0 * used / slots), samples=used, detail=f"{used} of {slots} connections")


def _lock_waits(metric: str, row: Row, now: float) -> Reading:
    count, longest = row
    detail = f"longest wait {longest:.0f} s" if longest else "no waits"
    return Reading(metric, now, float(count), detail=detail)


def _longest_transaction(metric: str, row: Row, now: float) -> Reading:
    seconds, count, _ = row
    detail = f"{count} open transactions" if count != 1 else "1 open transaction"
    return Reading(metric, now, max(0.0, seconds or 0.0), samples=count, detail=detail)


def _replication_lag(metric: str, row: Row, now: float) -> Reading:
    count, seconds, behind, _ = row
    if not count:
        return Reading(metric, now, samples=0, detail="no replicas")
    detail = f"{count} replica{'s' if count > 1 else ''}, {(behind or 0) / 2**20:.1f} MiB to replay"
    if seconds is None:
        return Reading(metric, now, samples=count, detail=f"lag not measured yet: {detail}")
    return Reading(metric, now, max(0.0, seconds), samples=count, detail=detail)


QUESTIONS: Mapping[str, Question] = {
    "connections": Question(_CONNECTIONS, _connections, "%", sees_all=True),
    "lock_waits": Question(_LOCK_WAITS, _lock_waits, ""),
    "longest_transaction": Question(_LONGEST_TRANSACTION, _longest_transaction, "s", sees_all=True),
    "replication_lag": Question(_REPLICATION_LAG, _replication_lag, "s", sees_all=True),
}


def wrong_columns(columns: Sequence[Column]) -> str:
    """Why a query of the settings cannot be read, before its rows are fetched; empty where it can."""
    if len(columns) not in (1, 2):
        return f"the query returned {len(columns)} columns; expected a number and optionally its time"
    if columns[0].type_code not in _NUMERIC:
        return f"the query's first column is {columns[0].type_display}, not a number"
    if len(columns) == 2 and columns[1].type_code not in _TIMES:
        return f"the query's second column is {columns[1].type_display}, not a time (timestamptz, or Unix seconds)"
    return ""


def own_reading(metric: str, rows: list[Row], now: float) -> Reading:
    """What a query of the settings gave: one row with a number and, if it likes, its time."""
    if len(rows) != 1:
        several = "the query returned several rows; expected one" if rows else ""
        return Reading(metric, now, error=several, detail="" if rows else "the query returned no row")
    value, told = rows[0][0], rows[0][1] if len(rows[0]) == 2 else now
    if value is None or told is None:
        return Reading(metric, now, detail="the query returned null")
    number = value.total_seconds() if isinstance(value, timedelta) else float(value)
    at = told.timestamp() if isinstance(told, datetime) else unix_time(float(told))
    if at is None or math.isnan(number):
        return Reading(metric, now, detail=f"the query returned {number if at is not None else told}")
    return Reading(metric, at, number, detail="" if math.isfinite(number) else f"the query returned {number}")
