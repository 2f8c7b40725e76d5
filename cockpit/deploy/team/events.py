"""Events of a deploy that several machines share."""

from typing import ClassVar

from msgspec import Struct

from cockpit.deploy.base import Body


class Watcher(Struct, frozen=True):
    """Somebody who looks, and from where."""

    name: str
    host: str = ""


class TeamJoined(Body, frozen=True):
    """The team's journal knows the deploy, and this engine is its owner. `epoch` counts the owners."""

    epoch: int
    without_lock: str = ""
    """Why the environment's lock is not held by this deploy, on whose word; empty where it is."""
    head: str | None = None
    """Commit of the checkout that the scripts run in; None: not written down."""
    values: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
    """A short digest of each value that the deploy uses, so that another machine's can be compared."""


class TeamLost(Body, frozen=True):
    """The team's journal takes nothing, or cannot be reached: it has the events up to `seq`. The deploy goes on."""

    seq: int
    reason: str


class TeamCaughtUp(Body, frozen=True):
    """The team's journal has everything again."""

    events: int
    seconds: float


class WatchersChanged(Body, frozen=True):
    """Who looks at the deploy now, on every machine."""

    watchers: tuple[Watcher, ...]


class DeployAskedFor(Body, frozen=True):
    """Somebody who wants to deploy here too asks when it will be free."""

    calls_person: ClassVar[bool] = True

    reason: str


class DeployOffered(Body, frozen=True):
    """The deploy is handed over: this person may take it over on another machine at once. Empty `to`: taken back."""

    calls_person: ClassVar[bool] = True

    to: str
    note: str


class DeployTakenOver(Body, frozen=True):
    """Another engine is the owner from here on. What ran on the machine before is not known any more."""

    calls_person: ClassVar[bool] = True

    epoch: int
    host: str
    from_host: str
    reason: str
    root: str = ""
    """The repository on the new machine: where scripts start from here on."""
    clock_behind: float = 0.0
    """Seconds that the new machine's clock is behind the one before: added to it, the deploy's time goes on."""
    last_seen: float = 0.0
    """When the owner before was last heard of, where it did not hand over: it may have gone on. 0: handed over."""
    differences: tuple[str, ...] = ()
    """What this machine does otherwise than the one before, and that was accepted, in words."""
    head: str | None = None
    values: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it


class ForkedStep(Struct, frozen=True):
    """A script that a machine ran on its own, past the record. `outcome` is empty where its end is not known."""

    task: str
    attempt: int
    outcome: str = ""
    at: float = 0.0
    """Of its end, else of its start."""


class ForkFound(Body, frozen=True):
    """A machine is back that was cut off while another one had the deploy: this is what it did alone."""

    host: str
    file: str
    """Its own record of that time, on that machine."""
    events: int = 0
    steps: tuple[ForkedStep, ...] = ()
    told: tuple[str, ...] = ()
    """What else it did that a person must know, in words."""
