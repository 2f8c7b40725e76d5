"""An owner's part in its team: the environment's lock before the deploy, then the mirror and the desk beside it.

Everything that needs psycopg is imported here when `[team]` is set, and never otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from cockpit.deploy import commands as c
from cockpit.deploy.commands import Refusal
from cockpit.deploy.events import COCKPIT, Watcher
from cockpit.engine.config.environment import settings_from
from cockpit.engine.core import Engine
from cockpit.engine.ipc.probe import engine_alive
from cockpit.engine.supervise import kept
from cockpit.engine.team.access import address
from cockpit.engine.team.comparison import head_of, prints_of
from cockpit.errors import NoTeam
from cockpit.paths import Layout
from cockpit.settings.team import TeamSettings

if TYPE_CHECKING:
    from cockpit.team.desk import Desk
    from cockpit.team.mirror import Mirror

OWED = "owed"
"""In a deploy's folder: its team's journal does not have all of it yet."""
CLOSING_SECONDS = 20.0
"""How long a closed deploy's engine stays for a team's journal that is behind."""
OWNER_SECONDS = 3.0
"""A new engine waits so long to hear whether the deploy is still its own."""


class Membership:
    """`here`: the names of those who look on this machine."""

    def __init__(self, engine: Engine, layout: Layout, deploy_id: str, here: Callable[[], tuple[str, ...]]) -> None:
        self._engine = engine
        self._layout = layout
        self._deploy = deploy_id
        self._here = here
        self._took = ""
        """Address of the database whose lock was taken for a deploy that is not open yet."""
        self._without = ""
        self._mirror: Mirror | None = None
        self._desk: Desk | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stop_listening: Callable[[], None] = lambda: None
        self._closed_at: float | None = None
        self.fenced = ""
        """Who has taken the deploy over, once somebody has; in words."""

    @property
    def settings(self) -> TeamSettings | None:
        plan = self._engine.state.plan
        return settings_from(plan).team if plan is not None else None

    @property
    def busy(self) -> bool:
        """True while the engine of a closed deploy stays for what the team's journal lacks; not for ever: what is owed
        is known on the disk, and the next engine sends it."""
        if self._mirror is None or not self._mirror.owes:
            return False
        now = asyncio.get_running_loop().time()
        self._closed_at = self._closed_at or now
        return now - self._closed_at < CLOSING_SECONDS

    async def open(self, command: c.OpenDeploy, by: str) -> Refusal | None:
        """Take the environment for the deploy that is to be opened. None: it is ours, or nobody shares it."""
        settings = settings_from(command.plan).team
        if settings is None:
            return None
        from cockpit.team.joining import Unreached, join

        now, dsn = self._engine.clock(), ""
        try:
            dsn = address(settings, self._engine.environment)
        except NoTeam as error:
            refusal: Refusal | None = Unreached(str(error))
        else:
            refusal = await join(dsn, self._layout.folder, self._deploy, command.plan, by, now, settings.dead_after)
        passable = isinstance(refusal, Unreached) and command.without_team_lock.strip()
        if refusal is not None and not passable:
            # What the database said counts, whatever a person says; only its silence may be passed.
            return refusal
        if refusal is not None:
            self._without = f"{command.without_team_lock.strip()} ({refusal.reason.partition('. To deploy')[0]})"
        self._took = dsn if refusal is None else ""
        (self._layout.deploy(self._deploy) / OWED).touch(mode=0o600)
        return None

    async def start(self) -> None:
        """Once the deploy is open: record whose it is, and go on beside it."""
        settings = self.settings
        if settings is None:
            return
        if self._engine.state.team is None:
            plan, root = self._engine.state.plan, self._layout.root
            assert plan is not None
            prints = await asyncio.to_thread(prints_of, plan, self._engine.environment, self._deploy)
            head = await asyncio.to_thread(head_of, root)
            joined = c.RecordTeam(epoch=1, without_lock=self._without, head=head, values=prints)
            await self._engine.handle(joined, COCKPIT)
        try:
            dsn = address(settings, self._engine.environment)
        except NoTeam as error:
            # It stays owed: `cockpit team sync`, once it is known where to.
            await self._lost(str(error), 0)
            return
        self._build(settings, dsn)

    def _build(self, settings: TeamSettings, dsn: str) -> None:
        from cockpit.team.base import Facts, me
        from cockpit.team.desk import Desk
        from cockpit.team.mirror import Mirror
        from cockpit.team.outbox import Outbox

        engine = self._engine
        facts = Facts(
            events=lambda: engine.events,
            state=lambda: engine.state,
            folder=self._layout.deploy(self._deploy),
            clock=engine.clock,
            lost=self._lost,
            whole=self._whole,
            joined=self._joined,
        )
        who = me(self._layout.folder)
        outbox = Outbox(self._layout.journal, self._deploy)
        self._mirror = Mirror(
            dsn, self._deploy, who, facts, outbox, session_lock=settings.listen, dead_after=settings.dead_after
        )
        self._desk = Desk(
            dsn,
            self._deploy,
            lambda: engine.state,
            engine.handle,
            lambda: tuple(Watcher(name, who.host) for name in self._here()),
            self._seen,
            listen=settings.listen,
        )
        self._stop_listening = engine.listen(self._saw)
        work = (
            kept(self._keep_mirroring, self._failed),
            kept(self._desk.run, self._failed),
            self._settle_earlier(dsn),
        )
        self._tasks = [asyncio.create_task(one) for one in work]

    def _saw(self, events: object) -> None:
        if self._mirror is not None:
            self._mirror.saw()

    async def _keep_mirroring(self) -> None:
        from cockpit.team.mirror import Fenced

        assert self._mirror is not None
        try:
            await self._mirror.run()
        except Fenced as error:
            self.fenced = str(error)

    async def _settle_earlier(self, dsn: str) -> None:
        """Deploys of this checkout that ended while nobody answered: they are sent now, one after the other."""
        from cockpit.engine.team.unsynced import owing, settle

        for deploy in owing(self._layout):
            if deploy != self._deploy and not engine_alive(self._layout, deploy):
                await settle(self._layout, deploy, dsn)

    async def still_owner(self) -> bool:
        """False where another engine has taken the deploy over while this one was away. Not known in time: True; the
        deploy must not wait for the database."""
        settings = self.settings
        if settings is None or self._engine.state.team is None:
            return True
        from cockpit.team.base import TeamError
        from cockpit.team.joining import standing_of

        try:
            dsn = address(settings, self._engine.environment)
            standing = await standing_of(dsn, self._deploy, OWNER_SECONDS)
        except (NoTeam, TeamError):
            return True
        return standing is None or standing.epoch <= self._engine.state.team.epoch

    async def _failed(self, words: str) -> None:
        await self._lost(words, self._mirror.sent if self._mirror is not None else 0)

    async def _lost(self, reason: str, seq: int) -> None:
        await self._engine.handle(c.RecordTeamLoss(seq=seq, reason=reason), COCKPIT)

    async def _whole(self) -> None:
        state = self._engine.state
        if state.team is not None and state.team.lost is not None:
            await self._engine.handle(c.RecordTeamCatchUp(), COCKPIT)
        if self._mirror is not None and state.closed is not None and not self._mirror.owes:
            (self._layout.deploy(self._deploy) / OWED).unlink(missing_ok=True)

    async def _joined(self, without: str) -> None:
        team = self._engine.state.team
        words = f"{self._without or 'opened without it'}; {without}" if without else ""
        await self._engine.handle(c.RecordTeam(epoch=team.epoch if team else 1, without_lock=words), COCKPIT)

    async def _seen(self, watchers: tuple[Watcher, ...]) -> None:
        await self._engine.handle(c.RecordWatchers(watchers=watchers), COCKPIT)

    async def stop(self) -> None:
        """The mirror ends with the engine; what it did not send stays owed. A lock for nothing is given up."""
        self._stop_listening()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for one in (self._mirror, self._desk):
            if one is not None:
                await one.close()
        if self._took and self._engine.state.plan is None:
            from cockpit.team.base import TeamError
            from cockpit.team.joining import give_up

            with contextlib.suppress(TeamError):
                await give_up(self._took, self._deploy)
