"""The processes of a step: found and ended until none is left. Linux by /proc, elsewhere the process group alone.

Standard library only: the supervisor runs with as few imports as possible.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Orphans below this process become its children instead of init's. False where the system has no such thing."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def _processes() -> Iterator[tuple[int, int, int]]:
    """(pid, parent, group) of every process that is no zombie. Nothing where there is no /proc."""
    proc = Path("/proc")
    if not proc.is_dir():
        return
    for entry in os.listdir(proc):  # noqa: PTH208 - one system call; iterdir builds a Path for each of hundreds
        if not entry.isdigit():
            continue
        fields = _stat(int(entry))
        if fields:
            yield int(entry), int(fields[1]), int(fields[2])


def _stat(pid: int) -> list[bytes]:
    """What the kernel says behind the name: state, parent, group and so on. Nothing of a zombie."""
    stat = _read(f"/proc/{pid}/stat")
    fields = stat[stat.rfind(b")") + 2 :].split()
    return [] if not fields or fields[0] in (b"Z", b"X") else fields


def _read(path: str) -> bytes:
    """Three system calls for what Python's files take seven for; there may be hundreds. Nothing where it is gone."""
    data = b""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return data
    try:
        while more := os.read(fd, 1 << 16):
            data += more
    except (ProcessLookupError, PermissionError):
        return b""
    finally:
        os.close(fd)
    return data


def members(root: int, group: int = 0, belongs: Callable[[int], bool] | None = None) -> list[int]:
    """Pids below `root` and in `group`, zombies left out. Empty where there is no /proc.

    Also those that `belongs` names, and what is below them: after an adoption nothing is below the supervisor.
    """
    parents: dict[int, list[int]] = {}
    found: set[int] = set()
    for pid, parent, its_group in _processes():
        parents.setdefault(parent, []).append(pid)
        if pid != root and ((group > 1 and its_group == group) or (belongs and belongs(pid))):
            found.add(pid)
    todo = [root, *found]
    while todo:
        children = [pid for pid in parents.get(todo.pop(), ()) if pid not in found]
        found.update(children)
        todo += children
    found.discard(root)
    return sorted(found)


def carries(pid: int, variable: bytes) -> bool:
    """True where the process has this `NAME=value` in its environment."""
    return variable in _read(f"/proc/{pid}/environ").split(b"\0")


def holds(pid: int, fd: int, path: Path) -> bool:
    """True where the process has this file open under this number."""
    try:
        return os.path.samestat(os.stat(f"/proc/{pid}/fd/{fd}"), path.stat())  # noqa: PTH116 - as cheap as it can be
    except OSError:
        return False


def started(pid: int) -> str:
    """When a process was started, in the kernel's ticks since the boot: with the pid it names one process for ever.

    Empty where it is gone or a zombie, and where there is no /proc.
    """
    fields = _stat(pid)
    return fields[19].decode() if fields else ""


def signal_tree(root: int, group: int, number: int, belongs: Callable[[int], bool] | None = None) -> None:
    """Send to the process group and to every member; those that are gone already do not matter."""
    if group > 1:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for pid in members(root, 0, belongs):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def reap() -> list[tuple[int, int]]:
    """Every child that ended: (pid, wait status)."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, status))


def group_alive(group: int) -> bool:
    """True while a process of the group is there. Zombies do not count where /proc tells them apart."""
    if group <= 1:
        return False
    if Path("/proc/self/stat").exists():
        return any(one == group for _, _, one in _processes())
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
