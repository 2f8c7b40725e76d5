"""What every face does first: open a deploy or find the one to come back to, with an engine that serves it."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit import __version__
from cockpit.client.team import follow_here, follows, has_team, shared_deploys
from cockpit.deploy import commands as c
from cockpit.deploy.commands import Refusal
from cockpit.deploy.dry import is_dry_run
from cockpit.deploy.rollout.plan import is_rollout
from cockpit.engine.ipc.client import EngineGone, SocketClient
from cockpit.engine.ipc.probe import engine_alive
from cockpit.engine.lock import read_holder, words
from cockpit.engine.process.spawn import EngineError, spawn_engine
from cockpit.errors import FAILED, LOCKED, REFUSED, USAGE, CockpitError, NoTeam
from cockpit.journal.sqlite import DeployRow, Journal, JournalError
from cockpit.paths import Layout
from cockpit.text.sentences import fragment

if TYPE_CHECKING:
    from cockpit.opening.deploy import Opened

START_SECONDS = 15.0
LEAVE_SECONDS = 3.0
WAIT_SECONDS = 2.0
"""Between two looks at an environment that somebody else holds."""

Waiting = Callable[[str], None]


@dataclass(frozen=True)
class Session:
    """One deploy, and who looks at it."""

    layout: Layout
    deploy_id: str
    by: str

    @property
    def folder(self) -> Path:
        return self.layout.deploy(self.deploy_id)

    async def connect(self) -> SocketClient:
        """Raises EngineGone."""
        return await SocketClient.connect(self.layout.socket(self.deploy_id), self.by)

    async def ask(self, command: c.PublicCommand) -> Refusal | None:
        """One command on a connection of its own. Raises EngineGone."""
        client = await self.connect()
        try:
            return await client.ask(command)
        finally:
            await client.close()


async def open_deploy(
    opened: "Opened", by: str, now: float, *, without_team_lock: str = "", wait: Waiting | None = None
) -> Session:
    """A new deploy with its engine. `wait`: told who holds the environment, again and again until it is free. Raises
    CockpitError."""
    layout = opened.layout
    layout.make()
    environment = opened.plan.key
    # A copy of another machine's deploy holds nothing here: the team's lock says who may deploy.
    already = [row for row in open_deploys(layout, environment) if not follows(layout, row.id)]
    if already:
        held = already[0]
        holder = read_holder(layout.lock(environment))
        who = f": {words(holder)}" if holder is not None else f": {held.id}; no engine running, attach starts one"
        raise CockpitError(f"{environment} already has an open deploy{who}. Reattach: cockpit attach {held.id}", LOCKED)
    session = Session(layout, new_id(now), by)
    _start(session, environment)
    try:
        client = await session.connect()
        try:
            opening = c.OpenDeploy(
                plan=opened.plan,
                host=socket.gethostname(),
                version=__version__,
                without_team_lock=without_team_lock,
            )
            while (refusal := await client.ask(opening)) is not None and refusal.locked == "deploy" and wait:
                wait(fragment(refusal.in_commands))
                await asyncio.sleep(WAIT_SECONDS)
        finally:
            await client.close()
    except EngineGone as error:
        raise CockpitError(
            f"the engine stopped while opening the deploy: {error}; see {session.folder}/engine.log"
        ) from error
    if refusal is not None:
        # An engine without a deploy leaves with its face: the next try must not find its lock.
        await asyncio.to_thread(_until, lambda: not engine_alive(layout, session.deploy_id), LEAVE_SECONDS)
        raise CockpitError(fragment(refusal.in_commands), LOCKED if refusal.locked else REFUSED)
    return session


def resume(layout: Layout, deploy_id: str | None, by: str) -> Session:
    """The deploy to come back to, its engine running. Raises CockpitError."""
    found = _found_elsewhere(layout, deploy_id)
    if found:
        follow_here(layout, found.id)
        session = Session(layout, found.id, by)
        _start(session, found.environment)
    else:
        session = Session(layout, find(layout, deploy_id).id, by)
        revive(session)
    return session


def _found_elsewhere(layout: Layout, deploy_id: str | None) -> DeployRow | None:
    """The deploy that is meant, where this machine has nothing of it but the team's journal has. Raises
    CockpitError where that cannot be asked and nothing here is meant either."""
    here = deploys(layout)
    if deploy_id is not None and any(row.id.startswith(deploy_id) for row in here):
        return None
    if deploy_id is None and any(row.closed_at is None for row in here):
        return None
    if not has_team(layout):
        return None
    try:
        there = shared_deploys(layout)
    except NoTeam as error:
        if here and deploy_id is None:
            return None
        raise CockpitError(str(error)) from None
    if deploy_id is None:
        found_open = next((row for row in there if row.closed_at is None), None)
        if found_open is None and not here:
            raise CockpitError(
                "no deploy is open here, or on any team machine that this login can see. Start one with `cockpit run`",
                USAGE,
            )
        return found_open
    found = [row for row in there if row.id.startswith(deploy_id)]
    return found[0] if len(found) == 1 else None


def revive(session: Session) -> None:
    """An engine for the deploy while it is open: the one that runs, or a new one. Raises CockpitError.

    The environment is the journal's word: a face that has seen no event yet can come back too.
    """
    row = find(session.layout, session.deploy_id)
    if row.closed_at is None and not engine_alive(session.layout, row.id):
        _start(session, row.environment)


def wake(session: Session) -> None:
    """An engine for the deploy, closed or not: what is told afterwards needs one as well. Raises CockpitError."""
    row = find(session.layout, session.deploy_id)
    if not engine_alive(session.layout, row.id):
        _start(session, row.environment)


def unlock_after(layout: Layout, deploy_id: str, reason: str, by: str) -> None:
    """Write the word into the record of the deploy that was rolled back, through its engine: that knows what is secret,
    and is the only writer. Raises CockpitError."""
    session = Session(layout, deploy_id, by)
    wake(session)
    try:
        refusal = asyncio.run(session.ask(c.Unlock(reason=reason)))
    except EngineGone as error:
        raise CockpitError(f"the engine of {deploy_id} just stopped ({error}). Try again") from error
    if refusal is not None:
        raise CockpitError(fragment(refusal.in_commands), REFUSED)


def _start(session: Session, environment: str) -> None:
    try:
        spawn_engine(session.layout, session.deploy_id, environment, session.by, os.environ)
    except EngineError as error:
        if error.holder == session.deploy_id and _comes_up(session):
            # Somebody else (its watchdog, another face) was a moment faster.
            return
        raise CockpitError(str(error), LOCKED if error.holder else FAILED) from error


def _comes_up(session: Session) -> bool:
    """True once the engine that another process has just started serves its socket."""
    return _until(lambda: engine_alive(session.layout, session.deploy_id), START_SECONDS)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    """True once it is so; False where it is not within that time."""
    until = time.monotonic() + seconds
    while not (so := condition()) and time.monotonic() < until:
        time.sleep(0.05)
    return so


def open_deploys(layout: Layout, environment: str | None = None) -> list[DeployRow]:
    return [row for row in deploys(layout) if row.closed_at is None and environment in (None, row.environment)]


def deploys(layout: Layout) -> list[DeployRow]:
    """All deploys of the repository, the newest first. Raises CockpitError where the journal cannot be read."""
    if not layout.journal.exists():
        return []
    try:
        journal = Journal(layout.journal, read_only=True)
        try:
            return journal.deploys()
        finally:
            journal.close()
    except JournalError as error:
        raise CockpitError(str(error)) from error


def find(layout: Layout, deploy_id: str | None) -> DeployRow:
    """The deploy with this id (or its beginning); without one the open one, else the newest. Raises CockpitError."""
    rows = deploys(layout)
    if not rows:
        raise CockpitError(f"no deploy has been opened in {layout.root}. Start one with `cockpit run`", USAGE)
    if deploy_id is None:
        # A rollout over days is not what somebody means who names nothing.
        rows = [row for row in rows if not is_rollout(row.environment)] or rows
        found = [row for row in rows if row.closed_at is None] or rows
        # Nor a dry run, where there is a deploy as well.
        return next((row for row in found if not is_dry_run(row.environment)), found[0])
    found = [row for row in rows if row.id.startswith(deploy_id)]
    if len(found) != 1:
        known = ", ".join(row.id for row in rows[:5])
        which = "several deploys start" if found else "no deploy starts"
        raise CockpitError(f"{which} with {deploy_id!r}; newest: {known}", USAGE)
    return found[0]


def new_id(now: float) -> str:
    """`20261122-145548-3fa`: sorts by time, unlike any other."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(2)[:3]}"
