"""Questions on a terminal that is not drawn on: one line at a time, answered by a line."""

import time
from collections.abc import Awaitable, Callable, Sequence

from cockpit.client.flows.base import Options
from cockpit.deploy import commands as c
from cockpit.deploy.plan import RollbackOption, Task
from cockpit.deploy.rollback.briefing import warnings
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.rollback.triggers import objections
from cockpit.deploy.state import State
from cockpit.external.terminal_programs import edited
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.sanitize import visible
from cockpit.text.sentences import fragment
from cockpit.text.times import parse_time


class LinePrompt:
    """`question` gives the line that is typed, empty where the person went back; `out` prints one."""

    def __init__(
        self,
        question: Callable[[str], Awaitable[str]],
        out: Callable[[str], None],
        state: Callable[[], State],
        choices: Callable[[Placeholder], Options],
    ) -> None:
        self._question = question
        self._out = out
        self._state = state
        self._choices = choices

    async def ask(self, title: str, question: str, *, placeholder: str = "reason", choices: Options = ()) -> str:
        for value, label in choices:
            self._out(f"  {value}" + (f"  {visible(label)}" if label != value else ""))
        *before, last = question.splitlines()
        for line in before:
            self._out(f"  {line}")
        return await self._question(f"{last} {placeholder}: ")

    async def choose(self, title: str, question: str, options: Options, *, careful: bool = False) -> str:
        for line in question.splitlines():
            self._out(f"  {line}")
        if careful and len(options) == 1:
            (answer, label), *_ = options
            return answer if await self._question(f"Type yes to {fragment(label)}: ") == "yes" else self._nothing()
        for number, (_, label) in enumerate(options, 1):
            self._out(f"  {number}  {label}")
        chosen = await self._question(f"{title}: number: ")
        if not chosen.isdigit() or not 1 <= int(chosen) <= len(options):
            return self._nothing()
        return options[int(chosen) - 1][0]

    def _nothing(self) -> str:
        self._out("         cancelled, nothing was done")
        return ""

    async def edit(self, text: str) -> str | None:
        return edited(text)

    async def time(self, planned_at: float) -> tuple[float, str] | None:
        typed = await self._question("new T (14:00, +30m): ")
        if not typed:
            return None
        try:
            at = parse_time(typed, time.time())
        except ValueError as error:
            self._out(f"         {error}")
            return None
        reason = await self._question("reason: ")
        return (at, reason) if reason else None

    async def rollback(self) -> c.StartRollback | None:
        """The options, the exact commands of the chosen one, and the environment's name, typed."""
        plan = self._state().plan
        assert plan is not None
        for number, option in enumerate(plan.rollback, 1):
            self._out(f"  {number}  {option.title}")
        chosen = await self._question("rollback option number: ")
        if not chosen.isdigit() or not 1 <= int(chosen) <= len(plan.rollback):
            self._out("         nothing was rolled back")
            return None
        return await self._confirmed(plan.rollback[int(chosen) - 1], plan.environment)

    async def _confirmed(self, option: RollbackOption, environment: str) -> c.StartRollback | None:
        scripts = scripts_of(self._state(), option)
        values = await self._values(scripts)
        for warning in warnings(self._state(), option):
            self._out(f"  ! {warning}")
        filled = {**self._state().values, **values}
        for task in scripts:
            self.show(task, filled)
        name = await self._question(f"type {environment} to roll back: ")
        reason, against = "requested manually", objections(self._state(), option, filled)
        if name == environment and against:
            self._out(f"         blocked: {'; '.join(against)}")
            reason = (await self._question("reason for overriding: ")).strip()
        if name != environment or not reason:
            self._out("         nothing was rolled back")
            return None
        return c.StartRollback(option=option.id, confirmation=name, reason=reason, values=values, despite=bool(against))

    async def _values(self, scripts: Sequence[Task]) -> dict[str, str]:
        values: dict[str, str] = {}
        for hole in (hole for task in scripts if task.script for hole in task.script.placeholders):
            if hole.name in {**self._state().values, **values}:
                continue
            values[hole.name] = await self.ask(
                "Value", f"value for {hole.token} (line {hole.line})", placeholder="", choices=self._choices(hole)
            )
        return values

    def show(self, task: Task, values: dict[str, str]) -> None:
        """The exact commands."""
        assert task.script is not None
        for text in fill_placeholders(task.script.body, values).rstrip().splitlines():
            self._out(f"    {visible(text)}")
