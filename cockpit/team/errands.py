"""Commands from other machines: asked for in a table, carried out once by the deploy's owner, answered in words."""

import uuid
from collections.abc import Sequence

from msgspec import Struct

from cockpit.team.base import Connection, channel_of, text

LOST = "the engine stopped while carrying this out. Check what happened, then try again"
WITHDRAWN = "withdrawn; it was not picked up"


class Errand(Struct, frozen=True):
    """One command that somebody asked for. `body`: as it travels over a socket."""

    command: str
    by: str
    host: str
    login: str
    body: bytes
    allowed: bool
    """The login is an operator here, at this moment."""


async def ask(connection: Connection, deploy: str, by: str, host: str, body: bytes) -> str:
    """Put the command on the table; gives its name."""
    name = str(uuid.uuid4())
    await connection.execute(
        "WITH it AS (INSERT INTO cockpit.commands (command, deploy, space, by_person, by_host, body) "
        "SELECT %s::uuid, deploy, space, %s, %s, %s FROM cockpit.deploys WHERE deploy = %s RETURNING 1) "
        "SELECT pg_notify(%s, '') FROM it",
        (name, text(by), text(host), body, deploy, channel_of(deploy)),
    )
    return name


async def take(connection: Connection, deploy: str, epoch: int) -> list[Errand]:
    """The commands that nobody has taken, in the order in which they were asked for: taken by this, once."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        "WITH mine AS (UPDATE cockpit.commands SET taken_at = clock_timestamp(), taken_epoch = %s "
        "WHERE deploy = %s AND taken_at IS NULL AND answered_at IS NULL AND EXISTS "
        "(SELECT FROM cockpit.deploys d WHERE d.deploy = %s AND d.epoch = %s) "
        "RETURNING number, command, by_person, by_host, by_login, body, deploy) "
        # Of the deploy's own environment, not of the one that the row names.
        "SELECT m.command::text, m.by_person, m.by_host, m.by_login::text, m.body, "
        "cockpit.may_act(m.by_login, d.space) FROM mine m JOIN cockpit.deploys d ON d.deploy = m.deploy "
        "ORDER BY m.number",
        (epoch, deploy, deploy, epoch),
    )
    return [Errand(*row) for row in await cursor.fetchall()]


async def answer(connection: Connection, deploy: str, command: str, refusal: str | None) -> None:
    await connection.execute(
        "WITH it AS (UPDATE cockpit.commands SET answered_at = clock_timestamp(), refusal = %s "
        "WHERE command = %s::uuid RETURNING 1) SELECT pg_notify(%s, '') FROM it",
        (text(refusal) if refusal is not None else None, command, channel_of(deploy)),
    )


async def answers(connection: Connection, commands: Sequence[str]) -> dict[str, str | None]:
    """Of these commands those that were answered: None where it was carried out, else why not."""
    cursor = await connection.execute(
        "SELECT command::text, refusal FROM cockpit.commands WHERE command = ANY (%s::uuid[]) "
        "AND answered_at IS NOT NULL",
        (list(commands),),
    )
    return {str(row[0]): row[1] for row in await cursor.fetchall()}


async def withdraw(connection: Connection, command: str) -> bool:
    """Nobody is to carry it out any more. False: somebody has taken it already."""
    cursor = await connection.execute(
        "UPDATE cockpit.commands SET answered_at = clock_timestamp(), refusal = %s "
        "WHERE command = %s::uuid AND taken_at IS NULL AND answered_at IS NULL",
        (WITHDRAWN, command),
    )
    return cursor.rowcount == 1


async def answer_lost(connection: Connection, deploy: str) -> None:
    """A new engine: what an earlier one took and did not answer has an unknown end, and is not tried again."""
    await connection.execute(
        "UPDATE cockpit.commands SET answered_at = clock_timestamp(), refusal = %s "
        "WHERE deploy = %s AND taken_at IS NOT NULL AND answered_at IS NULL",
        (LOST, deploy),
    )
