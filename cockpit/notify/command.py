"""`command`: any program. The text is on its standard input; what it is about is in variables."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from cockpit.external import processes as programs
from cockpit.notify.base import Context, Delivered, Message, Notifier, NotifyError
from cockpit.notify.options import seconds, text
from cockpit.text.masking import outside
from cockpit.text.sanitize import one_line

TRY_AGAIN = 75
"""Exit status EX_TEMPFAIL of sysexits.h: not now, try later."""
KEPT_BYTES = 4096


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
            process = await programs.start(
                ("sh", "-c", program.command),
                cwd=Path(program.context.root),
                environment={**program.context.values, **variables(message)},
                stdin=True,
            )
        except programs.NotStarted as error:
            raise NotifyError(f"{called} {error}") from None
        try:
            async with asyncio.timeout(program.timeout):
                said, complaint, status = await programs.talk(process, message.text, KEPT_BYTES, first=True)
        except TimeoutError:
            raise NotifyError(f"{called} timed out after {program.timeout:g} s; delivery unknown") from None
        finally:
            await programs.end(process)
        secrets = program.context.secrets
        if status:
            last = programs.last_line(complaint)
            words = f"{called}: {programs.ending(status)}" + (f": {outside(last, secrets, 120)}" if last else "")
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


def build(name: str, options: Mapping[str, object], context: Context) -> Notifier:
    """Options: command. Raises NotifyError."""
    program = Program(name=name, command=text(options, "command"), timeout=seconds(options), context=context)
    return CommandNotifier(program)
