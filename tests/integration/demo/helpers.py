"""Handling a demo production in tests."""

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from cockpit.demo import Production, build
from cockpit.metrics.base import Reading, Source


@contextmanager
def production(scenario: str) -> Iterator[Production]:
    """A quick production in a short path, stopped at the end with nothing left of it."""
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        built = build(Path(folder), scenario, quick=True)
        try:
            yield built
        finally:
            pids = processes(built)
            built.stop()
        assert [pid for pid in pids if is_running(pid)] == []


def run(built: Production, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the runbook, as the engine runs it; standard error is in its output."""
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{command}"],
        cwd=built.root,
        env=os.environ | built.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert built.dsn.split(":")[2].split("@")[0] not in done.stdout, "the password was printed"
    return done


def must(built: Production, command: str) -> str:
    """A command that has to work; its output."""
    done = run(built, command)
    assert done.returncode == 0, done.stdout
    return done.stdout


def version(built: Production) -> str:
    with urllib.request.urlopen(f"{built.url}/health", timeout=5) as answer:
        return str(json.load(answer)["version"])


def status(built: Production) -> dict[str, Any]:
    """What the platform says about itself."""
    table = json.loads((built.directory / "platform.json").read_text())
    request = urllib.request.Request(f"{table['control']}/status", headers={"Authorization": table["token"]})
    with urllib.request.urlopen(request, timeout=5) as answer:
        result: dict[str, Any] = json.load(answer)
    return result


def processes(built: Production) -> list[int]:
    """Every process of a production, by kinship."""
    try:
        platform = psutil.Process(built.platform_pid)
        return [platform.pid, *(child.pid for child in platform.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def reads(source: Source, metric: str, good: Callable[[Reading], bool], seconds: float = 25.0) -> Reading:
    """Sample a source as the engine does until one of its readings is as wanted; the last one if none ever is."""
    deadline = time.monotonic() + seconds
    while True:
        reading = next(one for one in await source.read(time.time()) if one.metric == metric)
        if good(reading) or time.monotonic() > deadline:
            return reading
        time.sleep(0.25)
