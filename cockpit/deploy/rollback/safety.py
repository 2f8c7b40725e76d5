"""Is going back safe now? Computed live from what has run: a rollback of the application does not undo the database.

Sources of the rules: expand and contract (a release before must work with the database as it is now), and the field's
"point of no return", after which one freezes or fixes forward.
"""

from typing import Literal

from msgspec import Struct

from cockpit.deploy.plan import RollbackOption, Task
from cockpit.deploy.state import State

SafetyWord = Literal["safe", "look first", "freeze or fix forward"]


class Safety(Struct, frozen=True):
    """`reasons`: why it is not simply safe; empty where it is."""

    word: SafetyWord
    reasons: tuple[str, ...] = ()

    def words(self) -> str:
        """`freeze or fix forward: the point of no return is passed (...)`."""
        return f"{self.word}: {'; '.join(self.reasons)}" if self.reasons else self.word


def has_begun(state: State, task: Task) -> bool:
    """True where its script may have done something: it was started, whatever became of it, and not passed over."""
    have = state.of(task.id)
    return have.attempt > 0 and have.status != "skipped"


def safety(state: State, option: RollbackOption | None = None) -> Safety:
    """Of going back now; of this option, where one is given: a restore of the data undoes what a migration took."""
    if state.plan is None:
        return Safety("look first", ("no deploy is open",))
    stop: list[str] = []
    look: list[str] = []
    passed = [task for task in state.plan.tasks if task.no_return and has_begun(state, task)]
    stop += [f'past the point of no return ("{task.title}", line {task.line})' for task in passed]
    migrated = [t for t in state.plan.tasks if t.script is not None and t.script.migrates and has_begun(state, t)]
    restores = option is not None and option.touches_database
    if migrated and not restores:
        _weigh(state, migrated, stop, look)
    if restores:
        look.append(f"all data written since the backup will be lost{_written(state)}")
        look += _outdated(state, migrated)
    if stop:
        return Safety("freeze or fix forward", (*stop, *look))
    return Safety("look first", tuple(look)) if look else Safety("safe")


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _written(state: State) -> str:
    """How much that is at least, where the database was asked."""
    rows = state.written[1] - state.written[0] if state.written is not None else 0
    return f" (about {rows:,} rows written since the deploy began)" if rows else ""


def _outdated(state: State, migrated: list[Task]) -> list[str]:
    """The release that runs now may need the shape that a restore takes away."""
    assert state.plan is not None
    if not migrated:
        return []
    tasks = [task for task in state.plan.in_phase("deploy") if task.kind == "script"]
    after = tasks[tasks.index(migrated[-1]) + 1 :] if migrated[-1] in tasks else []
    begun = [task.title for task in after if has_begun(state, task)]
    if not begun:
        return []
    return [f'"{begun[0]}" ran after the migration; roll the release back first, it may need the new schema']


def _weigh(state: State, migrated: list[Task], stop: list[str], look: list[str]) -> None:
    """What the migrations that ran mean for the release before."""
    assert state.plan is not None
    facts = state.plan.migration_facts
    titles = ", ".join(f'"{task.title}"' for task in migrated)
    if not facts:
        look.append(f"{titles} ran migrations from unknown files; check that the old release works with them")
        return
    for fact in facts:
        if fact.destroys:
            stop.append(f"{fact.path} removed what the old release may need: {', '.join(fact.destroys)}")
    undo = [_name(fact.path) for fact in facts if fact.reversible is True and not fact.destroys]
    fixed = [_name(fact.path) for fact in facts if fact.reversible is not True and not fact.destroys]
    if undo:
        look.append(f"stays applied unless undone: {', '.join(undo)}")
    if fixed:
        look.append(f"stays applied, no down migration: {', '.join(fixed)} (additive only)")
    for task in migrated:
        if state.of(task.id).status in ("fail", "unknown", "running"):
            look.append(f'"{task.title}" did not succeed; it may be partly applied')
