"""`[team]`: the journal that several machines share."""

from pydantic import Field

from cockpit.settings.types import Duration, Table


class TeamSettings(Table):
    """A PostgreSQL that `cockpit team init` has prepared. Without this table nothing of it is loaded."""

    dsn: str = Field(
        pattern=r"^env:[A-Za-z_]\w*$", description="env:NAME, the variable with the URL, never the URL itself"
    )
    listen: bool = Field(
        True, description="false behind PgBouncer in transaction mode: polls, and takes no session lock"
    )
    dead_after: Duration = Field(
        60.0, ge=2, description="time without contact after which a takeover is possible, with a reason"
    )
