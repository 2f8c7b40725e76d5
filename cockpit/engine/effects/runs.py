"""The runs of one deploy: from `StepStarted` to the supervisor's order, and back from its files to what is recorded."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy.events import StepOutcome, StepStarted
from cockpit.deploy.plan import Plan, Script, Task
from cockpit.deploy.state import State, TaskState
from cockpit.deploy.tasks.scripts import commands_of
from cockpit.engine.config import environment as env
from cockpit.engine.config.handing_on import HandingOn
from cockpit.engine.effects import dry_run as dry
from cockpit.engine.effects.lost_run import last_words
from cockpit.engine.supervise import Tell, kept
from cockpit.external import git
from cockpit.paths import Layout
from cockpit.runner import files, spawn
from cockpit.runner.follow import Exit, Progress, names_of, read_exit
from cockpit.runner.handed_on import HandedOn
from cockpit.runner.prelude import Carried, blank_before, prelude
from cockpit.text.sanitize import one_line

POLL_SECONDS = 0.05

GIVEN = ("DEPLOY", "ENVIRONMENT", "ROOT", "REF", "COMMIT", "ENV", "STEP", "RUN", "DEPLOYED_AT")
"""Variables that every script finds set, behind `COCKPIT_`; the supervisor adds the last one, the run's folder."""

_OTHER_MODES = frozenset({"POSIXLY_CORRECT", "SHELLOPTS", "BASHOPTS"})

Record = Callable[[c.Command], Awaitable[None]]


def _deployed_at(state: State) -> str:
    """When production was first touched, RFC 3339 in UTC; before that, when the deploy was opened."""
    at = state.phases.get("deploy", state.opened_at)
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


