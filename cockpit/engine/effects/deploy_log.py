"""The deploy log, written as the deploy goes: what is there after a crash is true, only shorter.

Until the deploy phase nothing is written: a file that appears in the working tree would fail the check that it is
clean.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from cockpit.deploy import events as e
from cockpit.deploy.state import State

PAUSE_SECONDS = 2.0
"""Events come in bursts: so long they are gathered."""

Write = Callable[[State, Sequence[e.Event]], Sequence[str]]
"""Writes the log from the record; gives the paths. Raises OSError."""


class LogKeeper:
    """`now`: the state and its events; `complain`: called once, with why the log cannot be written; `tell`: once,
    with its paths."""

    def __init__(
        self,
        write: Write | None,
        now: Callable[[], tuple[State, list[e.Event]]],
        complain: Callable[[str], Awaitable[object]],
        tell: Callable[[Sequence[str]], Awaitable[object]],
    ) -> None:
        self._write = write
        self._now = now
        self._complain = complain
        self._tell = tell
        self._told = False
        self._turn = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None
        self._failed = False

    def saw(self, events: Sequence[e.Event]) -> None:
        """New events: the log follows in a moment."""
        state, _ = self._now()
        if self._write is None or "deploy" not in state.phases or state.closed is not None or self._soon is not None:
            return
        if any(event.body.in_log for event in events):
            self._soon = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        self._soon = None
        if self._now()[0].closed is not None:
            return  # the whole of it is written already
        paths = await self.write()
        if paths and not self._told:
            # Once: where the log lies is known while it grows.
            self._told = True
            await self._tell(paths)

    async def write(self) -> Sequence[str]:
        """Now; gives the paths, none where it cannot be written."""
        if self._write is None:
            return ()
        loop = asyncio.get_running_loop()
        try:
            async with self._turn:
                return await loop.run_in_executor(None, self._write, *self._now())
        except OSError as error:
            if not self._failed or self._now()[0].closed is not None:
                self._failed = True
                await self._complain(f"the deploy log could not be written: {error}")
            return ()

    async def stop(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._soon
