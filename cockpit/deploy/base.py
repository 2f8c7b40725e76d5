"""What every event is, and the words that events share."""

from typing import Any, ClassVar, Literal

from msgspec import Struct

COCKPIT = "cockpit"
"""Who did it, where nobody did."""


Verdict = Literal["pass", "fail", "unknown"]


Level = Literal["ok", "watch", "alert", "breach", "no data", "error"]


StepOutcome = Literal["succeeded", "failed", "timed out", "cancelled", "lost"]


DeployOutcome = Literal["succeeded", "failed", "rolled back", "aborted"]


class Body(Struct, frozen=True, kw_only=True, tag=True):
    """Base of all events. To define a subclass makes a kind of event: its name is its tag in the journal, for ever.

    What else is true of a kind stands beside its fields.
    """

    calls_person: ClassVar[bool] = False
    """Rings: a person is wanted at the screen."""
    durable_first: ClassVar[bool] = False
    """Sets something in motion that cannot be taken back: never on the word of events that are only kept in memory."""
    in_log: ClassVar[bool] = False
    """The deploy log is written anew when it comes."""
    in_postmortem: ClassVar[bool] = False
    """A line of the post-mortem's timeline."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        KINDS[cls.__name__] = cls


KINDS: dict[str, type[Body]] = {}
"""Every kind of event by its tag; complete once `events.py` was imported."""
