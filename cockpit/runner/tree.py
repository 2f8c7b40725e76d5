"""The processes of a step: found and ended until none is left. Linux by /proc, elsewhere the process group alone.

Standard library only: the supervisor runs with as few imports as possible.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
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
        try:
            stat = (proc / entry / "stat").read_bytes()
        except OSError:
            continue
        state, parent, group = stat[stat.rindex(b")") + 2 :].split()[:3]
        if state not in (b"Z", b"X"):
            yield int(entry), int(parent), int(group)


def descendants(root: int, cookie: bytes = b"") -> list[int]:
    """Pids below `root`, children before grandchildren; zombies left out. Empty where there is no /proc.

    With a cookie also those that carry it in their environment: after an adoption nothing is below the supervisor.
    """
    parents: dict[int, list[int]] = {}
    found: list[int] = []
    for pid, parent, _ in _processes():
        parents.setdefault(parent, []).append(pid)
        if cookie and pid != root and _carries(pid, cookie):
            found.append(pid)
    todo = [root]
    while todo:
        children = [pid for pid in parents.get(todo.pop(), []) if pid not in found]
        found += children
        todo += children
    return found


def _carries(pid: int, cookie: bytes) -> bool:
    try:
        return cookie in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def signal_tree(root: int, group: int, number: int, cookie: bytes = b"") -> None:
    """Send to the process group and to every descendant of `root`; those that are gone already do not matter."""
    if group > 1:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for pid in descendants(root, cookie):
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
