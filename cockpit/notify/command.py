"""`command`: any program. The text is on its standard input; what it is about is in variables."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping

from msgspec import Struct

from cockpit.notify.base import Context, Delivered, Message, Notifier, NotifyError
from cockpit.notify.options import seconds, text
from cockpit.outside import outside
from cockpit.sanitize import one_line

TRY_AGAIN = 75
"""Exit status EX_TEMPFAIL of sysexits.h: not now, try later."""
KEPT_BYTES = 4096
_REAP_SECONDS = 2.0


class Program(Struct, frozen=True, kw_only=True):
    """What runs, through `sh -c`, and where."""

    name: str
    command: str
    timeout: float
    context: Context


class CommandNotifier:
    """Exit status 0: taken; the first line it printed is the reference. 75: it may be tried again."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def send(self, message: Message) -> Delivered:
        program = self._program
        called = f"the command of {program.name}"
        try:
            process = await asyncio.create_subprocess_exec(
                "sh",
                "-c",
                program.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=program.context.root,
                env={**program.context.values, **variables(message)},
                start_new_session=True,  # a group of its own, to be ended as a whole
            )
        except (OSError, ValueError) as error:
            raise NotifyError(f"{called} cannot be run: {getattr(error, 'strerror', None) or error}") from None
        try:
            async with asyncio.timeout(program.timeout):
                said, complaint, status = await _talk(process, message.text)
        except TimeoutError:
            raise NotifyError(
                f"{called} did not end within {program.timeout:g} s: it is not known whether it arrived"
            ) from None
        finally:
            await _end(process)
        secrets = program.context.secrets
        if status:
            last = complaint.strip().rsplit("\n", 1)[-1]
            how = f"exit status {status}" if status > 0 else f"signal {-status}"
            words = f"{called}: {how}" + (f": {outside(last, secrets, 120)}" if last else "")
            raise NotifyError(words, retry=status == TRY_AGAIN)
        return Delivered(outside(said.strip().split("\n", 1)[0], secrets, 100))


def variables(message: Message) -> dict[str, str]:
    """What the program is told besides the text."""
    return {
        "COCKPIT_NOTICE_KIND": message.kind,
        "COCKPIT_NOTICE_TITLE": one_line(message.title),
        "COCKPIT_NOTICE_THREAD": one_line(message.thread),
        "COCKPIT_DEPLOY": message.deploy,
        "COCKPIT_ENVIRONMENT": message.environment,
        "COCKPIT_PROJECT": message.project,
    }


async def _talk(process: asyncio.subprocess.Process, words: str) -> tuple[str, str, int]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    _, said, complaint, status = await asyncio.gather(
        _give(process.stdin, words.encode("utf-8", "replace")),
        _kept(process.stdout, first=True),
        _kept(process.stderr, first=False),
        process.wait(),
    )
    return said, complaint, status


async def _give(stdin: asyncio.StreamWriter, data: bytes) -> None:
    # A program that does not read is a program that does not want to know.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(data)
        await stdin.drain()
        stdin.close()
        await stdin.wait_closed()


async def _kept(stream: asyncio.StreamReader, *, first: bool) -> str:
    """The first or the last part of what it says; all of it is read, so that it never waits for us."""
    data = b""
    while part := await stream.read(8192):
        data = (data + part)[:KEPT_BYTES] if first else (data + part)[-KEPT_BYTES:]
    return data.decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """The whole group is gone, also where it has left children behind or the sender was cancelled."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _REAP_SECONDS)


def build(name: str, options: Mapping[str, object], context: Context) -> Notifier:
    """Options: command. Raises NotifyError."""
    program = Program(name=name, command=text(options, "command"), timeout=seconds(options), context=context)
    return CommandNotifier(program)
