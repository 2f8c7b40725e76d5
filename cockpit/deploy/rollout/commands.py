"""What people and the engine ask of a rollout, in the imperative. `change` numbers the settings of the flag."""

from typing import ClassVar

from cockpit.deploy.command import Command


class AdvanceRollout(Command, frozen=True):
    """Set the flag to its next stage, or the same again where it was not set. `change` is the number that this change
    would have. `despite`: why, although the stage before could not be judged."""

    public: ClassVar[bool] = True

    change: int
    despite: str = ""


class BackRollout(Command, frozen=True):
    """Set the flag to the percentage before. `change` is the number that this change would have."""

    public: ClassVar[bool] = True

    change: int
    reason: str = ""


class FlagOff(Command, frozen=True):
    """Set the flag off, now. It expects nothing: whatever the screen was showing, off is what is meant."""

    public: ClassVar[bool] = True

    reason: str = ""


class ConfirmFlag(Command, frozen=True):
    """A person has looked: the flag is what change `change` set."""

    public: ClassVar[bool] = True

    change: int


class RecordFlagSet(Command, frozen=True):
    after_close: ClassVar[bool] = True

    change: int
    seconds: float = 0.0
    detail: str = ""


class RecordFlagFailure(Command, frozen=True):
    after_close: ClassVar[bool] = True

    change: int
    reason: str
    retry_after: float = 0.0


class RecordFlagRead(Command, frozen=True):
    """`percent` None and no `error`: the flag cannot be read back. `found`: nobody waited for it; an engine looked
    what the change had come to that another one had asked for."""

    after_close: ClassVar[bool] = True

    change: int
    percent: float | None = None
    said: str = ""
    error: str = ""
    found: bool = False
