"""An engine that owns nothing: it keeps this machine's copy of a deploy that runs elsewhere, serves it to the faces
here, hands their commands to its owner, and may become the owner.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from cockpit import __version__
from cockpit.deploy import commands as c
from cockpit.deploy.approvals.second_person import is_nobody, same_person
from cockpit.deploy.commands import Refusal
from cockpit.deploy.events import DeployOpened, EngineStarted, Event, ForkedStep
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.state import State
from cockpit.engine.config.environment import settings_from
from cockpit.engine.hooks import Listener
from cockpit.engine.ipc.wire import Link
from cockpit.engine.lock import read_holder, words
from cockpit.engine.supervise import kept
from cockpit.engine.team import fork_records as forks
from cockpit.engine.team.comparison import differences, key_of
from cockpit.engine.team.divergence import put_aside
from cockpit.engine.team.late_ends import OF_RUNS, Late, late
from cockpit.engine.team.late_ends import words as words_of_late
from cockpit.engine.team.output_copies import Copies
from cockpit.engine.writer import Pen
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.paths import Layout
from cockpit.settings.load import SettingsError
from cockpit.text.amounts import seconds_words

if TYPE_CHECKING:
    from cockpit.team.follower import Clocks, Follower
    from cockpit.team.record import Standing

RETRY_SECONDS = 1.0
LOOK_SECONDS = 1.0
SEEN_SECONDS = 5.0
NOT_UNDERSTOOD = "not understood"
"""How an older owner answers a command that it does not know."""


class Promotion(Struct, frozen=True):
    """This engine owns the deploy from here on."""

    epoch: int
    by: str
    reason: str
    clock_behind: float
    last_seen: float = 0.0
    """When the owner before was last heard of, by the deploy's clock."""
    differences: tuple[str, ...] = ()
    """What this machine does otherwise, and that was accepted."""


