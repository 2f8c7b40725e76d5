"""The supervisor dies in the middle of all that, or the clock goes wrong, or two come to take over."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from cockpit.runner import files, spawn, supervisor, tree
from cockpit.runner.follow import Exit, read_exit
from tests.faults import scripts
from tests.faults.world import (
    Cases,
    Play,
    adopted,
    on_a_bench,
    orphaned,
    record_and_survivors,
    started_with,
    whole,
)
from tests.integration.runner.helpers import Bench, Run, kill
from tests.waiting import soon

DAY = 86_400
_JUMPING = """
import os, runpy, sys, time
real = time.time
time.time = lambda: real() + (%d if os.path.exists(%r) else 0)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def jumping(flag: Path, seconds: int) -> tuple[str, ...]:
    """A supervisor whose wall clock jumps once the file is there."""
    code = _JUMPING % (seconds, str(flag))
    return (sys.executable, "-I", "-S", "-c", code, supervisor.__file__)


def _orphan(script: scripts.Script) -> Play:
    """As in the table of scripts, but the supervisor is killed once the script has said that it is ready."""

    async def play(bench: Bench) -> None:
        run = await bench.start(script.body)
        await run.said(b"ready")
        await orphaned(run)
        more: dict[str, Any] = {"timeout_seconds": 0.3} if script.ends == "timed out" else {}
        await adopted(bench, run, **more)
        if script.ends == "cancelled":
            assert spawn.cancel(run.directory)
        ended, left = await record_and_survivors(run)
        assert ended.outcome == script.ends
        assert left == []
        assert script.status is None or ended.exit_status == script.status
        whole(run, ended)
        await _stays_as_it_is(bench, run)

    return play


async def _stays_as_it_is(bench: Bench, run: Run) -> None:
    """There is one record, and nobody writes another."""
    before = (run.directory / files.EXIT).read_bytes()
    try:
        await bench.adopt(run)
    except spawn.RunnerError:
        assert (run.directory / files.EXIT).read_bytes() == before
    else:
        raise AssertionError("a run that has ended was adopted")


ORPHANS = [
    "ignores TERM, HUP and INT",
    "daemonizes",
    "daemonizes, past its limit",
    "has jobs",
    "has children without its environment",
    "stops itself",
    "starts processes without end",
]


def _jump(seconds: int, *, adopt: bool) -> Play:
    """The machine's clock is set in the middle of a step: its limit, its duration and its log do not care."""

    async def play(bench: Bench) -> None:
        flag, go = bench.root / "jump", bench.root / "go"
        body = f"echo ready\nuntil [ -e '{go}' ]; do sleep 0.02; done\necho on\nsleep 0.2\necho end\nexit 5\n"
        with started_with(*jumping(flag, seconds)):
            run = await bench.start(body, timeout_seconds=60)
            await run.said(b"ready")
            flag.touch()
            if adopt:
                await orphaned(run)
                await adopted(bench, run, timeout_seconds=60)
            go.touch()
            ended = await run.ended()
        assert (ended.outcome, ended.exit_status, run.log) == ("finished", 5, b"ready\non\nend\n")
        assert 0 < ended.seconds < 20
        whole(run, ended)

    return play


async def _limit_in_yesterday(bench: Bench) -> None:
    """A clock that was set back by a day does not give the step a day more."""
    flag = bench.root / "jump"
    with started_with(*jumping(flag, -DAY)):
        run = await bench.start(scripts.FOR_EVER, timeout_seconds=0.6)
        await run.said(b"ready")
        flag.touch()
        ended = await run.ended()
    assert ended.outcome == "timed out"
    assert 0.5 < ended.seconds < 15
    assert run.left() == []


async def _killed_after_the_end(bench: Bench) -> None:
    """The script has ended, its supervisor has not read the last words yet: the wrapper holds them until one has."""
    go = bench.root / "go"
    run = await bench.start(f"echo ready\nuntil [ -e '{go}' ]; do sleep 0.02; done\nseq 5000\nexit 7\n")
    await run.said(b"ready")
    os.kill(run.supervisor, signal.SIGSTOP)
    go.touch()
    await soon((run.directory / files.STATUS).exists, "the status")
    await orphaned(run)
    await adopted(bench, run)
    ended, left = await record_and_survivors(run)
    assert (ended.outcome, ended.exit_status, left) == ("finished", 7, [])
    assert run.log.split() == [b"ready", *(b"%d" % n for n in range(1, 5001))]
    whole(run, ended)


