"""Events of the schedule, and of the people who keep it."""

from typing import ClassVar

from cockpit.deploy.base import Body


class TimeMoved(Body, frozen=True):
    """T is another time from here on. Unix time."""

    in_postmortem: ClassVar[bool] = True

    planned_at: float
    reason: str
