"""Where the faces come to, whichever engine is behind it; and the first word to who started the process."""

import asyncio
import contextlib
import os

from cockpit.engine.ipc.server import Served, Server
from cockpit.engine.ipc.wire import READY
from cockpit.paths import Layout, LayoutError


class Post:
    """`stop` is set when the process is asked to end."""

    def __init__(self, layout: Layout, deploy_id: str, environment: str, stop: asyncio.Event) -> None:
        self.layout = layout
        self.deploy_id = deploy_id
        self.environment = environment
        self.stop = stop
        self._server: Server | None = None

    async def serve(self, served: Served) -> None:
        """From here on this engine answers; faces of the one before come back to it."""
        if self._server is not None:
            self._server.serve(served)
            return
        self.layout.keep_runtime(self.deploy_id)
        self._server = Server(served, self.layout.socket(self.deploy_id))
        await self._server.start()
        say(READY)

    async def still_there(self) -> bool:
        """True while the socket has its name; where that has vanished (a logout clears the runtime folder) it is bound
        again, elsewhere if need be."""
        if self._server is None or self._server.is_bound:
            return True
        with contextlib.suppress(OSError, LayoutError):
            self.layout.keep_runtime(self.deploy_id)
            await self._server.bind_again(self.layout.socket(self.deploy_id))
        return False

    @property
    def faces(self) -> int:
        return self._server.faces if self._server is not None else 0

    @property
    def came(self) -> bool:
        """A face has been here, asked for something, and left."""
        return self._server is not None and self._server.came > 0

    @property
    def names(self) -> tuple[str, ...]:
        """Who looks here."""
        return self._server.names if self._server is not None else ()

    def tell_link(self) -> None:
        if self._server is not None:
            self._server.tell_link()

    async def close(self) -> None:
        if self._server is not None:
            await self._server.stop()


def say(line: str) -> None:
    """To the face that waits for the first word."""
    with contextlib.suppress(OSError):
        os.write(1, line.encode() + b"\n")
    if line != READY:
        return
    # Nobody reads any more: a later print must not fail on a closed pipe.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
