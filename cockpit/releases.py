"""What the journal says of the releases before this one: the last good, and those that were taken back."""

from collections.abc import Iterator

from msgspec import Struct

from cockpit.deploy.fold import fold
from cockpit.deploy.plan import BadRelease
from cockpit.deploy.state import State
from cockpit.journal.sqlite import Journal, JournalError, event_of
from cockpit.layout import Layout

_TOLD = ("DeployOpened", "RollbackRequested", "RollbackFinished", "DeployClosed", "EnvironmentUnlocked")
MOST = 50
"""Deploys that are looked at, the newest first."""


class Past(Struct, frozen=True):
    """Of one environment. `locked`: the deploy that was rolled back last, and why nothing may follow it yet."""

    last_good: str = ""
    bad: tuple[BadRelease, ...] = ()
    locked: str = ""
    locked_by: str = ""


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
    good, locked, locked_by = "", "", ""
    bad: list[BadRelease] = []
    for number, (deploy_id, state) in enumerate(deploys):
        plan = state.plan
        if plan is None:
            continue
        # Of another machine's deploy the team's lock says whether it still stands.
        elsewhere = layout.replica_mark(deploy_id).exists()
        if number == 0 and state.closed == "rolled back" and not state.unlocked and not elsewhere:
            locked, locked_by = _why(state), deploy_id
        if state.closed == "rolled back" and plan.commit:
            bad.append(BadRelease(plan.commit, deploy_id, _why(state)))
        if state.closed == "succeeded":
            good = plan.commit
            break
    # What went well later is good, whatever became of it before.
    return Past(good, tuple(one for one in bad if one.commit != good), locked, locked_by)


def _why(state: State) -> str:
    return state.rollback.reason if state.rollback is not None else state.closed_reason
