"""Running real scripts through real supervisors."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cockpit.runbook.shell import read_script
from cockpit.runner import files, spawn
from cockpit.runner.follow import Exit, Progress, read_exit
from cockpit.runner.prelude import Carried, blank_before, prelude
from tests.waiting import soon

BASH = os.environ.get("COCKPIT_TEST_BASH", "bash")
"""The shell of the tests: `COCKPIT_TEST_BASH=/opt/bash-4.4/bin/bash` tries them with another one."""


@dataclass
class Run:
    """One run in a folder of its own."""

    directory: Path
    prepared: spawn.Prepared

    @property
    def log(self) -> bytes:
        return (self.directory / files.LOG).read_bytes()

    @property
    def supervisor(self) -> int:
        return self.prepared.process.pid

    @property
    def commands(self) -> list[int]:
        """Indexes of the commands that were reached."""
        return [one.index for one in Progress(self.directory).read()]

    async def said(self, text: bytes) -> None:
        await soon(lambda: text in self.log, f"{text!r} in the log")

    async def ended(self, seconds: float = 20.0) -> Exit:
        """The exit record."""
        record = await soon(lambda: read_exit(self.directory), "the exit record", seconds)
        await self.let_go(record)
        return record

    async def let_go(self, record: Exit) -> None:
        """The supervisor is gone; below one that reads on for what the script left behind, only its lock is."""
        if record.leftover_pids:
            await soon(lambda: not spawn.supervised(self.directory), "the run's lock to be free")
        else:
            await self.prepared.process.wait()

    def left(self) -> list[int]:
        """Living processes that carry this run's folder in their environment."""
        return pids_with(f"COCKPIT_RUN={self.directory}")


@dataclass
class Bench:
    """Starts runs below one folder, with one carried state."""

    root: Path
    runs: list[Run] = field(default_factory=list)

    async def prepare(
        self,
        script: str,
        *,
        carried: bool = False,
        task: str = "",
        state: Mapping[str, bool] | None = None,
        from_line: int = 0,
        env: Mapping[str, str] | None = None,
        secret_names: Sequence[str] = (),
        handed_on: Sequence[str] = (),
        **order: Any,
    ) -> Run:
        directory = self.root / f"run-{len(self.runs) + 1}"
        commands = read_script(script, 1).commands
        body = blank_before(script, 1, from_line) if from_line else script
        text = prelude(
            str(directory),
            commands,
            1,
            body=body,
            carried=Carried(
                state=str(self.root / "state"),
                task=task or directory.name,
                title=f"Step {directory.name}",
                given=secret_names,
                handed_on=handed_on,
                **(state or {}),
            )
            if carried
            else None,
        )
        base = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8"}
        argv = order.pop("argv", [BASH, str(directory / files.SCRIPT)])
        prepared = await spawn.prepare(
            spawn.Order(
                directory=directory,
                argv=argv,
                cwd=order.pop("cwd", str(self.root)),
                env={**base, "BASH_ENV": str(directory / files.PRELUDE), **(env or {})},
                grace_seconds=order.pop("grace_seconds", 0.3),
                **order,
            ),
            body,
            text,
        )
        run = Run(directory, prepared)
        self.runs.append(run)
        return run

    async def start(self, script: str, **more: Any) -> Run:
        run = await self.prepare(script, **more)
        await run.prepared.go()
        return run

    async def finish(self, script: str, **more: Any) -> tuple[Run, Exit]:
        run = await self.start(script, **more)
        return run, await run.ended()

    async def adopt(self, run: Run, **more: Any) -> None:
        order = spawn.Order(directory=run.directory, argv=(), cwd="/", env={}, grace_seconds=0.3, **more)
        run.prepared = await spawn.adopt(order)

    def clean_up(self) -> None:
        """End what a failed test left: only processes of these runs."""
        for run in self.runs:
            if run.prepared.process.returncode is None:
                kill(run.supervisor)
            for pid in run.left():
                kill(pid)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def alive(pid: int) -> bool:
    """True while the process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat[stat.rindex(b")") + 2 :].split()[0] != b"Z"


def pids_with(cookie: str) -> list[int]:
    """Living processes with this `NAME=value` in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or not alive(int(entry.name)):
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if cookie.encode() in environment.split(b"\0"):
            found.append(int(entry.name))
    return found