class Runs:
    """Prepares, starts, follows, cancels and adopts. Knows the folders and the environment; decides nothing."""

    def __init__(
        self,
        layout: Layout,
        deploy_id: str,
        environment: Callable[[], env.Environment],
        record: Record,
        complain: Tell,
        behind: Callable[[], float] = lambda: 0.0,
        learn: Callable[[Collection[str]], None] = lambda secrets: None,
    ) -> None:
        self._complain = complain
        self._behind = behind
        """Seconds that this machine's clock, which dates the commands, is behind the deploy's."""
        self._layout = layout
        self._deploy_id = deploy_id
        self._environment = environment
        self._record = record
        self._learn = learn
        """Called with secrets that scripts have handed on."""
        self._handed: HandedOn | None = None
        self._handing_on = HandingOn(lambda: layout.scratch(deploy_id))
        self._following: dict[str, asyncio.Task[None]] = {}
        self._supervisors: dict[Path, spawn.Prepared] = {}
        self._heads: dict[Path, str] = {}
        """Per run: the commit that was checked out when it began."""
        self._kept: dict[str, bytes] = {}
        """The files of the carried shell state as the last script left them."""

    def folder(self, directory: str) -> Path:
        return self._layout.deploy(self._deploy_id) / directory

    def look(self, *, anew: bool = False) -> None:
        """What scripts have handed on under the name of a secret must not be seen from now on. `anew`: the environment
        is another one."""
        if self._handed is None or anew:
            scratch = self._layout.scratch(self._deploy_id)
            self._handed = HandedOn(scratch / "env", scratch / "state", self._environment().values)
        if news := self._handed.news():
            self._learn(news)

    async def prepare(self, plan: Plan, task: Task, event: StepStarted, state: State) -> spawn.Prepared:
        """A supervisor that waits for GO. Raises spawn.RunnerError."""
        self.look()
        self._heads[self.folder(event.directory)] = await self._head()
        prepared = await self._prepare(plan, task, event, state)
        self._supervisors[self.folder(event.directory)] = prepared
        return prepared

    def _is_supervised(self, folder: Path) -> bool:
        """By the lock in its folder; a script may have removed that, but not the process below us."""
        prepared = self._supervisors.get(folder)
        return spawn.supervised(folder) or (prepared is not None and prepared.process.returncode is None)

    async def _prepare(self, plan: Plan, task: Task, event: StepStarted, state: State) -> spawn.Prepared:
        order = self._order(plan, task, event, state)
        assert task.script is not None
        script = task.script
        if plan.dry_run:
            known = {*state.variables, *order.env}
            unset = tuple(name for name in script.variables if name not in known)
            return await spawn.prepare(dry.only_read(order, script.interpreter, unset), event.script)
        body = blank_before(event.script, script.body_line, event.from_line) if event.from_line else event.script
        commands = commands_of(task, TaskState(script=event.script))
        if script.interpreter != "bash":
            return await spawn.prepare(order, body)
        text = prelude(
            str(order.directory),
            commands,
            script.body_line,
            body=body,
            cwd=_cwd(plan, script) if script.cwd else "",
            carried=self._carried(plan, task, event, state) if script.carries_state else None,
            posix=self._environment().values.get("POSIXLY_CORRECT"),
        )
        return await spawn.prepare(order, body, text)

    def _carried(self, plan: Plan, task: Task, event: StepStarted, state: State) -> Carried:
        assert task.script is not None
        scratch = self._layout.scratch(self._deploy_id)
        self._bring_back(scratch)
        return Carried(
            state=str(scratch / "state"),
            task=task.id,
            title=task.title,
            expected=any(_has_begun(state, other) for other in plan.tasks),
            partial=event.from_line > task.script.body_line,
            fresh=state.of(task.id).refused,
            lenient=task not in plan.tasks,
            given=self._environment().secret_names,
            handed_on=self._handing_on.values(),
        )

    def _bring_back(self, scratch: Path) -> None:
        """The shell's state from this engine's memory, where its folder has vanished: a logout clears it."""
        for name, data in self._kept.items():
            path = scratch / name
            if not path.exists():
                with contextlib.suppress(OSError):
                    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
                    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                        file.write(data)

    def _keep_in_memory(self, task: Task, folder: Path) -> None:
        """After a script: what it has handed on, or that it has not (`prelude.sh` reads who left it open)."""
        scratch = self._layout.scratch(self._deploy_id)
        saved = (folder / files.SAVED).exists()
        for name in ("state", "state.open", "env") if saved else ("env",):
            with contextlib.suppress(OSError):
                self._kept[name] = (scratch / name).read_bytes()
        if not saved and task.script is not None and task.script.carries_state and task.script.interpreter == "bash":
            self._kept["state.open"] = f"{task.id}\n{one_line(task.title)}\n".encode()

    def _order(self, plan: Plan, task: Task, event: StepStarted, state: State) -> spawn.Order:
        script = task.script
        assert script is not None
        folder = self.folder(event.directory)
        scratch = self._layout.scratch(self._deploy_id)
        self._handing_on.begin(folder.name)
        extra = {
            **self._handing_on.values(),
            "COCKPIT_DEPLOY": self._deploy_id,
            "COCKPIT_ENVIRONMENT": plan.environment,
            "COCKPIT_ROOT": plan.root,
            "COCKPIT_REF": plan.ref,
            "COCKPIT_COMMIT": plan.commit,
            "COCKPIT_ENV": str(self._handing_on.path),
            "COCKPIT_STEP": task.title,
            "COCKPIT_DEPLOYED_AT": _deployed_at(state),
        }
        argv = [script.interpreter, str(folder / files.SCRIPT)]
        if script.interpreter == "bash":
            extra["BASH_ENV"] = str(folder / files.PRELUDE)
        variables = env.for_scripts(self._environment(), extra)
        if script.interpreter == "bash":
            # With these bash would begin in another mode, and not read the prelude.
            variables = {name: value for name, value in variables.items() if name not in _OTHER_MODES}
        return spawn.Order(
            directory=folder,
            argv=argv,
            cwd=_cwd(plan, script),
            env=variables,
            patterns=self._environment().patterns,
            hand_on=(str(self._handing_on.path), str(scratch / "state")),
            timeout_seconds=script.timeout_seconds,
            terminal_socket=str(self.terminal_socket(event.directory)) if script.interactive else "",
        )

    def terminal_socket(self, directory: str) -> Path:
        return self._layout.socket(f"{self._deploy_id}/{directory}")

    def follow(self, task: Task, attempt: int, directory: str, seen: int = 0) -> None:
        """Watch the run's files until its exit record is there, and record what they say."""
        progress = Progress(self.folder(directory), seen)

        async def work() -> None:
            await self._follow(task, attempt, self.folder(directory), progress)

        self._following[task.id] = asyncio.create_task(kept(work, self._complain))

    async def _follow(self, task: Task, attempt: int, folder: Path, progress: Progress) -> None:
        unsupervised = 0
        while True:
            ended = read_exit(folder)
            self.look()
            for reached in progress.read():
                at = reached.at + self._behind()
                await self._record(c.RecordCommand(task=task.id, attempt=attempt, index=reached.index, at=at))
            if ended is not None:
                await self._record_end(task, attempt, ended, folder)
                return
            # Twice in a row: the supervisor may just have replaced its record and left.
            unsupervised = 0 if self._is_supervised(folder) else unsupervised + 1
            if unsupervised >= 2:
                if await self._rescue(task, attempt, folder):
                    return
                unsupervised = 0
            await asyncio.sleep(POLL_SECONDS)

    async def _rescue(self, task: Task, attempt: int, folder: Path) -> bool:
        """The supervisor is gone without a record: adopt what lives on, or say that the end is unknown. True where that
        is recorded already and there is nothing more to follow."""
        if read_exit(folder) is not None:
            return False
        if spawn.adoptable(folder):
            scratch = self._layout.scratch(self._deploy_id)
            order = spawn.Order(
                directory=folder,
                argv=(),
                cwd="/",
                env={},
                patterns=self._environment().patterns,
                hand_on=(str(scratch / "env"), str(scratch / "state")),
                timeout_seconds=task.script.timeout_seconds if task.script else None,
            )
            with contextlib.suppress(spawn.RunnerError):
                await spawn.adopt(order)
            return False
        try:
            files.write_durably(folder / files.EXIT, b'{"outcome": "lost"}')
        except OSError:
            # The folder is gone, or the disk is full: the end is just as unknown, and the journal says so.
            await self._record_end(task, attempt, Exit(outcome="lost"), folder)
            return True
        return False

    async def _head(self) -> str:
        """The commit that is checked out; empty where git does not say."""
        return await asyncio.to_thread(git.resolve, self._layout.root, "HEAD")

    async def _record_end(self, task: Task, attempt: int, ended: Exit, folder: Path) -> None:
        unread = self._handing_on.settle(folder.name)
        self._keep_in_memory(task, folder)
        found = exit_command(
            task,
            attempt,
            ended,
            folder,
            given=set(self._environment().values),
            handed_on=set(self._handing_on.values()),
        )
        if unread:
            outcome = "failed" if found.outcome == "succeeded" else found.outcome
            found = replace(found, outcome=outcome, reason="; ".join(filter(None, (found.reason, _not_read(unread)))))
        await self._record(replace(found, head_before=self._heads.get(folder, ""), head=await self._head()))
        self._handing_on.forget(folder.name)

    def follows(self, task_id: str) -> bool:
        following = self._following.get(task_id)
        return following is not None and not following.done()

    def cancel(self, directory: str) -> bool:
        return spawn.cancel(self.folder(directory))

    def forget_state(self) -> None:
        """The carried shell state is deleted with the end of the deploy: it may hold what scripts had in variables."""
        scratch = self._layout.scratch(self._deploy_id)
        for path in scratch.glob("*") if scratch.is_dir() else ():
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            scratch.rmdir()

    def stop_following(self) -> None:
        for following in self._following.values():
            following.cancel()


