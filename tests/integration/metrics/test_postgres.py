"""Source `postgres` against a real server."""

import os
import signal
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from cockpit.deploy.plan import MetricRule
from cockpit.metrics import registry
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.check import examine
from cockpit.postgres.server import ScratchServer


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchServer]:
    settings = {"max_connections": "12", "superuser_reserved_connections": "2"}
    with ScratchServer(settings=settings) as running:
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute("CREATE ROLE watcher LOGIN PASSWORD 'hunter2' IN ROLE pg_monitor")
            connection.execute("CREATE ROLE blind LOGIN PASSWORD 'hunter2'")
        yield running


def source(dsn: str, timeout: float = 5.0) -> Source:
    return registry.build("postgres", "database", {"dsn": dsn, "timeout": timeout}, {})


async def read_one(measured: Source) -> Reading:
    (reading,) = await measured.read(7.0)
    return reading


def fill(dsn: str) -> list[psycopg.Connection[tuple[object, ...]]]:
    held = []
    try:
        while True:
            held.append(psycopg.connect(dsn))
    except psycopg.OperationalError:
        return held


async def test_connections_are_a_share_of_the_slots_that_people_can_have(server: ScratchServer) -> None:
    measured = source(server.dsn(user="watcher", password="hunter2"))
    with psycopg.connect(server.dsn()), psycopg.connect(server.dsn()):
        reading = await read_one(measured)
    await measured.close()
    assert (reading.metric, reading.at, reading.error) == ("connections", 7.0, "")
    assert reading.value is not None
    assert reading.value >= 30.0
    assert "of 10 connections" in reading.detail


async def test_the_kept_connection_still_reads_when_the_server_is_full(server: ScratchServer) -> None:
    measured = source(server.dsn(user="watcher", password="hunter2"))
    await read_one(measured)
    held = fill(server.dsn(user="blind", password="hunter2"))
    try:
        reading = await read_one(measured)
        assert reading.value == pytest.approx(100.0)
        late = source(server.dsn(user="watcher", password="hunter2"))
        refused = await read_one(late)
        assert (refused.value, refused.error) == (100.0, "")
        assert refused.detail.startswith("full:")
        await late.close()
    finally:
        for connection in held:
            connection.close()
        await measured.close()


async def test_a_role_that_sees_only_itself_is_unknown_and_not_one_of_ten(server: ScratchServer) -> None:
    measured = source(server.dsn(user="blind", password="hunter2"))
    reading = await read_one(measured)
    await measured.close()
    assert reading.value is None
    assert reading.error.startswith("unknown: ")
    assert "pg_monitor" in reading.error


async def test_that_membership_is_missing_is_found_before_a_deploy(server: ScratchServer) -> None:
    rule = MetricRule(name="connections", label="db", unit="%", source="database", breach=95)
    for user, severities in (("blind", ["error"]), ("watcher", [])):
        measured = source(server.dsn(user=user, password="hunter2"))
        assert [one.severity for one in await examine(measured, [rule], lambda: 7.0, again=0)] == severities
        await measured.close()


async def test_a_wrong_password_is_an_error_without_the_password(server: ScratchServer) -> None:
    reading = await read_one(source(server.dsn(user="watcher", password="wrong-hunter2")))
    assert reading.value is None
    assert "password authentication failed" in reading.error
    assert "wrong-hunter2" not in reading.error


async def test_a_lost_connection_is_opened_again(server: ScratchServer) -> None:
    measured = source(server.dsn(user="watcher", password="hunter2"))
    await read_one(measured)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'watcher'")
    assert (await read_one(measured)).error
    assert (await read_one(measured)).value is not None
    await measured.close()


async def test_a_frozen_server_is_given_up_after_the_timeout(server: ScratchServer) -> None:
    measured = source(server.dsn(user="watcher", password="hunter2"), timeout=0.5)
    await read_one(measured)
    assert server.pid is not None
    frozen = [server.pid, *(child.pid for child in psutil.Process(server.pid).children(recursive=True))]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        reading = await read_one(measured)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    await measured.close()
    assert (reading.value, "within 0.5 s" in reading.error) == (None, True)


async def test_nobody_there_is_an_error() -> None:
    reading = await read_one(source("postgresql://u:hunter2@127.0.0.1:1/db"))
    assert reading.value is None
    assert "refused" in reading.error
    assert "hunter2" not in reading.error
