"""What scripts do to those who run them, as a table: every one has a defined end, and leaves nobody behind."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cockpit.runner import files, spawn
from tests.faults.world import Cases, Play, on_a_bench, record_and_survivors, survivors, whole
from tests.integration.runner.helpers import Bench

Ends = Literal["itself", "cancelled", "timed out"]
READY = "echo ready\n"
FOR_EVER = READY + "sleep 600\n"
IDLE = READY + "while :; do sleep 0.05; done\n"
DAEMON = (
    f"{sys.executable} -S -c 'import os, time\nif os.fork() == 0:\n os.setsid()\n"
    " if os.fork() == 0:\n  time.sleep(600)\n os._exit(0)\nos.wait()'\n"
)
OWN_GROUP = f"{sys.executable} -S -c 'import os, time; os.setpgid(0, 0); time.sleep(600)' &\n"
FILL = f"{sys.executable} -S -c 'import os\ntry:\n while 1: os.open(\"/\", 0)\nexcept OSError as e: print(e.errno)'\n"


@dataclass(frozen=True)
class Script:
    does: str
    """Its id."""
    body: str
    ends: Ends = "itself"
    status: int | None = 0
    """The exit status; None where it is not what the case is about."""
    signal: int | None = None
    log: bytes | None = None
    order: Mapping[str, Any] = field(default_factory=dict)
    log_is_there: bool = True


TABLE = [
    # Its own end
    Script("ends well", "echo done\n", log=b"done\n"),
    Script("says ERROR and exits 0", "echo 'ERROR: all is lost' >&2\n", log=b"ERROR: all is lost\n"),
    Script("is killed", "echo x\nkill -KILL $$\n", status=137, signal=9),
    Script("breaks down", "echo x\nkill -SEGV $$\n", status=139, signal=11),
    Script("is told to end", "sh -c 'kill -TERM $$'\n", status=143, signal=15),
    Script("tells itself to end", "kill $$\n", status=143, signal=15),
    Script("tells its whole group to end", "kill -TERM 0\n", status=143, signal=15),
    Script("reads from a terminal", "read -r answer || echo nobody\ncat\n", log=b"nobody\n"),
    Script("closes its output", "echo x\nexec >&- 2>&-\nsleep 0.05\nexit 4\n", status=4, log=b"x\n"),
    Script("is replaced (exec)", "exec sh -c 'echo other; exit 3'\n", status=3, log=b"other\n"),
    Script("starts 300 short ones", "for i in {1..300}; do true & done\nwait\necho all\n", log=b"all\n"),
    Script(
        "removes its own log", 'echo x\nrm "$COCKPIT_RUN/output.log"\necho y\nexit 3\n', status=3, log_is_there=False
    ),
    Script("removes its run's folder", 'echo x\nrm -rf "$COCKPIT_RUN"\nexit 3\n', status=3, log_is_there=False),
    Script("uses up descriptors", "ulimit -n 90\n" + FILL + "exit 2\n", status=2, log=b"24\n"),
    Script("removes the folder it is in", "mkdir d\ncd d\nrmdir ../d\necho x\nexit 6\n", status=6, log=b"x\n"),
    Script(
        "is a megabyte long",
        "cat <<'END' | wc -c\n" + "\n".join(["x" * 99] * 10_485) + "\nEND\nexit 1\n",
        status=1,
        log=b"1048500\n",
    ),
    Script("has line ends of another system", "echo one\r\necho two\r\n", log=b"one\r\ntwo\r\n"),
    Script("takes all rights from its files", "umask 0777\ntouch f\necho x\nexit 8\n", status=8, log=b"x\n"),
    Script("gives all rights to its files", "umask 0\necho x\nexit 8\n", status=8, log=b"x\n"),
    # Ended by us
    Script("heeds TERM", FOR_EVER, "cancelled", status=143),
    Script("ignores TERM, HUP and INT", "trap '' TERM HUP INT\n" + IDLE, "cancelled", status=None),
    Script(
        "cleans up on TERM",
        "trap 'echo bye; exit 7' TERM\n" + IDLE,
        "cancelled",
        7,
        order={"grace_seconds": 15},
    ),
    Script("starts more on TERM", "trap 'sleep 600 & setsid sleep 600 &' TERM\n" + IDLE, "cancelled", status=None),
    Script("daemonizes", DAEMON + FOR_EVER, "cancelled", status=143),
    Script("daemonizes, past its limit", DAEMON + FOR_EVER, "timed out", status=143, order={"timeout_seconds": 0.5}),
    Script("has children in a new session", "setsid sleep 600 &\n" + FOR_EVER, "cancelled", status=143),
    Script("has children in a group of their own", OWN_GROUP + FOR_EVER, "cancelled", status=143),
    Script("has jobs", "set -m\nsleep 600 &\n" + FOR_EVER, "cancelled", status=None),
    Script("has children that ignore TERM", "(trap '' TERM; sleep 600) &\n" + FOR_EVER, "cancelled", status=None),
    Script("has grandchildren", "for i in 1 2 3; do ( ( (sleep 600) ) & ); done\n" + FOR_EVER, "cancelled", status=143),
    Script("has children with closed output", "sleep 600 >&- 2>&- </dev/null &\n" + FOR_EVER, "cancelled", status=143),
    Script("has children without its environment", "env -i setsid sleep 600 &\n" + FOR_EVER, "cancelled", status=143),
    Script("has stopped children", "sh -c 'kill -STOP $$; sleep 600' &\n" + FOR_EVER, "cancelled", status=143),
    Script("stops itself", READY + "kill -STOP $$\nsleep 600\n", "cancelled", status=143),
    Script("stops its whole group", READY + "kill -STOP 0\nsleep 600\n", "cancelled", status=143),
    Script(
        "stops itself, past its limit",
        READY + "kill -STOP $$\n",
        "timed out",
        status=143,
        order={"timeout_seconds": 0.4},
    ),
    Script("starts processes without end", READY + "while :; do sleep 0.02 & done\n", "cancelled", status=None),
    Script(
        "hops from one process to the next", "hop() { sleep 0.01; hop & }\nhop\n" + FOR_EVER, "cancelled", status=None
    ),
]


def plays(script: Script) -> Play:
    async def play(bench: Bench) -> None:
        run = await bench.start(script.body, **script.order)
        if script.ends == "cancelled":
            await run.said(b"ready")
            assert len(survivors(run)) > 1
            assert spawn.cancel(run.directory)
        ended, left = await record_and_survivors(run)
        assert (ended.outcome, ended.leftover_pids) == ("finished" if script.ends == "itself" else script.ends, ())
        assert left == [], "the record was there before the last process was gone"
        if script.status is not None:
            assert (ended.exit_status, ended.signal) == (script.status, script.signal or _signal(script.status))
        if script.log is not None:
            assert run.log == script.log
        if script.log_is_there:
            whole(run, ended)
        else:
            assert not (run.directory / files.LOG).exists()
            assert ended.log_bytes

    return play


def _signal(status: int) -> int | None:
    return status - 128 if status > 128 else None


def cases() -> Cases:
    return [(script.does, on_a_bench(plays(script))) for script in TABLE]
