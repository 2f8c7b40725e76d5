"""Past deploys from the journal, slim: what the figures need and nothing else. A damaged or open one is named."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from msgspec.structs import replace

from cockpit.deploy.dry import is_dry_run
from cockpit.history.dora import Past
from cockpit.history.projection import Fact, SlimPlan, facts, plan_of
from cockpit.journal.chain import Row
from cockpit.journal.sqlite import DeployRow, JournalError
from cockpit.text.sanitize import one_line

KINDS = (
    "DeployOpened",
    "PhaseEntered",
    "StepStarted",
    "StepFinished",
    "TriggerFired",
    "RollbackRequested",
    "RollbackFinished",
    "RecordRecovered",
    "DeployClosed",
)


Choice = Callable[[Sequence[DeployRow]], Collection[str]]
"""Of the deploys, the newest first, those whose record is to be read."""


class Readable(Protocol):
    """A journal, local or the team's, as far as the figures need it. Each call raises JournalError."""

    def deploys(self) -> list[DeployRow]: ...

    def read_kinds(self, deploy: str, kinds: Sequence[str]) -> list[Row]: ...

    def why_cut(self, deploy: str) -> str: ...


def earlier(journal: Readable, choice: Choice | None = None) -> list[Past]:
    """All deploys, the newest first; of those that are not chosen only what the list of deploys says. Without a choice
    all are. Raises JournalError where the journal as a whole cannot be read."""
    rows = journal.deploys()
    chosen = {row.id for row in rows} if choice is None else set(choice(rows))
    return [past_of(journal, row) if row.id in chosen else _known(row) for row in rows]


def _known(row: DeployRow) -> Past:
    return Past(
        id=row.id,
        environment=row.environment,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
    )


def past_of(journal: Readable, row: DeployRow) -> Past:
    """One deploy; where its record cannot be read, what the list of deploys says of it, and the damage."""
    known = _known(row)
    try:
        rows = journal.read_kinds(row.id, KINDS)
        if not rows or rows[0].kind != "DeployOpened":
            return _damaged(known, "its start is missing")
        plan = plan_of(rows[0])
        return _read(known, rows[0], plan, list(facts(rows[1:])), journal.why_cut(row.id))
    except (JournalError, ValueError) as error:
        return _damaged(known, str(error))


def _damaged(known: Past, why: str) -> Past:
    return replace(known, damage=one_line(why))


def _read(known: Past, opened: Row, plan: SlimPlan, told: Sequence[tuple[Row, Fact]], cut: str) -> Past:
    # A dry run touches nothing, ships nothing, and fails at nothing.
    deploying = [] if is_dry_run(known.environment) else _deploying(plan)
    scripts = {task.id: task.title for task in plan.tasks if task.kind in ("script", "check") and task.script}
    rollback = next((found for found in told if found[0].kind == "RollbackRequested"), None)
    closed = next((found for found in told if found[0].kind == "DeployClosed"), None)
    why = rollback[1].reason if rollback else closed[1].reason if closed else ""
    recovered = any(row.kind == "RecordRecovered" for row, _ in told)
    return Past(
        id=known.id,
        environment=known.environment,
        opened_at=known.opened_at,
        closed_at=known.closed_at,
        outcome=known.outcome,
        by=one_line(opened.by),
        title=plan.title,
        commit=one_line(plan.commit),
        current_commit=one_line(plan.current_commit),
        emergency=plan.emergency,
        why=one_line(why),
        touched_at=_first(told, "StepStarted", set(_touching(plan, deploying))),
        shipped_at=_shipped(told, deploying),
        trouble_at=None if known.outcome in (None, "succeeded") else _trouble(told, set(deploying)),
        restored_at=next((row.at for row, fact in told if row.kind == "RollbackFinished" and fact.healthy), None),
        steps=_steps(told, scripts),
        titles={task_id: one_line(title) for task_id, title in scripts.items()},
        damage=cut or _missing(known, closed is not None, recovered=recovered),
    )


def _missing(known: Past, has_end: bool, *, recovered: bool) -> str:
    if recovered:
        return "the journal was damaged; showing what was recovered"
    return "its end is missing" if known.outcome is not None and not has_end else ""


def _deploying(plan: SlimPlan) -> list[str]:
    return [task.id for task in plan.tasks if task.kind == "script" and task.phase == "deploy"]


def _touching(plan: SlimPlan, deploying: Sequence[str]) -> Sequence[str]:
    """Scripts from the first one on that changes production."""
    return deploying[deploying.index(plan.arm_task) :] if plan.arm_task in deploying else deploying


def _first(told: Sequence[tuple[Row, Fact]], kind: str, tasks: set[str]) -> float | None:
    return next((row.at for row, fact in told if row.kind == kind and fact.task in tasks), None)


def _shipped(told: Sequence[tuple[Row, Fact]], deploying: Sequence[str]) -> float | None:
    ended = [
        row.at
        for row, fact in told
        if row.kind == "StepFinished" and fact.task in deploying and fact.outcome == "succeeded"
    ]
    return ended[-1] if ended else None


def _trouble(told: Sequence[tuple[Row, Fact]], deploying: set[str]) -> float | None:
    """The first of: a trigger, a failure that was not mended, the request to roll back."""
    failed: dict[str, float] = {}
    moments: list[float] = []
    for row, fact in told:
        if row.kind == "StepFinished" and fact.task in deploying:
            if fact.outcome == "succeeded":
                failed.pop(fact.task, None)
            elif fact.outcome != "cancelled":
                failed.setdefault(fact.task, row.at)
        elif row.kind in ("TriggerFired", "RollbackRequested"):
            moments.append(row.at)
    return min((*failed.values(), *moments), default=None)


def _steps(told: Sequence[tuple[Row, Fact]], scripts: dict[str, str]) -> dict[str, float]:
    """Seconds of each script's last success that ran from the top."""
    part = dict.fromkeys(scripts, True)
    found: dict[str, float] = {}
    for row, fact in told:
        if row.kind == "StepStarted":
            part[fact.task] = bool(fact.from_line) or fact.task not in scripts
        elif row.kind == "StepFinished" and fact.outcome == "succeeded" and not part.get(fact.task, True):
            found[fact.task] = max(0.0, fact.seconds)
    return found
