"""The same stream of events as plain lines, for a CI log; with `--yes` it follows the recommendations by itself."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cockpit.client.connection import SILENT_SECONDS as ENGINE_SILENT_SECONDS
from cockpit.client.connection import Line, silence_words
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.actions import as_commands
from cockpit.deploy.commands import Refusal
from cockpit.deploy.fold import apply
from cockpit.deploy.guards import PHASE_WORDS
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import Recommendation, recommend
from cockpit.deploy.rollback.triggers import reasons
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import FAILED, OF_OUTCOME
from cockpit.report.story import tell
from cockpit.runner import files
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import plain
from cockpit.text.sentences import fragment

INPUT_SECONDS = 300.0
"""A script that may ask and says nothing for so long is cancelled where nobody is here to answer it."""
PATIENCE_SECONDS = 60.0
"""How long `--yes` waits for a measurement to become good before it gives up."""
LOOK_SECONDS = 0.2
SILENT_SECONDS = 12.0
"""Without a word from the machine that has the deploy: two heartbeats and some."""

Print = Callable[[str], None]


def to_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Headless:
    """Prints one line per event and every line of the scripts' output; `yes` answers for the person."""

    def __init__(
        self, line: Line, folder: Path, *, yes: bool, out: Print = to_stdout, input_seconds: float = INPUT_SECONDS
    ) -> None:
        self._line = line
        self._folder = folder
        self._yes = yes
        self._out = out
        self.state = State()
        self._offsets: dict[str, int] = {}
        self._partial: dict[str, str] = {}
        self._stuck: tuple[str, float] = ("", 0.0)
        self._input_seconds = input_seconds
        self._heard: tuple[tuple[str, int], float] = (("", 0), 0.0)
        """The folder and the length of the output of a script that may ask, and since when it is so long."""
        self._said = ""
        self._told_left = ""
        self._silent = False
        self._engine_silent = False
        self._owned = False
        """This machine's engine owned the deploy, at some time."""

    async def run(self) -> int:
        """Until the deploy is closed and its log is written; gives the exit status."""
        driver = asyncio.create_task(self._drive())
        gone_since: float | None = None
        try:
            async for events in self._line.events(lambda: self.state, self._forget):
                self._take(events)
                if events and self._lost_to_another():
                    return FAILED
                if self.state.closed is not None and self._is_written(events):
                    break
                if events:
                    gone_since = None
                elif gone_since is None:
                    gone_since = time.monotonic()
                    self._out("         engine restarting; the running script is unaffected")
                elif time.monotonic() - gone_since > PATIENCE_SECONDS:
                    self._out("engine stopped; the journal is complete. Reattach with `cockpit attach`")
                    return FAILED
        finally:
            driver.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await driver
        self._say_left()
        return OF_OUTCOME[self.state.closed] if self.state.closed else FAILED

    def _forget(self) -> None:
        self.state = State()

    def _lost_to_another(self) -> bool:
        """True where `--yes` drove a deploy that a teammate has taken over: from then on people decide there."""
        link = self._line.link
        if link is None or not link.follows:
            self._owned = True
            return False
        if self._owned and self._yes:
            self._out(f"deploy taken over by {link.host}; follow it with `cockpit watch`")
        return self._owned and self._yes

    def _is_written(self, events: Sequence[e.Event]) -> bool:
        """The log comes after the end; a note instead of it says why there is none."""
        return self.state.log_complete or any(isinstance(event.body, e.NoteAdded) for event in events)

    def _take(self, events: Sequence[e.Event]) -> None:
        for event in events:
            if isinstance(event.body, e.StepFinished):
                self._print_output(event.body.task, final=True)
            text = tell(self.state, event)
            self.state = apply(self.state, event)
            if text:
                clock = datetime.fromtimestamp(event.at, UTC)
                by = "" if event.by == "cockpit" else f"{event.by}: "
                self._out(f"{clock:%H:%M:%S} {by}{text}")

    def _print_output(self, task_id: str, *, final: bool = False) -> None:
        have = self.state.of(task_id)
        if not have.directory:
            return
        offset = self._offsets.get(have.directory, 0)
        try:
            with (self._folder / have.directory / files.LOG).open("rb") as log:
                log.seek(offset)
                data = log.read(1 << 20)
                while final and len(data) % (1 << 20) == 0 and (more := log.read(1 << 20)):
                    data += more
        except OSError:
            return
        self._offsets[have.directory] = offset + len(data)
        text = self._partial.pop(have.directory, "") + data.decode("utf-8", "replace")
        *lines, rest = text.split("\n")
        if final and rest:
            lines.append(rest)
        elif rest:
            self._partial[have.directory] = rest
        for line in lines:
            self._out(f"         | {plain(line.rstrip(chr(13)).rpartition(chr(13))[2])}")

    async def _drive(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for task in self.state.running:
                self._print_output(task.id)
                await self._limit_asking(task)
            self._say_of_silence()
            if self.state.plan is None or self.state.closed is not None:
                continue
            try:
                await self._follow(recommend(self.state, self._line.now))
            except EngineGone:
                continue

    async def _limit_asking(self, task: Task) -> None:
        """A script with a terminal may wait for an answer that never comes."""
        have = self.state.of(task.id)
        if task.script is None or not task.script.interactive or have.cancel_requested:
            return
        heard = (have.directory, self._offsets.get(have.directory, 0))
        if heard != self._heard[0]:
            if heard[0] != self._heard[0][0]:
                limit = f" within {seconds_words(self._input_seconds)} of its last output, or it is cancelled"
                advice = f"answer it with `cockpit attach`{limit if self._yes else ''}"
                self._out(f"         {task.title} may ask for input: {advice}")
            self._heard = (heard, time.monotonic())
        elif self._yes and time.monotonic() - self._heard[1] > self._input_seconds:
            limit = seconds_words(self._input_seconds)
            self._out(f"         {task.title} has had no output for {limit} and may be waiting for input: cancelled")
            command = c.CancelTask(task=task.id, attempt=have.attempt, reason=f"no input within {limit}")
            with contextlib.suppress(EngineGone):
                await self._ask(command)

    def _say_of_silence(self) -> None:
        """A machine that is not heard of looks like one that works in peace: it is said, once each time."""
        engine = self._line.silent_seconds
        if (engine >= ENGINE_SILENT_SECONDS) != self._engine_silent:
            self._engine_silent = not self._engine_silent
            self._out(
                f"         {silence_words(engine) if self._engine_silent else 'contact with the engine restored'}"
            )
        self._say_left()
        link = self._line.link
        if link is None or not link.follows or self.state.closed is not None:
            return
        silent = link.dead or bool(link.trouble) or link.silent_seconds > SILENT_SECONDS
        if silent and not self._silent:
            why = f": {link.trouble}" if link.trouble else ""
            self._out(f"         no contact with {link.host} for {seconds_words(link.silent_seconds)}{why}")
        elif self._silent and not silent:
            self._out(f"         contact with {link.host} restored")
        self._silent = silent

    def _say_left(self) -> None:
        """What this machine did alone, and a record that is closed does not say."""
        link = self._line.link
        if link is not None and link.left and link.left != self._told_left:
            self._told_left = link.left
            self._out(f"         {link.left}")

    async def _follow(self, next_: Recommendation) -> None:
        if not self._yes:
            await self._wait_for_person(next_)
            return
        failed = self._failure(next_)
        if failed:
            await self._ask(c.CloseDeploy(outcome="failed", reason=failed))
        elif next_.command is not None:
            refusal = await self._ask(next_.command)
            if refusal is not None:
                await self._ask(c.CloseDeploy(outcome="failed", reason=fragment(refusal.in_commands)))

    def _failure(self, next_: Recommendation) -> str:
        """Why `--yes` gives up; empty while there is hope."""
        state = self.state
        if broken := self._broken():
            return broken
        busy = state.running or state.queue or state.rolling_back
        if busy or state.stalled is not None or state.countdown is not None or (reasons(state) and not state.unable):
            self._stuck = ("", 0.0)
            return ""
        task = state.plan.task(next_.task) if state.plan and next_.task else None
        status = state.of(task.id).status if task else "waiting"
        if task is not None and task.script is not None and status in ("fail", "unknown"):
            return f"{task.title}: {state.of(task.id).reason}"
        if state.rollback is not None and state.rollback.status in ("failed", "finished"):
            return f"rollback {state.rollback.status}: {state.rollback.summary}"
        if (
            next_.waits
            or next_.command is not None
            or (task is not None and task.builtin == "watch" and status == "waiting")
        ):
            self._stuck = ("", 0.0)
            return ""
        if self._stuck[0] != (next_.task or next_.action):
            self._stuck = (next_.task or next_.action, time.monotonic())
        if next_.urgent or time.monotonic() - self._stuck[1] > PATIENCE_SECONDS:
            return next_.in_commands
        return ""

    def _broken(self) -> str:
        """A step that nobody but a person can pass, known before the first one: nothing is begun without them."""
        state = self.state
        for task in state.plan.tasks if state.plan is not None and state.rollback is None else ():
            script = task.script
            if task.required and script is not None and script.blocked and not state.of(task.id).settled:
                return f'"{task.title}" (line {script.body_line}) cannot run: {script.blocked}'
        return ""

    async def _ask(self, command: c.Command) -> Refusal | None:
        client = self._line.client
        if client is None:
            raise EngineGone("the engine has stopped")
        refusal = await client.ask(command)
        if refusal is not None:
            self._out(f"         refused: {self._named(refusal.reason)}")
        else:
            await self._seen_by_us()
        return refusal

    def _named(self, text: str) -> str:
        """The text with its actions as whoever reads these lines reaches them."""
        return as_commands(text)

    async def _seen_by_us(self) -> None:
        """An answer overtakes the events that it caused: let them arrive before the next recommendation."""
        await asyncio.sleep(LOOK_SECONDS / 2)

    async def _wait_for_person(self, next_: Recommendation) -> None:
        if next_.words != self._said and not self.state.running and next_.action:
            self._said = next_.words
            phase = PHASE_WORDS[self.state.phase] if self.state.rollout is None else "the rollout"
            self._out(f"         {phase} needs attention: {next_.in_commands} (cockpit attach)")
