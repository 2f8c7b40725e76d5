"""PostgreSQL refuses to run as root: which user runs it then, and what that user can reach."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_CANDIDATES = ("nobody", "daemon", "postgres")


@dataclass(frozen=True)
class Unprivileged:
    """A user without rights, as `subprocess.Popen(user=, group=, extra_groups=)` wants it."""

    name: str
    uid: int
    gid: int

    def can_reach(self, path: Path) -> bool:
        """Whether the user may pass every folder down to `path` (mode bits only; access lists are not read)."""
        resolved = path.resolve()
        return all(self._may_pass(folder) for folder in (resolved, *resolved.parents))

    def _may_pass(self, path: Path) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def unprivileged() -> Unprivileged | None:
    """The user to become, or None where this process is not root and stays who it is. Raises LookupError if root
    and there is no such user."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Unprivileged(name, entry.pw_uid, entry.pw_gid)
    raise LookupError(f"PostgreSQL does not run as root and none of the users {', '.join(_CANDIDATES)} exists")
