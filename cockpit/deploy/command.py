"""What every command is."""

from typing import Any, ClassVar

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, tag=True):
    """Base of all commands. To define a subclass makes a command: its name is its tag on the socket and in the team's
    journal."""

    public: ClassVar[bool] = False
    """May come over the socket: a person, or a program of theirs, can ask for it."""
    after_close: ClassVar[bool] = False
    """Is taken by a deploy that was closed, too."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        COMMANDS[cls.__name__] = cls


COMMANDS: dict[str, type[Command]] = {}
"""Every command by its tag; complete once `commands.py` was imported."""
