"""One sending, with the pauses between attempts noted and not waited for."""

from pathlib import Path
from typing import Any

from cockpit.notify import registry
from cockpit.notify.base import Context, Message
from cockpit.notify.delivery import Outcome, deliver

MESSAGE = Message(
    text="Deploy of web\nfix <!channel> & <@U1>\n",
    kind="pre_deploy",
    title="Announcement",
    environment="production",
    project="web",
    deploy="20261122-145548-3fa",
)
SECRET = "s3cr3t-of-the-webhook"


class Sending:
    """What became of it, and how long it would have waited in between."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def send(
        self, kind: str, options: dict[str, Any], message: Message = MESSAGE, context: Context | None = None
    ) -> Outcome:
        notifier = registry.build(kind, "team", options, context or Context(root=str(Path.cwd())))
        return await deliver(notifier, message, self.pause)
