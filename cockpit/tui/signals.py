"""Leaving in order when the terminal goes away (HUP) or somebody asks for it (TERM).

Textual leaves the terminal as it is when a signal ends it, and hangs for ever on a closed one: its writer thread dies
of EIO, and the main thread waits for room in a queue that nobody empties. Here the descriptors are turned to /dev/null,
and the queue is emptied where its thread is dead.
"""

import asyncio
import contextlib
import faulthandler
import os
import signal
import termios
import threading
import time
from collections.abc import Iterator
from queue import Empty
from typing import Any

from textual.app import App

PATIENCE_SECONDS = 10.0
FROZEN_SECONDS = 3.0
LAST_SECONDS = 12.0
"""After a signal the process is over by then, whatever holds it: the thread that sees to it is not Python's."""
_GOODBYE = b"\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[?1049l"
"""Mouse and paste modes off, the cursor back, the first screen back: for a terminal that thaws later."""


_left = threading.Event()


def said_goodbye() -> None:
    """The terminal has taken the last words: from here on nobody waits for it."""
    _left.set()
    faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def orderly(app: App[int]) -> Iterator[None]:
    """While the app runs: HUP and TERM make it exit with 128 + their number; afterwards all is as before."""
    loop = asyncio.get_running_loop()
    _left.clear()
    nowhere = open(os.devnull, "w")  # noqa: SIM115, PTH123 - open as long as the process may have to be ended

    def leave(number: int, frame: object) -> None:
        # What follows takes locks that the interrupted code may hold.
        faulthandler.dump_traceback_later(LAST_SECONDS, exit=True, file=nowhere)
        if number == signal.SIGHUP and not _terminal_answers():
            _let_go_of_terminal()
        threading.Thread(target=_empty_dead_queue, args=(app,), daemon=True).start()
        threading.Thread(target=_leave_frozen, args=(app, 128 + number), daemon=True).start()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(app.exit, 128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminal_answers() -> bool:
    """False once the far side is closed (EIO); a HUP that somebody sent by hand leaves the terminal to be restored."""
    try:
        termios.tcgetattr(0)
    except (termios.error, OSError):
        return False
    return True


def _let_go_of_terminal() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def _leave_frozen(app: App[int], status: int) -> None:
    """Where nobody reads the terminal any more (ctrl-S, an SSH that hangs) the app cannot say goodbye: its writer waits
    in the kernel. After a while the process ends without it, with the terminal's modes as they were."""
    if _left.wait(FROZEN_SECONDS):
        return
    before = getattr(app._driver, "attrs_before", None)
    with contextlib.suppress(OSError, termios.error):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        if before is not None:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
        os.write(terminal, _GOODBYE)
    os._exit(status)


def _empty_dead_queue(app: App[int]) -> None:
    """So that nobody waits for a writer that is gone. Ends with the app, or after a while."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and app.is_running:
        writer: Any = getattr(app._driver, "_writer_thread", None)
        if writer is not None and not writer.is_alive():
            with contextlib.suppress(Empty):
                while True:
                    writer._queue.get_nowait()
        time.sleep(0.05)
