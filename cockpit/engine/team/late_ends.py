"""Scripts that went on here while another machine had the deploy, and whose end its record does not know."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.deploy.state import State
from cockpit.deploy.team.divergence import ran_words
from cockpit.engine.team import fork_records as forks
from cockpit.external.locks import is_locked
from cockpit.runner import files
from cockpit.runner.follow import read_exit

_Run = tuple[str, int]
"""A task and its attempt."""
OF_RUNS = (e.StepStarted, e.StepFinished, e.DeployTakenOver, e.ForkFound)
"""The events that say which ends are not known."""


class Late(Struct, frozen=True):
    """`ended`: runs with the end that they came to here. `running`: ids of the tasks that go on."""

    ended: tuple[e.ForkedStep, ...] = ()
    running: tuple[str, ...] = ()


def late(folder: Path, events: Iterable[e.Event], host: str) -> Late:
    """`folder`: the deploy's, on this machine, which is called `host`; of `events` those of OF_RUNS count. Where a run
    is over and has left no end its process was killed: it is lost, and no better will ever be known."""
    ended, running = [], []
    unknown = _unknown(events, host)
    for (task, attempt), directory in unknown.items():
        places = [folder / directory] if directory else _places(folder, task, attempt)
        for run in places:
            if not _ran_here(run):
                continue
            if is_locked(run / files.ALIVE):
                running.append(task)
            else:
                ended.append(end_of(run, task, attempt))
            break
    return Late(tuple(ended), tuple(running))


def _ran_here(run: Path) -> bool:
    """A copy of another machine's run holds its output alone, also where both have one name."""
    return (run / files.ALIVE).exists() or (run / files.EXIT).exists()


def end_of(run: Path, task: str, attempt: int) -> e.ForkedStep:
    """Of a run that nothing holds any more."""
    found = read_exit(run)
    if found is None:
        return e.ForkedStep(task, attempt, "lost", run.stat().st_mtime)
    finished = "succeeded" if found.exit_status == 0 else "failed"
    outcome = finished if found.outcome == "finished" else found.outcome
    return e.ForkedStep(task, attempt, outcome, found.ended or run.stat().st_mtime)


def words(state: State, found: Late, host: str) -> str:
    """What a closed record does not say of this machine; empty where nothing is missing in it."""
    said = [f"{_title(state, one.task)} {ran_words(host, one)}" for one in found.ended]
    said += [f"{_title(state, task)} is still running on {host}" for task in found.running]
    if not said:
        return ""
    return f"{'; '.join(said)}: the deploy has since been closed as {state.closed}, so its journal lacks this"


def left_out(folder: Path, events: Sequence[e.Event], host: str) -> str:
    """The same of a record that is read without its engine."""
    found = late(folder, events, host)
    return words(fold(events), found, host) if found.ended or found.running else ""


def _title(state: State, task_id: str) -> str:
    task = state.plan.task(task_id) if state.plan is not None else None
    return task.title if task is not None else task_id


def _unknown(events: Iterable[e.Event], host: str) -> dict[_Run, str]:
    """Runs of this machine without an end in the record, with the folder of each where the record knows it."""
    running: dict[_Run, str] = {}
    unknown: dict[_Run, str] = {}
    for event in events:
        body = event.body
        if isinstance(body, e.StepStarted):
            running[body.task, body.attempt] = body.directory
        elif isinstance(body, e.StepFinished):
            running.pop((body.task, body.attempt), None)
        elif isinstance(body, e.DeployTakenOver):
            unknown |= running if body.from_host == host else {}
            running.clear()
        elif isinstance(body, e.ForkFound) and body.host == host:
            for step in body.steps:
                if step.outcome:
                    unknown.pop((step.task, step.attempt), None)
                else:
                    unknown.setdefault((step.task, step.attempt), "")
    return unknown


def _places(folder: Path, task: str, attempt: int) -> list[Path]:
    """Where a run may lie that only a fork tells of: aside, or where it was while it ran."""
    return [place for name, place in _forked(folder) if name == (task, attempt)]


def _forked(folder: Path) -> Iterator[tuple[_Run, Path]]:
    for path in sorted(folder.glob("fork-*.jsonl")):
        for run, directory in forks.runs_of(path).items():
            yield run, folder / f"{directory}.{path.stem}"
            yield run, folder / directory
