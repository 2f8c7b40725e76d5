"""The flag of a rollout: set as the record says, read back, read again while it soaks. One setting at a time.

It decides nothing: what it finds becomes commands. A new request lets go of the one that is under way: off does not
wait for a server that hangs.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from cockpit.deploy import commands as c
from cockpit.deploy.events import FlagOffRequested, FlagSetRequested
from cockpit.deploy.plan import Plan
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment, settings_from
from cockpit.engine.config.flag_options import build_setter
from cockpit.engine.supervise import Tell, kept, once
from cockpit.flags.base import FlagError, Seen, Setter, Wanted

Record = Callable[[c.Command], Awaitable[None]]

LIMIT_SECONDS = 180.0
"""A setter that keeps to no timeout of its own is given up."""
READ_SECONDS = 30.0
AGAIN_SECONDS = 0.1
"""Between two looks at a flag that does not read yet what was set."""
LET_GO_SECONDS = 3.0
SAME = 0.001


class Flags:
    """Sets and reads the flag of this deploy's rollout; of a plain deploy it does nothing."""

    def __init__(
        self, state: Callable[[], State], environment: Callable[[], Environment], record: Record, complain: Tell
    ) -> None:
        self._complain = complain
        self._state = state
        self._environment = environment
        self._record = record
        self._setting: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._setter: Setter | None = None
        self._building = asyncio.Lock()
        self._reports: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """True while the flag is being set."""
        return self._setting is not None and not self._setting.done()

    def set(self, request: FlagSetRequested | FlagOffRequested) -> None:
        """Nothing waits for it: what becomes of it is an event of its own."""
        percent = request.percent if isinstance(request, FlagSetRequested) else 0.0
        self._setting = asyncio.create_task(
            once(self._carry_out(request.change, percent, self._setting), self._complain)
        )

    def resume(self) -> None:
        """After the opening, or as the next engine: look what the flag is, and go on looking."""
        plan = self._state().plan
        if plan is not None and plan.rollout is not None and self._reading is None:
            self._reading = asyncio.create_task(kept(partial(self._read_forever, plan), self._complain))

    async def _carry_out(self, change: int, percent: float, before: asyncio.Task[None] | None) -> None:
        await _let_go(before)
        plan = self._state().plan
        if plan is None or plan.rollout is None:
            return
        wanted = Wanted(plan.rollout.flag, percent, plan.rollout.form)
        began = asyncio.get_running_loop().time()
        try:
            setter = await self._built(plan)
            async with asyncio.timeout(LIMIT_SECONDS):
                detail = await setter.set(wanted)
        except TimeoutError:
            await self._not_set(change, wanted, FlagError(f"timed out after {LIMIT_SECONDS:g} s", unknown=True))
            return
        except FlagError as error:
            await self._not_set(change, wanted, error)
            return
        seconds = round(asyncio.get_running_loop().time() - began, 3)
        await self._report(c.RecordFlagSet(change=change, seconds=seconds, detail=detail))
        await self._read_back(change, wanted, settle=self._settle(plan))

    async def _not_set(self, change: int, wanted: Wanted, error: FlagError) -> None:
        """Where it may have been set all the same, the flag itself is asked."""
        found: Seen | FlagError = FlagError("")
        if error.unknown:
            found = await self._look(wanted)
            if isinstance(found, Seen) and _is(found, wanted):
                await self._report(c.RecordFlagSet(change=change, detail=f"{error}; but the flag already reads that"))
                await self._tell(change, found)
                return
        said = ""
        if error.unknown:
            what = f"it reads {found.said}" if isinstance(found, Seen) else f"its value is unknown ({found})"
            said = f"; {what}"
        await self._report(c.RecordFlagFailure(change=change, reason=f"{error}{said}", retry_after=error.retry_after))

    async def _read_back(self, change: int, wanted: Wanted, *, settle: float) -> None:
        """Until it reads what was set, or for as long as it may take."""
        until = asyncio.get_running_loop().time() + settle
        while True:
            found = await self._look(wanted)
            late = asyncio.get_running_loop().time() >= until
            unreadable = isinstance(found, Seen) and found.percent is None
            if late or unreadable or (isinstance(found, Seen) and _is(found, wanted)):
                break
            await asyncio.sleep(AGAIN_SECONDS)
        await self._tell(change, found)

    async def _look(self, wanted: Wanted) -> Seen | FlagError:
        plan = self._state().plan
        assert plan is not None
        try:
            setter = await self._built(plan)
            async with asyncio.timeout(READ_SECONDS):
                return await setter.read(wanted)
        except TimeoutError:
            return FlagError(f"no answer within {READ_SECONDS:g} s")
        except FlagError as error:
            return error

    async def _tell(self, change: int, found: Seen | FlagError, *, late: bool = False) -> None:
        if isinstance(found, FlagError):
            await self._report(c.RecordFlagRead(change=change, error=str(found), found=late))
        else:
            await self._report(c.RecordFlagRead(change=change, percent=found.percent, said=found.said, found=late))

    async def _read_forever(self, plan: Plan) -> None:
        """Now and again; only what is new is recorded. A change that another engine asked for gets its outcome here."""
        assert plan.rollout is not None
        wait = settings_from(plan).flags[plan.rollout.flag].reread if plan.rollout.flag in self._flags(plan) else 15.0
        while self._state().closed is None:
            if not self.busy:
                await self._look_again(plan)
            await asyncio.sleep(wait)

    async def _look_again(self, plan: Plan) -> None:
        have = self._state().rollout
        assert plan.rollout is not None
        assert have is not None
        change, under_way = (have.last.number if have.last is not None else 0), have.under_way
        found = await self._look(Wanted(plan.rollout.flag, 0.0, plan.rollout.form))
        now = self._state().rollout
        if self.busy or now is None or len(now.changes) != len(have.changes):
            return  # it is being set meanwhile: what was read may be of before
        old = have.reading
        error = str(found) if isinstance(found, FlagError) else ""
        percent = found.percent if isinstance(found, Seen) else None
        if percent is None and not error and old is not None and old.change == change:
            return  # it cannot be read back: a person's word about it stays
        if under_way is not None or old is None or (old.change, old.percent, old.error) != (change, percent, error):
            await self._tell(change, found, late=under_way is not None)

    async def _report(self, command: c.Command) -> None:
        """To the engine, to its end: who lets go of a setting must not break a record off in its middle."""
        task = asyncio.ensure_future(self._record(command))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)
        await asyncio.shield(task)

    async def _built(self, plan: Plan) -> Setter:
        """Raises FlagError."""
        async with self._building:
            if self._setter is None:
                assert plan.rollout is not None
                settings, flag = settings_from(plan), plan.rollout.flag
                # What a way out needs is imported here for the first time: not in the engine's own turn.
                self._setter = await asyncio.to_thread(build_setter, settings, flag, self._environment(), plan.root)
            return self._setter

    @staticmethod
    def _flags(plan: Plan) -> frozenset[str]:
        return frozenset(settings_from(plan).flags)

    def _settle(self, plan: Plan) -> float:
        assert plan.rollout is not None
        table = settings_from(plan).flags.get(plan.rollout.flag)
        return table.settle if table is not None else 0.0

    async def stop(self) -> None:
        """Let go; the next engine looks what became of a setting that was under way."""
        for task in (self._reading, self._setting):
            await _let_go(task)
        if self._reports:
            _, left = await asyncio.wait(set(self._reports), timeout=LET_GO_SECONDS)
            for report in left:
                report.cancel()
        if self._setter is not None:
            await self._setter.close()


async def _let_go(task: asyncio.Task[None] | None) -> None:
    if task is None or task.done():
        return
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(asyncio.shield(asyncio.gather(task, return_exceptions=True)), LET_GO_SECONDS)


def _is(found: Seen, wanted: Wanted) -> bool:
    return found.percent is not None and abs(found.percent - wanted.percent) <= SAME
