"""Running a program for a flag. What stands for a value is put into single words: no shell ever reads it."""

import asyncio
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from cockpit.external import processes as programs
from cockpit.flags.base import Context, FlagError, Wanted
from cockpit.text.masking import outside

KEPT_BYTES = 16 * 1024
_HOLE = re.compile(r"\{(flag|percent|value)\}")
_OF_A_SHELL = ("|", "||", "&&", ";", ">", ">>", "<", "&")


class Program(Struct, frozen=True, kw_only=True):
    """A template of words, or with `by_shell` one line for `sh -c`, where the values are `$COCKPIT_FLAG` and so on."""

    called: str
    words: tuple[str, ...]
    by_shell: bool = False
    timeout: float = 10.0
    context: Context = Context()

    async def run(self, wanted: Wanted, stdin: str = "") -> str:
        """What it printed. Raises FlagError, `unknown` where it may have done its work."""
        argv = ["sh", "-c", self.words[0]] if self.by_shell else [filled(word, wanted) for word in self.words]
        return await _run(self, argv, variables(wanted), stdin)


def variables(wanted: Wanted) -> dict[str, str]:
    """What every program is told."""
    return {
        "COCKPIT_FLAG": wanted.flag,
        "COCKPIT_PERCENT": f"{wanted.number}",
        "COCKPIT_VALUE": text_of(wanted.value),
    }


def text_of(value: bool | int | float) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else f"{value}"


def filled(word: str, wanted: Wanted) -> str:
    """The word with its holes filled in, still one word."""
    known = {"flag": wanted.flag, "percent": f"{wanted.number}", "value": text_of(wanted.value)}
    return _HOLE.sub(lambda hole: known[hole[1]], word)


def program(called: str, line: object, *, shell: bool, timeout: float, context: Context) -> Program:
    """From a line of the settings. Raises FlagError where it cannot be run safely."""
    if not isinstance(line, str) or not line.strip():
        raise FlagError(f"{called} must be a command")
    if shell:
        if _HOLE.search(line):
            raise FlagError(
                f'{called}: a shell would interpret the text of {{...}}; use "$COCKPIT_FLAG", "$COCKPIT_PERCENT" or '
                '"$COCKPIT_VALUE" in quotes'
            )
        return Program(called=called, words=(line,), by_shell=True, timeout=timeout, context=context)
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise FlagError(f"{called} cannot be split into words: {str(error).lower()}") from None
    odd = next((word for word in words if word in _OF_A_SHELL or "$(" in word or "`" in word), "")
    if odd:
        raise FlagError(f"{called} contains {odd!r}, which needs a shell; set shell = true")
    return Program(called=called, words=tuple(words), timeout=timeout, context=context)


async def _run(program: Program, argv: Sequence[str], told: Mapping[str, str], stdin: str) -> str:
    context = program.context
    try:
        process = await programs.start(
            argv, cwd=Path(context.root), environment={**context.values, **told}, stdin=bool(stdin)
        )
    except programs.NotStarted as error:
        raise FlagError(f"{program.called} {error}") from None
    try:
        async with asyncio.timeout(program.timeout):
            said, complaint, status = await programs.talk(process, stdin, KEPT_BYTES)
    except TimeoutError:
        raise FlagError(f"{program.called} timed out after {program.timeout:g} s", unknown=True) from None
    finally:
        await programs.end(process)
    if status:
        last = programs.last_line(complaint)
        words = f"{program.called}: {programs.ending(status)}" + (
            f": {outside(last, context.secrets, 160)}" if last else ""
        )
        raise FlagError(words, unknown=status < 0)
    return said
