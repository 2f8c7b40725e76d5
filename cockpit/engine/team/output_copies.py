"""Copies of the logs of runs on another machine, in the same folders, so that every face finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.deploy.events import Event, StepStarted
from cockpit.deploy.state import State
from cockpit.runner import files
from cockpit.runner.logfile import LogWriter

if TYPE_CHECKING:
    from cockpit.team.follower import Follower

FAST_SECONDS = 0.2
SLOW_SECONDS = 1.0


class Copies:
    """Fetches what the runs here lack; a run that this very machine made is left alone."""

    def __init__(self, folder: Path, follower: Follower) -> None:
        self._folder = folder
        self._follower = follower
        self._seen = 0
        self._runs: dict[str, tuple[str, int]] = {}
        self._whole: set[str] = set()
        self.pause = SLOW_SECONDS
        self.whole = False
        """After the last round nothing was missing that the far side has."""

    async def fetch(self, events: Sequence[Event], state: State) -> bool:
        """One round over all runs that may have more; True where something came. Never raises: what does not come now
        comes later."""
        from cockpit.postgres.session import NoAnswer
        from cockpit.team.base import TeamError

        for event in events[self._seen :]:
            if isinstance(event.body, StepStarted) and event.body.directory:
                self._runs[event.body.directory] = (event.body.task, event.body.attempt)
        self._seen = len(events)
        came, failed = False, False
        self.pause = FAST_SECONDS if state.running else SLOW_SECONDS
        for directory, (task, attempt) in self._runs.items():
            if directory in self._whole:
                continue
            have = state.of(task)
            runs = have.attempt == attempt and have.status == "running"
            try:
                fetched = await self._fetch(directory)
            except (NoAnswer, TeamError, OSError):
                failed = True
                break
            came = came or fetched
            log = self._folder / directory / files.LOG
            if not runs and not fetched and (have.attempt != attempt or _size(log) >= have.log_bytes):
                self._whole.add(directory)
        self.whole = not came and not failed
        return came

    async def _fetch(self, directory: str) -> bool:
        folder = self._folder / directory
        if (folder / files.ALIVE).exists():
            self._whole.add(directory)
            return False
        pieces = await self._follower.pieces(directory, _size(folder / files.LOG))
        if not pieces:
            return False
        await asyncio.to_thread(_write, folder, [(piece.start, piece.data, piece.at) for piece in pieces])
        return True


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:
        return 0


def _write(folder: Path, pieces: Sequence[tuple[int, bytes, float]]) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    writer = LogWriter(folder)
    at = 0.0
    try:
        for start, data, at in pieces:
            if start == writer.size:
                writer.write(data, at)
    finally:
        writer.close(at)
