"""The record of deploys in the team's database: written by their owner alone, in order, exactly once; read by all."""

from collections.abc import Sequence

from msgspec import Struct

from cockpit.journal.chain import Row
from cockpit.journal.sqlite import DeployRow
from cockpit.team.base import Connection, Me, channel_of, text

_APPEND = """
WITH mine AS (
  UPDATE cockpit.deploys SET last_seq = greatest(last_seq, %(last)s), heartbeat_at = clock_timestamp(),
    last_digest = CASE WHEN last_seq < %(last)s THEN %(digest)b::bytea ELSE last_digest END,
    engine_clock = %(clock)s, closed_at = coalesce(%(closed)s::float8, closed_at),
    outcome = coalesce(%(outcome)s::text, outcome)
  WHERE deploy = %(deploy)s AND epoch = %(epoch)s RETURNING space
), added AS (
  INSERT INTO cockpit.events (deploy, seq, space, at, actor, kind, v, body, digest)
  SELECT %(deploy)s, seq, mine.space, at, actor, kind, v, body, digest FROM mine, unnest(
    %(seqs)b::bigint[], %(ats)b::float8[], %(actors)b::text[], %(kinds)b::text[], %(vs)b::int[], %(bodies)b::bytea[],
    %(digests)b::bytea[]) AS fresh (seq, at, actor, kind, v, body, digest)
  ON CONFLICT (deploy, seq) DO NOTHING
)
SELECT pg_notify(%(channel)s, %(last)s::text) FROM mine
"""
_STANDING = """
SELECT owner, epoch, host, last_seq, last_digest, extract(epoch FROM clock_timestamp() - heartbeat_at)::float8,
  engine_clock - extract(epoch FROM heartbeat_at)::float8, coalesce(offered_to, ''), outcome, whole
FROM cockpit.deploys WHERE deploy = %s
"""
_DEPLOYS = """
SELECT d.deploy, s.environment, d.opened_at, d.closed_at, d.outcome
FROM cockpit.deploys d JOIN cockpit.spaces s USING (space)
WHERE s.project = %s AND (%s::text IS NULL OR s.environment = %s) ORDER BY d.opened_at DESC, d.deploy DESC LIMIT %s
"""


class Standing(Struct, frozen=True):
    """How one deploy stands in the team's database."""

    owner: str
    epoch: int
    host: str
    last_seq: int
    last_digest: bytes
    silent_seconds: float
    """Since the owner's last heartbeat, by the database's clock."""
    clock_ahead: float
    """Seconds by which the owner's clock was ahead of the database's at that heartbeat."""
    offered_to: str
    outcome: str | None
    whole: bool


async def standing(connection: Connection, deploy: str) -> Standing | None:
    row = await (await connection.execute(_STANDING, (deploy,))).fetchone()
    if row is None:
        return None
    fields = dict(zip(Standing.__struct_fields__, row, strict=True))
    return Standing(**{**fields, "last_digest": bytes(row[4])})


async def register(connection: Connection, space: int, deploy: str, who: Me, by: str, opened_at: float) -> None:
    """The deploy's row, where there is none yet: epoch 1 is its first owner's."""
    await connection.execute(
        "INSERT INTO cockpit.deploys (deploy, space, owner, host, opened_by, opened_at, engine_clock) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (deploy) DO NOTHING",
        (deploy, space, who.owner, who.host, text(by), opened_at, opened_at),
    )


async def append(
    connection: Connection, deploy: str, epoch: int, rows: Sequence[Row], clock: float, end: tuple[float, str] | None
) -> bool:
    """Add these rows, in one piece; those that are there already are left alone. False: another owner has the deploy,
    and nothing was written. `end`: time and outcome, where they hold the deploy's end."""
    last = rows[-1]
    cursor = await connection.execute(
        _APPEND,
        {
            "deploy": deploy, "epoch": epoch, "last": last.seq, "digest": last.digest, "clock": clock,
            "closed": end[0] if end else None, "outcome": end[1] if end else None, "channel": channel_of(deploy),
            "seqs": [row.seq for row in rows], "ats": [row.at for row in rows], "actors": [row.by for row in rows],
            "kinds": [row.kind for row in rows], "vs": [row.v for row in rows], "bodies": [row.body for row in rows],
            "digests": [row.digest for row in rows],
        },
    )  # fmt: skip
    return await cursor.fetchone() is not None


async def heartbeat(connection: Connection, deploy: str, epoch: int, clock: float) -> bool:
    """Say that the owner lives. False: another owner has the deploy."""
    cursor = await connection.execute(
        "UPDATE cockpit.deploys SET heartbeat_at = clock_timestamp(), engine_clock = %s "
        "WHERE deploy = %s AND epoch = %s",
        (clock, deploy, epoch),
    )
    return cursor.rowcount == 1


async def rows_after(connection: Connection, deploy: str, after: int, limit: int) -> list[Row]:
    """The next rows of the record, in order."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        "SELECT seq, at, actor, kind, v, body, digest FROM cockpit.events WHERE deploy = %s AND seq > %s "
        "ORDER BY seq LIMIT %s",
        (deploy, after, limit),
    )
    return [Row(*row) for row in await cursor.fetchall()]


async def digest_at(connection: Connection, deploy: str, seq: int) -> bytes | None:
    """The chain's link at this event; None where there is no such event."""
    query = "SELECT digest FROM cockpit.events WHERE deploy = %s AND seq = %s"
    row = await (await connection.execute(query, (deploy, seq))).fetchone()
    return bytes(row[0]) if row is not None else None


async def deploys(connection: Connection, project: str, environment: str | None, limit: int = 1000) -> list[DeployRow]:
    """The project's deploys that this login may see, the newest first."""
    cursor = await connection.execute(_DEPLOYS, (project, environment, environment, limit))
    return [DeployRow(*row) for row in await cursor.fetchall()]
