"""The local journal as the outbox: what is durable there, byte for byte, is what goes to the team."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from cockpit.journal.chain import GENESIS, Row
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.team.base import TeamError

T = TypeVar("T")


class Outbox:
    """Reads one deploy's rows from a thread of its own; never writes."""

    def __init__(self, path: Path, deploy: str) -> None:
        self._path = path
        self._deploy = deploy
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._journal: Journal | None = None

    async def rows(self, after: int, limit: int) -> list[Row]:
        """The next rows. Raises TeamError where the journal cannot be read."""
        return await self._with(lambda journal: journal.rows(self._deploy, after, limit))

    async def digest_at(self, seq: int) -> bytes:
        """The chain's link at this event; empty where it is not there. Raises TeamError."""
        if not seq:
            return GENESIS
        found = await self._with(lambda journal: journal.rows(self._deploy, seq - 1, 1))
        return found[0].digest if found and found[0].seq == seq else b""

    async def _with(self, read: Callable[[Journal], T]) -> T:
        def work() -> T:
            if self._journal is None:
                self._journal = Journal(self._path, read_only=True)
            return read(self._journal)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, work)
        except JournalError as error:
            raise TeamError(str(error)) from error

    async def close(self) -> None:
        def work() -> None:
            if self._journal is not None:
                self._journal.close()

        await asyncio.get_running_loop().run_in_executor(self._disk, work)
        self._disk.shutdown(wait=False)