async def _wrapper_killed(bench: Bench) -> None:
    """Who would have recorded the status is gone, the command is not: it is waited for, and its status is unknown."""
    go = bench.root / "go"
    run = await bench.start(f"echo ready\nuntil [ -e '{go}' ]; do sleep 0.02; done\necho end\n")
    await run.said(b"ready")
    kill(int(str((files.read_json(run.directory / files.IDENTITY) or {})["pid"])))
    assert read_exit(run.directory) is None
    go.touch()
    ended = await run.ended()
    assert (ended.outcome, ended.exit_status, ended.leftover_pids) == ("lost", None, ())
    assert run.log == b"ready\nend\n"
    whole(run, ended)


def _adopters(*, over: bool) -> Play:
    """Several come at once, to a run that lives or that is over: exactly one takes it, there is one record."""

    async def play(bench: Bench) -> None:
        go = bench.root / "go"
        run = await bench.start(f"echo ready\nuntil [ -e '{go}' ]; do sleep 0.02; done\nseq 500\nexit 6\n")
        await run.said(b"ready")
        await orphaned(run)
        if over:
            go.touch()
            await soon((run.directory / files.STATUS).exists, "the status")
        order = spawn.Order(directory=run.directory, argv=(), cwd="/", env={})
        came = await asyncio.gather(*(spawn.adopt(order) for _ in range(3)), return_exceptions=True)
        won = [one for one in came if isinstance(one, spawn.Prepared)]
        assert len(won) == 1, came
        assert all(isinstance(one, spawn.RunnerError) for one in came if one not in won)
        go.touch()
        run.prepared = won[0]
        ended = await run.ended()
        assert (ended.outcome, ended.exit_status) == ("finished", 6)
        assert run.log.split() == [b"ready", *(b"%d" % n for n in range(1, 501))]
        whole(run, ended)

    return play


def _reused(**other: str) -> Play:
    """The number of the dead wrapper belongs to somebody else by now, or the machine was started anew."""

    async def play(bench: Bench) -> None:
        run = await bench.start(scripts.FOR_EVER)
        await run.said(b"ready")
        await orphaned(run)
        innocent = subprocess.Popen(["sleep", "600"], start_new_session=True)
        try:
            identity = dict(files.read_json(run.directory / files.IDENTITY) or {})
            theirs = {"pid": innocent.pid, "start": tree.started(innocent.pid)}
            (run.directory / files.IDENTITY).write_text(json.dumps({**identity, **theirs, **other}))
            await adopted(bench, run)
            assert spawn.cancel(run.directory)
            ended = await run.ended()
            assert ended.outcome == "cancelled"
            assert run.left() == []
            assert innocent.poll() is None, "a process that is none of ours was ended"
        finally:
            innocent.kill()
            innocent.wait()

    return play


async def _identity_is_nonsense(bench: Bench) -> None:
    """A run's folder is the script's to spoil: the adoption goes by the cookie then."""
    run = await bench.start('echo \'{"pid": null}\' >"$COCKPIT_RUN/pid.json"\n' + scripts.FOR_EVER)
    await run.said(b"ready")
    await orphaned(run)
    await adopted(bench, run)
    assert spawn.cancel(run.directory)
    ended: Exit = await run.ended()
    assert ended.outcome == "cancelled"
    assert read_exit(run.directory) == ended
    assert run.left() == []


def cases() -> Cases:
    table = {script.does: script for script in scripts.TABLE}
    plays: dict[str, Play] = {
        **{f"orphaned: {name}": _orphan(table[name]) for name in ORPHANS},
        "the clock a day ahead": _jump(DAY, adopt=False),
        "the clock a day back": _jump(-DAY, adopt=False),
        "the clock a day ahead, adopted": _jump(DAY, adopt=True),
        "the clock a day back, adopted": _jump(-DAY, adopt=True),
        "killed when the script has ended": _killed_after_the_end,
        "its wrapper is killed": _wrapper_killed,
        "a limit, and the clock a day back": _limit_in_yesterday,
        "three adopters": _adopters(over=False),
        "three adopters of a run that is over": _adopters(over=True),
        "a reused pid": _reused(start="1"),
        "another boot": _reused(boot="another"),
        "an identity that is none": _identity_is_nonsense,
    }
    return [(name, on_a_bench(play)) for name, play in plays.items()]
