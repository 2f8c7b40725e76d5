"""One deploy per environment: a kernel lock held by the engine, and beside it, in the same file, who holds it."""

import contextlib
import json
import os
import time
from pathlib import Path

from msgspec import Struct, convert

from cockpit.external.locks import is_locked
from cockpit.runner import files


class Holder(Struct, frozen=True):
    deploy: str
    pid: int
    host: str
    by: str
    since: float
    version: str = ""


class Lock:
    """Held until the process ends or `release`; a dead holder's lock is free at once, for the kernel let go of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None
        self.found: Holder | None = None
        """Who had it before and died without letting go."""
        self._holder: Holder | None = None
        self.vanished = False
        """Its file was removed under us, and is there again."""

    def take(self, holder: Holder) -> Holder | None:
        """None: it is ours. Else who has it."""
        self._fd = files.take_lock(self._path)
        if self._fd is None:
            return read_holder(self._path) or Holder("unknown", 0, "", "somebody", 0.0)
        self.found = _written(self._path)
        self._holder = holder
        data = json.dumps({name: getattr(holder, name) for name in Holder.__struct_fields__}).encode()
        # A full disk loses the name of the holder, not the lock: that is the kernel's.
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, data, 0)
            os.fsync(self._fd)
        return None

    def still_there(self) -> Holder | None:
        """None: the file in the lock's place is the one that we hold, again where it had vanished. Else who has taken
        the new one in the meantime. Raises OSError."""
        if self._fd is None or self._holder is None:
            return None
        try:
            if os.path.samestat(os.fstat(self._fd), self._path.lstat()):
                return None
        except FileNotFoundError:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        old, self._fd = self._fd, None
        other = self.take(self._holder)
        if other is not None:
            self._fd = old
            return other
        os.close(old)
        self.vanished = True
        return None

    def release(self) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


def read_holder(path: Path) -> Holder | None:
    """Who holds the lock; None where it is free or unreadable."""
    return _written(path) if is_locked(path) else None


def words(holder: Holder) -> str:
    """`anna on web-1 since 2026-11-22 14:22:07 UTC: deploy 2026..., engine 4711, version 0.1.0`."""
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(holder.since))
    version = f", version {holder.version}" if holder.version else ""
    where = holder.host or "this machine"
    return f"{holder.by} on {where} since {since}: deploy {holder.deploy}, engine {holder.pid}{version}"


def _written(path: Path) -> Holder | None:
    shape = files.read_json(path)
    try:
        return convert(shape, Holder) if shape else None
    except ValueError:
        return None
