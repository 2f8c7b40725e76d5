"""The file behind `$COCKPIT_ENV`: one for all steps of a deploy, written to by each, read by the cockpit after each."""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cockpit.runner.handed_on import closed, read_handed_on, unreadable


class HandingOn:
    """Runs go by the name of their folder. What the file was before one lies beside it, in the folder that only this
    account can enter: an engine that comes later knows as well whose lines are whose."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        return self._folder() / "env"

    def values(self) -> Mapping[str, str]:
        """What scripts have written so far."""
        try:
            return read_handed_on(self.path)
        except OSError:
            return {}

    def begin(self, run: str) -> None:
        """Before the run's script starts. What an earlier one left open is closed, or this one's first line would be a
        part of it. Raises OSError."""
        self._folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        now = _text(self.path)
        if end := closed(now)[len(now) :]:
            with self.path.open("a", encoding="utf-8", errors="surrogateescape") as file:
                file.write(end)
        with os.fdopen(os.open(self._before(run), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
            copy.write(self.path.read_bytes())

    def settle(self, run: str) -> list[str]:
        """After its script: what it wrote that cannot be read, each with its line."""
        try:
            now = _text(self.path)
        except OSError:
            return []
        before = ""
        with contextlib.suppress(OSError):
            before = _text(self._before(run))
        return unreadable(now, before.count("\n") if now.startswith(before) else 0)

    def forget(self, run: str) -> None:
        """Once its end is recorded."""
        with contextlib.suppress(OSError):
            self._before(run).unlink()

    def _before(self, run: str) -> Path:
        return self.path.with_name(f"env.before.{run}")


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()
