"""The output of runs in the team's database: the redacted log, in pieces, each with its place."""

from pathlib import Path

from msgspec import Struct

from cockpit.runner import files
from cockpit.team.base import Connection, TeamError, channel_of

PIECE = 1 << 20
"""Bytes of one piece at most."""
_ADD = """
WITH mine AS (SELECT space FROM cockpit.deploys WHERE deploy = %(deploy)s AND epoch = %(epoch)s), added AS (
  INSERT INTO cockpit.output (deploy, directory, start, space, at, data)
  SELECT %(deploy)s, %(directory)s, %(start)s, space, %(at)s, %(data)b::bytea FROM mine
  ON CONFLICT (deploy, directory, start) DO NOTHING RETURNING 1)
SELECT pg_notify(%(channel)s, ''), EXISTS (SELECT FROM added) FROM mine
"""


class Piece(Struct, frozen=True):
    start: int
    at: float
    data: bytes


async def have(connection: Connection, deploy: str) -> dict[str, int]:
    """By run folder: how many bytes of its log are there."""
    cursor = await connection.execute(
        "SELECT DISTINCT ON (directory) directory, start + length(data) FROM cockpit.output WHERE deploy = %s "
        "ORDER BY directory, start DESC",
        (deploy,),
    )
    return {str(row[0]): int(row[1]) for row in await cursor.fetchall()}


async def add(connection: Connection, deploy: str, epoch: int, directory: str, piece: Piece) -> bool:
    """Add one piece; the same there already: left alone. False: another owner has the deploy. Raises TeamError where
    other output has its place."""
    values = {
        "deploy": deploy, "epoch": epoch, "directory": directory, "start": piece.start, "at": piece.at,
        "data": piece.data, "channel": channel_of(deploy),
    }  # fmt: skip
    row = await (await connection.execute(_ADD, values)).fetchone()
    if row is not None and not row[1]:
        await _compare(connection, deploy, directory, piece)
    return row is not None


async def _compare(connection: Connection, deploy: str, directory: str, piece: Piece) -> None:
    """Raises TeamError where what is there is not what was to be added."""
    cursor = await connection.execute(
        "SELECT data = substring(%b::bytea FOR length(data)), login FROM cockpit.output "
        "WHERE deploy = %s AND directory = %s AND start = %s",
        (piece.data, deploy, directory, piece.start),
    )
    row = await cursor.fetchone()
    if row is not None and not row[0]:
        raise TeamError(
            f"the team journal has different output of {directory} from byte {piece.start} on, written by login "
            f"{row[1] or 'unknown'}; left unchanged, this machine's log is complete"
        )


async def after(connection: Connection, deploy: str, directory: str, start: int, limit: int = 16) -> list[Piece]:
    """The next pieces of a run's log from that place on."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        "SELECT start, at, data FROM cockpit.output WHERE deploy = %s AND directory = %s AND start >= %s "
        "ORDER BY start LIMIT %s",
        (deploy, directory, start, limit),
    )
    return [Piece(*row) for row in await cursor.fetchall()]


def next_piece(folder: Path, start: int, most: int, now: float) -> Piece | None:
    """What the log of this run has from that place on, so many bytes at most; None where nothing."""
    try:
        with (folder / files.LOG).open("rb") as log:
            log.seek(start)
            data = log.read(most)
    except OSError:
        return None
    return Piece(start, now, data) if data else None
