"""Events of the schedule, and of the people who keep it."""

from cockpit.deploy.base import Body


class TimeMoved(Body, frozen=True):
    """T is another time from here on. Unix time."""

    planned_at: float
    reason: str
