"""The deploy log of a day, `reports/deploys/<YYYY-MM-DD>.md`: the headings of the seed's template, filled from events.

One file may hold several deploys; each stands between its own marks and is replaced when it is written again.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cockpit.deploy import events as e
from cockpit.deploy.events import COCKPIT
from cockpit.deploy.judge import seconds_words, value_words
from cockpit.deploy.plan import Plan, Task
from cockpit.deploy.state import RollbackState, State, TaskState
from cockpit.layout import Layout
from cockpit.report.charts import charts
from cockpit.report.story import story
from cockpit.runner import files
from cockpit.sanitize import markdown, one_line

WORDS = {"pass": "done", "fail": "FAILED", "waiting": "open", "unknown": "unknown"}


def write_log(state: State, events: Sequence[e.Event], layout: Layout, deploy_id: str) -> list[Path]:
    """Write this deploy's part of the day's file; gives the paths. Raises OSError."""
    plan = state.plan
    if plan is None:
        return []
    path = layout.root / plan.report_dir / f"{_day(state.opened_at)}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    part = render(state, events, deploy_id, layout.deploy(deploy_id), path.parent)
    files.write_durably(path, merged(text, deploy_id, part).encode("utf-8", "surrogateescape"))
    return [path]


def merged(text: str, deploy_id: str, part: str) -> str:
    """The day's file with this deploy's part put in, or in place of what stood there for it."""
    begin, end = f"<!-- deploy {deploy_id} -->", f"<!-- end of deploy {deploy_id} -->"
    block = f"{begin}\n{part.strip()}\n{end}\n"
    before, found, rest = text.partition(begin)
    if found:
        if end not in rest:
            # Somebody took the mark out: what follows up to the next deploy's is this one's.
            later = rest.find("<!-- deploy ")
            rest = f"{end}\n{rest[later:]}" if later >= 0 else end
        after = rest.partition(end)[2].lstrip("\n")
        return f"{before}{block}" + (f"\n{after}" if after else "")
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block


def render(
    state: State, events: Sequence[e.Event], deploy_id: str, folder: Path | None = None, report: Path | None = None
) -> str:
    """The log of one deploy as Markdown."""
    plan = state.plan
    assert plan is not None
    end = state.closed_at or state.at
    lines = [
        f"# {_title(plan)} - {_day(state.opened_at)}",
        "",
        f"**Time**: {_clock(state.opened_at)} UTC  ",
        f"**Duration**: {seconds_words(end - state.opened_at)}  ",
        f"**Deployed by**: {markdown(state.opened_by)}  ",
        f"**Commit**: {_commit(plan)}  ",
        f"**Environment**: {markdown(plan.environment)}  ",
        f"**Outcome**: {_outcome(state)}  ",
        *_emergency(plan),
        f"**Deploy**: `{deploy_id}`",
        "",
        "## Changes",
        "",
        *(_bullets(markdown(change) for change in plan.changes) or ["- no commits are known between the two versions"]),
        "",
        "## Migrations",
        "",
        *(_migrations(state, plan)),
        "",
        "## Rollback",
        "",
        *_rollback(state),
        "",
        "## Issues",
        "",
        *_issues(state, plan),
        "",
        "## Metrics",
        "",
        *_metrics(state, plan),
        *charts(state, events),
        "",
        "## Checklist and steps",
        "",
        *_tasks(state, plan, folder, report),
        "",
        "## Story",
        "",
        "| time (UTC) | who | what |",
        "| --- | --- | --- |",
        *(
            f"| {_clock(event.at, seconds=True)} | {markdown(event.by)} | {markdown(text)} |"
            for event, text in story(events)
        ),
    ]
    return "\n".join(lines)


def _title(plan: Plan) -> str:
    return f"{markdown(plan.environment.capitalize())} Deployment"


def _emergency(plan: Plan) -> list[str]:
    """Who approved it and why, and every guard that it passed over."""
    if not plan.emergency:
        return []
    lines = [f"**Emergency**: approved by {markdown(plan.approved_by)}: {markdown(plan.emergency_reason)}  "]
    return [*lines, *(f"**Bypassed**: {markdown(guard)}  " for guard in plan.bypassed)]


def _commit(plan: Plan) -> str:
    """`9ab03e1`, with the commit it replaces and the ref it was asked by."""
    if not plan.commit:
        return "not a git repository"
    came = f" (from {_code(plan.current_commit[:10])})" if plan.current_commit not in ("", plan.commit) else ""
    ref = f", {markdown(plan.ref)}" if plan.ref and plan.ref != plan.commit else ""
    return f"{_code(plan.commit[:10])}{came}{ref}"


def _code(text: str) -> str:
    """A code span, whatever the text holds."""
    return f"`{one_line(text).replace('`', chr(39))}`"


def _outcome(state: State) -> str:
    if state.closed is None:
        return "still open"
    return f"{state.closed}, by {markdown(state.closed_by)}" + (
        f": {markdown(state.closed_reason)}" if state.closed_reason else ""
    )


def _migrations(state: State, plan: Plan) -> list[str]:
    steps = [task for task in plan.tasks if task.script is not None and task.script.migrates]
    took = next((s for t in steps if (s := state.of(t.id)).finished_at is not None and s.status != "skipped"), None)
    how = "not run" if took is None else f"{took.status}, {seconds_words(took.seconds(0) or 0)} for the step"
    return _bullets(f"{_code(name)}: {how}" for name in plan.migrations) or ["- None"]


def _rollback(state: State) -> list[str]:
    rollback, option = state.rollback, state.rollback_option
    if rollback is None:
        return ["- Required: No"]
    health = {True: "healthy", False: "NOT healthy", None: "health not proven"}[rollback.healthy]
    return _bullets(
        (
            "Required: Yes",
            f"Reason: {markdown(rollback.reason)}",
            f"{_who(rollback)} at {_clock(rollback.requested_at, seconds=True)} UTC",
            f"Option: {markdown(option.title if option else rollback.option)}",
            *(f"Breach then: {markdown(breach)}" for breach in rollback.breaches),
            f"Result: {rollback.status}, {health}" + (f" ({markdown(rollback.summary)})" if rollback.summary else ""),
            *_timeline(rollback),
        )
    )


def _who(rollback: RollbackState) -> str:
    if not rollback.automatic:
        return f"Asked for by: {markdown(rollback.by)}"
    return "Started by: a trigger" + (f", before its time by {markdown(rollback.by)}" if rollback.by != COCKPIT else "")


def _timeline(rollback: RollbackState) -> list[str]:
    """When the way back began and was done, and how long customers waited for it."""
    if rollback.scripts_done_at is None:
        return []
    done = f"Commands done at {_clock(rollback.scripts_done_at, seconds=True)} UTC"
    if rollback.finished_at is None:
        return [done]
    whole = seconds_words(rollback.finished_at - rollback.requested_at)
    return [f"{done}, result known at {_clock(rollback.finished_at, seconds=True)} UTC: {whole} after the request"]


def _issues(state: State, plan: Plan) -> list[str]:
    """What failed, what was passed over, and what people wrote down."""
    found: list[str] = []
    for task in (*plan.tasks, *(task for option in plan.rollback for task in option.tasks)):
        have = state.of(task.id)
        if have.status in ("fail", "unknown"):
            found.append(f"{markdown(task.title)}: {have.status}, {markdown(have.reason or have.summary)}")
        elif have.status in ("waived", "skipped"):
            found.append(f"{markdown(task.title)}: {have.status} by {markdown(have.by)}, {markdown(have.reason)}")
        if have.dropped_bytes:
            found.append(f"{markdown(task.title)}: {have.dropped_bytes} bytes of its output were not kept")
    found += [f"{_clock(note.at)} UTC, {markdown(note.by)}: {markdown(note.text)}" for note in state.notes]
    return _bullets(found) or ["- None"]


def _metrics(state: State, plan: Plan) -> list[str]:
    """Baseline -> the last value, with the level in words."""
    lines = []
    for rule in plan.metrics:
        metric = state.metrics.get(rule.name)
        if metric is None:
            lines.append(f"{markdown(rule.label)}: no data -> no data")
            continue
        latest = metric.latest
        words = value_words(latest.value, rule.unit)
        why = f", {markdown(latest.reason)}" if latest.reason else ""
        before = value_words(metric.baseline, rule.unit)
        lines.append(f"{_long(rule.name, rule.label)}: {before} -> {words} ({latest.level}{why})")
    return _bullets(lines) or ["- Nothing was measured"]


def _long(name: str, label: str) -> str:
    return {"errors": "Error rate", "p95": "P95 latency", "connections": "Database connections"}.get(
        name, markdown(label)
    )


def _tasks(state: State, plan: Plan, folder: Path | None, report: Path | None) -> list[str]:
    lines: list[str] = []
    group = ""
    drawer = [task for option in plan.rollback for task in option.tasks if state.of(task.id).status != "waiting"]
    for task in (*plan.tasks, *drawer):
        heading = "Rollback" if task in drawer else task.group
        if heading != group:
            group = heading
            lines += ["", f"### {markdown(group)}", ""] if lines else [f"### {markdown(group)}", ""]
        lines.append(_task_line(task, state.of(task.id), folder, report))
    return lines


def _task_line(task: Task, have: TaskState, folder: Path | None, report: Path | None) -> str:
    box = "x" if have.settled else " "
    parts = ["not asked" if task.not_asked and have.status == "waiting" else WORDS.get(have.status, have.status)]
    if task.script is not None and have.started_at is not None and have.finished_at is not None:
        parts.append(seconds_words(have.finished_at - have.started_at))
        if have.attempt > 1:
            parts.append(f"attempt {have.attempt}")
    if have.by and have.status != "waiting":
        parts.append(f"by {markdown(have.by)}")
    if have.confirmations:
        parts.append(f"confirmed by {markdown(' and '.join(dict.fromkeys(one.by for one in have.confirmations)))}")
    said = have.summary or have.reason
    if said:
        parts.append(markdown(said))
    link = ""
    if folder is not None and report is not None and have.directory:
        log = folder / have.directory / files.LOG
        link = f" ([output]({_relative(log, report)}))"
    return f"{'  ' * task.depth}- [{box}] {markdown(task.title)}: {', '.join(parts)}{link}"


def _relative(path: Path, start: Path) -> str:
    import os.path

    return Path(os.path.relpath(path, start)).as_posix()


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _clock(at: float, *, seconds: bool = False) -> str:
    return f"{datetime.fromtimestamp(at, UTC):{'%H:%M:%S' if seconds else '%H:%M'}}"
