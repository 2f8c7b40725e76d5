"""The supervisor dies; another takes over: nothing of the output is lost, the status is known."""

import pytest

from cockpit.external.locks import is_locked
from cockpit.runner import files, spawn
from tests.integration.runner.helpers import Bench, Run, alive, kill
from tests.waiting import soon


async def _orphaned(bench: Bench, script: str, **more: object) -> Run:
    run = await bench.start(script, **more)
    await run.said(b"ready")
    kill(run.supervisor)
    await run.prepared.process.wait()
    return run


async def test_a_script_survives_its_supervisor_and_is_adopted(bench: Bench) -> None:
    go_on = bench.root / "go-on"
    run = await _orphaned(bench, f"echo ready\nuntil [ -e '{go_on}' ]; do sleep 0.02; done\nseq 1000\nexit 6\n")
    assert spawn.adoptable(run.directory)
    assert not spawn.supervised(run.directory)
    await bench.adopt(run)
    assert spawn.supervised(run.directory)
    go_on.touch()
    ended = await run.ended()
    assert (ended.outcome, ended.exit_status) == ("finished", 6)
    assert run.log.split() == [b"ready", *(b"%d" % n for n in range(1, 1001))]


async def test_one_that_ended_before_anybody_came_has_its_output_and_status(bench: Bench) -> None:
    go_on = bench.root / "go-on"
    run = await _orphaned(bench, f"echo ready\nuntil [ -e '{go_on}' ]; do sleep 0.02; done\nseq 5000\nexit 7\n")
    go_on.touch()
    await soon((run.directory / files.STATUS).exists, "the status")
    await bench.adopt(run)
    ended = await run.ended()
    assert (ended.outcome, ended.exit_status) == ("finished", 7)
    assert run.log.split() == [b"ready", *(b"%d" % n for n in range(1, 5001))]


async def test_one_that_fills_the_pipe_waits_for_the_next_supervisor(bench: Bench) -> None:
    go_on = bench.root / "go-on"
    run = await _orphaned(
        bench, f"echo ready\nuntil [ -e '{go_on}' ]; do sleep 0.02; done\nhead -c 3000000 /dev/zero\nexit 0\n"
    )
    go_on.touch()
    await soon(lambda: run.left(), "the script")
    await bench.adopt(run)
    ended = await run.ended()
    assert ended.exit_status == 0
    assert len(run.log) == 3_000_000 + len(b"ready\n")


async def test_an_adopted_run_can_be_cancelled_with_everything_that_left_its_group(bench: Bench) -> None:
    run = await _orphaned(bench, "setsid sleep 600 &\necho ready\nsleep 600\n")
    await bench.adopt(run)
    assert len(run.left()) >= 3
    assert spawn.cancel(run.directory)
    assert (await run.ended()).outcome == "cancelled"
    assert run.left() == []


async def test_an_adopted_run_keeps_its_time_limit(bench: Bench) -> None:
    run = await _orphaned(bench, "echo ready\nsleep 600\n")
    await bench.adopt(run, timeout_seconds=0.2)
    assert (await run.ended()).outcome == "timed out"
    assert run.left() == []


async def test_the_log_goes_on_behind_what_was_written_before(bench: Bench) -> None:
    go_on = bench.root / "go-on"
    run = await _orphaned(bench, f"echo ready\nuntil [ -e '{go_on}' ]; do sleep 0.02; done\necho secret-word\n")
    await bench.adopt(run, patterns=(b"secret-word",))
    go_on.touch()
    ended = await run.ended()
    assert run.log == b"ready\n[REDACTED]\n"
    assert ended.log_bytes == len(run.log)


async def test_a_run_with_a_living_supervisor_cannot_be_adopted(bench: Bench) -> None:
    run = await bench.start("echo ready\nsleep 600\n")
    await run.said(b"ready")
    assert not spawn.adoptable(run.directory)
    order = spawn.Order(directory=run.directory, argv=(), cwd="/", env={})
    try:
        await spawn.adopt(order)
    except spawn.RunnerError:
        pass
    else:
        raise AssertionError("two supervisors hold one run")
    assert alive(run.supervisor)


async def test_a_folder_that_is_gone_is_an_error_in_words(bench: Bench) -> None:
    order = spawn.Order(directory=bench.root / "gone", argv=(), cwd="/", env={})
    with pytest.raises(spawn.RunnerError, match="gone"):
        await spawn.adopt(order)


async def test_when_everything_was_killed_nothing_is_adoptable(bench: Bench) -> None:
    run = await _orphaned(bench, "echo ready\nsleep 600\n")
    for pid in run.left():
        kill(pid)
    await soon(lambda: not run.left(), "the end of the script")
    assert not spawn.adoptable(run.directory)


async def test_looking_at_the_locks_all_the_time_does_not_keep_a_supervisor_from_taking_them(bench: Bench) -> None:
    """`locked` holds the lock for microseconds; the one who wants it tries again."""
    run = await _orphaned(bench, "echo ready\nsleep 600\n")
    import threading

    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            is_locked(run.directory / files.LOCK)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for one in lookers:
        one.start()
    try:
        await bench.adopt(run)
    finally:
        stop.set()
        for one in lookers:
            one.join()
    spawn.cancel(run.directory)
    await run.ended()
