"""Opening a deploy: the runbook found and read, the settings, the commit; a plan, or an error that says what to do."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from cockpit.checks.registry import is_known, names
from cockpit.deploy.builtin_checks import LIVE, is_live
from cockpit.deploy.dry import dry_run_of
from cockpit.deploy.plan import Migration, Plan
from cockpit.deploy.schedule.planned_window import why_too_long
from cockpit.errors import USAGE, CockpitError
from cockpit.external import git
from cockpit.flags.registry import types as flag_types
from cockpit.history.durations import with_usual
from cockpit.history.releases import Past, past_of
from cockpit.metrics.registry import types
from cockpit.migrations.wayback import is_down, migration
from cockpit.notify.registry import types as notice_types
from cockpit.opening.reading import Reading, accepted_unseen, planned, read_as_reviewed
from cockpit.paths import Layout, find_root
from cockpit.planning.build import make_plan
from cockpit.planning.presets import metrics_of, problems_of
from cockpit.planning.rollouts import problems_of_flag
from cockpit.planning.stated import with_stated
from cockpit.planning.window import window_at_opening
from cockpit.runbook.model import Runbook
from cockpit.runbook.parse import parse
from cockpit.runbook.review.model import Record
from cockpit.runbook.stated import read_stated
from cockpit.runner.shell import why_no_shell
from cockpit.settings.load import FILE, Settings, SettingsError, find_line, load
from cockpit.text.suggest import meant

CANDIDATES = ("RUNBOOK.md", "DEPLOY.md", "DEPLOYMENT.md", "docs/deploy.md", "docs/runbook.md", "docs/deployment.md")


class OpeningError(CockpitError):
    """Cannot open: the text names the file or address, and what to do."""

    status = USAGE


@dataclass(frozen=True)
class Opened:
    """What a face needs to open a deploy."""

    layout: Layout
    settings: Settings
    runbook: Runbook
    plan: Plan
    refusal: str = ""
    """Why the deploy may not be opened: the configured window is closed at T. Empty where it may."""
    warnings: tuple[str, ...] = ()
    locked_by: str = ""
    """The deploy whose rollback locked the environment; empty where none did."""
    reading: Reading | None = None
    """What is known of the runbook's scripts; None for a rollout, which has none."""

    @property
    def unreviewed(self) -> bool:
        """Somebody has to look at a script first. Nothing of a dry run is executed: it needs no review."""
        return self.reading is not None and bool(self.reading.pending) and not self.plan.dry_run


def locate(runbook: str | None, environment: str | None) -> tuple[Path, Settings, Path]:
    """Root, settings and path of the runbook. Raises OpeningError, SettingsError."""
    given = Path(runbook).resolve() if runbook else None
    if given is not None and not given.exists():
        raise OpeningError(
            f"{runbook}: no such file. Pass the runbook, or set it in {FILE} (`cockpit init` writes one)"
        )
    if given is not None and given.is_dir():
        root, given = find_root(given), None
    else:
        root = find_root(given.parent if given is not None else Path.cwd())
    settings = load(root / FILE, environment) if (root / FILE).exists() else Settings()
    if environment is not None and not (root / FILE).exists():
        settings = Settings(environment=environment)
    if given is None:
        given = _from_settings(root, settings)
    return root, settings, given


def _from_settings(root: Path, settings: Settings) -> Path:
    if settings.runbook:
        path = root / settings.runbook
        if not path.exists():
            raise OpeningError(f"{root / FILE}: runbook = {settings.runbook!r}: no such file below {root}")
        return path
    found = [root / name for name in CANDIDATES if (root / name).is_file()]
    if len(found) == 1:
        return found[0]
    hint = f"several found: {', '.join(str(one) for one in found)}" if found else f"none found in {root}"
    raise OpeningError(f"no runbook given ({hint}). Pass a path (cockpit run PATH) or set runbook in {FILE}")


