"""A notice to one destination, with the attempts that are allowed."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from cockpit.notify.base import Delivered, Message, Notifier, NotifyError

PAUSES = (1.0, 4.0)
"""Seconds before the second and the third attempt; there is no fourth."""
LONGEST_WAIT = 30.0
"""Where the far side asks for more (Retry-After), it is left to a person."""
LIMIT_SECONDS = 120.0
"""A notifier that keeps to no timeout of its own is given up."""

Pause = Callable[[float], Awaitable[None]]


class Outcome(Struct, frozen=True):
    """What became of it: `delivered`, or a `reason` in words."""

    attempts: int
    delivered: Delivered | None = None
    reason: str = ""


async def deliver(notifier: Notifier, message: Message, pause: Pause = asyncio.sleep) -> Outcome:
    """Send, and again after a pause where it has surely not arrived. Never raises for the far side's faults."""
    for attempt in range(1, len(PAUSES) + 2):
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                return Outcome(attempt, await notifier.send(message))
        except NotifyError as error:
            again = _pause(error, attempt)
            if again is None:
                return Outcome(attempt, reason=_said(error, attempt))
        except TimeoutError:
            return Outcome(attempt, reason=f"timed out after {LIMIT_SECONDS:g} s; delivery unknown")
        except Exception as error:
            # A plug-in's fault is its own, and its text may quote anything.
            return Outcome(attempt, reason=f"the notifier failed: {type(error).__name__}")
        await pause(again)
    raise AssertionError("the last attempt has no pause")


def _pause(error: NotifyError, attempt: int) -> float | None:
    """Seconds until the next attempt; None where there is none."""
    if not error.retry or attempt > len(PAUSES):
        return None
    wanted = max(PAUSES[attempt - 1], error.after or 0.0)
    return wanted if wanted <= LONGEST_WAIT else None


def _said(error: NotifyError, attempt: int) -> str:
    if error.retry and error.after is not None and error.after > LONGEST_WAIT and attempt <= len(PAUSES):
        return f"{error}; it asks to retry after {error.after:g} s, which is up to you"
    return str(error)
