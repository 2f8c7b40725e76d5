"""Runs the built-in checks that look outside: those of the present phase, each in its own rhythm, beside each other."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from cockpit.checks import registry
from cockpit.checks.base import Context
from cockpit.deploy.builtin_checks import said_by_person
from cockpit.deploy.commands import RecordCheck
from cockpit.deploy.plan import Plan, Task
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment, dsn_of
from cockpit.engine.supervise import Tell, kept, once
from cockpit.settings.load import Settings

LOOK_SECONDS = 0.5
LONGEST_SECONDS = 180.0
START_SECONDS = 20.0
"""How long the start of the deploy waits for the checks to be asked once more."""
FRESH_SECONDS = 5.0
"""An answer that young is not asked for again at the start."""

Record = Callable[[RecordCheck], Awaitable[object]]


class Checker:
    """`state`: what is true now. An answer is recorded when it is another one than before."""

    def __init__(
        self,
        state: Callable[[], State],
        settings: Settings,
        environment: Callable[[], Environment],
        clock: Callable[[], float],
        record: Record,
        complain: Tell,
    ) -> None:
        self._complain = complain
        self._state = state
        self._settings = settings
        self._environment = environment
        self._clock = clock
        self._record = record
        self._asked: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = asyncio.create_task(kept(self._for_ever, self._complain))

    async def stop(self) -> None:
        for task in [self._loop, *self._running.values()]:
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _for_ever(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Start every check that is due."""
        now = self._clock()
        for task in self._open():
            asked = self._asked.get(task.id)
            if task.id not in self._running and (asked is None or now - asked >= registry.seconds_of(task.builtin)):
                self._ask(task)

    async def once_more(self) -> None:
        """Everything of the present phase that is not fresh is asked again; returns when all have answered."""
        now = self._clock()
        for task in self._open():
            if task.id not in self._running and now - self._asked.get(task.id, 0.0) > FRESH_SECONDS:
                self._ask(task)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=START_SECONDS)

    def _open(self) -> Iterable[Task]:
        """Checks of the present phase that nobody has waived."""
        state = self._state()
        if state.plan is None or state.closed is not None or state.rollback is not None:
            return ()
        return tuple(
            task
            for task in state.plan.in_phase(state.phase)
            if task.is_outside
            and state.of(task.id).status not in ("waived", "skipped")
            and not said_by_person(state, task)
        )

    def _ask(self, task: Task) -> None:
        self._asked[task.id] = self._clock()
        running = asyncio.create_task(once(self._answer(task), self._complain))
        self._running[task.id] = running
        running.add_done_callback(lambda _: self._running.pop(task.id, None))

    async def _answer(self, task: Task) -> None:
        plan = self._state().plan
        assert plan is not None
        context = context_of(plan, task, self._settings, self._environment(), time.time())
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                found = await registry.run(task.builtin, context)
            verdict, summary, evidence = found.verdict, found.summary, found.evidence
        except TimeoutError:
            verdict, summary, evidence = "unknown", f"{task.builtin}: no answer within {LONGEST_SECONDS:g} s", ""
        have = self._state().of(task.id)
        if (verdict, summary) != (have.status, have.summary) and have.status not in ("waived", "skipped"):
            await self._record(RecordCheck(task=task.id, verdict=verdict, summary=summary, evidence=evidence))


def context_of(plan: Plan, task: Task, settings: Settings, environment: Environment, now: float) -> Context:
    """What the check of this task is given."""
    return Context(
        root=Path(plan.root),
        commit=plan.commit,
        current_commit=plan.current_commit,
        environment=plan.environment,
        reference=task.reference,
        argument=task.builtin.partition(":")[2],
        env=environment.values,
        now=now,
        dsn=dsn_of(settings, environment),
        backups=settings.database.backups if settings.database is not None else "backups/*",
        without_data=settings.database.without_data if settings.database is not None else (),
        migrations=plan.migrations,
        urls=tuple(
            str(url)
            for source in settings.sources.values()
            if source.type == "health" and isinstance(url := source.options().get("url"), str)
        ),
    )
