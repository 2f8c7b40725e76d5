"""The end of those who do not own the deploy: its record comes here as it is, and commands go to its owner."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from cockpit.deploy.commands import PublicCommand, Refusal
from cockpit.journal.chain import Row
from cockpit.postgres.session import NoAnswer
from cockpit.runner.redact import redact
from cockpit.team import errands, lock, output, record, schema, watchers
from cockpit.team.base import Connection, Me, TeamError, session_of
from cockpit.team.bell import Bell

BATCH = 500
ANSWER_SECONDS = 10.0
"""How long one waits for the owner's answer; then the command is taken back where that is still possible."""
ANSWER_POLL_SECONDS = 0.05

NOT_FOR_THE_TEAM = "The text contains a secret and would be stored in the team journal. Rephrase it."
T = TypeVar("T")
_encoder = msgspec.json.Encoder()


class Clocks(Struct, frozen=True):
    """How far the owner's clock and this machine's are ahead of the database's, seconds."""

    owner: float
    here: float

    @property
    def behind(self) -> float:
        """To be added to this machine's clock; below two seconds it is only the way to the database."""
        difference = self.owner - self.here
        return difference if abs(difference) > 2.0 else 0.0


class Follower:
    """Two connections: one that hears and reads, one that asks. Each call is bounded in time and raises NoAnswer,
    TeamError."""

    def __init__(
        self, dsn: str, deploy: str, who: Me, *, listen: bool, dead_after: float, secrets: Sequence[bytes] = ()
    ) -> None:
        self._secrets = tuple(secrets)
        self._news = session_of(dsn)
        self._asking = session_of(dsn)
        self._turn = asyncio.Lock()
        self._bell = Bell(deploy, listen=listen)
        self._deploy = deploy
        self.who = who
        self.dead_after = dead_after
        self._watcher = str(uuid.uuid4())
        self._checked = False

    async def standing(self) -> tuple[record.Standing | None, Clocks, bool]:
        """The deploy's row, the clocks, and whether its owner seems dead."""
        return await self._ask(self._standing)

    async def _standing(self, connection: Connection) -> tuple[record.Standing | None, Clocks, bool]:
        if not self._checked:
            await schema.check(connection)
            self._checked = True
        before = time.time()
        row = await (await connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8")).fetchone()
        assert row is not None
        here = (before + time.time()) / 2 - float(row[0])
        standing = await record.standing(connection, self._deploy)
        dead = await lock.is_dead(connection, self._deploy, self.dead_after) if standing is not None else False
        return standing, Clocks(standing.clock_ahead if standing is not None else here, here), dead

    async def rows(self, after: int) -> tuple[list[Row], bool]:
        """The next rows of the record, and whether there may be more already: most times there is one, and to ask for
        what comes after it would cost every watcher a second question."""
        found = await self._ask(lambda connection: record.rows_after(connection, self._deploy, after, BATCH))
        return found, len(found) == BATCH

    async def digest_at(self, seq: int) -> bytes | None:
        return await self._ask(lambda connection: record.digest_at(connection, self._deploy, seq))

    async def pieces(self, directory: str, start: int) -> list[output.Piece]:
        """The next pieces of a run's log."""
        return await self._ask(lambda connection: output.after(connection, self._deploy, directory, start))

    async def wait(self) -> None:
        """Until there is news, or it is time to look."""
        await self._news.within(self._bell.wait)

    async def be_seen(self, names: tuple[str, ...]) -> None:
        """These people look from here."""
        await self._ask(
            lambda connection: watchers.renew(connection, self._deploy, self._watcher, names, self.who.host)
        )

    async def command(self, command: PublicCommand, by: str) -> Refusal | None:
        """Ask the owner, and wait for its answer. One that nobody takes in time is taken back: it must not be carried
        out by surprise."""
        body = _encoder.encode(command)
        if redact(body, self._secrets) != body:
            return Refusal(NOT_FOR_THE_TEAM)
        try:
            name = await self._ask(lambda connection: errands.ask(connection, self._deploy, by, self.who.host, body))
        except (NoAnswer, TeamError) as error:
            return Refusal(f"The team journal did not accept it: {error}. Nothing was done.")
        until = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while asyncio.get_running_loop().time() < until:
            with contextlib.suppress(NoAnswer, TeamError):
                answers = await self._ask(lambda connection: errands.answers(connection, [name]))
                if name in answers:
                    reason = answers[name]
                    return Refusal(reason) if reason is not None else None
            await asyncio.sleep(ANSWER_POLL_SECONDS)
        with contextlib.suppress(NoAnswer, TeamError):
            if await self._ask(lambda connection: errands.withdraw(connection, name)):
                return Refusal(f"The deploy's engine did not answer within {ANSWER_SECONDS:g} s. Nothing was done.")
        return Refusal("The deploy's engine accepted it and has not answered yet. Watch the result.")

    async def take_over(self, seen_epoch: int, by: str) -> tuple[int, str] | None:
        """Become the owner; the new epoch and who acts, or None where the owner lives or somebody else was faster."""
        return await self._ask(
            lambda connection: lock.take_over(connection, self._deploy, seen_epoch, self.who, by, self.dead_after)
        )

    async def _ask(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._turn:
            return await self._asking.within(work)

    async def close(self) -> None:
        with contextlib.suppress(NoAnswer, TeamError):
            await self.be_seen(())
        await self._news.close()
        await self._asking.close()
