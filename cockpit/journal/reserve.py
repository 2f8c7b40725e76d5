"""Room on the disk that is kept for the hour in which there is none: a rollback can always be recorded.

The file lies beside the journal and is given up for a rollback alone. It is made again once there is room.
"""

import contextlib
import os
from pathlib import Path

NAME = "reserve"
SIZE = 4 << 20
"""Bytes: the events of a rollback, its scripts and the first of their output."""
ROOMY = 256 << 20
"""Free bytes from which on a new reserve is made."""


def keep(folder: Path) -> bool:
    """Make the reserve where it is missing and there is room for it; True where it is there."""
    path = folder / NAME
    try:
        if path.stat().st_size == SIZE:
            return True
    except OSError:
        pass
    with contextlib.suppress(OSError):
        if _free(folder) < min(ROOMY, _size(folder) // 4):
            return False
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            # Written, not only promised: some file systems take a hole for a reservation. Not zeros: some pack these.
            block = os.urandom(1 << 16)
            for _ in range(SIZE // len(block)):
                os.write(fd, block)
            os.fsync(fd)
        finally:
            os.close(fd)
        return True
    return False


def spend(folder: Path) -> bool:
    """Give it up; False where there was none."""
    try:
        (folder / NAME).unlink()
    except OSError:
        return False
    return True


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _size(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_blocks * found.f_frsize
