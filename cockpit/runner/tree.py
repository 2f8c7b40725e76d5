"""The processes of a step: found and ended until none is left. Linux by /proc, elsewhere the process group alone.

Standard library only: the supervisor runs with as few imports as possible.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Orphans below this process become its children instead of init's. False where the system has no such thing."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def descendants(root: int) -> list[int]:
    """Pids below `root`, children before grandchildren; zombies left out. Empty where there is no /proc."""
    parents: dict[int, list[int]] = {}
    proc = Path("/proc")
    if not proc.is_dir():
        return []
    for entry in os.listdir(proc):  # noqa: PTH208 - one system call; iterdir builds a Path for each of hundreds
        if not entry.isdigit():
            continue
        try:
            stat = (proc / entry / "stat").read_bytes()
        except OSError:
            continue
        state, parent = stat[stat.rindex(b")") + 2 :].split()[:2]
        if state not in (b"Z", b"X"):
            parents.setdefault(int(parent), []).append(int(entry))
    found: list[int] = []
    todo = [root]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def signal_tree(root: int, group: int, number: int) -> None:
    """Send to the process group and to every descendant of `root`; those that are gone already do not matter."""
    if group > 1:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for pid in descendants(root):
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
    """True while a process of the group is there (a zombie counts: reap first)."""
    if group <= 1:
        return False
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def kill_tree(root: int, group: int) -> None:
    signal_tree(root, group, signal.SIGKILL)
