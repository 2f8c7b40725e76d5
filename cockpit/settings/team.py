"""`[team]`: the journal that several machines share."""

from pydantic import Field

from cockpit.settings.types import Duration, Table


class TeamSettings(Table):
    """A PostgreSQL that `cockpit team init` has prepared. Without this table nothing of it is loaded."""

    dsn: str = Field(
        pattern=r"^env:[A-Za-z_]\w*$", description="env:NAME, the variable with the address, never the address itself"
    )
    listen: bool = Field(
        True, description="false behind PgBouncer in transaction mode: it is polled, and no session lock is held"
    )
    dead_after: Duration = Field(
        60.0, ge=2, description="a holder that has been silent for so long may be taken over, with a reason"
    )
