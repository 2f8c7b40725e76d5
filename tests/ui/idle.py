"""When a screen is at rest: an event loop with nothing left to do, instead of a process that has used little CPU.

Textual's own test waits until the process was idle for 20 ms, up to a second, two or three times a key. That is most of
what a test of keys takes; and on a busy machine a process that is given no CPU looks idle in the middle of its work.
"""

import asyncio
import time

from textual._context import active_app
from textual.app import ScreenStackError

TURNS = 3
"""Turns of the loop in which nothing new came up: a callback that wakes a task, which posts a message, is three."""


async def at_rest(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Until every callback, message and frame that was due is done; `max_sleep` seconds for what never rests."""
    loop = asyncio.get_running_loop()
    end = time.monotonic() + max_sleep
    quiet = 0
    while quiet < TURNS and time.monotonic() < end:
        await asyncio.sleep(0)
        quiet = 0 if _drawn() or loop._ready else quiet + 1  # type: ignore[attr-defined]


def _drawn() -> bool:
    """Draw the frame that is due, now instead of at the next sixtieth of a second; was there one?"""
    try:
        screen = active_app.get().screen
    except (LookupError, ScreenStackError):
        return False
    due: bool = screen._update_timer._active.is_set()
    if due:
        screen._on_timer_update()
    return due
