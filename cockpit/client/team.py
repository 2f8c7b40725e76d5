"""Deploys that run on other machines, as the team's journal tells: found, and followed here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from cockpit.errors import NoTeam
from cockpit.journal.sqlite import DeployRow
from cockpit.paths import SETTINGS, Layout
from cockpit.runner.redact import redact

if TYPE_CHECKING:
    from cockpit.engine.team.access import Access
    from cockpit.history.deploys import Choice, Readable

HISTORY_SECONDS = 60.0
T = TypeVar("T")


def follows(layout: Layout, deploy_id: str) -> bool:
    """True where this machine has a copy of a deploy that another one owns."""
    return layout.replica_mark(deploy_id).exists()


def has_team(layout: Layout) -> bool:
    """True where the settings may name a team's journal: without reading them, which takes a while."""
    path = layout.root / SETTINGS
    return path.exists() and "[team]" in path.read_text(encoding="utf-8", errors="replace")


def shared_deploys(layout: Layout) -> list[DeployRow]:
    """The deploys of this project in the team's journal, the newest first. Raises NoTeam in words."""

    def read(access: "Access") -> Awaitable[list[DeployRow]]:
        from cockpit.team.joining import look

        return look(access.dsn, access.project, None)

    return _ask(layout, read)


def shared_past(layout: Layout, kinds: Sequence[str], choice: "Choice") -> "Readable":
    """The project's deploys on every machine, and what those kinds of events say of the chosen ones. Raises NoTeam in
    words."""

    def read(access: "Access") -> "Awaitable[Readable]":
        from cockpit.team.joining import once
        from cockpit.team.past import fetch

        return once(access.dsn, lambda connection: fetch(connection, access.project, kinds, choice), HISTORY_SECONDS)

    return _ask(layout, read)


def unlock_for_team(layout: Layout, environment: str, reason: str, by: str) -> str:
    """Take the team's lock back that a rollback, or somebody by hand, has left. Gives what it was, in words; empty
    where there was none. Raises NoTeam in words."""
    from cockpit.team import lock
    from cockpit.team.base import Connection, TeamError
    from cockpit.team.follower import NOT_FOR_THE_TEAM
    from cockpit.team.joining import once

    async def work(connection: Connection, project: str) -> str:
        await lock.visible(connection, project, environment)
        space = await lock.known_space(connection, project, environment)
        held = await lock.read(connection, space) if space is not None else None
        if space is None or held is None or held.kind == "deploy":
            return ""
        if not await lock.unlock(connection, space, held.epoch, by, reason):
            raise TeamError("someone else just changed the lock. Check `cockpit team status`, then try again")
        return f"on {held.host} by {held.holder}: {held.reason}"

    def ask(access: "Access") -> Awaitable[str]:
        said = reason.encode("utf-8", "replace")
        if redact(said, access.secrets) != said:
            raise TeamError(NOT_FOR_THE_TEAM)
        return once(access.dsn, lambda connection: work(connection, access.project))

    return _ask(layout, ask)


def _ask(layout: Layout, work: "Callable[[Access], Awaitable[T]]") -> T:
    from cockpit.engine.team.access import access_of
    from cockpit.settings.load import SettingsError

    try:
        access = access_of(layout)
    except SettingsError as error:
        raise NoTeam(str(error)) from None
    from cockpit.team.base import TeamError

    async def ask() -> T:
        return await work(access)

    try:
        return asyncio.run(ask())
    except TeamError as error:
        raise NoTeam(f"team journal unreachable: {error}") from None


def follow_here(layout: Layout, deploy_id: str) -> None:
    """From here on an engine that is started for this deploy follows it."""
    layout.make()
    layout.deploy(deploy_id).mkdir(parents=True, exist_ok=True, mode=0o700)
    layout.replica_mark(deploy_id).touch(mode=0o600)
