"""What a deploy's owner does for others: carries out their commands, sees who looks, and offers the deploy."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec

from cockpit.deploy import commands as c
from cockpit.deploy.events import Watcher
from cockpit.deploy.state import State
from cockpit.postgres.session import NoAnswer
from cockpit.team import errands, lock, watchers
from cockpit.team.base import Connection, TeamError, actor, session_of
from cockpit.team.bell import Bell
from cockpit.text.sanitize import one_line

RETRY_SECONDS = 1.0
LOOK_SECONDS = 2.0
"""How often one looks who is there."""
NOT_FROM_ELSEWHERE = (c.OpenDeploy, c.TakeOver)

CarryOut = Callable[[c.PublicCommand, str], Awaitable[c.Refusal | None]]


class Desk:
    """`state` is the owner's; `carry_out` is the engine's door: every command goes through the same one.

    `here`: the names of those who look on this machine; `seen` is told of everybody.
    """

    def __init__(
        self,
        dsn: str,
        deploy: str,
        state: Callable[[], State],
        carry_out: CarryOut,
        here: Callable[[], tuple[Watcher, ...]],
        seen: Callable[[tuple[Watcher, ...]], Awaitable[object]],
        *,
        listen: bool,
    ) -> None:
        self._session = session_of(dsn)
        self._deploy = deploy
        self._state = state
        self._carry_out = carry_out
        self._here = here
        self._seen = seen
        self._bell = Bell(deploy, listen=listen)
        self._offered: str | None = None
        self._looked_at = float("-inf")

    async def run(self) -> None:
        """For ever; a database that does not answer is tried again."""
        first = True
        while True:
            try:
                if first:
                    await self._session.within(lambda connection: errands.answer_lost(connection, self._deploy))
                    first = False
                await self._session.within(self._bell.wait)
                for errand in await self._session.within(self._take):
                    refusal = await self._do(errand)
                    await self._session.within(
                        lambda connection, name=errand.command, no=refusal: errands.answer(  # type: ignore[misc]
                            connection, self._deploy, name, no
                        )
                    )
                await self._offer()
                await self._look()
            except (NoAnswer, TeamError):
                # The mirror says so; whoever asked is told that nobody answers.
                await asyncio.sleep(RETRY_SECONDS)

    @property
    def _epoch(self) -> int:
        team = self._state().team
        return team.epoch if team is not None else 0

    async def _take(self, connection: Connection) -> list[errands.Errand]:
        return await errands.take(connection, self._deploy, self._epoch)

    async def _do(self, errand: errands.Errand) -> str | None:
        """Carry it out as the login that asked; None: done, else why not."""
        if not errand.allowed:
            return f"{errand.login} is no longer an operator of this environment"
        try:
            command = c.decode_command(errand.body)
        except msgspec.DecodeError as error:
            return f"not understood: {one_line(str(error))}; is one of the two cockpits older?"
        if isinstance(command, NOT_FROM_ELSEWHERE):
            return "not available from another machine"
        refusal = await self._carry_out(command, actor(errand.by, errand.login))
        return refusal.reason if refusal is not None else None

    async def _offer(self) -> None:
        team = self._state().team
        to = team.offer.to if team is not None and team.offer is not None else ""
        if to != self._offered:
            await self._session.within(lambda connection: lock.offer(connection, self._deploy, self._epoch, to))
            self._offered = to

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        there = await self._session.within(lambda connection: watchers.present(connection, self._deploy))
        found = [*self._here(), *(Watcher(actor(one.name, one.login), one_line(one.host)) for one in there)]
        await self._seen(tuple(sorted(found, key=lambda one: (one.name, one.host))))

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await self._session.close()
