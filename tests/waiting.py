"""Waiting for something that becomes true, with an end: no test sleeps and hopes."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SECONDS = 20.0
"""Far more than anything here takes: it only decides how long a broken test hangs."""


def wait_for(condition: Callable[[], T | None], what: str = "the condition", seconds: float = SECONDS) -> T:
    """The first true value of `condition`. Fails the test where it does not come in time."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.01)
    return value


async def soon(condition: Callable[[], T | None], what: str = "the condition", seconds: float = SECONDS) -> T:
    """`wait_for`, for a test that runs in an event loop."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {seconds:g} s")
        await asyncio.sleep(0.01)
    return value
