"""Work beside the deploy that must not end unseen: a fault of ours in it is told, and it is begun anew."""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable

AGAIN_SECONDS = 2.0


Tell = Callable[[str], Awaitable[object]]


async def kept(work: Callable[[], Awaitable[None]], tell: Tell) -> None:
    """Do the work until it ends by itself. What it raises besides is a fault of this program: it goes to the engine's
    log with its place, `tell` says it where a person looks, and the work begins again."""
    while True:
        try:
            await work()
        except Exception as error:  # the one place where anything is caught: a deploy goes on without this work
            await tell(words_of(error))
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


async def once(work: Awaitable[None], tell: Tell) -> None:
    """Work that is done once, and whose fault is told."""
    try:
        await work
    except Exception as error:
        await tell(words_of(error))


def words_of(error: Exception) -> str:
    """What is said of a fault of this program; its place goes to the engine's log, without any value."""
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {frames[0].filename}:{frames[0].lineno}" if frames else ""
    sys.stderr.write(f"{type(error).__name__}{where}\n")
    return f"internal error, see engine.log: {type(error).__name__}: {error}"
