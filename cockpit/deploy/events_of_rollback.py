"""Events of a way back."""

from msgspec import field

from cockpit.deploy.body import Body


class RollbackRequested(Body, frozen=True):
    option: str
    reason: str
    values: dict[str, str] = field(default_factory=dict)
    breaches: tuple[str, ...] = ()
    automatic: bool = False


class RollbackStarted(Body, frozen=True):
    """The running script is dead; the option's first script may start."""

    option: str


class RollbackFailed(Body, frozen=True):
    option: str
    reason: str


class RollbackVerifying(Body, frozen=True):
    """Every script of the option succeeded; health is looked at now."""

    option: str


class RollbackFinished(Body, frozen=True):
    option: str
    healthy: bool | None
    summary: str
