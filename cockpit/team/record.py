"""The record of deploys in the team's database: written by their owner alone, in order, exactly once; read by all."""

from collections.abc import Sequence

from msgspec import Struct
from psycopg.errors import UniqueViolation

from cockpit.journal.chain import GENESIS, Row
from cockpit.journal.sqlite import DeployRow
from cockpit.team.base import Connection, Me, TeamError, channel_of, text

_APPEND = """
WITH mine AS (
  UPDATE cockpit.deploys SET last_seq = %(last)s, heartbeat_at = clock_timestamp(), last_digest = %(digest)b::bytea,
    engine_clock = %(clock)s, closed_at = coalesce(%(closed)s::float8, closed_at),
    outcome = coalesce(%(outcome)s::text, outcome)
  WHERE deploy = %(deploy)s AND epoch = %(epoch)s AND last_seq = %(after)s
    AND (last_seq = 0 OR last_digest = %(before)b::bytea) RETURNING space
), added AS (
  INSERT INTO cockpit.events (deploy, seq, space, at, actor, kind, v, body, digest)
  SELECT %(deploy)s, seq, mine.space, at, actor, kind, v, body, digest FROM mine, unnest(
    %(seqs)b::bigint[], %(ats)b::float8[], %(actors)b::text[], %(kinds)b::text[], %(vs)b::int[], %(bodies)b::bytea[],
    %(digests)b::bytea[]) AS fresh (seq, at, actor, kind, v, body, digest)
)
SELECT pg_notify(%(channel)s, %(last)s::text) FROM mine
"""
_STANDING = """
SELECT owner, epoch, host, last_seq, last_digest, extract(epoch FROM clock_timestamp() - heartbeat_at)::float8,
  engine_clock - extract(epoch FROM heartbeat_at)::float8, coalesce(offered_to, ''), outcome, whole, login,
  session_user::text
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
    login: str = ""
    """Writes the deploy: nobody else can; empty: from before logins were recorded."""
    my_login: str = ""


class OtherEvent(TeamError):
    """The team's journal has another event in the place of ours."""


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
    connection: Connection,
    deploy: str,
    epoch: int,
    rows: Sequence[Row],
    clock: float,
    end: tuple[float, str] | None,
    before: bytes = GENESIS,
) -> bool:
    """Add these rows, in one piece, behind the event with the digest `before`. False: another owner has the deploy, or
    its record ends elsewhere, and nothing was written. Raises OtherEvent where another event has the place of one.
    `end`: time and outcome, where they hold the deploy's end."""
    last = rows[-1]
    try:
        cursor = await connection.execute(
            _APPEND,
            {
                "after": rows[0].seq - 1, "before": before,
                "deploy": deploy, "epoch": epoch, "last": last.seq, "digest": last.digest, "clock": clock,
                "closed": end[0] if end else None, "outcome": end[1] if end else None, "channel": channel_of(deploy),
                "seqs": [row.seq for row in rows], "ats": [row.at for row in rows], "actors": [row.by for row in rows],
                "kinds": [row.kind for row in rows], "vs": [row.v for row in rows],
                "bodies": [row.body for row in rows],
                "digests": [row.digest for row in rows],
            },
        )  # fmt: skip
    except UniqueViolation:
        raise await _other(connection, deploy, rows) from None
    return await cursor.fetchone() is not None


async def _other(connection: Connection, deploy: str, rows: Sequence[Row]) -> OtherEvent:
    """Which event stands where one of these belongs, and which login put it there."""
    cursor = await connection.execute(
        "SELECT seq, login FROM cockpit.events WHERE deploy = %s AND seq = ANY (%s) ORDER BY seq LIMIT 1",
        (deploy, [row.seq for row in rows]),
    )
    found = await cursor.fetchone()
    return other_event(*found) if found is not None else OtherEvent("the team journal accepted none of these events")


def other_event(seq: int, login: str) -> OtherEvent:
    return OtherEvent(
        f"the team journal has a different event {seq} for this deploy, written by login {login or 'unknown'}; left "
        "unchanged, this machine's journal is complete. Find out whose login that is; the schema owner can delete "
        "the foreign rows"
    )


async def beyond(connection: Connection, deploy: str, last_seq: int) -> tuple[int, str] | None:
    """The first event behind the deploy's last one, and its login: put there past the engine that writes the deploy."""
    cursor = await connection.execute(
        "SELECT seq, login FROM cockpit.events WHERE deploy = %s AND seq > %s ORDER BY seq LIMIT 1", (deploy, last_seq)
    )
    row = await cursor.fetchone()
    return (int(row[0]), str(row[1])) if row is not None else None


async def go_on(connection: Connection, deploy: str, owner: str, epoch: int) -> str:
    """The same engine writes the deploy with this session's login; gives the one before."""
    row = await (await connection.execute("SELECT cockpit.go_on(%s, %s, %s)", (deploy, owner, epoch))).fetchone()
    return str(row[0]) if row is not None else ""


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