class Replica:
    """`names`: who looks here. `run` ends with a promotion; the caller then starts an engine on the same journal."""

    def __init__(
        self, journal: Journal, layout: Layout, deploy_id: str, follower: Follower, names: Callable[[], tuple[str, ...]]
    ) -> None:
        self._pen = Pen(journal, deploy_id)
        self._layout = layout
        self._deploy = deploy_id
        self._follower = follower
        self._names = names
        self._copies = Copies(layout.deploy(deploy_id), follower)
        self._listeners: list[Listener] = []
        self.events: list[Event] = []
        self.state = State()
        self._of_runs: list[Event] = []
        self._late = Late()
        self._told_ends: set[ForkedStep] = set()
        self._standing: Standing | None = None
        self._clocks: Clocks | None = None
        self._dead = False
        self._heard_at = time.monotonic()
        self._trouble = ""
        self._looked_at = float("-inf")
        self._seen_at = float("-inf")
        self._said: tuple[str, ...] = ()
        self._pulling = asyncio.Lock()
        self._telling: asyncio.Task[None] | None = None
        self._promotion: asyncio.Future[Promotion] = asyncio.get_running_loop().create_future()
        self.on_link: Callable[[], None] = lambda: None

    async def load(self) -> None:
        """What this machine has, brought together with the team's record; the rest is fetched. Raises TeamError,
        NoAnswer, JournalError."""
        await self._look()
        if self._standing is None:
            from cockpit.team.base import TeamError

            raise TeamError(f"no deploy {self._deploy} in the team journal, or this login may not see it")
        await put_aside(self._pen, self._layout.deploy(self._deploy), self._follower)
        self.events = await self._pen.read()
        self.state = fold(self.events)
        self._of_runs = [event for event in self.events if isinstance(event.body, OF_RUNS)]
        await self._pull()
        await self._tell_forks()

    async def _tell_forks(self) -> None:
        """The owner's record tells what this machine did alone; tried again until the owner has taken it."""
        if self._telling is not None and not self._telling.done():
            return
        folder, host = self._layout.deploy(self._deploy), self._follower.who.host
        self._late = await asyncio.to_thread(late, folder, self._of_runs, host)
        if self.state.closed is not None:
            return  # a record that is closed takes nothing more: the file stays, and what is missing is said
        some = bool(await asyncio.to_thread(forks.untold, folder))
        ended = () if some else tuple(one for one in self._late.ended if one not in self._told_ends)
        if some or ended:
            self._telling = asyncio.create_task(self._tell_each(folder, ended))

    async def told(self) -> str:
        """Waits until the owner was told of everything. Gives what it did not take, in words."""
        if self._telling is not None:
            await self._telling
        left = await asyncio.to_thread(forks.untold, self._layout.deploy(self._deploy))
        kept = f"what this machine did on its own is kept in {', '.join(str(path) for path in left)}"
        why = self._trouble or f"the deploy has since been closed as {self.state.closed}"
        return "; ".join(filter(None, (f"{kept}: {why}" if left else "", self._left)))

    @property
    def _left(self) -> str:
        """What the closed record does not say of this machine."""
        return words_of_late(self.state, self._late, self._follower.who.host) if self.state.closed is not None else ""

    async def _tell_each(self, folder: Path, ended: tuple[ForkedStep, ...]) -> None:
        host = self._follower.who.host
        if ended and await self._follower.command(c.ReportFork(host=host, file="", steps=ended), host) is None:
            # The owner has them; until its record comes here they still look untold.
            self._told_ends |= {*ended}
        for path in await asyncio.to_thread(forks.untold, folder):
            report = await asyncio.to_thread(forks.report_of, path, host)
            refusal = await self._follower.command(report, host) if report is not None else None
            if refusal is not None and NOT_UNDERSTOOD in refusal.reason:
                # An owner of before this command: its notes are read as well.
                refusal = await self._follower.command(c.AddNote(text=forks.words_of(path, host)), host)
            if refusal is not None:
                self._trouble = f"what this machine did on its own ({path.name}) is not synced yet: {refusal.reason}"
                self.on_link()
                return
            await asyncio.to_thread(forks.told, path)

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def busy(self) -> bool:
        """True while the output of a deploy that has ended is still on its way here, or a script of this machine goes
        on whose end the owner is owed."""
        if self.state.closed is not None:
            return not self._copies.whole
        return bool(self._late.running or self._late.ended)

    def link(self) -> Link:
        silent = self._standing.silent_seconds if self._standing is not None else 0.0
        return Link(
            follows=True,
            host=self._standing.host if self._standing is not None else "",
            silent_seconds=round(silent + time.monotonic() - self._heard_at, 1) if self.state.closed is None else 0.0,
            dead=self._dead and self.state.closed is None,
            offered_to=self._standing.offered_to if self._standing is not None else "",
            trouble=self._trouble,
            clock_behind=self._clocks.behind if self._clocks is not None else 0.0,
            left=self._left,
        )

    async def run(self) -> Promotion:
        """Keep the copy, until this engine is asked to take the deploy over, and did."""
        work = [asyncio.create_task(kept(one, self._failed)) for one in (self._keep_up, self._keep_output)]
        try:
            return await self._promotion
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _failed(self, words: str) -> None:
        self._trouble = words
        self.on_link()

    async def _keep_up(self) -> None:
        from cockpit.postgres.session import NoAnswer
        from cockpit.team.base import TeamError

        while True:
            try:
                await self._pull()
                await self._look_if_due()
                self._trouble = ""
                await self._follower.wait()
            except (NoAnswer, TeamError, JournalError) as error:
                self._trouble = str(error)
                self.on_link()
                await asyncio.sleep(RETRY_SECONDS)

    async def _keep_output(self) -> None:
        while True:
            if not await self._copies.fetch(self.events, self.state):
                await asyncio.sleep(self._copies.pause)

    async def _pull(self) -> None:
        async with self._pulling:
            more = True
            while more:
                rows, more = await self._follower.rows(len(self.events))
                if not rows:
                    return
                try:
                    events = await self._pen.copy(rows)
                except JournalError as error:
                    raise JournalError(f"{error}{self._builds()}") from error
                self.events += events
                self._of_runs += [event for event in events if isinstance(event.body, OF_RUNS)]
                for event in events:
                    self.state = apply(self.state, event)
                for listener in list(self._listeners):
                    listener(events)

    @property
    def _build(self) -> str:
        """The cockpit that writes the record, as it says itself."""
        said = (
            event.body.version
            for event in reversed(self.events)
            if isinstance(event.body, (DeployOpened, EngineStarted))
        )
        return next(said, "")

    def _builds(self) -> str:
        build = self._build
        if not build or build == __version__:
            return ""
        return f". It was written by cockpit {build}, this machine has {__version__}; use the same version on both"

    async def _look_if_due(self) -> None:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            await self._look()
            self.on_link()
            await self._tell_forks()
        names = self._names()
        if now - self._seen_at >= SEEN_SECONDS or names != self._said:
            self._seen_at, self._said = now, names
            await self._follower.be_seen(names)

    async def _look(self) -> None:
        self._standing, self._clocks, self._dead = await self._follower.standing()
        self._heard_at = self._looked_at = time.monotonic()
        mine = self._standing is not None and self._standing.owner == self._follower.who.owner
        if mine and self._standing is not None and not self._promotion.done():
            # It was taken over by this machine, whose engine died before it could say so.
            self._promote(self._standing.epoch, "", "taken over before this engine came back", self.state.at)

    async def handle(self, command: c.Command, by: str) -> Refusal | None:
        """Taking over is done here; everything else is asked of the owner."""
        if isinstance(command, c.TakeOver):
            return await self._take_over(command, by)
        if self.state.closed is not None:
            return Refusal(
                f"this deploy was closed as {self.state.closed} on {self.link().host}; the command is not carried out"
            )
        return await self._follower.command(command, by)

    async def _take_over(self, command: c.TakeOver, by: str) -> Refusal | None:
        from cockpit.postgres.session import NoAnswer
        from cockpit.team.base import TeamError

        if is_nobody(by):
            return Refusal("Your name is not set. Set git's user.name, or use --as NAME.")
        if not command.reason.strip():
            return Refusal("Enter a reason for the takeover, and what happened to the other machine.")
        if self.state.closed is not None:
            return Refusal(f"This deploy was closed as {self.state.closed}; there is nothing to take over.")
        environment = self.state.plan.environment if self.state.plan is not None else ""
        here = read_holder(self._layout.lock(environment))
        if here is not None:
            return Refusal(f"{environment} is already locked on this machine: {words(here)}.")
        try:
            await self._look()
            standing = self._standing
            if standing is None:
                return Refusal("The team journal no longer has this deploy.")
            if not self._dead and not same_person(standing.offered_to, by):
                return self._lives(standing)
            # Up to date first: an accepted difference is one with what the owner has now.
            await self._pull()
            try:
                settings_from(self.state.plan, self._build) if self.state.plan is not None else None
            except SettingsError as error:
                return Refusal(f"{error}. Nothing was taken over.")
            other = await asyncio.to_thread(differences, self.state, self._layout.root, self._deploy)
            if other and command.accept != key_of(other):
                return Refusal(
                    f"This machine would not deploy the same as {standing.host}. {'. '.join(other)}. Make them the "
                    "same, or accept the differences, which are logged: cockpit attach --take-over REASON "
                    "--accept-differences",
                    differences=key_of(other),
                )
            last_seen = time.time() + self.link().clock_behind - standing.silent_seconds
            taken = await self._follower.take_over(standing.epoch, by)
            if taken is None:
                return self._lives(standing)
            with contextlib.suppress(NoAnswer, TeamError, JournalError):
                await self._pull()
        except (NoAnswer, TeamError, JournalError) as error:
            return Refusal(f"The team journal is unreachable: {error}. Nothing was taken over.")
        self._promote(*taken, command.reason.strip(), last_seen, other)
        return None

    def _lives(self, standing: Standing) -> Refusal:
        heard = seconds_words(standing.silent_seconds)
        return Refusal(
            f"{standing.host} runs the deploy and was last seen {heard} ago. Takeover is possible after "
            f"{seconds_words(self._follower.dead_after)} without contact, or after a handover (cockpit team offer). "
            "Until then your commands run there."
        )

    def _promote(self, epoch: int, by: str, reason: str, last_seen: float, other: tuple[str, ...] = ()) -> None:
        behind = self._clocks.behind if self._clocks is not None else 0.0
        self._promotion.set_result(Promotion(epoch, by, reason, behind, last_seen, other))

    async def close(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await self._follower.close()
        await self._pen.close()
