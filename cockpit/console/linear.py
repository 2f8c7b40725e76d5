"""The cockpit as plain lines with keys, for screen readers and bare terminals: what happens is said once, from top to
bottom; nothing is drawn over. `--linear`.

Built on the headless frontend: the same lines, the same recommendation; a key asks for what the screen's key would, by
the same flow (`client/flows`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from cockpit.client.choices import choices
from cockpit.client.connection import Line
from cockpit.client.flows import FLOWS
from cockpit.client.flows.base import Options
from cockpit.console.headless import Headless, Print, to_stdout
from cockpit.console.keyboard import Keyboard
from cockpit.console.prompt import LinePrompt
from cockpit.deploy import commands as c
from cockpit.deploy.actions import expand
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from cockpit.deploy.tasks.scripts import CANNOT_RUN, why_blocked
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import DONE
from cockpit.runbook.model import Placeholder
from cockpit.settings.keymap import BY_ID, character
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sanitize import plain

HELD_SECONDS = 0.7
"""A key that is held down repeats sooner than this: it acts once."""
LEFT = "detached; the deploy keeps running. Reattach: cockpit attach --linear"
LEFT_WATCHING = "detached; the deploy keeps running. Watch again: cockpit watch --linear"
LOOKS = {
    "next": "print the next task",
    "story": "print the state of every step",
    "chart": "print the metrics",
    "help": "all keys",
    "quit": "detach; the deploy keeps running",
}
"""What keys that only look do here."""
ACTS = {"run": "do the next task", "tick": "tick or untick the item", "pane.tasks": "choose a step or item"}
"""What keys do here, where that is another thing than on the screen."""
OF_ROLLOUTS = tuple(name for name in FLOWS if name.startswith("flag."))
NOT_OF_ROLLOUTS = (
    "checks", "retry", "skip", "waive", "fail", "accept", "confirm", "cancel", "rollback", "now", "move-time",
    "phase.on", "pane.tasks", "at-hand",
)  # fmt: skip


class Linear(Headless):
    """Lines as `--headless`, and a person's keys; `read_only`: those that look. It is the desk of its flows."""

    def __init__(
        self,
        line: Line,
        folder: Path,
        keyboard: Keyboard,
        out: Print = to_stdout,
        *,
        root: Path | None = None,
        me: str = "",
        read_only: bool = False,
    ) -> None:
        super().__init__(line, folder, yes=False, out=self._say)
        self._print = out
        self._waiting_lines: list[str] = []
        self._keyboard = keyboard
        self._pressed: dict[str, float] = {}
        self._left = asyncio.Event()
        self._read_only = read_only
        self._root = root or Path.cwd()
        self._me = me
        self._chosen = ""
        """Id of the step or item that the person chose, instead of the recommended one."""
        self.prompt = LinePrompt(self._question, self._say, lambda: self.state, self.choices)
        own: dict[str, Callable[[], Awaitable[object]]] = {
            "next": self._say_next, "story": self._say_list, "chart": self._say_metrics, "help": self._say_help,
            "quit": self._leave,
        }  # fmt: skip
        if not read_only:
            own |= {"run": self._next, "pane.tasks": self._choose}
            own |= {name: partial(self._flow, name) for name in FLOWS if name not in own}
        self._actions = own

    # -- the desk of the flows

    @property
    def now(self) -> float:
        """The deploy's time."""
        return self._line.now

    @property
    def me(self) -> str:
        return self._me

    @property
    def owner(self) -> tuple[str, float] | None:
        link = self._line.link
        return (link.host, link.silent_seconds) if link is not None and link.follows else None

    async def ask(self, command: c.Command) -> c.Refusal | None:
        try:
            return await self._ask(command)
        except EngineGone:
            self._out("         engine restarting. Check what happened, then try again")
            return c.Refusal("The engine has stopped. Wait, then try again.")

    async def begin(self, command: c.Command) -> None:
        await self.ask(command)

    def refuse(self, reason: str) -> None:
        self._out(f"         {reason}")

    def choices(self, hole: Placeholder) -> Options:
        return choices(self._root, self.state.plan, hole)

    def opened(self, task: Task) -> None:
        self._chosen = ""

    # -- keys

    async def run(self) -> int:
        """Until the deploy is closed, or the person leaves; gives the exit status."""
        keys_words = "⟦next⟧ next task" if self._read_only else "⟦run⟧ do the next task"
        self._out(f"         keys: {keys_words}, ⟦help⟧ all keys")
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

    def _bound(self, action: str) -> str:
        """The key of the action, as cockpit.toml has it."""
        own = BY_ID[action].key
        keys = self.state.plan.settings.get("keys") if self.state.plan is not None else None
        key = str(keys.get(action, own)) if isinstance(keys, dict) else own
        return key if character(key) else own

    def _key_of(self, action: str) -> str:
        """The key as people call it; an action that this frontend has no key for by its name."""
        if action not in self._actions:
            return f"`{action}`"
        typed = character(self._bound(action))
        return {"\r": "enter", " ": "space"}.get(typed, typed)

    def _has(self, action: str) -> bool:
        rollout = self.state.rollout is not None
        return action in self._actions and action not in (NOT_OF_ROLLOUTS if rollout else OF_ROLLOUTS)

    async def _listen(self) -> None:
        async for typed in self._keyboard.keys():
            now = time.monotonic()
            before, self._pressed[typed] = self._pressed.get(typed, float("-inf")), now
            if now - before < HELD_SECONDS:
                continue
            wanted = "\r" if typed == "\n" else typed
            action = next((one for one in self._actions if character(self._bound(one)) == wanted), None)
            if action is None or not self._has(action):
                self._out(f"         no key {typed!r}; ⟦help⟧ all keys")
            elif self.state.plan is None:
                self._out("         opening the deploy")
            else:
                await self._actions[action]()

    def _say(self, line: str) -> None:
        """While a line is being typed, what happens is told after it."""
        line = expand(line, self._key_of)
        if self._keyboard.asking:
            self._waiting_lines.append(line)
        else:
            self._print(line)

    async def _question(self, words: str) -> str:
        try:
            return await self._keyboard.ask(expand(words, self._key_of))
        finally:
            for line in self._waiting_lines:
                self._print(line)
            self._waiting_lines.clear()

    def _named(self, text: str) -> str:
        return text

    # -- what is said

    async def _wait_for_person(self, next_) -> None:  # type: ignore[no-untyped-def]
        """What comes next is said when it changes; times in it are no change."""
        words = f"{next_.action} {next_.task} {next_.urgent}"
        if words != self._said and not self.state.running and (next_.action or next_.urgent):
            self._said = words
            await self._say_next()

    async def _say_next(self) -> None:
        following = recommend(self.state, self.now)
        action = following.action if self._has(following.action) else "run" if following.command else ""
        if following.command is not None and action != "tick":
            action = "run"
        shown = f" (key: ⟦{action}⟧)" if action and not self._read_only else ""
        self._out(f"next: {following.words}{shown}")

    async def _say_list(self) -> None:
        plan = self.state.plan
        assert plan is not None
        for number, task in enumerate(plan.in_phase(self.state.phase), 1):
            have = self.state.of(task.id)
            blocked = why_blocked(task, have)
            why = blocked or have.reason or have.summary
            said = CANNOT_RUN if blocked else have.status
            self._out(f"  {number}  {said}, {task.title}{plain(f': {why}' if why else '')}")

    async def _say_metrics(self) -> None:
        rules = self.state.plan.metrics if self.state.plan else ()
        if not rules:
            is_dry = self.state.plan is not None and self.state.plan.dry_run
            self._out(f"  no metrics{' in a dry run' if is_dry else ': add [sources] to cockpit.toml'}")
        for rule in rules:
            metric = self.state.metrics.get(rule.name)
            if metric is None or metric.latest.value is None:
                self._out(f"  {rule.label}: no data")
                continue
            age = seconds_words(max(0.0, self.now - metric.latest.at))
            value = value_words(metric.latest.value, rule.unit)
            self._out(f"  {rule.label}: {value}, {metric.latest.level}, {age} old")

    async def _say_help(self) -> None:
        for name in sorted(self._actions, key=list(BY_ID).index):
            if self._has(name):
                self._out(f"{self._key_of(name):>6}  {LOOKS.get(name) or ACTS.get(name) or BY_ID[name].tooltip}")

    async def _leave(self) -> None:
        self._out(LEFT_WATCHING if self._read_only else LEFT)
        self._left.set()

    # -- what is done

    @property
    def _task(self) -> Task | None:
        """What the person chose, else what the recommendation is about."""
        plan = self.state.plan
        if plan is None:
            return None
        if self._chosen and not self.state.of(self._chosen).settled:
            return plan.task(self._chosen)
        following = recommend(self.state, self.now)
        return plan.task(following.task) if following.task else None

    async def _choose(self) -> None:
        """Another step or item than the recommended one, for the next key."""
        await self._say_list()
        assert self.state.plan is not None
        tasks = self.state.plan.in_phase(self.state.phase)
        chosen = await self._question("number: ")
        if not chosen.isdigit() or not 1 <= int(chosen) <= len(tasks):
            self._out("         the recommended one again")
            self._chosen = ""
            return
        task = tasks[int(chosen) - 1]
        self._chosen = task.id
        self._out(f"         chosen: {task.title}")

    async def _flow(self, name: str) -> None:
        if await FLOWS[name](self, self._task):
            self._chosen = ""

    async def _next(self) -> None:
        """What is recommended: by its flow where it has questions, else by its command."""
        following = recommend(self.state, self.now)
        task = self._task
        if self._chosen and task is not None and task.id == self._chosen:
            await self._flow("run" if task.script is not None else "tick")
        elif following.urgent and following.action == "rollback":
            await self._flow("rollback")
        elif following.action in ("retry", "flag.advance"):
            await self._flow(following.action)
        elif task is not None and task.script is not None and self.state.of(task.id).status == "waiting":
            await self._flow("run")
        elif following.command is not None:
            await self.ask(following.command)
        else:
            self._out(f"         nothing to do with ⟦run⟧: {following.words}")
