"""Waiting for news of a deploy: LISTEN where the way to the server keeps a session, else a short pause."""

import asyncio

from psycopg import sql

from cockpit.team.base import Connection, channel_of

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 2.0
"""With LISTEN: a notification may get lost (a fail-over, a stalled line), so one looks all the same."""


class Bell:
    """`listen` False: through a pooler that pools transactions, where LISTEN reaches nobody."""

    def __init__(self, deploy: str, *, listen: bool) -> None:
        self._channel = channel_of(deploy)
        self._listen = listen
        self._on: Connection | None = None

    async def wait(self, connection: Connection) -> None:
        """Until something was said, or it is time to look. The first call on a connection returns at once: what was
        said before it listened is read, not heard."""
        if not self._listen:
            await asyncio.sleep(POLL_SECONDS)
            return
        if self._on is not connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            self._on = connection
            return
        async for _ in connection.notifies(timeout=PATIENCE_SECONDS, stop_after=1):
            pass
