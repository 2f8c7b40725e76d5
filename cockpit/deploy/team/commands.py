"""What people and the engine ask of a deploy that several machines share, in the imperative."""

from typing import ClassVar

from cockpit.deploy.command import Command
from cockpit.deploy.team.events import ForkedStep, Watcher


class AskForDeploy(Command, frozen=True):
    """Somebody else wants to deploy here: when will it be free?"""

    public: ClassVar[bool] = True

    reason: str


class OfferDeploy(Command, frozen=True):
    """Hand the deploy over to this person, who takes it over on another machine. Empty `to`: take that back."""

    public: ClassVar[bool] = True

    to: str
    note: str = ""


class TakeOver(Command, frozen=True):
    """Carried out by an engine that only follows: become the deploy's owner."""

    public: ClassVar[bool] = True

    reason: str
    accept: str = ""
    """The differences that were shown, and that the person accepts."""


class ReportFork(Command, frozen=True):
    """What a machine did alone while it was cut off, said to the engine that has the deploy now."""

    public: ClassVar[bool] = True

    host: str
    file: str
    events: int = 0
    steps: tuple[ForkedStep, ...] = ()
    told: tuple[str, ...] = ()
    armed: str = ""
    """The step from which it had the triggers armed; empty where it had not."""
    baseline: dict[str, float] = {}  # noqa: RUF012 - msgspec copies it


class RecordTeam(Command, frozen=True):
    after_close: ClassVar[bool] = True

    epoch: int
    without_lock: str = ""
    head: str | None = None
    values: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it


class RecordTeamLoss(Command, frozen=True):
    after_close: ClassVar[bool] = True

    seq: int
    reason: str


class RecordTeamCatchUp(Command, frozen=True):
    """The team's journal has everything."""

    after_close: ClassVar[bool] = True


class RecordWatchers(Command, frozen=True):
    after_close: ClassVar[bool] = True

    watchers: tuple[Watcher, ...]


class RecordTakeOver(Command, frozen=True):
    epoch: int
    host: str
    reason: str
    root: str = ""
    clock_behind: float = 0.0
    last_seen: float = 0.0
    differences: tuple[str, ...] = ()
    head: str | None = None
    values: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
