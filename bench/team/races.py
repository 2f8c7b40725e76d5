"""Races for an environment, and for a deploy whose owner is gone: each has one winner."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import psycopg

from bench.table import Row, median
from cockpit.team import lock
from cockpit.team.base import Connection, Me
from tests.integration.team.world import Team

RACES, RACERS = 200, 8


@contextlib.asynccontextmanager
async def _racers(team: Team) -> AsyncIterator[list[Connection]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                await psycopg.AsyncConnection.connect(
                    team.dsn(("anna", "ben")[number % 2]), autocommit=True, prepare_threshold=None
                )
            )
            for number in range(RACERS)
        ]


async def _for_the_lock(team: Team) -> tuple[list[int], list[float]]:
    """Winners of each race, and its seconds."""
    winners, taken = [], []
    async with _racers(team) as racers:
        space = await lock.space_of(racers[0], "shop", "raced")
        for race in range(RACES):
            names = [f"race{race}-{number}" for number in range(RACERS)]
            began = time.perf_counter()
            held = await asyncio.gather(
                *(
                    lock.take(one, space, name, Me(name, f"web-{name}"), "anna", time.time())
                    for one, name in zip(racers, names, strict=True)
                )
            )
            taken.append(time.perf_counter() - began)
            won = [name for name, other in zip(names, held, strict=True) if other is None]
            winners.append(len(won))
            now = await lock.read(racers[0], space)
            assert now is not None
            assert [now.deploy] == won
            await lock.give_up(racers[0], now.deploy)
    return winners, taken


async def _for_a_deploy(team: Team) -> tuple[list[int], list[float]]:
    """The same for who takes over a deploy whose owner is silent."""
    winners, taken = [], []
    async with _racers(team) as racers:
        space = await lock.space_of(racers[0], "shop", "orphaned")
        assert await lock.take(racers[0], space, "orphan", Me("gone", "web-0"), "anna", time.time()) is None
        for race in range(RACES):
            team.ask("UPDATE cockpit.deploys SET heartbeat_at = now() - interval '1 hour' WHERE deploy = 'orphan'")
            began = time.perf_counter()
            epochs = await asyncio.gather(
                *(
                    lock.take_over(one, "orphan", race + 1, Me(f"{race}-{number}", f"web-{number}"), "ben", 60.0)
                    for number, one in enumerate(racers)
                )
            )
            taken.append(time.perf_counter() - began)
            won = [taken_by[0] for taken_by in epochs if taken_by is not None]
            winners.append(len(won))
            assert won in ([], [race + 2], [race + 2] * len(won))
    return winners, taken


def rows(team: Team) -> Iterator[Row]:
    for words, race in (("for the lock", _for_the_lock), ("to take over a deploy", _for_a_deploy)):
        winners, taken = asyncio.run(race(team))
        yield Row(f"races {words}, {RACERS} at once, with exactly one winner", winners.count(1), "", "of all", RACES)
        yield Row("  one race, median", median(taken) * 1e3, "ms")
