"""Source `postgres` beyond connections: locks, transactions, replicas and queries of the settings' own; with and
without a PgBouncer in between."""

import time
from collections.abc import Iterator
from math import inf

import psycopg
import pytest

from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source, SourceError
from cockpit.postgres.server import ScratchServer
from tests.integration.metrics.programs import PGBOUNCER, needs, pgbouncer
from tests.integration.metrics.replica import replica

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchServer]:
    with ScratchServer() as running:
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute("CREATE ROLE watcher LOGIN PASSWORD 'hunter2' IN ROLE pg_monitor")
            connection.execute("CREATE ROLE blind LOGIN PASSWORD 'hunter2'")
            connection.execute("CREATE TABLE orders (id int, at timestamptz)")
            connection.execute("GRANT ALL ON orders TO watcher")
        yield running


def watcher(server: ScratchServer) -> str:
    return server.dsn(user="watcher", password="hunter2")


async def read(dsn: str, metrics: dict[str, dict[str, object]], now: float = NOW) -> dict[str, Reading]:
    source = registry.build("postgres", "db", {"dsn": dsn}, metrics)
    try:
        return {one.metric: one for one in await source.read(now)}
    finally:
        await source.close()


async def of_query(dsn: str, query: str) -> Reading:
    return (await read(dsn, {"own": {"query": query}}))["own"]


async def test_a_lock_counts_once_it_is_waited_for_longer_than_a_second(server: ScratchServer) -> None:
    before = (await read(watcher(server), {"lock_waits": {}}))["lock_waits"]
    assert (before.value, before.detail) == (0.0, "no waits")
    holder = psycopg.connect(server.dsn())
    waiter = await psycopg.AsyncConnection.connect(server.dsn())
    try:
        holder.execute("LOCK TABLE orders")
        waiter.pgconn.send_query(b"SELECT * FROM orders")
        waiter.pgconn.flush()
        began = time.monotonic()
        source = registry.build("postgres", "db", {"dsn": watcher(server)}, {"lock_waits": {}})
        while not (reading := (await source.read(NOW))[0]).value:
            assert time.monotonic() - began < 10
        assert time.monotonic() - began >= 0.9, "a wait under a second is everyday business"
        assert (reading.value, reading.detail) == (1.0, "longest wait 1 s")
        await source.close()
    finally:
        holder.close()
        await waiter.close()


async def test_the_longest_transaction_is_the_oldest_of_the_others(server: ScratchServer) -> None:
    none = (await read(watcher(server), {"longest_transaction": {}}))["longest_transaction"]
    assert (none.value, none.error) == (0.0, "")
    with psycopg.connect(server.dsn()) as open_one:
        open_one.execute("SELECT 1")
        one = (await read(watcher(server), {"longest_transaction": {}}))["longest_transaction"]
        two = (await read(watcher(server), {"longest_transaction": {}}))["longest_transaction"]
    assert one.detail == "1 open transaction"
    assert one.value is not None
    assert two.value is not None
    assert 0 < one.value < two.value < 10


async def test_the_lag_is_that_of_the_replica_and_none_without_replicas(server: ScratchServer) -> None:
    source = registry.build("postgres", "db", {"dsn": watcher(server)}, {"replication_lag": {}})
    (alone,) = await source.read(NOW)
    assert (alone.value, alone.error, alone.detail) == (None, "", "no replicas")
    with replica(server) as dsn, psycopg.connect(server.dsn(), autocommit=True) as primary:

        async def lag(what: str, least: float, most: float) -> Reading:
            until = time.monotonic() + 15
            while True:
                (reading,) = await source.read(NOW)
                if reading.value is not None and least <= reading.value <= most:
                    return reading
                assert time.monotonic() < until, f"{what}: {reading}"
                primary.execute("INSERT INTO orders VALUES (1, now())")

        caught_up = await lag("caught up", 0.0, 5.0)
        assert caught_up.detail.startswith("1 replica, ")
        with psycopg.connect(dsn, autocommit=True) as standby:
            standby.execute("SELECT pg_wal_replay_pause()")
            behind = await lag("behind", 0.5, 60.0)
            standby.execute("SELECT pg_wal_replay_resume()")
        assert behind.detail.endswith("MiB to replay")
    await source.close()


async def test_a_role_that_sees_only_itself_is_unknown_where_that_matters(server: ScratchServer) -> None:
    metrics: dict[str, dict[str, object]] = {
        name: {} for name in ("longest_transaction", "replication_lag", "lock_waits")
    }
    found = await read(server.dsn(user="blind", password="hunter2"), metrics)
    for metric in ("longest_transaction", "replication_lag"):
        assert (found[metric].value, found[metric].error.startswith("unknown: ")) == (None, True)
    assert (found["lock_waits"].value, found["lock_waits"].error) == (0.0, "")


