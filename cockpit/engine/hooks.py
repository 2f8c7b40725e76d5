"""What the engine asks of those around it where nobody is there, and what must be durable before it acts."""

from collections.abc import Callable, Sequence

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Refusal

Listener = Callable[[Sequence[e.Event]], None]


async def nothing() -> None:
    """Where there is nobody to ask."""


async def alone(command: c.OpenDeploy, by: str) -> Refusal | None:
    """Where no team shares the environment."""
    return None
