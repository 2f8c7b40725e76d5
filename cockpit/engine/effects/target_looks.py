"""Whether a way back leads anywhere: looked at when it is asked about, and once more at the moment of the start."""

import asyncio
from collections.abc import Awaitable, Callable

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.rollback.scripts import values_of
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment, dsn_of, settings_from
from cockpit.engine.effects.rollback_targets import look, rows_written


class TargetLooks:
    """`now` gives the deploy and its variables; `record` writes down what was found."""

    def __init__(
        self, now: Callable[[], tuple[State, Environment]], record: Callable[[c.Command], Awaitable[object]]
    ) -> None:
        self._now = now
        self._record = record

    async def look_at(self, asked: e.TargetAsked) -> None:
        """Beside everything else, and written down."""
        state, environment = self._now()
        plan = state.plan
        option = plan.option(asked.option) if plan is not None else None
        if plan is None or option is None:
            return
        loop = asyncio.get_running_loop()
        findings = await loop.run_in_executor(None, look, plan, option, asked.values, environment.values)
        written = None
        if option.touches_database:
            # Of the production database, where the settings name one; it holds a password.
            dsn = dsn_of(settings_from(plan), environment)
            written = await loop.run_in_executor(None, rows_written, dsn)
        await self._record(c.RecordTarget(option=asked.option, values=asked.values, findings=findings, written=written))

    async def revalidate(self, command: c.StartRollback) -> None:
        """The target once more: it may have been taken away since it was looked at."""
        state, _ = self._now()
        option = state.plan.option(command.option) if state.plan else None
        if option is None or state.closed is not None or state.rolling_back:
            return
        values = values_of(option, {**state.values, **command.values})
        await self.look_at(e.TargetAsked(option=option.id, values=values))
