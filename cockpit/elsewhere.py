"""Deploys that run on other machines, as the team's journal tells: found, and followed here."""

import asyncio

from cockpit.engine.replica import MARK
from cockpit.engine.team_access import NoTeam, access_of
from cockpit.journal.sqlite import DeployRow
from cockpit.layout import Layout
from cockpit.settings import SettingsError


def follows(layout: Layout, deploy_id: str) -> bool:
    """True where this machine has a copy of a deploy that another one owns."""
    return (layout.deploy(deploy_id) / MARK).exists()


def shared_deploys(layout: Layout) -> list[DeployRow]:
    """The deploys of this project in the team's journal, the newest first. Raises NoTeam in words."""
    try:
        access = access_of(layout)
    except SettingsError as error:
        raise NoTeam(str(error)) from None
    from cockpit.team.base import TeamError
    from cockpit.team.joining import look

    try:
        return asyncio.run(look(access.dsn, access.project, None))
    except TeamError as error:
        raise NoTeam(f"the team's journal cannot be asked: {error}") from None


def follow_here(layout: Layout, deploy_id: str) -> None:
    """From here on an engine that is started for this deploy follows it."""
    layout.make()
    folder = layout.deploy(deploy_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MARK).touch(mode=0o600)
