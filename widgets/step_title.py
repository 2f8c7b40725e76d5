"""The title of the runner: the step, when it is due, how long it runs, and of that how much is usual."""

from rich.cells import cell_len

from cockpit.deploy.plan import Task
from cockpit.deploy.schedule.timeline import offset_words, usual_words
from cockpit.deploy.state import State, TaskState
from widgets.words import bar, cut, stopwatch, took

LONGEST, SHORTEST = 48, 16
"""Columns of the step's own title."""


def step_title(task: Task, state: State, now: float, width: int, silent: str = "", *, ascii_only: bool = False) -> str:
    """In about `width` columns: the words of the usual time go first, then the end of the step's title."""
    mark, between = ("~", " - ") if ascii_only else ("…", " · ")
    title = cut(task.title, LONGEST, mark)
    for wordy in (True, False):
        facts = [one for one in (*_facts(task, state, now, ascii_only=ascii_only, wordy=wordy), silent) if one]
        if state.plan and state.cwd not in ("", state.plan.root) and task.kind == "script":
            facts.append(f"in {cut(state.cwd, 24, mark)}")
        said = between.join((title, *facts))
        if cell_len(said) <= width:
            return said
    rest = cell_len(said) - cell_len(title)
    return between.join((cut(task.title, max(SHORTEST, min(LONGEST, width - rest)), mark), *facts))


def _facts(task: Task, state: State, now: float, *, ascii_only: bool, wordy: bool) -> list[str]:
    have = state.of(task.id)
    facts = [offset_words(task.offset_seconds)] if task.offset_seconds is not None else []
    if have.started_at is not None:
        seconds = have.seconds(now) or 0
        attempt = f" attempt {have.attempt}" if have.attempt > 1 else ""
        taken = stopwatch(seconds) + _usual(task, state, have, now, ascii_only=ascii_only, wordy=wordy)
        facts.append(f"{have.status}{attempt} {taken if have.status == 'running' else took(seconds)}")
    elif state.plan and (usual := usual_words(state.plan, task.id)):
        facts.append(usual if wordy else usual.partition(" (")[0])
    return facts


def _usual(task: Task, state: State, have: TaskState, now: float, *, ascii_only: bool, wordy: bool) -> str:
    """` of usually 02:10 ▰▰▰▱▱▱▱▱`; empty where no earlier deploy ran the same script."""
    usual = state.plan.usual.get(task.id) if state.plan else None
    if usual is None:
        return ""
    share = (have.seconds(now) or 0) / max(usual.seconds, 0.1)
    return f"{' of typically ' if wordy else '/'}{stopwatch(usual.seconds)} {bar(share, ascii_only=ascii_only)}"
