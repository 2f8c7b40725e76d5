"""Deploys that ended, or whose engine did, before the team's journal had all of them: sent afterwards."""

from __future__ import annotations

from pathlib import Path

from cockpit.deploy.events import Event
from cockpit.deploy.fold import fold
from cockpit.engine.team.membership import OWED
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.paths import Layout


def owing(layout: Layout) -> list[str]:
    """Deploys that the team's journal lacks something of, the oldest first."""
    folders = layout.folder / "deploys"
    found = [path.parent for path in folders.glob(f"*/{OWED}")] if folders.is_dir() else []
    return sorted(folder.name for folder in found if not layout.replica_mark(folder.name).exists())


async def settle(layout: Layout, deploy: str, dsn: str) -> str:
    """Send what the team's journal lacks of a deploy that has no engine. Gives what is left over, in words; empty
    where nothing is."""
    from cockpit.postgres.session import NoAnswer
    from cockpit.team.base import Facts, TeamError, me
    from cockpit.team.mirror import Fenced, Mirror
    from cockpit.team.outbox import Outbox

    try:
        events = _events(layout.journal, deploy)
    except JournalError as error:
        return str(error)
    state = fold(events)
    if state.plan is None:
        return ""

    async def nothing(*args: object) -> None:
        """Nobody writes into the record of a deploy without an engine."""

    facts = Facts(
        events=lambda: events,
        state=lambda: state,
        folder=layout.deploy(deploy),
        clock=lambda: state.at,
        lost=nothing,
        whole=nothing,
        joined=nothing,
    )
    mirror = Mirror(dsn, deploy, me(layout.folder), facts, Outbox(layout.journal, deploy), session_lock=False)
    try:
        if not await mirror.finish():
            return f"event {mirror.sent} of {state.seq}"
    except Fenced as error:
        # It ended here while another machine had it: what it did alone must not stay here alone.
        return await _rejoin(layout, deploy, dsn, str(error))
    except (NoAnswer, TeamError) as error:
        return str(error)
    finally:
        await mirror.close()
    if state.closed is not None:
        (layout.deploy(deploy) / OWED).unlink(missing_ok=True)
    return ""


async def _rejoin(layout: Layout, deploy: str, dsn: str, why: str) -> str:
    """From here on this machine has a copy of the record that went on; its own end of it is put aside, and told to the
    engine that has the deploy. Gives what is left over, in words."""
    from cockpit.engine.team.replica import Replica
    from cockpit.postgres.session import NoAnswer
    from cockpit.team.base import TeamError, me
    from cockpit.team.follower import Follower

    follower = Follower(dsn, deploy, me(layout.folder), listen=False, dead_after=60.0)
    try:
        replica = Replica(Journal(layout.journal), layout, deploy, follower, lambda: ())
    except JournalError as error:
        await follower.close()
        return f"{why}; {error}"
    try:
        await replica.load()
        left = await replica.told()
    except (NoAnswer, TeamError, JournalError, OSError) as error:
        return f"{why}; {error}"
    finally:
        await replica.close()
    layout.replica_mark(deploy).touch(mode=0o600)
    (layout.deploy(deploy) / OWED).unlink(missing_ok=True)
    return f"{why}; {left}" if left else ""


def _events(path: Path, deploy: str) -> list[Event]:
    journal = Journal(path, read_only=True)
    try:
        return journal.read(deploy)
    finally:
        journal.close()
