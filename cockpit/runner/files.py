"""The files of one run, by name: what the supervisor writes and others read. Standard library only."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

SCRIPT = "script.sh"
HELD = "script.held"
"""The script until the prelude is through: only then does it get the name that bash is told."""
PRELUDE = "prelude.sh"
SAVED = "saved"
"""There once the script has handed on its shell."""
REFUSED = "refused"
"""Why the prelude did not let the script begin."""
LOG = "output.log"
INDEX = "output.idx"
PROGRESS = "progress"
EXPORTS = "exports"
STATUS = "status"
EXIT = "exit.json"
OUT = "out.fifo"
PENDING = "pending.fifo"
"""What is on its way from the output FIFO to the log (`drain.py`)."""
LEFT = "left.log"
"""What processes wrote that outlived their script: the newest of it."""
CONTROL = "control.fifo"
RELEASE = "release.fifo"
"""The wrapper waits here, and holds the output, until all of it is in the log."""
IDENTITY = "pid.json"
LOCK = "lock"
"""flock held by the supervisor as long as it lives: liveness is a kernel lock, not a pid file."""
ALIVE = "alive"
"""flock on a descriptor that the command and all its children inherit: held while any of them lives."""

_LOOKS = 10
ALIVE_FD = 62


def take_lock(path: Path) -> int | None:
    """A descriptor that holds the lock until it is closed; None where another process has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    for _ in range(_LOOKS):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Perhaps only somebody who looks whether it is held (`is_locked`): that is over in microseconds.
            time.sleep(0.005)
        else:
            return fd
    os.close(fd)
    return None


def write_durably(path: Path, data: bytes) -> None:
    """The whole file or none of it, on the disk when this returns. Raises OSError."""
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _write_all(fd, data)
        os.ftruncate(fd, len(data))
        os.fsync(fd)
    finally:
        os.close(fd)
    temporary.replace(path)
    with contextlib.suppress(OSError):
        directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def reserve(path: Path, size: int) -> None:
    """Room for a small record before it is needed, so that a full disk cannot swallow it. Raises OSError."""
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _write_all(fd, b" " * size)
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    """A nearly full disk takes a part and says so only to the next write. Raises OSError."""
    while data:
        data = data[os.write(fd, data) :]


def read_json(path: Path) -> Mapping[str, object] | None:
    """The record in the file; None where it is not there or not whole."""
    try:
        shape = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return shape if isinstance(shape, dict) else None


def boot_id() -> str:
    """Names this boot of the machine; empty where the system does not tell."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
