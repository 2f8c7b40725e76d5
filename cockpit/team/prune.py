"""Retention: old deploys leave the team's journal; the local journals of those who ran them stay."""

from cockpit.team.base import Connection

_OLD = "outcome IS NOT NULL AND closed_at < extract(epoch FROM now() - make_interval(days => %s))"


async def prune(connection: Connection, keep_days: int, *, output_only: bool, do: bool) -> int:
    """Delete what is older; gives how many deploys that is. `do` False: only count."""
    if output_only:
        count = (
            f"SELECT count(DISTINCT o.deploy) FROM cockpit.output o JOIN cockpit.deploys d USING (deploy) WHERE {_OLD}"  # noqa: S608
        )
    else:
        count = f"SELECT count(*) FROM cockpit.deploys WHERE {_OLD}"  # noqa: S608 - constants
    row = await (await connection.execute(count, (keep_days,))).fetchone()
    if do and output_only:
        await connection.execute(
            f"DELETE FROM cockpit.output WHERE deploy IN (SELECT deploy FROM cockpit.deploys WHERE {_OLD})",  # noqa: S608
            (keep_days,),
        )
    elif do:
        await connection.execute(f"DELETE FROM cockpit.deploys WHERE {_OLD}", (keep_days,))  # noqa: S608 - constants
    return int(row[0]) if row is not None else 0
