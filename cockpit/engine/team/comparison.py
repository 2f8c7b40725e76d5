"""Whether a machine that is to take a deploy over would deploy the same: its commit, runbook, reading and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import scrypt, sha256
from pathlib import Path

from cockpit import __version__
from cockpit.deploy.plan import Plan, Task
from cockpit.deploy.state import State
from cockpit.engine.config.environment import Environment, inherited, resolve, settings_from
from cockpit.external import git
from cockpit.runbook.model import Runbook
from cockpit.settings.load import FILE, Settings, SettingsError, load

_OF_A_MACHINE = re.compile(
    r"HOME|PATH|PWD|OLDPWD|SHELL|SHLVL|USER|LOGNAME|HOSTNAME|TERM|TMPDIR|TMP|TEMP|LANG|EDITOR|VISUAL|PAGER|DISPLAY|_"
    r"|BASH.*|LC_.*|XDG_.*|SSH_.*|COCKPIT_.*|RANDOM|SECONDS|LINENO|UID|EUID|PPID"
)
"""What is another thing on each machine, and rightly so; unless `[variables]` names it."""
_MOST = 6
"""Of a kind that are named."""


def head_of(root: Path) -> str:
    """The checkout's commit; empty where there is none."""
    return git.resolve(root, "HEAD") if git.is_repository(root) else ""


def prints_of(plan: Plan, environment: Environment, deploy: str) -> dict[str, str]:
    """A short digest of each value that the deploy uses: enough to tell two apart, too little to find one by trying."""
    return {
        name: _print(deploy, name, environment.values[name])
        for name in sorted(_names(plan))
        if name in environment.values
    }


def differences(state: State, root: Path, deploy: str) -> tuple[str, ...]:
    """In words what this machine would do otherwise than the one that has the deploy; values are never shown."""
    plan, team = state.plan, state.team
    if plan is None or team is None:
        return ()
    there = team.host or state.host or "the other machine"
    found = [*_commit(plan, team.head, root, there)]
    read = _as_reviewed(plan)
    if plan.rollout is None:
        found += _runbook(plan, root)
        found += _reading(plan, read)
    found += _settings(plan, root, read)
    if team.head is None:
        found.append(f"values: {there} did not record its values; its cockpit is older than {__version__}")
        return tuple(found)
    environment = resolve(settings_from(plan), root, inherited())
    found += _values(team.values, prints_of(plan, environment, deploy), there)
    return tuple(found)


