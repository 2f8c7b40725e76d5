"""The life of an engine process: it owns a deploy until that is closed and was seen, or follows one that runs on
another machine. It may change from one to the other, and its faces come along.
"""

import asyncio
import signal
import sys
from pathlib import Path

from cockpit.engine.ipc.endpoint import Post, say
from cockpit.engine.ipc.wire import FAILED, LOCKED
from cockpit.engine.lock import words
from cockpit.engine.process import watchdog
from cockpit.engine.process.follower import CannotFollow, follow
from cockpit.engine.process.owner import Own
from cockpit.engine.team.replica import Promotion
from cockpit.journal.sqlite import JournalError
from cockpit.paths import Layout
from cockpit.settings.load import SettingsError

STARTED_NOTHING, HELD = 4, 5


async def run_engine(layout: Layout, deploy_id: str, environment_name: str, by: str, because: str = "") -> int:
    """Gives the exit status (`watchdog.ORDERLY`). `because`: why there is a new one."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    post = Post(layout, deploy_id, environment_name, stop)
    try:
        return await _live(post, by, because or _gave_up(layout.deploy(deploy_id)))
    except (JournalError, CannotFollow, SettingsError) as error:
        say(f"{FAILED}{error}")
        sys.stderr.write(f"{error}\n")
        return STARTED_NOTHING
    finally:
        await post.close()


async def _live(post: Post, by: str, because: str) -> int:
    mark = post.layout.replica_mark(post.deploy_id)
    promotion: Promotion | None = None
    while True:
        if promotion is None and mark.exists():
            promotion = await follow(post)
            if promotion is None:
                return 0
        own = Own(post, by, because, promotion)
        holder = own.take_lock()
        if holder is not None:
            say(f"{LOCKED}{holder.deploy} {post.environment} is locked by {words(holder)}")
            return HELD
        status = await own.live()
        if status is not None:
            return status
        # Another machine has taken the deploy over: from here on it is followed.
        mark.touch(mode=0o600)
        promotion, because = None, ""


def _gave_up(folder: Path) -> str:
    """What the watchdog of an earlier engine said when it gave up; it is told once."""
    path = folder / watchdog.GAVE_UP
    try:
        said = path.read_text(errors="replace")
        path.unlink()
    except OSError:
        return ""
    return said
