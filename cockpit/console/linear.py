"""The cockpit as plain lines with keys, for screen readers and bare terminals: what happens is said once, from top to
bottom; nothing is drawn over. `--linear`.

Built on the headless face: the same lines, the same recommendation; a key asks for what the screen's key would.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cockpit.client.connection import Line
from cockpit.console.headless import Headless, Print, to_stdout
from cockpit.console.keyboard import Keyboard
from cockpit.deploy import commands as c
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollback.briefing import warnings
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.rollback.triggers import against_target
from cockpit.deploy.tasks.scripts import stopped_at
from cockpit.deploy.team.divergence import look_first
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import DONE
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sanitize import plain, visible

HELD_SECONDS = 0.7
"""A key that is held down repeats sooner than this: it acts once."""
LEFT = "left; the deploy goes on. Come back: cockpit attach --linear"
HELP = """\
enter  do what comes next              n  say what comes next
space  tick the item, or tick it off   l  say where every step stands
r  retry a failed step                 m  say what the metrics are
s  skip the step, with a reason        A  take it as done, with a reason
R  roll back                           i  write a note into the log
x  end the running script              H  hold, or release
q  leave; the deploy goes on"""

LOOKING = "nlm?q"
"""Keys that only look: all that there are in `watch --linear`."""
LOOKING_HELP = """\
n  say what comes next                 l  say where every step stands
m  say what the metrics are            q  leave; the deploy goes on"""
LEFT_WATCHING = "left; the deploy goes on. Look again: cockpit watch --linear"


class Linear(Headless):
    """Lines as `--headless`, and a person's keys; `read_only`: those that look."""

    def __init__(
        self, line: Line, folder: Path, keyboard: Keyboard, out: Print = to_stdout, *, read_only: bool = False
    ) -> None:
        super().__init__(line, folder, yes=False, out=self._say)
        self._print = out
        self._waiting_lines: list[str] = []
        self._keyboard = keyboard
        self._pressed: dict[str, float] = {}
        self._left = asyncio.Event()
        self._read_only = read_only
        self._actions: dict[str, Callable[[], Awaitable[None]]] = {
            "\r": self._next, "\n": self._next, " ": self._tick, "r": self._retry, "s": self._skip,
            "A": self._accept, "R": self._roll_back, "x": self._cancel, "i": self._note, "H": self._hold,
            "n": self._say_next, "l": self._say_list, "m": self._say_metrics, "?": self._say_help, "q": self._leave,
        }  # fmt: skip
        if read_only:
            self._actions = {key: action for key, action in self._actions.items() if key in LOOKING}

    async def run(self) -> int:
        """Until the deploy is closed, or the person leaves; gives the exit status."""
        keys_words = "n says what comes next" if self._read_only else "enter does what comes next"
        self._out(f"         keys: {keys_words}, ? lists the others")
        keys = asyncio.create_task(self._listen())
        watching = asyncio.create_task(super().run())
        leaving = asyncio.create_task(self._left.wait())
        try:
            await asyncio.wait({watching, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return watching.result() if watching.done() else DONE
        finally:
            for task in (keys, watching, leaving):
                task.cancel()
            await asyncio.gather(keys, watching, leaving, return_exceptions=True)

    async def _wait_for_person(self, next_) -> None:  # type: ignore[no-untyped-def]
        """What comes next is said when it changes; times in it are no change."""
        words = f"{next_.key} {next_.task} {next_.urgent}"
        if words != self._said and not self.state.running and (next_.key or next_.urgent):
            self._said = words
            await self._say_next()

    async def _listen(self) -> None:
        async for key in self._keyboard.keys():
            now = time.monotonic()
            before, self._pressed[key] = self._pressed.get(key, float("-inf")), now
            if now - before < HELD_SECONDS:
                continue
            action = self._actions.get(key)
            if action is None:
                self._out(f"         no key {key!r}: ? lists those that there are")
            elif self.state.plan is None:
                self._out("         the deploy is being opened")
            else:
                await action()

    def _say(self, line: str) -> None:
        """While a line is being typed, what happens is told after it."""
        if self._keyboard.asking:
            self._waiting_lines.append(line)
        else:
            self._print(line)

    async def _question(self, words: str) -> str:
        try:
            return await self._keyboard.ask(words)
        finally:
            for line in self._waiting_lines:
                self._print(line)
            self._waiting_lines.clear()

    # -- what is said

    async def _say_next(self) -> None:
        following = recommend(self.state, self._line.now)
        key = {"enter": "enter", "space": "space", "right_square_bracket": "enter"}.get(following.key, following.key)
        known = key if key in ("enter", "space", "r", "A", "R", "x", "H") else "enter" if following.command else ""
        self._out(f"next: {following.words}" + (f" (key: {known})" if known and not self._read_only else ""))

    async def _say_list(self) -> None:
        plan = self.state.plan
        assert plan is not None
        for task in plan.in_phase(self.state.phase):
            have = self.state.of(task.id)
            why = f": {have.reason or have.summary}" if have.reason or have.summary else ""
            self._out(f"  {have.status}, {task.title}{plain(why)}")

    async def _say_metrics(self) -> None:
        rules = self.state.plan.metrics if self.state.plan else ()
        if not rules:
            is_dry = self.state.plan is not None and self.state.plan.dry_run
            self._out(f"  nothing is measured{' in a dry run' if is_dry else ': add [sources] to cockpit.toml'}")
        for rule in rules:
            metric = self.state.metrics.get(rule.name)
            if metric is None or metric.latest.value is None:
                self._out(f"  {rule.label}: no data")
                continue
            age = seconds_words(max(0.0, self._line.now - metric.latest.at))
            value = value_words(metric.latest.value, rule.unit)
            self._out(f"  {rule.label}: {value}, {metric.latest.level}, {age} old")

    async def _say_help(self) -> None:
        for text in (LOOKING_HELP if self._read_only else HELP).splitlines():
            self._out(text)

    async def _leave(self) -> None:
        self._out(LEFT_WATCHING if self._read_only else LEFT)
        self._left.set()

    # -- what is done

    @property
    def _task(self) -> Task | None:
        """What the recommendation is about."""
        following = recommend(self.state, self._line.now)
        return self.state.plan.task(following.task) if self.state.plan and following.task else None

    async def _do(self, command: c.Command) -> None:
        try:
            await self._ask(command)
        except EngineGone:
            self._out("         the engine is gone, and comes back: look what happened, then try again")

    async def _next(self) -> None:
        following = recommend(self.state, self._line.now)
        task = self._task
        if following.urgent and following.key == "R":
            await self._roll_back()
        elif following.key == "r":
            await self._retry()
        elif task is not None and task.script is not None and self.state.of(task.id).status == "waiting":
            await self._start(task)
        elif following.command is not None:
            await self._do(following.command)
        else:
            self._out(f"         nothing to do with enter: {following.words}")

    async def _start(self, task: Task, *, from_line: int = 0) -> None:
        """Values first, then a confirmation where the step wants one, then the command."""
        assert task.script is not None
        for hole in task.script.placeholders:
            if hole.name not in self.state.values:
                value = await self._question(f"value for {hole.token} (line {hole.line}): ")
                if not value:
                    self._out("         nothing was started")
                    return
                await self._do(c.GiveValue(name=hole.name, value=value))
        first = look_first(self.state, task)
        if task.script.confirm or first:
            self._show(task)
            asks = first or "this step asks for a confirmation"
            if await self._question(f"{asks}. Type yes to run it: ") != "yes":
                self._out("         nothing was started")
                return
        attempt = self.state.of(task.id).attempt + 1
        await self._do(c.RunTask(task=task.id, attempt=attempt, from_line=from_line, confirmed=True))

    async def _tick(self) -> None:
        task = self._task
        if task is None or task.script is not None:
            self._out("         there is nothing to tick now: n says what comes next")
            return
        await self._do(c.TickItem(task=task.id))

    async def _retry(self) -> None:
        task = self._task
        if task is None or task.script is None or self.state.of(task.id).status not in ("fail", "unknown"):
            self._out("         no step has failed")
            return
        stopped = stopped_at(task, self.state.of(task.id))
        line = stopped.line if stopped is not None and self.state.of(task.id).command_index else 0
        if line and await self._question(f"go on from line {line}, where it stopped? yes, or enter for all: ") == "yes":
            await self._start(task, from_line=line)
        else:
            await self._start(task)

    async def _accept(self) -> None:
        task = self._task
        if task is None or self.state.of(task.id).status not in ("fail", "unknown"):
            self._out("         no step has failed, or has an unknown end")
            return
        reason = await self._question(f"why is {task.title} done all the same? ")
        if reason:
            await self._do(c.AcceptTask(task=task.id, reason=reason))

    async def _skip(self) -> None:
        task = self._task
        if task is None:
            self._out("         there is nothing to skip now")
            return
        reason = await self._question(f"why may {task.title} go? ")
        if reason:
            kind = c.SkipTask if task.kind == "script" else c.WaiveItem
            await self._do(kind(task=task.id, reason=reason))

    async def _cancel(self) -> None:
        running = self.state.running
        if not running:
            self._out("         no script is running")
            return
        task = running[0]
        if await self._question(f"type yes to end {task.title} and all that it started: ") == "yes":
            command = c.CancelTask(task=task.id, attempt=self.state.of(task.id).attempt, reason="asked for by key")
            await self._do(command)

    async def _note(self) -> None:
        text = await self._question("note: ")
        if text:
            await self._do(c.AddNote(text=text))

    async def _hold(self) -> None:
        hold = self.state.hold
        if hold is not None and not hold.asking and self.state.countdown is None:
            await self._do(c.ReleaseDeploy())
            return
        await self._do(c.HoldDeploy(reason="", asking=True))
        reason = await self._question("why does the deploy wait? It is held already: ")
        given_up = c.ReleaseDeploy(reason="the hold was given up", asking=True)
        await self._do(c.HoldDeploy(reason=reason) if reason else given_up)

    async def _roll_back(self) -> None:
        """The ways back, the exact commands of the chosen one, and the environment's name, typed."""
        plan = self.state.plan
        assert plan is not None
        if not plan.rollback:
            self._out(f"         {plan.runbook_path} has no rollback section")
            return
        for number, option in enumerate(plan.rollback, 1):
            self._out(f"  {number}  {option.title}")
        chosen = await self._question("which way back? its number: ")
        if not chosen.isdigit() or not 1 <= int(chosen) <= len(plan.rollback):
            self._out("         nothing was rolled back")
            return
        option = plan.rollback[int(chosen) - 1]
        values: dict[str, str] = {}
        scripts = scripts_of(self.state, option)
        for hole in (hole for task in scripts if task.script for hole in task.script.placeholders):
            if hole.name not in {**self.state.values, **values}:
                values[hole.name] = await self._question(f"value for {hole.token} (line {hole.line}): ")
        for warning in warnings(self.state, option):
            self._out(f"  ! {warning}")
        for task in scripts:
            self._show(task, values)
        name = await self._question(f"type {plan.environment} to roll back: ")
        if name != plan.environment:
            self._out("         nothing was rolled back")
            return
        reason, against = "asked for by key", against_target(self.state, option, {**self.state.values, **values})
        if against:
            self._out(f"         against it: {'; '.join(against)}")
            reason = await self._question("to insist, say why: ")
            if not reason.strip():
                self._out("         nothing was rolled back")
                return
        await self._do(
            c.StartRollback(option=option.id, confirmation=name, reason=reason, values=values, despite=bool(against))
        )

    def _show(self, task: Task, values: dict[str, str] | None = None) -> None:
        """The exact commands."""
        assert task.script is not None
        body = fill_placeholders(task.script.body, {**self.state.values, **(values or {})})
        for text in body.rstrip().splitlines():
            self._out(f"    {visible(text)}")
