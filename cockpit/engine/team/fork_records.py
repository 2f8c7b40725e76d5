"""The records of what this machine did while it was cut off: kept in the deploy's folder, and read for the owner."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from cockpit.deploy import commands as c
from cockpit.deploy import events as e

BY_ITSELF = frozenset(
    {
        "MetricsSampled", "BaselineMeasured", "BaselineRefused", "CheckMeasured", "ChecksRequested", "GateOpened",
        "GateMeasured", "TargetAsked", "TargetChecked", "WatchersChanged", "TeamJoined", "TeamLost", "TeamCaughtUp",
        "EngineStarted", "RecordExported", "JournalStalled", "JournalResumed", "FlagRead", "StageMeasured",
    }
)  # fmt: skip
"""What an engine writes without doing anything: of a deploy that was handed over it may be lost."""
TOLD = ".told"


class _Line(Struct):
    seq: int
    at: float
    by: str
    kind: str
    body: dict[str, Any]


def fresh(folder: Path) -> Path:
    """A name that no fork of this deploy has yet."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    names = (f"fork-{stamp}{f'-{number}' if number else ''}.jsonl" for number in range(10_000))
    return next(path for name in names if not (path := folder / name).exists())


def untold(folder: Path) -> list[Path]:
    """Forks that the owner's record says nothing of, the oldest first."""
    found = sorted(folder.glob("fork-*.jsonl")) if folder.is_dir() else []
    return [path for path in found if not _mark(path).exists()]


def told(path: Path) -> None:
    _mark(path).touch(mode=0o600)


def _mark(path: Path) -> Path:
    return path.with_name(path.name + TOLD)


def report_of(path: Path, host: str) -> c.ReportFork | None:
    """What stands in the file, as its owner is told; None where it cannot be read at all."""
    steps: dict[tuple[str, int], e.ForkedStep] = {}
    others: list[str] = []
    armed, baseline, count = "", {}, 0
    for line in _lines(path):
        count += 1
        body = line.body
        if line.kind in ("StepStarted", "CommandReached"):
            key = (str(body["task"]), int(body["attempt"]))
            steps.setdefault(key, e.ForkedStep(*key, at=line.at))
        elif line.kind == "StepFinished":
            key = (str(body["task"]), int(body["attempt"]))
            steps[key] = e.ForkedStep(*key, outcome=str(body["outcome"]), at=line.at)
        elif line.kind == "TriggersArmed":
            armed = str(body["task"])
        elif line.kind == "BaselineMeasured":
            baseline = {str(name): float(value) for name, value in body["values"].items()}
        elif line.kind in _SAID:
            others.append(f"{_SAID[line.kind]} at {time.strftime('%H:%M', time.gmtime(line.at))} UTC")
    last = {task: step for (task, _), step in sorted(steps.items())}
    return c.ReportFork(
        host=host,
        file=path.name,
        events=count,
        steps=tuple(last.values()),
        told=tuple(dict.fromkeys(others)),
        armed=armed,
        baseline=baseline,
    )


def runs_of(path: Path) -> dict[tuple[str, int], str]:
    """Task and attempt -> the folder of the run, of each script that was started according to this file."""
    return {
        (str(line.body["task"]), int(line.body["attempt"])): str(line.body["directory"])
        for line in _lines(path)
        if line.kind == "StepStarted" and line.body.get("directory")
    }


def words_of(path: Path, host: str) -> str:
    """The same as a note, for an owner that knows no better."""
    report = report_of(path, host)
    steps = "; ".join(f"{one.task} {one.outcome or 'began'}" for one in report.steps) if report is not None else ""
    return f"{host} is back. What it did on its own is kept there in {path.name}: {steps or 'no step'}"


_SAID = {
    "RollbackRequested": "started a rollback",
    "RollbackFinished": "ended a rollback",
    "FlagSetRequested": "set the flag",
    "FlagOffRequested": "turned the flag off",
    "FlagSet": "had the flag set",
    "DeployClosed": "closed the deploy",
    "EnvironmentUnlocked": "unlocked the environment",
}
"""What a person on the other machine must know of, besides the steps."""


def _lines(path: Path) -> Iterator[_Line]:
    for raw in path.read_bytes().splitlines():
        try:
            yield msgspec.json.decode(raw, type=_Line)
        except msgspec.DecodeError:
            continue