def _has_begun(state: State, task: Task) -> bool:
    """True where a script that hands on its shell has reached its first command, in this engine or an earlier one."""
    script = task.script
    carries = script is not None and script.carries_state and script.interpreter == "bash"
    return carries and bool(state.of(task.id).commands)


def _not_read(unread: Sequence[str]) -> str:
    more = f"; and {len(unread) - _FEW} more" if len(unread) > _FEW else ""
    return f"cannot be read in $COCKPIT_ENV: {'; '.join(unread[:_FEW])}{more}"


_FEW = 3
_BROKEN_PIPE = 141
_WHY_BROKEN_PIPE = (
    "exit status 141 (SIGPIPE): a command in a pipeline kept writing after its reader had exited, as in `... | head "
    "-1`. The cockpit sets `pipefail`, so the script fails: let the reader consume everything, or add `|| true`"
)


def _cwd(plan: Plan, script: Script) -> str:
    return str(Path(plan.root) / script.cwd) if script.cwd else plan.root


def exit_command(
    task: Task, attempt: int, ended: Exit, folder: Path, *, given: set[str], handed_on: set[str]
) -> c.RecordExit:
    """The exit record in words. `given`: variables that the cockpit sets; `handed_on`: those in `$COCKPIT_ENV`."""
    ok = task.script.ok_statuses if task.script else (0,)
    outcome: StepOutcome
    if ended.outcome == "lost" or (ended.exit_status is None and ended.outcome == "finished"):
        outcome, reason = "lost", last_words(folder)
    elif ended.outcome == "timed out":
        limit = task.script.timeout_seconds if task.script else None
        outcome, reason = "timed out", f"stopped after its limit of {limit:g} s" if limit else "stopped after its limit"
    elif ended.refused:
        outcome, reason = "failed", ended.refused
    elif ended.outcome == "cancelled":
        outcome, reason = "cancelled", "cancelled; all its processes have exited"
    elif ended.exit_status in ok:
        outcome, reason = "succeeded", ""
    elif ended.exit_status == _BROKEN_PIPE:
        outcome, reason = "failed", _WHY_BROKEN_PIPE
    elif ended.signal:
        outcome, reason = "failed", f"killed by signal {ended.signal} (exit status {ended.exit_status})"
    else:
        outcome, reason = "failed", f"exit status {ended.exit_status}"
    return c.RecordExit(
        task=task.id,
        attempt=attempt,
        outcome=outcome,
        exit_status=ended.exit_status,
        signal=ended.signal,
        seconds=ended.seconds,
        reason=reason,
        log_bytes=ended.log_bytes,
        dropped_bytes=ended.dropped_bytes,
        leftover_pids=ended.leftover_pids,
        exports=tuple(sorted({name for name in ended.exports if name not in given} | handed_on)),
        # Of a script whose shell did not tell its names nothing is known to be gone.
        removed=tuple(sorted(names_of(given) - {*ended.exports, *handed_on})) if ended.cwd else (),
        cwd=ended.cwd,
        refused=bool(ended.refused),
    )
