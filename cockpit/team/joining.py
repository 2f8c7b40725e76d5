"""The first words with the team's database: may this deploy begin, whose is it, and what is going on?"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from cockpit.deploy.commands import Refusal
from cockpit.deploy.plan import Plan
from cockpit.journal.sqlite import DeployRow
from cockpit.postgres.dsn import NotPostgres
from cockpit.postgres.session import NoAnswer, checked
from cockpit.team import lock, record, schema
from cockpit.team.base import TIMEOUT_SECONDS, Connection, TeamError, me, session_of

T = TypeVar("T")


async def once(dsn: str, work: Callable[[Connection], Awaitable[T]], timeout: float = TIMEOUT_SECONDS) -> T:
    """The work on a connection of its own, the schema checked before. Raises TeamError in words for a person."""

    async def checked_work(connection: Connection) -> T:
        await schema.check(connection)
        return await work(connection)

    try:
        session = session_of(checked(dsn), timeout)
    except NotPostgres as error:
        raise TeamError(f"[team]: {error}", reached=False) from None
    try:
        return await session.within(checked_work)
    except NoAnswer as error:
        hint = ": the login is not an operator here (cockpit team member)" if "permission denied" in str(error) else ""
        raise TeamError(f"{error}{hint}", reached=error.reached) from None
    finally:
        await session.close()


class Unreached(Refusal, frozen=True):
    """Nobody could be asked: a person may say that the deploy goes on all the same."""


async def join(
    dsn: str, folder: Path, deploy: str, plan: Plan, by: str, now: float, dead_after: float
) -> Refusal | None:
    """Take the environment for this deploy. None: it is taken. A refusal with `locked` names who has it; `Unreached`:
    the database could not be asked; any other: it said no."""

    async def take(connection: Connection) -> lock.Held | None:
        space = await lock.space_of(connection, plan.project, plan.key)
        return await lock.take(connection, space, deploy, me(folder), by, now)

    try:
        held = await once(dsn, take)
    except TeamError as error:
        if error.reached:
            return Refusal(
                f"team lock unavailable: {error}. The database is up, so --without-team-lock does not apply; a "
                "teammate may be deploying"
            )
        return Unreached(f"team lock unavailable: {error}. To deploy anyway: --without-team-lock REASON")
    if held is None:
        return None
    return Refusal(f"{plan.key} is {held.words(dead_after)}", locked=held.kind)


async def give_up(dsn: str, deploy: str) -> None:
    """The deploy was not opened after all. Raises TeamError."""
    await once(dsn, lambda connection: lock.give_up(connection, deploy))


async def standing_of(dsn: str, deploy: str, timeout: float = TIMEOUT_SECONDS) -> record.Standing | None:
    """Raises TeamError."""
    return await once(dsn, lambda connection: record.standing(connection, deploy), timeout)


async def look(dsn: str, project: str, environment: str | None, limit: int = 1000) -> list[DeployRow]:
    """The project's deploys, the newest first. Raises TeamError."""
    return await once(dsn, lambda connection: record.deploys(connection, project, environment, limit))


async def held(dsn: str, project: str, environment: str) -> lock.Held | None:
    """Who holds the environment; None where it is free. Raises TeamError, also where this login may not see it."""

    async def read(connection: Connection) -> lock.Held | None:
        await lock.visible(connection, project, environment)
        space = await lock.known_space(connection, project, environment)
        return await lock.read(connection, space) if space is not None else None

    return await once(dsn, read)
