"""A process's life as an engine that follows a deploy of another machine, for the faces on this one."""

import asyncio
import os

from cockpit.engine.ipc.endpoint import Post
from cockpit.engine.team.access import access_of
from cockpit.engine.team.replica import Promotion, Replica
from cockpit.errors import NoTeam
from cockpit.journal.sqlite import Journal
from cockpit.runner import files
from cockpit.settings.load import SettingsError

LINGER_SECONDS = 10.0
"""After the last face has left: the copy stays as it is, and the next face lets it go on."""
LOOK_SECONDS = 0.25


class CannotFollow(Exception):
    """The deploy's record cannot be had; the text says why."""


async def follow(post: Post) -> Promotion | None:
    """Until nobody looks any more (None), or this machine has taken the deploy over. Raises CannotFollow,
    JournalError."""
    fd = files.take_lock(post.layout.deploy(post.deploy_id) / "replica.lock")
    if fd is None:
        raise CannotFollow("another engine already follows this deploy here")
    try:
        access = access_of(post.layout, post.environment)
    except (NoTeam, SettingsError) as error:
        raise CannotFollow(str(error)) from None
    from cockpit.postgres.session import NoAnswer
    from cockpit.team.base import TeamError, me
    from cockpit.team.follower import Follower

    follower = Follower(
        access.dsn,
        post.deploy_id,
        me(post.layout.folder),
        listen=access.team.listen,
        dead_after=access.team.dead_after,
        secrets=access.secrets,
    )
    replica = Replica(Journal(post.layout.journal), post.layout, post.deploy_id, follower, lambda: post.names)
    try:
        await replica.load()
        replica.on_link = post.tell_link
        await post.serve(replica)
        return await _until_left(post, replica)
    except (NoAnswer, TeamError) as error:
        raise CannotFollow(str(error)) from None
    finally:
        await replica.close()
        os.close(fd)


async def _until_left(post: Post, replica: Replica) -> Promotion | None:
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(replica.run())
    alone_since: float | None = None
    try:
        while not post.stop.is_set():
            done, _ = await asyncio.wait({running}, timeout=LOOK_SECONDS)
            await post.still_there()
            if done:
                return running.result()
            alone_since = (alone_since or loop.time()) if post.faces == 0 and not replica.busy else None
            if alone_since is not None and loop.time() - alone_since > LINGER_SECONDS:
                return None
        return None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
