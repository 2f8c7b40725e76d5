"""What every way out for notices is: one message to one destination, or an error that says what may be tried again."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Message(Struct, frozen=True, kw_only=True):
    """One notice on its way. `text` goes out as it is; the rest is for envelopes (a subject, variables)."""

    text: str
    kind: str
    title: str
    environment: str = ""
    project: str = ""
    deploy: str = ""
    thread: str = ""
    """Reference of the deploy's first message to this destination: what this one answers to; empty for the first."""


class Delivered(Struct, frozen=True):
    """It was taken."""

    reference: str = ""
    """The far side's name for the message; empty where it has none."""
    detail: str = ""
    """What it said besides, in words: recipients that it would not take."""


class NotifyError(Exception):
    """It was not taken; `words` are for a person and hold no secret.

    `retry`: it has surely not arrived, and may be tried again, `after` so many seconds where the far side says so.
    """

    def __init__(self, words: str, *, retry: bool = False, after: float | None = None) -> None:
        self.retry = retry
        self.after = after
        super().__init__(words)


class Context(Struct, frozen=True, kw_only=True):
    """What a notifier may need of the deploy: where commands start, what they see, what must not be shown."""

    root: str = "."
    values: Mapping[str, str] = {}
    secrets: tuple[str, ...] = ()


class Notifier(Protocol):
    """One destination, made for one sending."""

    async def send(self, message: Message) -> Delivered:
        """Send once, within the notifier's own timeout. Raises NotifyError."""
        ...


class NotifierFactory(Protocol):
    """`factory(name, options, context)`: the keys of `[notices.name]`, every `env:`, `file:` and `command:` resolved.

    Raises NotifyError where the options cannot work. Known to all: `timeout` in seconds.
    """

    def __call__(self, name: str, options: Mapping[str, object], context: Context) -> Notifier: ...
