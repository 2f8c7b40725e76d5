"""What is true of the team now, as a part of the state."""

from msgspec import Struct

from cockpit.deploy.team.events import Watcher


class Loss(Struct, frozen=True):
    """The team's journal has nothing after event `seq`."""

    at: float
    seq: int
    reason: str


class Offer(Struct, frozen=True):
    to: str
    by: str
    note: str
    at: float


class Asked(Struct, frozen=True):
    """Somebody waits for the environment."""

    at: float
    by: str
    reason: str


class Apart(Struct, frozen=True):
    """A machine that had the deploy and did not hand it over: since then it may have done something alone."""

    host: str
    since: float


class Twice(Struct, frozen=True):
    """A step that ran on two machines."""

    task: str
    host: str
    words: str


class TeamState(Struct, frozen=True, kw_only=True):
    epoch: int = 1
    joined_at: float = 0.0
    host: str = ""
    """Of the engine that owns the deploy."""
    without_lock: str = ""
    head: str | None = None
    """Of the owner's checkout; None where it was not written down."""
    values: dict[str, str] = {}
    """A short digest of each value that the owner has."""
    lost: Loss | None = None
    watchers: tuple[Watcher, ...] = ()
    offer: Offer | None = None
    asked: tuple[Asked, ...] = ()
    apart: Apart | None = None
    twice: tuple[Twice, ...] = ()
    told: tuple[str, ...] = ()
    """What machines did alone besides their steps."""
    clock_behind: float = 0.0
    """Seconds to be added to the owner's clock, so that the deploy's time goes on."""
