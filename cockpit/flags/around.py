"""What goes around any setter: the application restarted after it, and asked itself what it sees."""

from collections.abc import Mapping

from cockpit.flags.base import Context, FlagError, Seen, Setter, Wanted
from cockpit.flags.command import printed
from cockpit.flags.program import Program, program

RESTART_SECONDS = 120.0


class Around:
    """Sets with another setter, then restarts; reads with a program where one is given."""

    def __init__(self, setter: Setter, restart: Program | None, reading: Program | None) -> None:
        self._setter = setter
        self._restart = restart
        self._reading = reading
        self.how = setter.how + (f", then {restart.words[0]}" if restart is not None else "")
        self.readable = setter.readable or reading is not None

    async def set(self, wanted: Wanted) -> str:
        said = await self._setter.set(wanted)
        if self._restart is not None:
            try:
                await self._restart.run(wanted)
            except FlagError as error:
                # Who reads only the variable would call it done, and the application knows nothing of it.
                raise FlagError(f"it was set, but {error}", unknown=self._reading is not None) from None
        return said

    async def read(self, wanted: Wanted) -> Seen:
        return await printed(self._reading, wanted) if self._reading is not None else await self._setter.read(wanted)

    async def close(self) -> None:
        await self._setter.close()


def programs(flag: str, table: Mapping[str, object], context: Context) -> tuple[Program | None, Program | None]:
    """The programs of `restart` and `read`. Raises FlagError."""

    def of(key: str, timeout: float) -> Program | None:
        if key not in table:
            return None
        return program(f"flags.{flag}.{key}", table[key], shell=False, timeout=timeout, context=context)

    return of("restart", RESTART_SECONDS), of("read", 10.0)
