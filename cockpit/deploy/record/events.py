"""Events of the record itself."""

from typing import ClassVar

from msgspec import Struct

from cockpit.deploy.base import Body


class RecordExported(Body, frozen=True):
    paths: tuple[str, ...]


class JournalStalled(Body, frozen=True):
    """The journal takes nothing: from here on events are kept in memory, and nothing starts."""

    in_postmortem: ClassVar[bool] = True

    reason: str


class JournalResumed(Body, frozen=True):
    """The journal takes events again; all that were kept in memory are in it."""

    events: int
    seconds: float


class ClockSet(Body, frozen=True):
    """The clock of the engine's machine was set; the deploy's time goes on evenly."""

    seconds: float
    """By so much: back where negative."""
    behind: float
    """Seconds that the machine's clock is behind the deploy's from here on."""


class EngineStoodStill(Body, frozen=True):
    """The engine did nothing for so long (stopped, or its machine slept): what it measured before is old."""

    seconds: float


class LostRun(Struct, frozen=True, kw_only=True):
    """A run whose start or end is not in the record any more, as far as its folder tells."""

    task: str
    attempt: int
    directory: str
    known: str
    """What its folder says of its end, in words."""


class RecordRecovered(Body, frozen=True):
    """The journal was damaged: this is where what survived ends."""

    in_postmortem: ClassVar[bool] = True

    whole: int
    missing: int
    """Events that are known to have been there; at least this many are lost."""
    damaged_file: str
    runs: tuple[LostRun, ...] = ()
