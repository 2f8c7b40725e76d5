"""Source `command`: runs a program per metric that prints one number, or JSON `{"value": 0.4, "at": 1767225600}`."""

import asyncio
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cockpit.external import processes as programs
from cockpit.metrics.base import Reading, Source, SourceError, Variables
from cockpit.metrics.options import TIMEOUT_SECONDS, Metrics, Options, of_metric
from cockpit.metrics.printed import CommandError, parse
from cockpit.text.masking import outside

MAX_BYTES = 64 * 1024
_OPTIONS = ("timeout", "shell", "cwd", "environment")


@dataclass(frozen=True)
class Command:
    """What to run. `environment` is laid over the cockpit's own; the values of `hidden` are masked in messages."""

    argv: tuple[str, ...]
    timeout: float
    cwd: Path
    environment: Mapping[str, str]
    hidden: tuple[str, ...] = ()


class CommandSource:
    """One command per metric, all at the same time; none ever runs twice at once."""

    def __init__(self, name: str, commands: Mapping[str, Command]) -> None:
        self.name = name
        self._commands = commands
        self._locks = {metric: asyncio.Lock() for metric in commands}

    async def read(self, now: float) -> list[Reading]:
        """Run every command once. `at` is the time that the command tells, else now."""
        return list(await asyncio.gather(*(self._one(metric, now) for metric in self._commands)))

    async def close(self) -> None:
        """Nothing outlives a reading."""

    async def _one(self, metric: str, now: float) -> Reading:
        command = self._commands[metric]
        async with self._locks[metric]:
            try:
                return parse(metric, await _run(command, metric), now)
            except CommandError as error:
                return Reading(metric, now, error=outside(str(error), command.hidden))


async def _run(command: Command, metric: str) -> str:
    """Its standard output. Like `$(...)` it waits for everything that holds the output. Raises CommandError."""
    try:
        environment = {**os.environ, **command.environment, "COCKPIT_METRIC": metric}
        process = await programs.start(command.argv, cwd=command.cwd, environment=environment)
    except programs.NotStarted as error:
        raise CommandError(f"{command.argv[0]} {error}") from None
    assert process.stdout is not None
    ended = False
    try:
        async with asyncio.timeout(command.timeout):
            output, complaint = await asyncio.gather(_bounded(process.stdout), programs.heard(process.stderr, 4096))
            status = await process.wait()
            ended = True
    except TimeoutError:
        raise CommandError(f"{_short(command)} timed out after {command.timeout:g} s") from None
    finally:
        # Also where the reader is cancelled: a command that hangs must not pile up.
        if not ended:
            await programs.end(process)
    if status != 0:
        last = programs.last_line(complaint)
        raise CommandError(f"{_short(command)}: {programs.ending(status)}" + (f": {last}" if last else ""))
    return output


async def _bounded(stream: asyncio.StreamReader) -> str:
    text = bytearray()
    while part := await stream.read(8192):
        text += part
        if len(text) > MAX_BYTES:
            raise CommandError(f"printed more than {MAX_BYTES // 1024} KiB; expected one number")
    return text.decode(errors="replace")


def _short(command: Command) -> str:
    """Its first word, and no more: what follows may be a key."""
    line = command.argv[2] if command.argv[:2] == ("bash", "-c") else command.argv[0]
    first = (line.split() or [""])[0]
    return "the command" if "=" in first else outside(first, limit=40)


def build(
    name: str,
    options: Mapping[str, object],
    metrics: Metrics,
    variables: Variables = Variables(),  # noqa: B008 - frozen
) -> Source:
    """Options: timeout (3 s), shell (false: the words of the command are run as they are; true: through bash -c), cwd
    (the repository's root), environment (a table over the deploy's variables; values may be `env:NAME`). Per
    metric: command, timeout, shell. Raises SourceError."""
    given = Options(name, options).only(*_OPTIONS)
    if not metrics:
        raise SourceError(f"source {name!r} provides no metric; use it in one ([metrics.NAME] source = {name!r})")
    timeout, shell = given.seconds("timeout", TIMEOUT_SECONDS), given.flag("shell")
    # The engine's working directory is the repository's root.
    cwd = Path.cwd() / given.text("cwd", "")
    if not cwd.is_dir():
        raise given.error("cwd", f"= {given.text('cwd', '')!r}: no such directory")
    own_variables = given.mapping("environment")
    environment = {**variables.values, **own_variables}
    hidden = (*variables.secrets, *own_variables.values())
    commands: dict[str, Command] = {}
    for metric, table in metrics.items():
        own = of_metric(name, metric, table).only("command", "timeout", "shell")
        line = own.text("command")
        argv = ["bash", "-c", line] if (own.flag("shell") if "shell" in table else shell) else _words(own, line)
        patience = own.seconds("timeout", timeout)
        commands[metric] = Command(tuple(argv), patience, cwd, environment, hidden)
    return CommandSource(name, commands)


def _words(options: Options, line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise options.error("command", f"cannot be split into words: {str(error).lower()}") from None
    odd = next((word for word in words if word in ("|", "||", "&&", ";", ">", "<", "&") or "$(" in word), "")
    if odd:
        raise options.error("command", f"contains {odd!r}, which needs a shell; set shell = true")
    return words