@pytest.mark.parametrize(
    ("query", "value", "at", "words"),
    [
        ("SELECT count(*) FROM orders WHERE id = -1;", 0.0, NOW, ""),
        ("SELECT 1.5::numeric, to_timestamp(1799999990)", 1.5, NOW - 10, ""),
        ("SELECT interval '2 min', 1799999990", 120.0, NOW - 10, ""),
        ("WITH one AS (SELECT 1 AS n WHERE 'a' LIKE '%a') SELECT n FROM one", 1.0, NOW, ""),
        ("SELECT 1 WHERE false", None, NOW, "the query returned no row"),
        ("SELECT avg(id) FROM orders WHERE false", None, NOW, "the query returned null"),
        ("SELECT 'NaN'::float8", None, NOW, "the query returned nan"),
        ("SELECT 'Infinity'::float8", inf, NOW, "the query returned inf"),
        ("SELECT '-Infinity'::numeric", -inf, NOW, "the query returned -inf"),
        ("SELECT 1, to_timestamp(1800000090)", 1.0, NOW + 90, ""),
        ("SELECT generate_series(1, 1000000000)", None, NOW, "the query returned several rows; expected one"),
        ("SELECT 'x'", None, NOW, "the query's first column is text, not a number"),
        ("SELECT 1, now()::timestamp", None, NOW, "the query's second column is timestamp, not a time"),
        ("SELECT 1, 2, 3", None, NOW, "the query returned 3 columns"),
        ("SELECT nothing", None, NOW, 'database: column "nothing" does not exist'),
        ("DELETE FROM orders RETURNING 1", None, NOW, "database: syntax error"),
        ("SELECT 1; DROP TABLE orders", None, NOW, "database: cannot insert multiple commands"),
        ("SELECT setval('pg_catalog.x', 1)", None, NOW, "database: "),
    ],
)
async def test_an_own_query(server: ScratchServer, query: str, value: float | None, at: float, words: str) -> None:
    reading = await of_query(watcher(server), query)
    assert (reading.value, reading.at) == (value, at), reading
    assert (reading.error or reading.detail).startswith(words)


async def test_an_own_query_cannot_write_and_spares_the_other_metrics(server: ScratchServer) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE OR REPLACE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1'")
    metrics: dict[str, dict[str, object]] = {"own": {"query": "SELECT spoil()"}, "connections": {}}
    found = await read(watcher(server), metrics)
    assert found["own"].error == "database: cannot execute DELETE in a read-only transaction"
    assert found["connections"].value is not None


async def test_a_slow_query_ends_after_two_seconds_and_keeps_the_connection(server: ScratchServer) -> None:
    metrics: dict[str, dict[str, object]] = {"own": {"query": "SELECT 1 FROM pg_sleep(20)"}, "connections": {}}
    found = await read(watcher(server), metrics)
    assert found["own"].error == "database: canceling statement due to statement timeout"
    assert found["connections"].value is not None


@needs(PGBOUNCER, "pgbouncer")
async def test_through_a_pooler_of_transactions_nothing_is_left_behind_for_others(server: ScratchServer) -> None:
    address = f"host=127.0.0.1 port={server.port}"
    with pgbouncer(address, {"watcher": "hunter2"}, default_pool_size="1") as dsn:
        metrics: dict[str, dict[str, object]] = {
            "connections": {},
            "own": {"query": "SELECT 7"},
            "wrong": {"query": "x"},
        }
        source = registry.build("postgres", "db", {"dsn": dsn("watcher", "postgres")}, metrics)
        try:
            for _ in range(2):
                connections, own, wrong = await source.read(NOW)
                assert (connections.error, own.value) == ("", 7.0)
                assert wrong.error.startswith("database: syntax error")
            # The pool has one server connection: whoever comes now gets the one that was measured on.
            with psycopg.connect(dsn("watcher", "postgres"), prepare_threshold=None, autocommit=True) as application:
                for name, normal in (("default_transaction_read_only", "off"), ("statement_timeout", "0")):
                    row = application.execute(f"SHOW {name}".encode()).fetchone()
                    assert row == (normal,)
        finally:
            await source.close()


@needs(PGBOUNCER, "pgbouncer")
async def test_the_pool_is_what_is_wanted_of_it_and_waiting_clients_show(server: ScratchServer) -> None:
    address = f"host=127.0.0.1 port={server.port}"
    users = {"stats": "hunter2", "watcher": "hunter2"}
    with pgbouncer(address, users, default_pool_size="2") as dsn:
        source = registry.build("pgbouncer", "pool", {"dsn": dsn("stats", "pgbouncer")}, {})
        assert [(one.value, one.detail) for one in await source.read(NOW)] == [
            (None, "no pool yet; no client has connected")
        ] * 3
        clients = [await psycopg.AsyncConnection.connect(dsn("watcher", "postgres")) for _ in range(2)]
        for client in clients:
            await client.execute("SELECT 1")  # a transaction, left open
        idle = await psycopg.AsyncConnection.connect(dsn("watcher", "postgres"), autocommit=True)
        pool, waiting, _ = await source.read(NOW)
        assert (pool.value, pool.detail) == (100.0, "2 of 2 requested in postgres/watcher")
        assert waiting.value == 0.0, "an idle client wants nothing"
        idle.pgconn.send_query(b"SELECT 1")
        idle.pgconn.flush()
        pool, waiting, longest = await wait_for_one(source)
        assert (pool.value, waiting.value) == (150.0, 1.0)
        assert longest.value is not None
        assert 0 <= longest.value < 5
        other = registry.build("pgbouncer", "p", {"dsn": dsn("stats", "pgbouncer"), "database": "shop"}, {"pool": {}})
        assert "no database 'shop', only" in (await other.read(NOW))[0].error
        for measured in (source, other):
            await measured.close()
        for client in (*clients, idle):
            await client.close()
    with pytest.raises(SourceError, match="must name the database 'pgbouncer'"):
        registry.build("pgbouncer", "p", {"dsn": dsn("stats", "postgres")}, {})


async def wait_for_one(source: Source) -> list[Reading]:
    """The readings once somebody waits."""
    found: list[Reading] = []
    until = time.monotonic() + 10
    while not found or not found[1].value:
        assert time.monotonic() < until
        found = await source.read(NOW)
    return found
