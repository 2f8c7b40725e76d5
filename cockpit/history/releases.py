"""What the journal says of the releases before this one: the last good, and those that were taken back."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.fold import fold
from cockpit.deploy.plan import BadRelease
from cockpit.deploy.rollback.locking import Lock, lock_of
from cockpit.deploy.state import State
from cockpit.journal.sqlite import Journal, JournalError, event_of
from cockpit.paths import Layout

_TOLD = (
    "DeployOpened", "RollbackRequested", "RollbackStarted", "RollbackFailed", "RollbackVerifying", "RollbackFinished",
    "TriggerFired", "TriggersDisarmed", "DeployClosed", "EnvironmentUnlocked",
)  # fmt: skip
MOST = 50
"""Deploys that are looked at, the newest first."""


class Past(Struct, frozen=True):
    """Of one environment. `locked`: why nothing may follow the deploy that was rolled back last, or could not be;
    `how`: which of both."""

    last_good: str = ""
    bad: tuple[BadRelease, ...] = ()
    locked: str = ""
    locked_by: str = ""
    how: str = ""


def past_of(layout: Layout, environment: str) -> Past:
    """From the newest deploys of the environment; nothing where there is no journal, or it cannot be read."""
    if not layout.journal.exists():
        return Past()
    try:
        journal = Journal(layout.journal, read_only=True)
    except JournalError:
        return Past()
    try:
        return _read(_closed(journal, environment), layout)
    except JournalError:
        return Past()
    finally:
        journal.close()


def _closed(journal: Journal, environment: str) -> Iterator[tuple[str, State]]:
    """(id, state) of closed deploys, the newest first. Read one by one: most callers need few."""
    rows = [row for row in journal.deploys() if row.environment == environment and row.outcome is not None]
    for row in rows[:MOST]:
        yield row.id, fold(map(event_of, journal.read_kinds(row.id, _TOLD)))


def _read(deploys: Iterator[tuple[str, State]], layout: Layout) -> Past:
    good, locked_by = "", ""
    lock: Lock | None = None
    seen = False
    bad: list[BadRelease] = []
    for deploy_id, state in deploys:
        plan = state.plan
        if plan is None:
            continue
        # Of another machine's deploy the team's lock says whether it still stands.
        elsewhere = layout.replica_mark(deploy_id).exists()
        if not seen and _went_back(state):
            # Looked at behind those that were given up before they did anything, an emergency's too: they free nothing.
            seen, lock, locked_by = True, None if elsewhere else lock_of(state), deploy_id
        if _went_back(state) and plan.commit:
            bad.append(BadRelease(plan.commit, deploy_id, _why(state)))
        if state.closed == "succeeded":
            good = plan.commit
            break
    # What went well later is good, whatever became of it before.
    those = tuple(one for one in bad if one.commit != good)
    return Past(good, those, lock.why, locked_by, lock.how) if lock is not None else Past(good, those)


def _went_back(state: State) -> bool:
    """A rollback was asked for or was due, whatever became of it."""
    return state.rollback is not None or lock_of(replace(state, unlocked="")) is not None


def _why(state: State) -> str:
    return state.rollback.reason if state.rollback is not None else state.closed_reason
