"""After a rollback, good or failed, the environment stays locked until a person says why it may be deployed to."""

from pathlib import Path

import click

from cockpit.client.session import unlock_after
from cockpit.client.team import unlock_for_team
from cockpit.errors import FAILED, REFUSED, CockpitError, NoTeam
from cockpit.external import git
from cockpit.history.releases import past_of
from cockpit.paths import Layout, LayoutError, find_root
from cockpit.settings.load import FILE, Settings, SettingsError, load


def run_unlock(reason: str, environment: str | None) -> int:
    """`cockpit unlock`; gives the exit status."""
    try:
        root = find_root(Path.cwd())
        settings = load(root / FILE, environment) if (root / FILE).exists() else Settings()
        layout, name = Layout(root), environment or settings.environment
        past = past_of(layout, name)
        was = unlock_for_team(layout, name, reason, git.user(root)) if settings.team is not None else ""
        if not past.locked and not was:
            click.echo(f"cockpit: {name} is not locked", err=True)
            return REFUSED
        if past.locked:
            unlock_after(layout, past.locked_by, reason, git.user(root))
            was = f"since deploy {past.locked_by} {past.how}: {past.locked}"
    except (CockpitError, LayoutError, SettingsError) as error:
        click.echo(f"cockpit: {error}", err=True)
        return error.status if isinstance(error, CockpitError) else 2
    except NoTeam as error:
        click.echo(f"cockpit: {error}", err=True)
        return FAILED
    click.echo(f"{name} is unlocked: {reason} (it was locked {was})")
    return 0
