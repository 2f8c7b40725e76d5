"""`kill -9` of the face, the engine, the supervisor or the script, at random points of a deploy.

What must hold after each deploy: the journal is an unbroken chain, no run happened twice, everything that a script had
written is in its log, and the state that a face saw is the fold of the journal.
"""

import contextlib
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from cockpit.client.session import deploys
from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.errors import CockpitError
from cockpit.history.reading import events_of, state_of
from cockpit.paths import Layout
from cockpit.runner import files
from tests.faults.person import digest

TARGETS = ("face", "engine", "supervisor", "script")
TICKS = 120
COUNTING = f"""
```bash
for n in $(seq {TICKS}); do echo "tick $n."; echo "$COCKPIT_RUN $n" >>"$LEDGER"; sleep 0.01; done
```
"""
"""A step that says each number and then notes it down elsewhere: what is noted had been written before."""
LEDGER = "ledger.txt"
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Outcome:
    """Of one deploy: how often something was killed, and what was lost or done twice (empty: nothing)."""

    kills: int
    problems: list[str]
    seconds: float
    closed: str


def play(root: Path, target: str, kills: int, rng: random.Random, seconds: float = 90.0, pause: float = 1.5) -> Outcome:
    """Take the open deploy of `root` to its end while `target` is killed again and again, then look at what is left.

    The environment of this process is that of the deploy.
    """
    layout = Layout(root)
    began = time.monotonic()
    done = 0
    person = _person(root)
    next_kill = began + rng.uniform(0.05, pause)
    try:
        while time.monotonic() - began < seconds:
            with contextlib.suppress(subprocess.TimeoutExpired):
                person.wait(0.02)
            if person.returncode is not None:
                if _closed(layout):
                    break
                person = _person(root)
            if done < kills and time.monotonic() >= next_kill:
                next_kill = time.monotonic() + rng.uniform(0.05, pause)
                done += _kill(layout, target, person, rng)
    finally:
        person.kill()
        person.wait()
    closed = _closed(layout)
    return Outcome(done, check(root, person_ended=bool(closed)), time.monotonic() - began, closed)


def _person(root: Path) -> "subprocess.Popen[bytes]":
    with (root / "person.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.person", str(root)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _closed(layout: Layout) -> str:
    with contextlib.suppress(CockpitError):
        return deploys(layout)[0].outcome or ""
    return ""


def _kill(layout: Layout, target: str, person: "subprocess.Popen[bytes]", rng: random.Random) -> bool:
    """True where there was something to kill."""
    if target == "face":
        person.kill()
        return True
    try:
        state = state_of(layout, deploys(layout)[0].id)
    except CockpitError:
        return False
    if target == "engine":
        return _end(state.engine_pid, "cockpit.engine")
    for task in state.running:
        folder = layout.deploy(deploys(layout)[0].id) / state.of(task.id).directory
        identity = files.read_json(folder / "pid.json") or {}
        if target == "supervisor":
            return _end(int(str(identity.get("supervisor", 0))), "supervisor.py")
        with contextlib.suppress(psutil.Error):
            wrapper = psutil.Process(int(str(identity.get("pid", 0))))
            if str(folder) in " ".join(wrapper.cmdline()):
                rng.choice([wrapper, *wrapper.children(recursive=True)]).kill()
                return True
    return False


def _end(pid: int, named: str) -> bool:
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if named in " ".join(process.cmdline()):
            process.kill()
            return True
    return False


def check(root: Path, *, person_ended: bool) -> list[str]:
    """What was lost, doubled or invented; empty where nothing was."""
    layout = Layout(root)
    newest = deploys(layout)[0].id
    try:
        events = events_of(layout, newest)
    except CockpitError as error:
        return [f"the journal: {error}"]
    return [
        *_runs(events, layout.deploy(newest)),
        *_lines(root, layout.deploy(newest)),
        *(_state(root, events) if person_ended else ()),
    ]


def _runs(events: Sequence[e.Event], folder: Path) -> Iterator[str]:
    started = [event.body for event in events if isinstance(event.body, e.StepStarted)]
    finished = [event.body for event in events if isinstance(event.body, e.StepFinished)]
    for (task, attempt), times in Counter((body.task, body.attempt) for body in started).items():
        if times > 1:
            yield f"{task} attempt {attempt} was started {times} times"
    for (task, attempt), times in Counter((body.task, body.attempt) for body in finished).items():
        if times > 1:
            yield f"{task} attempt {attempt} ended {times} times"
    known = {body.directory for body in started}
    for path in sorted((folder / "steps").glob("*")):
        if (path / files.ALIVE).exists() and f"steps/{path.name}" not in known:
            yield f"{path.name} ran without a record"
        reached = [int(line.split()[1]) for line in _text(path / files.PROGRESS).splitlines() if " " in line]
        if reached != sorted(set(reached)):
            yield f"{path.name} went through its commands twice: {reached}"
    for body in finished:
        record = files.read_json(folder / _directory(started, body) / files.EXIT) or {}
        if body.outcome == "succeeded" and record.get("exit_status") != 0:
            yield f"{body.task} attempt {body.attempt} was called a success: {record}"


def _directory(started: Sequence[e.StepStarted], ended: e.StepFinished) -> str:
    return next(body.directory for body in started if (body.task, body.attempt) == (ended.task, ended.attempt))


def _lines(root: Path, folder: Path) -> Iterator[str]:
    """Every number that a run noted down after writing it is in its log, once."""
    noted: dict[str, list[int]] = {}
    for line in _text(root / LEDGER).splitlines():
        run, _, number = line.rpartition(" ")
        noted.setdefault(run, []).append(int(number))
    for run, numbers in noted.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{run} ran twice: {numbers[:5]}..."
        logged = [int(number) for number in re.findall(r"^tick (\d+)\.$", _text(Path(run) / files.LOG), re.M)]
        if logged[: len(numbers)] != numbers or len(logged) > len(numbers) + 1:
            yield f"{run}: noted up to {len(numbers)}, in the log {len(logged)}"
        if not Path(run).is_relative_to(folder):
            yield f"{run} is no run of this deploy"


def _state(root: Path, events: Sequence[e.Event]) -> Iterator[str]:
    seen = files.read_json(root / "person.json")
    if seen is None:
        yield "the face left nothing"
    elif digest(fold(event for event in events if event.seq <= int(str(seen["seq"])))) != seen["digest"]:
        yield f"the face's state at event {seen['seq']} is not the fold of the journal"


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""


def environment(root: Path) -> dict[str, str]:
    return {**os.environ, "LEDGER": str(root / LEDGER), "PYTHONPATH": str(REPOSITORY)}
