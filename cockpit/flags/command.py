"""`command`: any program sets the flag, another one prints what it is."""

from collections.abc import Mapping

from cockpit.flags.base import Context, Seen, Setter, Wanted
from cockpit.flags.options import options_of
from cockpit.flags.program import Program, program
from cockpit.flags.values import seen


class Command:
    """Exit status 0: set. Without `read` it cannot be read back."""

    def __init__(self, setting: Program, reading: Program | None) -> None:
        self._setting = setting
        self._reading = reading
        self.how = f"a command: {setting.words[0]}"
        self.readable = reading is not None

    async def set(self, wanted: Wanted) -> str:
        await self._setting.run(wanted)
        return ""

    async def read(self, wanted: Wanted) -> Seen:
        return await printed(self._reading, wanted)

    async def close(self) -> None:
        """Nothing outlives a setting."""


async def printed(reading: Program | None, wanted: Wanted) -> Seen:
    """The flag as the program's last line says it. Raises FlagError."""
    if reading is None:
        return Seen(None, "cannot be read back")
    lines = (await reading.run(wanted)).strip().split("\n")
    return seen(lines[-1], wanted.form, reading.called)


def build(flag: str, options: Mapping[str, object], context: Context) -> Setter:
    """Options: set, read, shell (false). In their words `{flag}`, `{percent}` and `{value}` stand for what is wanted.
    Raises FlagError."""
    given = options_of(flag, options).only("set", "read", "shell", "timeout")
    shell, timeout = given.flag("shell"), given.seconds("timeout", 10.0)

    def of(key: str) -> Program:
        return program(f"flags.{flag}.{key}", options[key], shell=shell, timeout=timeout, context=context)

    given.text("set")
    return Command(of("set"), of("read") if "read" in options else None)
