"""Questions to a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cockpit.checks.base import Context, Outcome
from cockpit.checks.registry import run
from cockpit.postgres.server import ScratchServer


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchServer]:
    with ScratchServer(settings={"max_connections": "12"}) as server:
        yield server


@pytest.fixture
def admin(server: ScratchServer) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        yield connection
        connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        connection.execute("CREATE SCHEMA public")


async def said(name: str, server: ScratchServer, argument: str = "") -> Outcome:
    return await run(name, Context(root=Path(), dsn=server.dsn(), argument=argument))


@pytest.mark.parametrize("name", ["postgres.headroom", "postgres.locks", "postgres.invalid_indexes", "postgres.rls"])
async def test_without_an_answer_nothing_is_known_and_no_password_is_told(name: str) -> None:
    silent = await run(name, Context(root=Path(), dsn="postgresql://ann:hunter2hunter2@127.0.0.1:1/x"))
    assert silent.verdict == "unknown"
    assert "hunter2" not in silent.summary
    assert (await run(name, Context(root=Path()))).summary.startswith("no database configured")


async def test_too_many_connections_leave_no_headroom(
    server: ScratchServer, admin: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    assert (await said("postgres.headroom", server)).verdict == "pass"
    crowd = [psycopg.connect(server.dsn()) for _ in range(6)]
    try:
        full = await said("postgres.headroom", server)
        assert full.verdict == "fail"
        assert "of 9 connections in use" in full.summary
    finally:
        for one in crowd:
            one.close()


async def test_a_lock_that_others_wait_for_fails_the_check(
    server: ScratchServer, admin: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    admin.execute("CREATE TABLE orders (id int)")
    assert (await said("postgres.locks", server)).verdict == "pass"
    with psycopg.connect(server.dsn(), application_name="holder") as holder:
        holder.execute("LOCK TABLE orders")
        waiter = psycopg.connect(server.dsn(), application_name="waiter", autocommit=True)
        try:
            waiter.pgconn.send_query(b"SELECT count(*) FROM orders")
            waiter.pgconn.flush()
            query = "SELECT wait_event_type FROM pg_stat_activity WHERE application_name = 'waiter'"
            while admin.execute(query).fetchone() != ("Lock",):
                pass
            found = await said("postgres.locks", server)
            assert found.verdict == "fail"
            assert "(waiter) is waiting for a lock" in found.summary
        finally:
            holder.rollback()
            waiter.close()


async def test_an_index_or_a_constraint_that_is_not_valid_is_named(
    server: ScratchServer, admin: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    admin.execute("CREATE TABLE orders (id int)")
    admin.execute("INSERT INTO orders VALUES (1), (1)")
    assert (await said("postgres.invalid_indexes", server)).verdict == "pass"
    with pytest.raises(psycopg.errors.UniqueViolation):
        admin.execute("CREATE UNIQUE INDEX CONCURRENTLY twice ON orders (id)")
    admin.execute("ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID")
    found = await said("postgres.invalid_indexes", server)
    assert (found.verdict, found.summary) == ("fail", "invalid: orders.positive (not validated), twice")


async def test_a_table_without_row_level_security_is_named(
    server: ScratchServer, admin: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    assert (await said("postgres.rls", server)).summary == "no table in the schema public"
    admin.execute("CREATE TABLE orders (id int)")
    found = await said("postgres.rls", server)
    assert (found.verdict, found.summary) == ("fail", "row-level security is off for orders")
    admin.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    bare = await said("postgres.rls", server)
    assert (bare.verdict, "without any policy (unreadable): orders" in bare.summary) == ("pass", True)
    admin.execute("CREATE POLICY all_of_them ON orders USING (true)")
    assert (await said("postgres.rls", server)).summary == "row-level security is on for 1 tables"
    assert (await said("postgres.rls", server, "nowhere")).verdict == "unknown"
