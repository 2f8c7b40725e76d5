"""What the engine says of its record and of its time."""

from typing import ClassVar

from cockpit.deploy.command import Command


class RecordStall(Command, frozen=True):
    """The journal took nothing."""

    after_close: ClassVar[bool] = True

    reason: str


class RecordResumption(Command, frozen=True):
    """The journal took everything that was kept."""

    after_close: ClassVar[bool] = True

    events: int


class RecordClock(Command, frozen=True):
    """The machine's clock was set by so many seconds, and is so far behind the deploy's now."""

    after_close: ClassVar[bool] = True

    seconds: float
    behind: float


class RecordStandstill(Command, frozen=True):
    """The engine did nothing for so many seconds."""

    after_close: ClassVar[bool] = True

    seconds: float
