"""The rollout of a flag: what the screen adds to its flows."""

import asyncio
from typing import TYPE_CHECKING

from cockpit.deploy import commands as c

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

AGAIN_SECONDS = 0.1
PATIENCE_SECONDS = 120.0


class RolloutActions:
    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self.handlers = {"flag.off": self.off}

    def off(self) -> None:
        """At once, whatever the screen shows: off is the safe direction."""
        if self._app.is_rollout and self._app.state.closed is None:
            self._app.run_worker(self._until_heard(), group="off", exclusive=True)

    async def _until_heard(self) -> None:
        """An engine that is just coming back does not cost the word: nothing but the end refuses it."""
        app = self._app
        until = app.wall() + PATIENCE_SECONDS
        while await app.ask(c.FlagOff(reason="requested on the screen")) is not None:
            if app.state.closed is not None or app.wall() > until:
                return
            app.refuse("The engine is restarting. Wait; the flag is turned off as soon as it is back.")
            await asyncio.sleep(AGAIN_SECONDS)
