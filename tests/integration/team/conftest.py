"""A PostgreSQL for the team, and in it a database for each test."""

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from cockpit.postgres.server import ScratchServer
from tests.integration.team.world import Team, make_logins

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[ScratchServer]:
    with ScratchServer(settings={"max_connections": "120"}) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            make_logins(connection)
        yield server


@pytest.fixture
def empty(server: ScratchServer) -> Iterator[Team]:
    """A database without the schema; gone after the test, or the end of the server clears up thousands of files."""
    name = f"team{next(_numbers)}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER owner")
    yield Team(server, name)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def team(empty: Team) -> Team:
    """With the schema; anna and ben are operators, wendy watches, stan may only look at staging."""
    empty.prepare()
    return empty
