"""Where the team's journal is, as this checkout's settings say it."""

from msgspec import Struct

from cockpit.engine.config.environment import Environment, inherited, resolve
from cockpit.errors import NoTeam
from cockpit.paths import Layout
from cockpit.settings.load import FILE, Settings, SettingsError, load
from cockpit.settings.team import TeamSettings


class Access(Struct, frozen=True):
    """`dsn` holds a password."""

    settings: Settings
    team: TeamSettings
    dsn: str
    project: str
    environment: str
    secrets: tuple[bytes, ...] = ()
    """What must not stand in the team's journal, in every form that is known."""


def access_of(layout: Layout, environment: str | None = None) -> Access:
    """Raises NoTeam, SettingsError."""
    path = layout.root / FILE
    if not path.exists():
        raise NoTeam(f"{layout.root} has no {FILE}: [team] dsn names the team's journal")
    try:
        settings = load(path, environment)
    except SettingsError:
        # The name of an environment that another machine's settings have.
        settings = load(path)
    if settings.team is None:
        raise NoTeam(f'{path} has no [team]: add dsn = "env:TEAM_DATABASE_URL"')
    found = resolve(settings, layout.root, inherited())
    return Access(
        settings,
        settings.team,
        address(settings.team, found),
        settings.project or layout.root.name,
        environment or settings.environment,
        found.patterns,
    )


def address(team: TeamSettings, environment: Environment) -> str:
    """The value of `[team] dsn`. Raises NoTeam with what is not set, or cannot be read."""
    try:
        dsn = environment.resolve(team.dsn)
    except KeyError as error:
        raise NoTeam(f"${error.args[0]} is not set: [team] dsn in {FILE} names it") from None
    from cockpit.postgres.dsn import NotPostgres
    from cockpit.postgres.session import checked

    try:
        return checked(dsn)
    except NotPostgres as error:
        raise NoTeam(f"[team]: {error}") from None
