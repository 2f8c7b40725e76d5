"""The owner's end: everything that the local journal has goes to the team's, in order, exactly once, for ever behind
or up to date. The local journal is the outbox: nothing here is waited for, and nothing is kept twice.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from cockpit.deploy.events import DeployClosed, decode_body
from cockpit.deploy.rollback.locking import GOOD, lock_of
from cockpit.journal.chain import GENESIS, Row, broken_at
from cockpit.postgres.session import NoAnswer
from cockpit.team import lock, output, record, schema
from cockpit.team.base import Connection, Facts, Me, TeamError, session_of
from cockpit.team.logs import OUTPUT_SECONDS, Logs
from cockpit.team.outbox import Outbox

BATCH_ROWS = 500
BATCH_BYTES = 4 << 20
SMALLEST_SHARE = 1 / 256
"""Two events, or 4 KiB of output, in one exchange: with that a line of 1 KB/s is enough."""
HEARTBEAT_SECONDS = 5.0
"""At most; four fit into the silence after which the owner may be taken over."""
RETRY_SECONDS = 1.0
GRACE_SECONDS = 2.0
"""A restart of the server within this time is not worth a word."""
SLOW_SECONDS = 5.0
"""An event that arrives there later than this is behind."""


class Fenced(Exception):
    """Another engine owns the deploy: nothing more may be written by this one."""


class Mirror:
    """One deploy's way into the team's journal. `epoch`: this owner's; a higher one there fences it."""

    def __init__(
        self,
        dsn: str,
        deploy: str,
        who: Me,
        facts: Facts,
        outbox: Outbox,
        *,
        session_lock: bool,
        dead_after: float = 60.0,
    ) -> None:
        self._beat_seconds = min(HEARTBEAT_SECONDS, dead_after / 4)
        self._session = session_of(dsn)
        self._deploy = deploy
        self._space = 0
        self._who = who
        self._facts = facts
        self._outbox = outbox
        self._session_lock = session_lock
        self.sent = 0
        """Events that are known to be there."""
        self._tip = GENESIS
        self._met = False
        self._beat_at = 0.0
        self._good_at = float("-inf")
        self._logs = Logs(facts)
        self._wake = asyncio.Event()
        self._released = False
        self._share = 1.0
        """Of the largest pieces that go in one exchange: less after one that did not arrive in time."""

    @property
    def epoch(self) -> int:
        team = self._facts.state().team
        return team.epoch if team is not None else 1

    @property
    def behind(self) -> int:
        """Events that are not known to be there."""
        return self._facts.state().seq - self.sent

    @property
    def owes(self) -> bool:
        """True while the team's journal lacks anything, or still has the environment locked by a deploy that ended."""
        return self.behind > 0 or not self._released

    def saw(self) -> None:
        """There is something new."""
        self._wake.set()

    async def run(self) -> None:
        """For ever; raises Fenced once another engine owns the deploy."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            try:
                await self._turn()
            except (NoAnswer, TeamError) as error:
                self._met = False
                # On a slow line a large piece never arrives in time: smaller ones do.
                self._share = max(SMALLEST_SHARE, self._share / 4)
                await self._session.close()
                if loop.time() - self._good_at > GRACE_SECONDS:
                    await self._facts.lost(str(error), self.sent)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._good_at, self._share = loop.time(), min(1.0, self._share * 2)
            if not self.behind:
                await self._facts.whole()
            until = OUTPUT_SECONDS if self._facts.state().running else self._beat_seconds
            left = max(0.0, min(until, self._beat_at + self._beat_seconds - loop.time()))
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: before Python 3.12 it may swallow a cancellation that comes with the wake.
                async with asyncio.timeout(left):
                    await self._wake.wait()

    async def finish(self) -> bool:
        """Send all that a deploy without an engine still owes; True where nothing is left. Raises NoAnswer, TeamError,
        Fenced."""
        await self._turn()
        return self._facts.state().closed is None or not self.owes

    async def _turn(self) -> None:
        """Everything that is due, in pieces that each are bounded in time. Raises NoAnswer, TeamError, Fenced."""
        if not self._met:
            await self._session.within(self._meet)
        while self.behind and (rows := await self._next_rows()):
            await self._mine(partial(self._append, rows))
            await self._say_if_slow()
        over = self._facts.state().closed is not None
        while log := self._logs.next(asyncio.get_running_loop().time(), self._share, all_of_it=over):
            await self._mine(partial(self._add_output, *log))
            self._logs.sent(*log)
        if asyncio.get_running_loop().time() - self._beat_at >= self._beat_seconds:
            await self._mine(self._heartbeat)
        if over and not self.behind and not self._released:
            await self._session.within(self._let_go)

    async def _mine(self, write: Callable[[Connection], Awaitable[bool]]) -> None:
        """Write as the owner. Where that is refused, the next meeting tells why: fenced, or the row is gone."""
        if not await self._session.within(write):
            self._met = False
            await self._session.within(self._meet)

    async def _meet(self, connection: Connection) -> None:
        """Find out how far it has come there: what was committed counts, whatever an earlier answer said."""
        await schema.check(connection)
        state = self._facts.state()
        there = await record.standing(connection, self._deploy)
        assert state.plan is not None
        self._space = await lock.space_of(connection, state.plan.project, state.plan.key)
        if there is None:
            # It was opened while nobody answered, or the team's journal begins anew.
            held = await lock.take(connection, self._space, self._deploy, self._who, state.opened_by, state.opened_at)
            if held is not None:
                await record.register(
                    connection, self._space, self._deploy, self._who, state.opened_by, state.opened_at
                )
            there = await record.standing(connection, self._deploy)
            await self._facts.joined(f"it is locked by {held.holder} on {held.host}" if held is not None else "")
        if there is None:
            raise TeamError("the deploy's row is not visible; is this login an operator of the environment?")
        if there.owner != self._who.owner or there.epoch != self.epoch:
            raise Fenced(f"{there.host} has taken the deploy over")
        if there.login != there.my_login:
            await self._under_another_login(connection, there)
        await self._continue_from(there.last_seq, there.last_digest)
        foreign = await record.beyond(connection, self._deploy, there.last_seq)
        if foreign is not None:
            raise record.other_event(*foreign)
        self._logs.have(await output.have(connection, self._deploy))
        if self._session_lock and not self._released:
            await lock.hold_session(connection, self._space)
        self._met = True

    async def _under_another_login(self, connection: Connection, there: record.Standing) -> None:
        """The engine goes on with the login that it has now. Whoever wrote under another one is named: it was this
        engine before, or somebody who had no business there."""
        before = await record.go_on(connection, self._deploy, self._who.owner, self.epoch)
        if before not in ("", there.my_login):
            await self._facts.lost(
                f"login {before} has written this deploy until now, from here on {there.my_login} does; if this "
                "machine did not use that login, find out whose it is",
                there.last_seq,
            )

    async def _continue_from(self, last_seq: int, last_digest: bytes) -> None:
        """From where it has come to, if it is the same record as far as it goes."""
        tip = await self._outbox.digest_at(last_seq)
        if not tip:
            raise TeamError(f"the team journal has event {last_seq}, which this machine's journal lacks")
        if last_seq and tip != last_digest:
            raise TeamError(f"the team journal has a different event {last_seq} for this deploy; left unchanged")
        self.sent, self._tip = last_seq, tip

    async def _next_rows(self) -> list[Row]:
        """Rows for one exchange; none where the local journal has no more (it is stalled). Raises TeamError."""
        rows = await self._outbox.rows(self.sent, max(1, int(BATCH_ROWS * self._share)))
        size = 0
        for place, row in enumerate(rows):
            size += len(row.body)
            if place and size > BATCH_BYTES * self._share:
                rows = rows[:place]
                break
        broken = broken_at(rows, self._tip, self.sent + 1)
        if broken is not None:
            raise TeamError(f"this machine's journal is damaged at event {broken}: cockpit recover")
        return rows

    async def _say_if_slow(self) -> None:
        events, team = self._facts.events(), self._facts.state().team
        if self.sent >= len(events) or (team is not None and team.lost is not None):
            return
        waited = self._facts.clock() - events[self.sent].at
        if waited > SLOW_SECONDS:
            await self._facts.lost(f"slow: event {self.sent + 1} has been waiting for {waited:.0f} s", self.sent)

    async def _append(self, rows: Sequence[Row], connection: Connection) -> bool:
        closed = next((row for row in rows if row.kind == DeployClosed.__name__), None)
        end = None
        if closed is not None:
            body = decode_body(closed.body)
            end = (closed.at, body.outcome) if isinstance(body, DeployClosed) else None
        if not await record.append(connection, self._deploy, self.epoch, rows, self._facts.clock(), end, self._tip):
            return False
        self.sent, self._tip = rows[-1].seq, rows[-1].digest
        self._beat_at = asyncio.get_running_loop().time()
        return True

    async def _add_output(self, directory: str, piece: output.Piece, connection: Connection) -> bool:
        return await output.add(connection, self._deploy, self.epoch, directory, piece)

    async def _heartbeat(self, connection: Connection) -> bool:
        if self._session_lock and not self._released:
            await lock.hold_session(connection, self._space)
        self._beat_at = asyncio.get_running_loop().time()
        return await record.heartbeat(connection, self._deploy, self.epoch, self._facts.clock())

    async def _let_go(self, connection: Connection) -> None:
        """Closed and whole: the environment is free, or locked after a rollback."""
        state = self._facts.state()
        async with connection.transaction():
            await connection.execute(
                "UPDATE cockpit.deploys SET whole = true WHERE deploy = %s AND epoch = %s", (self._deploy, self.epoch)
            )
            left = lock_of(state)
            # A flag that went back may be rolled out again: nothing of it stays locked.
            reason = (left.why if left.how == GOOD else left.words) if left is not None else ""
            await lock.release(connection, self._deploy, "rolled back" if left is not None else "", reason)
        if self._session_lock:
            await lock.let_session_go(connection, self._space)
        self._released = True

    async def close(self) -> None:
        await self._session.close()
        await self._outbox.close()
