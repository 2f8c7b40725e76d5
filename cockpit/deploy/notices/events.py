"""Events of messages to people: asked for, arrived, or not."""

from typing import ClassVar

from cockpit.deploy.base import Body


class NoticeRequested(Body, frozen=True):
    """Durable before anything is sent. `text` is exactly what goes out; one event per destination."""

    durable_first: ClassVar[bool] = True

    notice: str
    """Number of the sending within the deploy."""
    kind: str
    title: str
    to: str
    """Name of a `[notices.NAME]` table."""
    text: str


class NoticeSent(Body, frozen=True):
    """The far side took it. `reference` is its name for the message, which later ones answer to; may be empty."""

    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    notice: str
    kind: str
    title: str
    to: str
    text: str
    reference: str = ""
    attempts: int = 1
    detail: str = ""
    """What the far side said besides: recipients that it would not take."""


class NoticeFailed(Body, frozen=True):
    """It was not taken, or nobody can know (`reason` says which). `attempts` is 0 where none was made or counted."""

    calls_person: ClassVar[bool] = True
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    notice: str
    to: str
    reason: str
    attempts: int = 0
