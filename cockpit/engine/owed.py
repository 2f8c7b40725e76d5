"""Deploys that ended, or whose engine did, before the team's journal had all of them: sent afterwards."""

from __future__ import annotations

from pathlib import Path

from cockpit.deploy.events import Event
from cockpit.deploy.fold import fold
from cockpit.engine.membership import OWED
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.layout import Layout


def owing(layout: Layout) -> list[str]:
    """Deploys that the team's journal lacks something of, the oldest first."""
    folders = layout.folder / "deploys"
    found = [path.parent for path in folders.glob(f"*/{OWED}")] if folders.is_dir() else []
    return sorted(folder.name for folder in found if not layout.replica_mark(folder.name).exists())


async def settle(layout: Layout, deploy: str, dsn: str) -> str:
    """Send what the team's journal lacks of a deploy that has no engine. Gives what is left over, in words; empty
    where nothing is."""
    from cockpit.metrics.pg_session import NoAnswer
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
    except (NoAnswer, TeamError, Fenced) as error:
        return str(error)
    finally:
        await mirror.close()
    if state.closed is not None:
        (layout.deploy(deploy) / OWED).unlink(missing_ok=True)
    return ""


def _events(path: Path, deploy: str) -> list[Event]:
    journal = Journal(path, read_only=True)
    try:
        return journal.read(deploy)
    finally:
        journal.close()
