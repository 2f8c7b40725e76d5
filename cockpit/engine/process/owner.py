"""A process's life as the engine that owns a deploy: from its lock to its end, or until another machine has it."""

import asyncio
import contextlib
import os
import socket
import time
from functools import partial
from pathlib import Path

from cockpit import __version__
from cockpit.deploy import commands as c
from cockpit.deploy.events import COCKPIT
from cockpit.deploy.plan import Plan
from cockpit.engine.clock import DeployClock
from cockpit.engine.config.environment import Environment, inherited, resolve, settings_from
from cockpit.engine.core import Engine
from cockpit.engine.effects.checks import Checker
from cockpit.engine.effects.sampler import Sampler
from cockpit.engine.ipc.endpoint import Post
from cockpit.engine.lock import Holder, Lock, words
from cockpit.engine.supervise import kept
from cockpit.engine.team import fork_records as forks
from cockpit.engine.team.comparison import head_of, prints_of
from cockpit.engine.team.late_ends import OF_RUNS, late
from cockpit.engine.team.membership import Membership
from cockpit.engine.team.replica import Promotion
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.paths import Layout
from cockpit.report.deploy_log import write_log

TICK_SECONDS = 0.25
OPEN_SECONDS = 30.0
"""An engine whose deploy is not opened within this time goes away again."""
LINGER_SECONDS = 3.0
"""After the deploy is closed and the last face has left."""
LATE_SECONDS = 1.0
"""Between two looks at scripts that went on here alone."""
NOT_OPENED = 4