def key_of(found: tuple[str, ...]) -> str:
    """Names these very differences: who accepts them has seen them."""
    return sha256("\n".join(found).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _commit(plan: Plan, head: str | None, root: Path, there: str) -> Iterator[str]:
    here = head_of(root)
    if plan.commit and not git.resolve(root, plan.commit):
        yield f"commit: {plan.commit[:10]} is being deployed, but this checkout does not have it (git fetch)"
    elif head is None and plan.commit and not plan.ref and here != plan.commit:
        yield f"commit: {plan.commit[:10]} is being deployed, but this checkout is at {_commit_words(here)}"
    if head is not None and head != here:
        yield f"commit: the checkout on {there} is at {_commit_words(head)}, this one at {_commit_words(here)}"
    changed = git.git(root, "status", "--porcelain", "--untracked-files=no") if here else ""
    if changed is None:
        yield "commit: git cannot tell whether this checkout has uncommitted changes"
    elif changed.strip():
        changes = _few([line[3:] for line in changed.splitlines()])
        yield f"commit: this checkout has uncommitted changes: {changes}"


def _commit_words(commit: str) -> str:
    return commit[:10] or "no commit"


def _runbook(plan: Plan, root: Path) -> Iterator[str]:
    path = root / plan.runbook_path
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        yield f"runbook: {plan.runbook_path} cannot be read here: {error.strerror}"
        return
    if text == plan.runbook_text:
        return
    ours, theirs = text.splitlines(), plan.runbook_text.splitlines()
    pairs = enumerate(zip(ours, theirs, strict=False), 1)
    line = next((number for number, (one, other) in pairs if one != other), min(len(ours), len(theirs)) + 1)
    yield f"runbook: {plan.runbook_path} differs here from line {line} on; the opened version is used"


def _as_reviewed(plan: Plan) -> Runbook:
    """The text of the plan, read by this cockpit, with the roles that people gave."""
    # Only a take-over reads a runbook; each engine would load the reader at its start.
    from cockpit.runbook.parse import parse
    from cockpit.runbook.review.roles import with_roles

    return with_roles(parse(plan.runbook_text.encode("utf-8")), plan.roles)


def _reading(plan: Plan, read: Runbook) -> Iterator[str]:
    """The same text, read by this cockpit: a newer one may take a line for another thing."""
    from cockpit.planning.build import make_plan

    try:
        again = make_plan(
            read,
            settings_from(plan),
            root=plan.root,
            runbook_path=plan.runbook_path,
            runbook_text=plan.runbook_text,
            emergency=plan.emergency,
        )
    except (ValueError, KeyError) as error:
        yield f"reading: this cockpit ({__version__}) cannot read the runbook as it was opened: {error}"
        return
    if plan.dry_run or plan.emergency:
        return
    before, now = dict(_shapes(plan)), dict(_shapes(again))
    other = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if other:
        yield f"reading: this cockpit ({__version__}) parses {_few(other)} differently; the opened reading is used"


def _shapes(plan: Plan) -> Iterator[tuple[str, tuple[object, ...]]]:
    for task in _all_tasks(plan):
        yield task.id, (task.kind, task.phase, task.required, task.script.body if task.script is not None else "")


def _settings(plan: Plan, root: Path, read: Runbook) -> Iterator[str]:
    path = root / FILE
    try:
        settings = load(path, plan.environment) if path.exists() else Settings()
    except SettingsError as error:
        yield f"settings: {FILE} here cannot be used: {error}"
        return
    from cockpit.planning.stated import with_stated
    from cockpit.runbook.stated import read_stated

    settings, _ = with_stated(settings, read_stated(plan.runbook_text, read))
    ours = settings.model_dump(mode="json", by_alias=True, exclude={"environments"}, exclude_none=True)
    other = sorted(key for key in {**ours, **plan.settings} if ours.get(key) != plan.settings.get(key))
    if other:
        yield f"settings: {FILE} differs here in {_few(other)}; the opened settings are used"


def _values(there: Mapping[str, str], here: Mapping[str, str], host: str) -> Iterator[str]:
    missing = [f"${name}" for name in there if name not in here]
    more = [f"${name}" for name in here if name not in there]
    other = [f"${name}" for name in there if name in here and there[name] != here[name]]
    if missing:
        yield f"values: {_few(missing)} {_is(missing)} not set here, but {_is(missing)} on {host}"
    if more:
        yield f"values: {_few(more)} {_is(more)} set here, but {_is(more)} not on {host}"
    if other:
        yield f"values: {_few(other)} {_is(other)} a different value here than on {host}"


def _names(plan: Plan) -> set[str]:
    """Variables that the scripts use, and those that the settings name; but for the way to the team's journal, which is
    each person's own."""
    variables = plan.settings.get("variables")
    named = set(variables) if isinstance(variables, Mapping) else set()
    used: set[str] = {name for task in _all_tasks(plan) if task.script is not None for name in task.script.variables}
    team = plan.settings.get("team") or {}
    own = str(team.get("dsn", "")).removeprefix("env:") if isinstance(team, Mapping) else ""
    return (named | {name for name in used if not _OF_A_MACHINE.fullmatch(name)}) - {own}


def _all_tasks(plan: Plan) -> Iterator[Task]:
    yield from plan.tasks
    for option in plan.rollback:
        yield from option.tasks


def _print(deploy: str, name: str, value: str) -> str:
    salt = f"{deploy}\0{name}".encode()
    return scrypt(value.encode("utf-8", "surrogateescape"), salt=salt, n=4096, r=8, p=1, dklen=4).hex()


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
