"""Somebody else's program that is asked for one answer: started in a group of its own, heard out, ended as a whole."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

_REAP_SECONDS = 2.0


class NotStarted(Exception):
    """It cannot be run; the text says why."""


async def start(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], stdin: bool = False) -> Process:
    """Running, its outputs in pipes, and its input too where it is to be given something. Raises NotStarted."""
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=PIPE if stdin else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=cwd,
            env=environment,
            start_new_session=True,  # a group of its own, to be ended as a whole
        )
    except (OSError, ValueError) as error:
        raise NotStarted(f"cannot be run: {getattr(error, 'strerror', None) or error}") from None


async def talk(process: Process, text: str, most: int, *, first: bool = False) -> tuple[str, str, int]:
    """What it said, what it complained of and its exit status, once it was given the text. Of what it said the last
    bytes are kept, or the `first`."""
    _, said, complaint, status = await asyncio.gather(
        _give(process.stdin, text),
        heard(process.stdout, most, first=first),
        heard(process.stderr, most),
        process.wait(),
    )
    return said, complaint, status


async def _give(stdin: asyncio.StreamWriter | None, text: str) -> None:
    if stdin is None:
        return
    # A program that does not read is a program that does not want to know.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(text.encode("utf-8", "replace"))
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def heard(stream: asyncio.StreamReader | None, most: int, *, first: bool = False) -> str:
    """The last bytes of what it says, or the first; all of it is read, so that it never waits for us."""
    assert stream is not None
    data = b""
    while part := await stream.read(8192):
        data = (data + part)[:most] if first else (data + part)[-most:]
    return data.decode("utf-8", "replace")


def ending(status: int) -> str:
    """`exit status 3`, or `signal 9`."""
    return f"exit status {status}" if status > 0 else f"signal {-status}"


def last_line(text: str) -> str:
    return text.strip().rsplit("\n", 1)[-1]


async def end(process: Process) -> None:
    """The whole group is gone, also where it has left children behind or whoever asked was cancelled."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # Bounded: a descendant that left the group may hold the pipes for ever.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _REAP_SECONDS)
