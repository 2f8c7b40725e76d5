"""Who looks at a deploy from other machines: a row that each engine there renews while somebody looks."""

from collections.abc import Sequence

from msgspec import Struct

from cockpit.team.base import Connection, text

FRESH_SECONDS = 15.0


class Looking(Struct, frozen=True):
    name: str
    host: str
    login: str


async def renew(connection: Connection, deploy: str, watcher: str, names: Sequence[str], host: str) -> None:
    """These people look from here; none: the row goes."""
    if not names:
        await connection.execute(
            "DELETE FROM cockpit.watchers WHERE deploy = %s AND watcher = %s::uuid", (deploy, watcher)
        )
        return
    await connection.execute(
        "INSERT INTO cockpit.watchers (deploy, watcher, space, names, host) "
        "SELECT deploy, %s::uuid, space, %s, %s FROM cockpit.deploys WHERE deploy = %s "
        "ON CONFLICT (deploy, watcher) DO UPDATE SET names = excluded.names, seen_at = clock_timestamp()",
        (watcher, [text(name) for name in names], host, deploy),
    )


async def present(connection: Connection, deploy: str) -> tuple[Looking, ...]:
    """Who looks now, by name."""
    cursor = await connection.execute(
        "SELECT unnest(names), host, login FROM cockpit.watchers WHERE deploy = %s "
        "AND clock_timestamp() - seen_at < make_interval(secs => %s) ORDER BY 1, 2",
        (deploy, FRESH_SECONDS),
    )
    return tuple(Looking(str(row[0]), str(row[1]), str(row[2])) for row in await cursor.fetchall())
