"""The engine of one deploy: command -> decide -> append -> apply -> act, one at a time, never in another order."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from typing import Any

from msgspec.structs import replace

from cockpit import __version__
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.actions import as_commands
from cockpit.deploy.commands import Refusal
from cockpit.deploy.decide import decide
from cockpit.deploy.events import COCKPIT
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.plan import Plan
from cockpit.deploy.rollback.triggers import reasons
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment
from cockpit.engine.effects.checked_out import begins_deploying, why_command_other_commit, why_step_other_commit
from cockpit.engine.effects.deploy_log import LogKeeper, Write
from cockpit.engine.effects.flags import Flags
from cockpit.engine.effects.notices import Notices
from cockpit.engine.effects.runs import GIVEN, Runs
from cockpit.engine.effects.target_looks import TargetLooks
from cockpit.engine.hooks import Listener, alone, nothing
from cockpit.engine.ipc.wire import Link
from cockpit.engine.redaction import clean_text, redacted
from cockpit.engine.supervise import once
from cockpit.engine.writer import RETRY_SECONDS, Pen
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.paths import Layout
from cockpit.runner import files
from cockpit.runner.spawn import Prepared, RunnerError

NOT_DONE = "Nothing was done: "


class Engine:
    """Owns the state and the only pen of the journal. `clock` gives the deploy's time: Unix time that never jumps."""

    def __init__(
        self,
        journal: Journal,
        layout: Layout,
        deploy_id: str,
        environment_of: Callable[[Plan], Environment],
        clock: Callable[[], float],
        write_log: Write | None = None,
    ) -> None:
        self.pen = Pen(journal, deploy_id, lambda: self.environment.patterns, lambda: self.events)
        self.layout = layout
        self.deploy_id = deploy_id
        self.environment = Environment({})
        self._environment_of = environment_of
        self.clock = clock
        self.events: list[e.Event] = []
        self.state = State()
        self.runs = Runs(
            layout,
            deploy_id,
            lambda: self.environment,
            self._record,
            self.complain,
            lambda: clock() - time.time(),
            self._learn,
        )
        self.notices = Notices(deploy_id, lambda: self.state, lambda: self.environment, self._record, self.complain)
        self.flags = Flags(lambda: self.state, lambda: self.environment, self._record, self.complain)
        self._targets = TargetLooks(
            lambda: (self.state, self.environment), lambda command: self.handle(command, COCKPIT)
        )
        self._log = LogKeeper(
            write_log,
            lambda: (self.state, list(self.events)),
            self.complain,
            lambda paths: self.handle(c.RecordExport(paths=tuple(paths)), COCKPIT),
        )
        self._turn = asyncio.Lock()
        self._listeners: list[Listener] = []
        self._background: set[asyncio.Task[None]] = set()
        self.changed = asyncio.Event()
        self.once_more: Callable[[], Awaitable[None]] = nothing
        """Asks the checks that look outside once more, at the moment of the start."""
        self.time_passed: Callable[[], Sequence[c.RecordClock | c.RecordStandstill]] = tuple
        """What happened to time since it was last asked."""
        self.before_opening: Callable[[c.OpenDeploy, str], Awaitable[Refusal | None]] = alone
        """Asks the team for the environment, before anything of the deploy is written."""

    async def load(self) -> None:
        """Fold what the journal has, say that this engine is here, and follow what still runs. Raises JournalError."""
        self.events = await self.pen.read()
        self.state = fold(self.events)
        if self.state.plan is not None:
            await self._meet(self.state.plan)

    async def _meet(self, plan: Plan) -> None:
        """Variables and secrets as the plan's settings name them: before anything of the deploy is written or run."""
        loop = asyncio.get_running_loop()
        self.environment = await loop.run_in_executor(None, self._environment_of, plan)
        self.runs.look(anew=True)

    def _learn(self, secrets: Collection[str]) -> None:
        self.environment = self.environment.knowing(secrets)

    async def announce(self, because: str = "", took_over: str = "") -> None:
        """After `load` or the opening: the new engine stands in the record, and running scripts are followed again."""
        start = _start(self.environment, because=because, took_over=took_over)
        await self.handle(replace(start, sending=self.notices.on_their_way), COCKPIT)
        await self.pen.keep_reserve()
        self.flags.resume()
        for task in self.state.running:
            have = self.state.of(task.id)
            if not self.runs.follows(task.id):
                self.runs.follow(task, have.attempt, have.directory, len(have.commands))
                if have.cancel_requested:
                    self.runs.cancel(have.directory)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call with every batch of new events, after they are durable and applied; gives the way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def handle(self, command: c.Command, by: str) -> Refusal | None:
        """Carry the command out. None: done, its events are durable. A refusal: nothing happened."""
        if isinstance(command, c.OpenDeploy):
            await self._meet(command.plan)
            refusal = await self.before_opening(command, by)
            if refusal is not None:
                return refusal
        if isinstance(command, c.StartRollback):
            await self._targets.revalidate(command)
        other = await why_command_other_commit(self.state, command)
        if other:
            return Refusal(other)
        if begins_deploying(self.state, command):
            await self.once_more()
        async with self._turn:
            await self._look_at_the_clock()
            if isinstance(command, (c.StartRollback, c.RollBackNow)):
                await self._make_room()
            refusal = await self._decide_and_commit(command, by)
            if refusal is None:
                await self._automatic()
            return refusal

    async def tick(self) -> None:
        """Let time do its work; called a few times a second, and by tests with their own clock."""
        async with self._turn:
            await self._look_at_the_clock()
            if self.pen.due:
                await self._resume()
            if self.state.countdown is not None or reasons(self.state):
                await self._make_room()
            await self._automatic()

    async def _look_at_the_clock(self) -> None:
        """Before anything goes by itself: time may have been set, or gone by unseen. Whatever wakes first after a
        standstill comes through here."""
        if self.state.plan is None or self.state.closed is not None:
            return
        for command in self.time_passed():
            await self._decide_and_commit(command, COCKPIT)

    async def _make_room(self) -> None:
        """For a rollback the journal gets the room that was kept for it."""
        if self.pen.keeping and self.pen.spend_reserve():
            await self._resume()

    async def _automatic(self) -> None:
        for _ in range(50):
            before = self.state.seq
            if await self._decide_and_commit(c.Tick(), COCKPIT) is not None or self.state.seq == before:
                return

    async def _decide_and_commit(self, command: c.Command, by: str) -> Refusal | None:
        if isinstance(command, c.SendNotice):
            # What goes out is what is recorded, so that the same text is known again.
            command = replace(command, text=clean_text(command.text, self.environment.patterns))
        decision = decide(self.state, command, self.clock(), by)
        if isinstance(decision, Refusal):
            return decision
        if _holds_secret(decision, self.environment):
            return Refusal("The text contains a secret. Put it in a variable ([variables] in cockpit.toml).")
        try:
            await self._commit(decision, by)
        except JournalError as error:
            if self.state.plan is None:
                return Refusal(f"{NOT_DONE}{error}.")
            await self._stall(str(error))
            if any(body.durable_first for body in decision):
                return Refusal(f"{NOT_DONE}{error}.")
            await self._commit(decision, by)
        return None

    async def _stall(self, reason: str) -> None:
        """The journal takes nothing: the deploy waits, and its events are kept until there is room."""
        if not self.pen.keeping:
            self.pen.keep()
            await self._decide_and_commit(c.RecordStall(reason=reason), COCKPIT)

    async def _resume(self) -> None:
        """Try the journal again; what was kept and the word that it goes on are written in one piece."""
        decision = decide(self.state, c.RecordResumption(events=len(self.pen.kept)), self.clock(), COCKPIT)
        assert not isinstance(decision, Refusal)
        events = self._numbered(decision, COCKPIT)
        try:
            written = await self.pen.flush(events)
        except JournalError:
            return
        self._apply(written)
        await self.pen.keep_reserve()

    async def record_readings(self, command: c.RecordReadings) -> None:
        """Readings are measured again in a second: one that the journal does not take is not worth waiting for."""
        await self.handle(command, COCKPIT)

    async def _record(self, command: c.Command) -> None:
        """A fact from a run: it is kept until the journal takes it."""
        while (refusal := await self.handle(command, COCKPIT)) is not None:
            if not refusal.reason.startswith(NOT_DONE):
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _commit(self, bodies: Sequence[e.Body], by: str) -> None:
        """Prepare what is to start, append durably, apply, tell everybody, act. JournalError: nothing happened."""
        if not bodies:
            return
        if self.pen.keeping and any(body.durable_first for body in bodies):
            raise JournalError("the journal is not writable")
        events = self._numbered(bodies, by)
        prepared: dict[int, Prepared] = {}
        failures: list[e.Body] = []
        for event, body in zip(events, bodies, strict=True):
            if isinstance(body, e.StepStarted):
                try:
                    prepared[event.seq] = await self._prepare(body)
                except RunnerError as error:
                    failures.append(
                        e.StepFinished(task=body.task, attempt=body.attempt, outcome="failed", reason=str(error))
                    )
        try:
            events = await self.pen.write(events)
        except JournalError:
            for one in prepared.values():
                await one.discard()
            raise
        self._apply(events)
        for event in events:
            await self._act(event, prepared.get(event.seq))
        if self.pen.written_anew:
            words, self.pen.written_anew = self.pen.written_anew, ""
            await self._commit([e.NoteAdded(text=words)], COCKPIT)
        if failures:
            await self._commit(failures, COCKPIT)

    def _numbered(self, bodies: Sequence[e.Body], by: str) -> list[e.Event]:
        now = self.clock()
        return [e.Event(seq=self.state.seq + number, at=now, by=by, body=body) for number, body in enumerate(bodies, 1)]

    def _apply(self, events: Sequence[e.Event]) -> None:
        """The state changes here and nowhere else; then everybody who listens is told."""
        for event in events:
            self.state = apply(self.state, event)
        self.events += events
        for listener in list(self._listeners):
            listener(events)
        self._log.saw(events)
        self.changed.set()

    async def _prepare(self, body: e.StepStarted) -> Prepared:
        plan = self.state.plan
        task = plan.task(body.task) if plan else None
        assert plan is not None
        assert task is not None
        other = await why_step_other_commit(self.state, task)
        if other:
            raise RunnerError(as_commands(other))
        return await self.runs.prepare(plan, task, body, self.state)

    async def _act(self, event: e.Event, prepared: Prepared | None) -> None:
        body = event.body
        plan = self.state.plan
        if isinstance(body, e.StepStarted) and prepared is not None and plan is not None:
            await prepared.go()
            task = plan.task(body.task)
            if task is not None:
                self.runs.follow(task, body.attempt, body.directory)
        elif isinstance(body, e.TargetAsked):
            self._in_background(self._targets.look_at(body))
        elif isinstance(body, e.CancelRequested):
            self.runs.cancel(self.state.of(body.task).directory)
        elif isinstance(body, e.DeployClosed):
            self.runs.forget_state()
            self._in_background(self._close_log())
        elif isinstance(body, e.NoticeRequested):
            self.notices.send(body)
        elif isinstance(body, (e.FlagSetRequested, e.FlagOffRequested)):
            self.flags.set(body)
        elif isinstance(body, (e.NoticeSent, e.NoticeFailed)) and self.state.closed is not None:
            # The log of a closed deploy is there already: it gets what came after.
            self._in_background(self._close_log())

    def link(self) -> Link | None:
        """The deploy is this engine's own; only its clock may be another than this machine's."""
        team, behind = self.state.team, self.state.clock_behind
        return Link(host=team.host if team else "", clock_behind=behind) if team is not None or behind else None

    @property
    def busy(self) -> bool:
        """True while something is under way that the end of the deploy does not end: a notice, the log."""
        return self.notices.busy or self.flags.busy or bool(self._background)

    async def _close_log(self) -> None:
        """Once more at the end, and after it: the whole of it; where it lies stands in the record."""
        paths = await self._log.write()
        if paths:
            await self.handle(c.RecordExport(paths=tuple(paths)), COCKPIT)

    async def complain(self, words: str) -> None:
        """A note in the record: what went wrong in the cockpit itself."""
        await self.handle(c.AddNote(text=words), COCKPIT)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(once(work, self.complain))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def close(self) -> None:
        """Let go of everything; running scripts go on without this engine."""
        self.runs.stop_following()
        await self.notices.stop()
        await self.flags.stop()
        await self._log.stop()
        for task in list(self._background):
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.pen.close()


def _start(environment: Environment, *, because: str, took_over: str) -> c.RecordStart:
    """This process, as it stands in the record."""
    return c.RecordStart(
        pid=os.getpid(),
        host=socket.gethostname(),
        version=__version__,
        variables=tuple(sorted({*environment.values, *(f"COCKPIT_{name}" for name in GIVEN)})),
        boot=files.boot_id(),
        because=because,
        took_over=took_over,
    )


def _holds_secret(bodies: Sequence[e.Body], environment: Environment) -> bool:
    """What a person typed, and scripts would get: with a secret masked in it it would be another value."""
    typed = (body for body in bodies if isinstance(body, (e.ValueGiven, e.RollbackRequested)))
    return any(redacted(body, environment.patterns) != body for body in typed)
