"""The checklist and the steps of the deploy log: lists of what was answered, tables of what ran."""

import os.path
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from cockpit.deploy.guards import PHASE_WORDS
from cockpit.deploy.plan import AT_HAND, PHASES, Plan, Task
from cockpit.deploy.state import State, TaskState
from cockpit.deploy.tasks.scripts import CANNOT_RUN, why_blocked
from cockpit.runner import files
from cockpit.text.amounts import seconds_words
from cockpit.text.sanitize import markdown
from cockpit.text.times import clock

WORDS = {"pass": "done", "fail": "**FAILED**", "waiting": "open", "unknown": "**unknown**"}


class Places:
    """Where saved outputs are, seen from the report; None: no links."""

    def __init__(self, folder: Path | None, report: Path | None) -> None:
        self._folder = folder
        self._report = report

    def link(self, have: TaskState) -> str:
        """`[output](...)`, empty where nothing was saved."""
        if self._folder is None or self._report is None or not have.directory:
            return ""
        path = self._folder / have.directory / files.LOG
        return f"[output]({Path(os.path.relpath(path, self._report)).as_posix()})"


def log_tasks(state: State, plan: Plan, places: Places) -> list[str]:
    """Phase by phase; then the way back that was taken."""
    lines: list[str] = []
    for phase in PHASES:
        tasks = plan.in_phase(phase)
        if tasks:
            lines += [f"### {PHASE_WORDS[phase]}", "", *_phase(state, tasks, places), ""]
    drawer = [task for option in plan.rollback for task in option.tasks if state.of(task.id).status != "waiting"]
    if drawer:
        lines += ["### Rollback", "", *_phase(state, drawer, places), ""]
    aside = [replace(task, title=f"{task.title} ({task.role})") for task in plan.aside if state.of(task.id).attempt]
    if aside:
        lines += [f"### {AT_HAND}", "", *_phase(state, aside, places), ""]
    return lines[:-1]


def _phase(state: State, tasks: Sequence[Task], places: Places) -> list[str]:
    """A table where scripts are steps; a list where it is a checklist."""
    if any(task.kind == "script" for task in tasks):
        return _table(state, tasks, places)
    return _list(state, tasks, places)


def _table(state: State, tasks: Iterable[Task], places: Places) -> list[str]:
    rows = [
        "| Step | State | Started (UTC) | Duration | Exit | Who | Evidence |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for task in tasks:
        have = state.of(task.id)
        began = clock(have.started_at) if have.started_at is not None else ""
        took = ""
        if task.script is not None and have.started_at is not None and have.finished_at is not None:
            took = seconds_words(have.finished_at - have.started_at)
        attempt = f" (attempt {have.attempt})" if have.attempt > 1 else ""
        status = "" if have.exit_status is None else str(have.exit_status)
        cells = (
            f"{'↳ ' if task.depth else ''}{markdown(task.title)}",
            f"{_state(task, have)}{attempt}",
            began,
            took,
            status,
            _who(have),
            "; ".join(part for part in (_said(task, have), places.link(have)) if part),
        )
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def _list(state: State, tasks: Sequence[Task], places: Places) -> list[str]:
    lines: list[str] = []
    group = ""
    for task in tasks:
        if task.group != group:
            group = task.group
            lines += ["", f"**{markdown(group)}**", ""] if lines else [f"**{markdown(group)}**", ""]
        have = state.of(task.id)
        parts = [_state(task, have)]
        if task.script is not None and have.started_at is not None and have.finished_at is not None:
            parts.append(seconds_words(have.finished_at - have.started_at))
            parts += [f"attempt {have.attempt}"] if have.attempt > 1 else []
        who = _who(have)
        parts += [part for part in (f"by {who}" if who else "", _said(task, have), places.link(have)) if part]
        box = "x" if have.settled else " "
        lines.append(f"{'  ' * task.depth}- [{box}] {markdown(task.title)}: {', '.join(parts)}")
    return lines


def _state(task: Task, have: TaskState) -> str:
    if why_blocked(task, have):
        return f"**{CANNOT_RUN}**"
    return "not required" if task.not_asked and have.status == "waiting" else WORDS.get(have.status, have.status)


def _who(have: TaskState) -> str:
    who = markdown(have.by) if have.by and have.status != "waiting" else ""
    if have.confirmations:
        second = " and ".join(dict.fromkeys(one.by for one in have.confirmations))
        return f"{who}, approved by {markdown(second)}" if who else f"approved by {markdown(second)}"
    return who


def _said(task: Task, have: TaskState) -> str:
    return markdown(why_blocked(task, have) or have.summary or have.reason)
