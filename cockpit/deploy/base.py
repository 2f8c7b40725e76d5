"""What every event is, and the words that events share."""

from typing import Literal

from msgspec import Struct

COCKPIT = "cockpit"
"""Who did it, where nobody did."""


Verdict = Literal["pass", "fail", "unknown"]


Level = Literal["ok", "watch", "alert", "breach", "no data", "error"]


StepOutcome = Literal["succeeded", "failed", "timed out", "cancelled", "lost"]


DeployOutcome = Literal["succeeded", "failed", "rolled back", "aborted"]


class Body(Struct, frozen=True, kw_only=True, tag=True):
    """Base of all events."""
