"""The deploy log of a day, `reports/deploys/<YYYY-MM-DD>.md`: the headings of the seed's template, filled from events.

One file may hold several deploys; each stands between its own marks and is replaced when it is written again.
"""

import contextlib
import errno
import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cockpit.deploy import events as e
from cockpit.deploy.dry import REPORTS
from cockpit.deploy.events import COCKPIT
from cockpit.deploy.plan import Plan
from cockpit.deploy.state import RollbackState, State
from cockpit.deploy.tasks.scripts import CANNOT_RUN, why_blocked
from cockpit.paths import Layout
from cockpit.report.charts import charts
from cockpit.report.log_notices import log_notices
from cockpit.report.log_rollout import log_rollout
from cockpit.report.log_tasks import Places, log_tasks
from cockpit.report.story import story
from cockpit.runner import files
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sanitize import markdown, one_line
from cockpit.text.times import clock, day, minutes


def write_log(state: State, events: Sequence[e.Event], layout: Layout, deploy_id: str) -> list[Path]:
    """Write this deploy's part of the day's file; gives the paths. Raises OSError."""
    plan = state.plan
    if plan is None:
        return []
    folder = layout.folder / REPORTS if plan.dry_run else layout.root / plan.report_dir
    path = folder / f"{day(state.opened_at)}.md"
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_links(path, layout)
    part = render(state, events, deploy_id, layout.deploy(deploy_id), path.parent)
    # The day's file is shared by the engines of every environment.
    with _alone(layout.folder / "reports.lock"):
        text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
        files.write_durably(path, merged(text, deploy_id, part).encode("utf-8", "surrogateescape"))
    return [path]


def _refuse_links(path: Path, layout: Layout) -> None:
    """A link that the repository has would lead the log elsewhere, or another file into it. Raises OSError."""
    root, folder = layout.root, path.parent
    leads_out = folder.is_relative_to(root) and not folder.resolve().is_relative_to(root.resolve())
    if path.is_symlink() or (leads_out and not folder.is_relative_to(layout.folder)):
        raise OSError(errno.ELOOP, "a symbolic link leads out of the repository", str(path))


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes the day's file. Raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


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
        f"# {_title(plan)} - {day(state.opened_at)}",
        "",
        f"**Time**: {minutes(state.opened_at)} UTC  ",
        f"**Duration**: {seconds_words(end - state.opened_at)}  ",
        f"**Deployed by**: {markdown(state.opened_by)}  ",
        f"**Commit**: {_commit(plan)}  ",
        *_moves(state, plan),
        f"**Environment**: {markdown(plan.environment)}  ",
        f"**Outcome**: {_outcome(state)}  ",
        *_guards(plan),
        *_reviewed(plan),
        f"**Deploy**: `{deploy_id}`",
        *log_rollout(state, plan),
        *(_deployed(state, plan) if plan.rollout is None else ()),
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
        "## Notices",
        "",
        *log_notices(state),
        *(["", "## Steps", "", *log_tasks(state, plan, Places(folder, report))] if plan.tasks else ()),
        "",
        "## Story",
        "",
        "| Time (UTC) | Who | What |",
        "| --- | --- | --- |",
        *(f"| {clock(event.at)} | {markdown(event.by)} | {markdown(text)} |" for event, text in story(events)),
    ]
    return "\n".join(lines)


def _deployed(state: State, plan: Plan) -> list[str]:
    """What came with the deploy, and whether it was taken back."""
    return [
        "",
        "## Changes",
        "",
        *(_bullets(markdown(change) for change in plan.changes) or ["- No commits known between the two versions"]),
        "",
        "## Migrations",
        "",
        *(_migrations(state, plan)),
        "",
        "## Rollback",
        "",
        *_rollback(state),
    ]


def _title(plan: Plan) -> str:
    if plan.rollout is not None:
        return f"{markdown(plan.environment.capitalize())}: rollout of {markdown(plan.rollout.flag)}"
    what = "DRY RUN, nothing was executed" if plan.dry_run else "Deployment"
    return f"{markdown(plan.environment.capitalize())} {what}"


def _guards(plan: Plan) -> list[str]:
    """Every guard that was passed over; of an emergency, who approved it and why."""
    approved = f"**Emergency**: approved by {markdown(plan.approved_by)}: {markdown(plan.emergency_reason)}  "
    return [
        *([approved] if plan.emergency else []),
        *(f"**Bypassed**: {markdown(guard)}  " for guard in plan.bypassed),
        *(f"**Inferred from the runbook**: {markdown(words)}  " for words in plan.stated),
    ]


def _reviewed(plan: Plan) -> list[str]:
    """Who had reviewed the scripts, and when: `Ann Baker, 2026-11-24 (4 scripts)`."""
    if not plan.reviewed:
        return []
    count = Counter(plan.reviewed.values())
    said = (f"{markdown(who)} ({many} script{'s' if many > 1 else ''})" for who, many in sorted(count.items()))
    return [f"**Scripts reviewed**: {'; '.join(said)}  "]


def _commit(plan: Plan) -> str:
    """`9ab03e1`, with the commit it replaces and the ref it was asked by."""
    if not plan.commit:
        return "not a git repository"
    came = f" (from {_code(plan.current_commit[:10])})" if plan.current_commit not in ("", plan.commit) else ""
    ref = f", {markdown(plan.ref)}" if plan.ref and plan.ref != plan.commit else ""
    return f"{_code(plan.commit[:10])}{came}{ref}"


