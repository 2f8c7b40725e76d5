"""The command line of the team's journal; lazy like the rest of it."""

import sys
from typing import Any

import click


@click.group()
def team() -> None:
    """Deploys that several people and machines share, through a PostgreSQL that [team] in cockpit.toml names."""


_ENV = click.option("--env", "environment", help="environment of cockpit.toml")
_AS = click.option("--as", "person", metavar="NAME", help="who you are (default: git's user.name)")


@team.command("init")
@_ENV
def team_init(environment: str | None) -> None:
    """Create the team schema, or upgrade it to this cockpit's version. Needs a login that may create one.

    \b
    Exit status: 0 done, 1 not done, 2 usage.
    """
    from cockpit.cli.team import run_init

    sys.exit(run_init(environment))


@team.command("member")
@click.argument("login")
@click.option("--watcher", "role", flag_value="watcher", help="may watch")
@click.option("--operator", "role", flag_value="operator", help="may watch, deploy, roll back and take over")
@click.option("--project", default="*", help="only this project (default: all)")
@click.option("--only", "only", default="*", metavar="ENVIRONMENT", help="only this environment (default: all)")
@_ENV
def team_member(login: str, role: str | None, project: str, only: str, environment: str | None) -> None:
    """Add a login (or a group role) of the PostgreSQL as a watcher or an operator."""
    from cockpit.cli.team import run_member

    if role is None:
        raise click.UsageError("--watcher or --operator?")
    sys.exit(run_member(login, role, project, only, environment))


@team.command("status")
@_ENV
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def team_status(environment: str | None, as_json: bool) -> None:
    """Show who has locked the environment, what is running, and what is not yet synced.

    \b
    Exit status: 0 free, 1 locked or unknown, 2 usage.
    """
    from cockpit.cli.team import run_status

    sys.exit(run_status(environment, as_json=as_json))


@team.command("ask")
@click.argument("reason", nargs=-1, required=True)
@_ENV
@_AS
def team_ask(reason: tuple[str, ...], **options: Any) -> None:
    """Ask the person who has locked the environment when it will be free; REASON is shown on their screen."""
    from cockpit.cli.team import run_ask

    sys.exit(run_ask(" ".join(reason), **options))


@team.command("offer")
@click.argument("to", required=False)
@click.option("--note", default="", help="done, next, what to watch")
@click.option("--deploy", metavar="ID", help="default: the open deploy")
@_AS
def team_offer(to: str | None, **options: Any) -> None:
    """Hand the open deploy over to a teammate, who takes it over on another machine; without a name: withdraw the
    handover."""
    from cockpit.cli.team import run_offer

    sys.exit(run_offer(to or "", **options))


@team.command("lock")
@click.argument("reason", nargs=-1, required=True)
@_ENV
@_AS
def team_lock(reason: tuple[str, ...], **options: Any) -> None:
    """Lock the environment until `cockpit unlock`."""
    from cockpit.cli.team import run_lock

    sys.exit(run_lock(" ".join(reason), **options))


@team.command("sync")
@_ENV
def team_sync(environment: str | None) -> None:
    """Sync deploys that closed while the team journal was unreachable."""
    from cockpit.cli.team import run_sync

    sys.exit(run_sync(environment))


@team.command("prune")
@click.option("--keep-days", type=click.IntRange(min=1), required=True, help="delete closed deploys older than this")
@click.option("--output-only", is_flag=True, help="delete only script output; keep the events")
@click.option("--yes", is_flag=True, help="delete; default: only count")
@_ENV
def team_prune(keep_days: int, **options: Any) -> None:
    """Delete old deploys from the team journal. Needs the login that owns the schema; local journals are kept."""
    from cockpit.cli.team import run_prune

    sys.exit(run_prune(keep_days, **options))
