"""The engine's hand on the supervisors: prepare, go, cancel, adopt, and what became of a run.

`prepare` returns when everything is ready to start; the engine then makes `StepStarted` durable; `go` starts the
command. If the engine dies in between, the supervisor reads end of file and the command never runs.
"""

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cockpit.external.locks import is_locked
from cockpit.runner import files, supervisor

READY_SECONDS = 15.0
LEAVE_SECONDS = 1.0
UNUSED_LOOKS = 100
COMMAND: tuple[str, ...] = (sys.executable, "-I", "-S", supervisor.__file__)
"""How a supervisor is started; fault tests put a tracer or a broken clock before it."""


class RunnerError(Exception):
    """The run could not be prepared; the text says why and where."""


@dataclass(frozen=True)
class Order:
    """What is to run. `env` is complete: nothing is inherited beside it."""

    directory: Path
    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]
    patterns: Sequence[bytes] = ()
    hand_on: tuple[str, str] | None = None
    """The file `$COCKPIT_ENV` and the shell's state: secrets that scripts hand on there are masked."""
    timeout_seconds: float | None = None
    grace_seconds: float = 5.0
    terminal_socket: str = ""
    """Where an attached person reaches the pseudo-terminal; empty for a run through a pipe."""
    cap_bytes: int | None = None


@dataclass
class Prepared:
    """A supervisor that waits for GO."""

    order: Order
    process: asyncio.subprocess.Process
    started: bool = field(default=False)

    async def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"GO\n")
        with contextlib.suppress(ConnectionError):
            await self.process.stdin.drain()
        self.process.stdin.close()
        self.started = True

    async def discard(self) -> None:
        """Not started after all: the supervisor leaves without running anything."""
        if not self.started and self.process.stdin is not None:
            self.process.stdin.close()
            await self.process.wait()
            shutil.rmtree(self.order.directory, ignore_errors=True)


async def prepare(order: Order, script: str, prelude: str = "") -> Prepared:
    """Write the script, start the supervisor and wait until it is ready. Raises RunnerError."""
    await _clear_unused(order.directory)
    try:
        order.directory.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        raise RunnerError(f"{order.directory} already exists: this attempt has run before") from None
    except OSError as error:
        raise RunnerError(f"{order.directory}: {error.strerror}: nothing was started") from error
    try:
        _private(order.directory / (files.HELD if prelude else files.SCRIPT), script)
        if prelude:
            _private(order.directory / files.PRELUDE, prelude)
            _private(order.directory / files.PROGRESS, "")
    except OSError as error:
        raise RunnerError(f"{order.directory}: {error.strerror}: nothing was started") from error
    return await _start(order, adopt=False)


async def _clear_unused(directory: Path) -> None:
    """Remove what an engine left that died between `prepare` and `go`: nothing ran there, and nothing can any more.

    The command's first act is to hold `alive`, before it lets go of the inherited `lock`: a folder with neither never
    had a command. Its supervisor reads end of file and leaves; that takes a moment.
    """
    if not directory.exists():
        return
    for _ in range(UNUSED_LOOKS):
        if not supervised(directory):
            break
        await asyncio.sleep(0.02)
    used = (files.ALIVE, files.STATUS, files.EXIT)
    if not supervised(directory) and not any((directory / name).exists() for name in used):
        shutil.rmtree(directory, ignore_errors=True)


async def adopt(order: Order) -> Prepared:
    """A supervisor for a run whose own has died; it reads on where the other stopped."""
    return await _start(order, adopt=True)


async def _start(order: Order, *, adopt: bool) -> Prepared:
    message = {
        "argv": list(order.argv),
        "cwd": order.cwd,
        "env": dict(order.env),
        "patterns": [pattern.hex() for pattern in order.patterns],
        "hand_on": order.hand_on,
        "timeout": order.timeout_seconds,
        "grace": order.grace_seconds,
        "terminal_socket": order.terminal_socket,
        "cap_bytes": order.cap_bytes,
        "adopt": adopt,
    }
    try:
        errors = os.open(order.directory / "supervisor.err", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise RunnerError(f"{order.directory}: {error.strerror}: nothing was started") from error
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            str(order.directory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd="/",
            env={"LANG": os.environ.get("LANG", "C.UTF-8"), "PATH": os.environ.get("PATH", os.defpath)},
            start_new_session=True,
        )
    except OSError as error:
        raise RunnerError(f"the supervisor did not start: {error.strerror}") from error
    finally:
        os.close(errors)
    if not await _is_ready(process, json.dumps(message).encode() + b"\n"):
        said = (order.directory / "supervisor.err").read_text(errors="replace").strip().splitlines()[-1:]
        raise RunnerError(f"the supervisor did not start: {said[0] if said else f'exit status {process.returncode}'}")
    return Prepared(order, process)


async def _is_ready(process: asyncio.subprocess.Process, message: bytes) -> bool:
    """True once the supervisor has taken the message. False: it did not, and has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(message)
        await process.stdin.drain()
        if await asyncio.wait_for(process.stdout.readline(), READY_SECONDS) == b"READY\n":
            return True
    except (TimeoutError, ConnectionError):
        pass
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), LEAVE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
    return False


def cancel(directory: Path) -> bool:
    """Ask the run's supervisor to end the whole tree. False where no supervisor listens."""
    if not is_locked(directory / files.LOCK):
        return False
    try:
        fd = os.open(directory / files.CONTROL, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        os.write(fd, b"cancel\n")
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def supervised(directory: Path) -> bool:
    """True while a supervisor holds the run."""
    return is_locked(directory / files.LOCK)


def adoptable(directory: Path) -> bool:
    """True where nobody supervises the run, but the command lives on or left its status."""
    if supervised(directory) or (directory / files.EXIT).exists():
        return False
    return (directory / files.STATUS).exists() or is_locked(directory / files.ALIVE)


def _private(path: Path, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