def read_runbook(path: Path) -> tuple[bytes, Runbook]:
    """The file's bytes and what they say. Raises OpeningError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OpeningError(f"{path}: cannot be read: {error.strerror}") from error
    return data, parse(data)


def open_plan(
    runbook: str | None,
    *,
    environment: str | None = None,
    ref: str | None = None,
    planned_at: float | None = None,
    unlock: bool = False,
    dry_run: bool = False,
    record: Record | None = None,
    accepted_by: str = "",
    **more: object,
) -> Opened:
    """Everything read and resolved. `more`: emergency, approved_by, emergency_reason. `dry_run`: to be walked through,
    whatever the window or an earlier rollback says. `record`: instead of the one beside the runbook. `accepted_by`: who
    takes the reading as it is, scripts that nobody has reviewed with it.

    Raises OpeningError, ReadingError, SettingsError, and ValueError for a time outside the calendar.
    """
    now = time.time()
    root, settings, path = locate(runbook, environment)
    check_metrics(root / FILE, settings)
    data, parsed = read_runbook(path)
    check_names(path, parsed)
    reading = read_as_reviewed(path, parsed, record)
    read = reading.read
    text = data.decode("utf-8", "replace")
    settings, stated = with_stated(settings, read_stated(text, read))
    layout = Layout(root)
    past = past_of(layout, settings.environment)
    commit, current = _commits(root, ref, settings, past.last_good)
    at = planned_at if planned_at is not None else now
    emergency = bool(more.get("emergency"))
    window = window_at_opening(root / FILE, settings.window, now=now, planned_at=at, emergency=emergency)
    bypassed = window.fields.pop("bypassed", ())
    if past.locked and emergency:
        bypassed = (*bypassed, f"the environment was locked: {past.locked_by} {past.how} ({past.locked})")  # type: ignore[misc]
    files = git.migrations(root, current, commit) if commit else ()
    plan = make_plan(
        read,
        settings,
        root=str(root),
        runbook_path=str(path.relative_to(root)) if path.is_relative_to(root) else str(path),
        runbook_text=text,
        stated=stated,
        planned_at=at,
        ref=ref or "",
        commit=commit,
        current_commit=current,
        project=settings.project or root.name,
        changes=git.changes(root, current, commit) if commit else (),
        migrations=files,
        migration_facts=_facts(root, commit, files),
        bad_releases=past.bad,
        last_good=past.last_good,
        bypassed=bypassed,
        **window.fields,
        **more,
    )
    reading, plan = planned(reading, plan)
    if accepted_by and (unseen := accepted_unseen(reading, accepted_by)) and not dry_run:
        plan = replace(plan, bypassed=(*plan.bypassed, unseen))
    if not plan.tasks:
        raise OpeningError(
            f"{path}: nothing to do in this runbook: no items and no fenced shell scripts found. See how it is "
            f"parsed: cockpit outline {path.name}"
        )
    if dry_run:
        return Opened(layout, settings, read, dry_run_of(plan), reading=reading)
    plan = with_usual(plan, layout)
    too_long = why_too_long(plan, at)
    lost = (f"{words}: has no effect" for words in unknown_tasks(settings, read).values())
    warnings = tuple(one for one in (*window.warnings, too_long, plan.whole_list, *lost) if one)
    locked = past.locked and not emergency and not unlock
    refusal = _locked_words(settings.environment, past) if locked else window.refusal
    refusal = no_shell(plan) or refusal
    return Opened(layout, settings, read, plan, refusal, warnings, past.locked_by, reading)


def _commits(root: Path, ref: str | None, settings: Settings, last_good: str) -> tuple[str, str]:
    """The commit to deploy, and the one that runs now; empty where nobody knows. Raises OpeningError."""
    if not git.is_repository(root):
        if why := git.why_refused(root):
            raise OpeningError(why)
        if ref:
            raise OpeningError(f"--ref {ref}: {root} is not a git repository")
        return "", ""
    commit = git.resolve(root, ref or "HEAD")
    if not commit and ref:
        raise OpeningError(f"--ref {ref}: no such commit in {root}; run git fetch first?")
    return commit, running_commit(root, settings) or last_good


def no_shell(plan: Plan) -> str:
    """Why this machine's bash cannot run the plan's steps; empty where it can, or none is needed."""
    scripts = [task.script for task in (*plan.tasks, *(one for option in plan.rollback for one in option.tasks))]
    if not any(script is not None and script.interpreter == "bash" for script in scripts):
        return ""
    return why_no_shell(os.environ.get("PATH", os.defpath))


def _locked_words(environment: str, past: Past) -> str:
    return (
        f"{environment} has been locked since deploy {past.locked_by} {past.how}: {past.locked}. Once the cause is "
        "understood: cockpit unlock REASON, or run with --unlock REASON"
    )


def _facts(root: Path, commit: str, files: Sequence[str]) -> tuple[Migration, ...]:
    """What the migration files of the commit say of the way back."""
    beside = git.files(root, commit, files) if files else ()
    forward = [path for path in files if not is_down(path)]
    return tuple(migration(path, git.show(root, commit, path), beside) for path in forward)


def check_names(path: Path, runbook: Runbook) -> None:
    """Every built-in check that the runbook names is there. Raises OpeningError with all that are not."""
    named = [
        (f"{path}:{item.line}", item.check)
        for section in runbook.sections
        for item in section.items
        if item.check_builtin and item.check
    ]
    wrong = [(where, name) for where, name in named if not is_live(name) and not is_known(name)]
    if wrong:
        raise OpeningError("\n".join(f"{where}: check={name}: no such check; {_meant(name)}" for where, name in wrong))


def _meant(name: str) -> str:
    return meant(name.partition(":")[0], names(), f"known: {', '.join((*LIVE, *names()))}")


def unknown_tasks(settings: Settings, runbook: Runbook) -> dict[str, str]:
    """Ids of `[tasks]` that stand for nothing in the runbook, as after a new heading -> words for a person."""
    known = [item.id for section in runbook.sections for item in section.items]
    known += [step.id for section in runbook.sections for step in section.steps]
    outline = "list the IDs with `cockpit outline`"
    return {
        name: f'tasks."{name}": no such item or script in the runbook; {meant(name, known, outline)}'
        for name in settings.tasks
        if name not in known
    }


def check_metrics(path: Path, settings: Settings) -> None:
    """What the settings say of metrics, notices and flags makes sense here. Raises SettingsError with every problem and
    its line."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    problems = _of_no_type(text, "sources", settings.sources, types(), "source type")
    measured = {metric for name in settings.sources for metric in metrics_of(settings, name)}
    problems += [
        (find_line(text, ("metrics", name)), f"metrics.{name}: no source provides it; {meant(name, sorted(measured))}")
        for name in settings.metrics
        if name not in measured and not problems
    ]
    if not problems:
        problems = [(find_line(text, key), words) for key, words in problems_of(settings)]
    problems += _of_no_type(text, "notices", settings.notices, notice_types())
    problems += _of_no_type(text, "flags", settings.flags, flag_types())
    problems += [
        (find_line(text, key), words) for name in settings.flags for key, words in problems_of_flag(settings, name)
    ]
    if problems:
        raise SettingsError(path, problems)


class _Typed(Protocol):
    @property
    def type(self) -> str: ...


def _of_no_type(
    text: str, group: str, tables: Mapping[str, _Typed], known: Sequence[str], what: str = "type"
) -> list[tuple[int, str]]:
    """The tables of the group whose type nobody knows: line and words."""
    return [
        (find_line(text, (group, name, "type")), f"{group}.{name}: no {what} {one.type!r}; {meant(one.type, known)}")
        for name, one in tables.items()
        if one.type not in known
    ]


def running_commit(root: Path, settings: Settings) -> str:
    """The commit that runs now, as the settings tell; empty where they do not, or git does not know it."""
    named = settings.current or ""
    if named.startswith("command:"):
        named = git.output(root, named.removeprefix("command:"))
    return git.resolve(root, named) if named else ""
