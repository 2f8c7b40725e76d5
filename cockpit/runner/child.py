"""Starting the command under a tiny shell wrapper that records its exit status. Standard library only.

The wrapper holds the output FIFO open for reading and writing: the command survives the death of its supervisor, it
only waits once the pipe is full, until another supervisor adopts it (runner.md, Start and end, 2).
"""

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cockpit.runner import files, tree

# The trap keeps the wrapper alive through a TERM to the group, and (other than ignoring it) is not inherited. The exit
# status goes into room that was reserved (`1<>` does not give it back), so that a full disk cannot swallow it. Opening
# the control FIFO waits for a supervisor; it may die before it is told (PIPE).
_RECORD = """s=$?
trap '' TERM INT HUP PIPE
echo $s 1<>"$d/status.tmp" && mv -f "$d/status.tmp" "$d/status"
echo "ended $s" >"$d/control.fifo"
"""
# What is in the FIFOs would be lost with their last holder: the wrapper stays until a supervisor has written it down,
# and opens the other end of this one. Elsewhere than on Linux the supervisor could not tell it from a child that stays.
_RELEASED = 'true >"$d/release.fifo"\n' if sys.platform.startswith("linux") else ""
_PIPE = (
    """trap : TERM INT HUP
exec 3<>"$1/out.fifo" 4<>"$1/pending.fifo"
d=$1; shift
"$@" >&3 2>&1 3>&- 4>&- </dev/null
"""
    + _RECORD
    + _RELEASED
    + "exit $s\n"
)
_TERMINAL = (
    """trap : TERM INT HUP
d=$1; shift
"$@"
"""
    + _RECORD
    + "exit $s\n"
)


def start(directory: Path, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> int:
    """Start with the output going into the FIFO; gives the wrapper's pid, which is its process group too."""
    pid = os.fork()
    if pid == 0:
        _become(directory, ["sh", "-c", _PIPE, "cockpit-step", str(directory), *argv], cwd, env, terminal=-1)
    return pid


def start_in_terminal(directory: Path, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> tuple[int, int]:
    """Start with a pseudo-terminal of its own; gives the wrapper's pid and the terminal's near side."""
    near, far = pty.openpty()
    resize(near, 24, 80)
    pid = os.fork()
    if pid == 0:
        _become(directory, ["sh", "-c", _TERMINAL, "cockpit-step", str(directory), *argv], cwd, env, terminal=far)
    os.close(far)
    os.set_blocking(near, False)
    return pid, near


def resize(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _become(directory: Path, argv: list[str], cwd: str, env: Mapping[str, str], terminal: int) -> None:
    """In the child: never returns."""
    try:
        # A session of its own, without a terminal too: the kernel hangs up on stopped processes when the death of their
        # parent takes the last one of its session from their group.
        os.setsid()
        if terminal >= 0:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(terminal, fd)
        else:
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
        alive = os.open(directory / files.ALIVE, os.O_RDONLY | os.O_CREAT, 0o600)
        fcntl.flock(alive, fcntl.LOCK_EX)
        os.dup2(alive, files.ALIVE_FD)
        _identify(directory)
        # With this the supervisor's lock is let go, that was inherited: whoever adopts the run finds all of the above.
        os.closerange(3, files.ALIVE_FD)
        for number in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.chdir(cwd)
        os.execvpe(argv[0], argv, dict(env))  # noqa: S606 - running the team's script is the point
    except (OSError, ValueError) as error:
        _say(directory, f"cockpit: the script cannot be started: {error}\n")
    finally:
        os._exit(127)


def _identify(directory: Path) -> None:
    """Who this run is, for who adopts it. Written by the process itself, so that no kill comes in between."""
    identity = {
        "pid": os.getpid(),
        "start": tree.started(os.getpid()),
        "boot": files.boot_id(),
        "supervisor": os.getppid(),
        "began": time.time(),
        "monotonic": time.monotonic(),
    }
    with contextlib.suppress(OSError):
        (directory / files.IDENTITY).write_text(json.dumps(identity))


def _say(directory: Path, text: str) -> None:
    """A line into the run's own log: the only place where somebody looks for it."""
    with contextlib.suppress(OSError):
        out = os.open(directory / files.OUT, os.O_RDWR | os.O_NONBLOCK)
        os.write(out, text.encode("utf-8", "replace"))