class Own:
    """`because`: why there is a new engine; `promotion`: how this machine came to own a deploy of another one."""

    def __init__(self, post: Post, by: str, because: str, promotion: Promotion | None) -> None:
        self._post = post
        self._by = by
        self._because = because
        self._promotion = promotion
        self._clock = DeployClock()
        self._lock = Lock(_lock_path(post.layout, post.deploy_id, post.environment))

    def take_lock(self) -> Holder | None:
        """None: the environment is ours, on this machine. Else who has it."""
        me = Holder(self._post.deploy_id, os.getpid(), socket.gethostname(), self._by, time.time(), __version__)
        return self._lock.take(me)

    async def live(self) -> int | None:
        """The exit status; None where another machine has taken the deploy over. Raises JournalError."""
        layout, deploy_id = self._post.layout, self._post.deploy_id
        try:
            engine = Engine(
                Journal(layout.journal),
                layout,
                deploy_id,
                self._environment,
                self._clock,
                lambda state, events: [str(path) for path in write_log(state, events, layout, deploy_id)],
            )
            await engine.load()
            engine.time_passed = self._time_passed
            promoted = self._promotion
            self._clock.begin(promoted.clock_behind if promoted else engine.state.clock_behind, engine.state.at)
            membership = Membership(engine, layout, deploy_id, lambda: self._post.names)
            engine.before_opening = membership.open
            await self._take_over(engine)
            await self._post.serve(engine)
            try:
                return await self._live(engine, membership)
            finally:
                await membership.stop()
                await engine.close()
        finally:
            self._lock.release()

    def _environment(self, plan: Plan) -> Environment:
        return resolve(settings_from(plan), self._post.layout.root, inherited())

    async def _take_over(self, engine: Engine) -> None:
        """Of a deploy that another machine ran: first it stands in the record whose it is."""
        promotion = self._promotion
        if promotion is None:
            return
        root, plan = self._post.layout.root, engine.state.plan
        assert plan is not None
        command = c.RecordTakeOver(
            differences=promotion.differences,
            head=await asyncio.to_thread(head_of, root),
            values=await asyncio.to_thread(prints_of, plan, engine.environment, self._post.deploy_id),
            epoch=promotion.epoch,
            host=socket.gethostname(),
            reason=promotion.reason,
            root=str(self._post.layout.root),
            clock_behind=promotion.clock_behind,
            last_seen=promotion.last_seen,
        )
        refusal = await engine.handle(command, promotion.by or COCKPIT)
        if refusal is not None:
            raise JournalError(refusal.reason)
        self._post.layout.replica_mark(self._post.deploy_id).unlink(missing_ok=True)

    async def _report_forks(self, engine: Engine) -> None:
        """What this very machine did while it was cut off, and could not tell the owner before it became it again."""
        folder = self._post.layout.deploy(self._post.deploy_id)
        for path in await asyncio.to_thread(forks.untold, folder):
            report = await asyncio.to_thread(forks.report_of, path, socket.gethostname())
            if report is not None:
                await engine.handle(report, COCKPIT)
            await asyncio.to_thread(forks.told, path)

    async def _report_late(self, engine: Engine) -> None:
        """Scripts that went on here while another machine had the deploy are told when they have ended."""
        folder, host = self._post.layout.deploy(self._post.deploy_id), socket.gethostname()
        while engine.state.closed is None:
            of_runs = [event for event in engine.events if isinstance(event.body, OF_RUNS)]
            found = await asyncio.to_thread(late, folder, of_runs, host)
            if found.ended:
                await engine.handle(c.ReportFork(host=host, file="", steps=found.ended), COCKPIT)
            if not found.running:
                return
            await asyncio.sleep(LATE_SECONDS)

    async def _live(self, engine: Engine, membership: Membership) -> int | None:
        if not await _opened(engine, self._post):
            return NOT_OPENED
        if self._promotion is None and not await membership.still_owner():
            return None
        plan = engine.state.plan
        assert plan is not None
        found = self._lock.found
        await engine.announce(self._because, words(found) if found is not None else "")
        await self._report_forks(engine)
        await membership.start()
        sampler = Sampler(
            settings_from(plan), plan.metrics, engine.environment, engine.clock, engine.record_readings, engine.complain
        )
        sampler.start()
        checker = Checker(
            lambda: engine.state,
            settings_from(plan),
            lambda: engine.environment,
            engine.clock,
            lambda command: engine.handle(command, COCKPIT),
            engine.complain,
        )
        engine.once_more = checker.once_more
        checker.start()
        reporting = asyncio.create_task(kept(partial(self._report_late, engine), engine.complain))
        try:
            return await self._until_the_end(engine, membership, sampler)
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)
            await checker.stop()
            await sampler.stop()

    async def _until_the_end(self, engine: Engine, membership: Membership, sampler: Sampler) -> int | None:
        stop, loop = self._post.stop, asyncio.get_running_loop()
        closed_since: float | None = None
        while not stop.is_set():
            if membership.fenced:
                return None
            await engine.tick()
            await self._guard_lock(engine)
            if not await self._post.still_there():
                await engine.complain("the engine's socket was removed; bound again")
            if engine.state.closed is not None:
                await sampler.stop()
                # The next deploy need not wait for those who still look at this one.
                self._lock.release()
                idle = self._post.faces == 0 and not engine.busy and not membership.busy
                closed_since = (closed_since or loop.time()) if idle else None
                if closed_since is not None and loop.time() - closed_since > LINGER_SECONDS:
                    return 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await stop.wait()
        return 0

    def _time_passed(self) -> list[c.RecordClock | c.RecordStandstill]:
        found: list[c.RecordClock | c.RecordStandstill] = []
        gap, jump = self._clock.gap(), self._clock.jump()
        if gap:
            found.append(c.RecordStandstill(seconds=gap))
        if jump:
            found.append(c.RecordClock(seconds=jump, behind=self._clock.behind))
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._post.tell_link)
        return found

    async def _guard_lock(self, engine: Engine) -> None:
        """A script may remove the folder that the lock lies in: the next deploy must not get in beside this one."""
        try:
            other = self._lock.still_there()
        except OSError:
            return
        if self._lock.vanished:
            self._lock.vanished = False
            await engine.complain("the environment's lock file was removed while held; recreated")
        if other is not None and engine.state.hold is None and engine.state.closed is None:
            taken = f"the lock file was removed, and another deploy took the new one: {words(other)}"
            await engine.handle(c.HoldDeploy(reason=f"{taken}. Close one of them"), COCKPIT)


def _lock_path(layout: Layout, deploy_id: str, environment: str) -> Path:
    """The environment's lock; a deploy that is over holds no environment any more, only itself."""
    closed = False
    if layout.journal.exists():
        with contextlib.suppress(JournalError):
            journal = Journal(layout.journal, read_only=True)
            closed = any(row.id == deploy_id and row.closed_at is not None for row in journal.deploys())
            journal.close()
    return layout.deploy(deploy_id) / "closed.lock" if closed else layout.lock(environment)


async def _opened(engine: Engine, post: Post) -> bool:
    """Until the face that started this engine has opened its deploy; False where it has left, or never came."""
    loop = asyncio.get_running_loop()
    until = loop.time() + OPEN_SECONDS
    while engine.state.plan is None and not post.stop.is_set():
        if post.faces == 0 and (post.came or loop.time() > until):
            return False
        engine.changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await engine.changed.wait()
    return engine.state.plan is not None
