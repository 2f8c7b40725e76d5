"""How long the platform lives: as long as somebody needs it."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil

from cockpit.external.locks import is_locked


def started_at(pid: int) -> float | None:
    """When the process started (Unix time), None if there is none: a pid alone may be somebody else's by now."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def is_alive(pid: int, started: float) -> bool:
    """Whether that very process still runs (a zombie does not)."""
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 0.1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def lock_held(folder: Path) -> bool:
    """Whether anybody holds a lock on one of the `*.lock` files there: an engine with a deploy under way."""
    return any(is_locked(path) for path in folder.glob("*.lock"))


class Leash:
    """Says when to go: the process that started us is gone and no engine has been at work for `patience` seconds."""

    def __init__(
        self,
        parent: int,
        parent_started: float,
        locks: Path,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parent = (parent, parent_started)
        self._locks = locks
        self._patience = patience
        self._clock = clock
        self._needed = clock()

    def is_over(self) -> bool:
        """Ask about once a second."""
        # The locks are only tried when they matter: trying takes one for a moment.
        if is_alive(*self._parent) or lock_held(self._locks):
            self._needed = self._clock()
        return self._clock() - self._needed > self._patience