def _moves(state: State, plan: Plan) -> list[str]:
    """Each step while which another commit was checked out: what came after it ran from there."""
    lines = []
    for one in state.moves:
        task = plan.task(one.task)
        title = task.title if task is not None else one.task
        way = f"{_code(one.before[:10])} to {_code(one.head[:10])}"
        lines.append(f"**HEAD moved**: {way} while {markdown(title)} ran, until {minutes(one.at)} UTC  ")
    return lines


def _code(text: str) -> str:
    """A code span, whatever the text holds."""
    return f"`{one_line(text).replace('`', chr(39))}`"


def _outcome(state: State) -> str:
    if state.closed is None:
        return "still open"
    return f"{state.closed}, by {markdown(state.closed_by)}" + (
        f": {markdown(state.closed_reason)}" if state.closed_reason else ""
    )


def migrations_known(plan: Plan) -> bool:
    """Two commits were compared: no migration among them means that there is none."""
    return bool(plan.commit and plan.current_commit)


def _migrations(state: State, plan: Plan) -> list[str]:
    steps = [task for task in plan.tasks if task.script is not None and task.script.migrates]
    took = next((s for t in steps if (s := state.of(t.id)).finished_at is not None and s.status != "skipped"), None)
    how = "not run" if took is None else f"{took.status}, {seconds_words(took.seconds(0) or 0)} for the step"
    if plan.migrations:
        return _bullets(f"{_code(name)}: {how}" for name in plan.migrations)
    if not migrations_known(plan):
        ran = f"; {markdown(steps[0].title)}: {how}" if took is not None else ""
        return [f"- Unknown: the previous commit is not known, so no files were compared{ran}"]
    return ["- None"] if took is None else [f"- No migration file in the commits; a step ran: {how}"]


def _rollback(state: State) -> list[str]:
    rollback, option = state.rollback, state.rollback_option
    if rollback is None:
        return ["- Required: No"]
    health = {True: "healthy", False: "NOT healthy", None: "health not verified"}[rollback.healthy]
    return _bullets(
        (
            "Required: Yes",
            f"Reason: {markdown(rollback.reason)}",
            f"{_who(rollback)} at {clock(rollback.requested_at)} UTC",
            f"Option: {markdown(option.title if option else rollback.option)}",
            *(f"Breach at the time: {markdown(breach)}" for breach in rollback.breaches),
            f"Result: {rollback.status}, {health}" + (f" ({markdown(rollback.summary)})" if rollback.summary else ""),
            *_timeline(rollback),
        )
    )


def _who(rollback: RollbackState) -> str:
    if not rollback.automatic:
        return f"Requested by: {markdown(rollback.by)}"
    return "Started by: trigger" + (f", before its time by {markdown(rollback.by)}" if rollback.by != COCKPIT else "")


def _timeline(rollback: RollbackState) -> list[str]:
    """When the way back began and was done, and how long customers waited for it."""
    if rollback.scripts_done_at is None:
        return []
    done = f"Scripts done at {clock(rollback.scripts_done_at)} UTC"
    if rollback.finished_at is None:
        return [done]
    whole = seconds_words(rollback.finished_at - rollback.requested_at)
    return [f"{done} at {clock(rollback.finished_at)} UTC, {whole} after the request"]


def _issues(state: State, plan: Plan) -> list[str]:
    """What failed, what was passed over, and what people wrote down."""
    found: list[str] = []
    for task in (*plan.tasks, *(task for option in plan.rollback for task in option.tasks)):
        have = state.of(task.id)
        if why := why_blocked(task, have):
            found.append(f"{markdown(task.title)}: {CANNOT_RUN}, {markdown(why)}")
        elif have.status in ("fail", "unknown"):
            found.append(f"{markdown(task.title)}: {have.status}, {markdown(have.reason or have.summary)}")
        elif have.status in ("waived", "skipped"):
            found.append(f"{markdown(task.title)}: {have.status} by {markdown(have.by)}, {markdown(have.reason)}")
        if have.dropped_bytes:
            found.append(f"{markdown(task.title)}: {have.dropped_bytes} bytes of output were not kept")
    found += [f"{minutes(note.at)} UTC, {markdown(note.by)}: {markdown(note.text)}" for note in state.notes]
    return _bullets(found) or ["- None"]


def _metrics(state: State, plan: Plan) -> list[str]:
    """Baseline -> the last value, with the level in words."""
    if not plan.metrics:
        return ["- No metrics"]
    lines = ["| Metric | Before | After | Level |", "| --- | --- | --- | --- |"]
    for rule in plan.metrics:
        metric = state.metrics.get(rule.name)
        name = _long(rule.name, rule.label)
        if metric is None:
            lines.append(f"| {name} | no data | no data | no data |")
            continue
        latest = metric.latest
        why = f": {markdown(latest.reason)}" if latest.reason else ""
        before, after = value_words(metric.baseline, rule.unit), value_words(latest.value, rule.unit)
        lines.append(f"| {name} | {before} | {after} | {latest.level}{why} |")
    return lines


def _long(name: str, label: str) -> str:
    return {"errors": "Error rate", "p95": "P95 latency", "connections": "DB connections"}.get(name, markdown(label))


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]
