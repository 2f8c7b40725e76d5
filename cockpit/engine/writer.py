"""The only pen of the journal: events are durable when it returns, or kept in memory until the disk takes them.

Secrets are taken out here: what is not in the journal cannot leak from it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec.structs import replace

from cockpit.deploy.events import Event
from cockpit.engine.redaction import redacted
from cockpit.journal import reserve
from cockpit.journal.chain import Row
from cockpit.journal.sqlite import BUSY_SECONDS, Journal, JournalError, JournalGone

RETRY_SECONDS = 1.0
IMPATIENT_SECONDS = 0.1
"""While events are kept, nobody waits long for a journal that somebody else holds."""

T = TypeVar("T")


class Pen:
    """Writes the events of one deploy, in order, from a thread of its own. `patterns`: what must not be written."""

    def __init__(
        self,
        journal: Journal,
        deploy_id: str,
        patterns: Callable[[], Sequence[bytes]] = tuple,
        known: Callable[[], Sequence[Event]] = tuple,
    ) -> None:
        self._patterns = patterns
        self._known = known
        self.written_anew = ""
        """That the journal had vanished and was written anew from memory; for whoever tells it, who empties it."""
        self._journal = journal
        self._deploy_id = deploy_id
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._next_try = 0.0
        self.keeping = False
        """True while the journal takes nothing and new events are kept in memory."""
        self.kept: list[Event] = []

    async def read(self) -> list[Event]:
        """Everything that the journal has of the deploy. Raises JournalError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._disk, self._journal.read, self._deploy_id)

    async def rows(self) -> list[Row]:
        """The same as it is stored. Raises JournalError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._disk, self._journal.rows, self._deploy_id)

    async def copy(self, rows: Sequence[Row]) -> list[Event]:
        """Rows of another machine's journal, as they are; durable when it returns. Raises JournalError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._disk, self._journal.append_rows, self._deploy_id, rows)

    async def cut(self, after: int) -> None:
        """Take back what comes behind that event. Raises JournalError."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, self._journal.cut, self._deploy_id, after)

    async def write(self, events: Sequence[Event]) -> list[Event]:
        """The events as they were written: durable when this returns, or kept where the journal took nothing before.
        Raises JournalError."""
        clean = self._clean(events)
        if self.keeping:
            self.kept += clean
        else:
            await self._append(clean)
        return clean

    def _clean(self, events: Sequence[Event]) -> list[Event]:
        patterns = self._patterns()
        return [replace(event, body=redacted(event.body, patterns)) for event in events]

    def keep(self) -> None:
        """From now on events are kept in memory, until `flush` succeeds."""
        self.keeping = True
        self._journal.patience = IMPATIENT_SECONDS
        self._next_try = asyncio.get_running_loop().time() + RETRY_SECONDS

    @property
    def due(self) -> bool:
        """True when it is time to try the journal again."""
        return self.keeping and asyncio.get_running_loop().time() >= self._next_try

    async def flush(self, last: Sequence[Event] = ()) -> list[Event]:
        """Everything that was kept, and `last` behind it, in one piece; gives `last` as it was written. Raises
        JournalError: all of it is kept on."""
        self._next_try = asyncio.get_running_loop().time() + RETRY_SECONDS
        clean = self._clean(last)
        await self._append([*self.kept, *clean])
        self.keeping, self.kept = False, []
        self._journal.patience = BUSY_SECONDS
        return clean

    async def keep_reserve(self) -> None:
        """Room for the record of a rollback, for the hour in which the disk is full."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, reserve.keep, self._journal.path.parent)

    def spend_reserve(self) -> bool:
        """Give it up; False where there is none."""
        return reserve.spend(self._journal.path.parent)

    async def _append(self, events: Sequence[Event]) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._disk, self._journal.append, self._deploy_id, events)
        except JournalGone as error:
            # What was kept in memory is known too: it is among the events that are written now.
            known = [one for one in self._known() if one.seq < events[0].seq]
            if not known:
                raise
            await loop.run_in_executor(self._disk, self._journal.begin_again, self._deploy_id, [*known, *events])
            self.written_anew = (
                f"{error}. It was rebuilt from memory, events 1 to {len(known)} of this deploy; other deploys in "
                "the lost file are gone"
            )

    async def close(self) -> None:
        """A last try for what was kept; what the disk does not take is lost with this process."""
        if self.keeping and self.kept:
            with contextlib.suppress(JournalError):
                await self.flush()
        self._disk.shutdown(wait=True)
        self._journal.close()
