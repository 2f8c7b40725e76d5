"""Nothing of a production is left behind, whoever dies first."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cockpit.demo import build
from cockpit.demo.leash import Leash, is_alive, started_at
from cockpit.paths import Layout
from tests.integration.demo.helpers import is_running, must, processes
from tests.waiting import wait_for


def test_stop_ends_everything_and_may_be_repeated() -> None:
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        built = build(Path(folder), "dead", quick=True)
        must(built, "bin/migrate && bin/release HEAD")
        pids = processes(built)
        assert len(pids) > 4
        built.stop()
        assert [pid for pid in pids if is_running(pid)] == []
        assert not built.is_running()
        built.stop()


def test_stop_clears_up_after_a_platform_that_was_killed() -> None:
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        built = build(Path(folder), "good", quick=True)
        pids = processes(built)
        os.kill(built.platform_pid, signal.SIGKILL)
        built.stop()
        wait_for(lambda: not any(is_running(pid) for pid in pids))


def test_an_interrupt_ends_everything() -> None:
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        built = build(Path(folder), "good", quick=True)
        pids = processes(built)
        os.kill(built.platform_pid, signal.SIGINT)
        wait_for(lambda: not any(is_running(pid) for pid in pids))
        built.stop()


def test_without_its_builder_it_lives_while_an_engine_holds_the_lock_and_not_longer() -> None:
    code = (
        "import sys; from pathlib import Path; from cockpit.demo import build;"
        "built = build(Path(sys.argv[1]), 'good', quick=True, leash_seconds=0.5);"
        "print(built.platform_pid, flush=True); sys.stdin.read()"
    )
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        command = [sys.executable, "-c", code, folder]
        builder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert builder.stdin
        assert builder.stdout
        with builder.stdin, builder.stdout:
            platform = int(builder.stdout.readline())
            locks = Layout(Path(folder) / "shop").folder / "locks"
            locks.mkdir(parents=True)
            with (locks / "production.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                builder.kill()
                builder.wait()
                with pytest.raises(AssertionError):
                    wait_for(lambda: not is_running(platform), seconds=1.6)
            wait_for(lambda: not is_running(platform))
        left = json.loads((Path(folder) / "processes.json").read_text())
        assert left == {}


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_leash_counts_from_the_last_time_it_was_needed(tmp_path: Path) -> None:
    clock = _Clock()
    leash = Leash(os.getpid(), started_at(os.getpid()) or 0.0, tmp_path, 120.0, clock)
    clock.now = 1000.0
    assert not leash.is_over(), "the parent lives"
    orphan = Leash(os.getpid(), 1.0, tmp_path, 120.0, clock)  # our pid, but another process's start
    clock.now = 1120.0
    assert not orphan.is_over()
    with (tmp_path / "production.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clock.now = 2000.0
        assert not orphan.is_over(), "an engine is at work"
    clock.now = 2119.0
    assert not orphan.is_over()
    clock.now = 2121.0
    assert orphan.is_over()


def test_a_pid_that_is_somebody_elses_by_now_is_not_alive() -> None:
    assert is_alive(os.getpid(), started_at(os.getpid()) or 0.0)
    assert not is_alive(os.getpid(), 1.0)
