"""Whether somebody holds a lock. Standard library only: supervisors start by it."""

import fcntl
import os
from pathlib import Path


def is_locked(path: Path) -> bool:
    """True while some process holds the `flock` on the file; False where it is free or the file is not there.

    Also true where nobody can tell (no descriptor left, a disk error, a link in its place): what lives must never be
    taken for dead.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    try:
        # Shared: two that only look must not see each other.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
