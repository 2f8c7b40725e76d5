"""The screen as the desk of the flows (`client/flows`): dialogs ask, the next line refuses."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.app import SuspendNotSupported

from cockpit.client.choices import choices
from cockpit.client.flows.base import Options
from cockpit.deploy import commands as c
from cockpit.deploy.plan import Task
from cockpit.deploy.state import State
from cockpit.external.terminal_programs import edited
from cockpit.runbook.model import Placeholder
from cockpit.runbook.placeholders import fill_placeholders
from cockpit.text.times import parse_time
from widgets import dialogs

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp


class ScreenDesk:
    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self.prompt = ScreenPrompt(app)

    @property
    def state(self) -> State:
        return self._app.state

    @property
    def now(self) -> float:
        return self._app.now

    @property
    def me(self) -> str:
        return self._app.session.by

    @property
    def owner(self) -> tuple[str, float] | None:
        way = self._app.way
        return (way.host, way.silent_seconds) if way is not None else None

    async def ask(self, command: c.Command) -> c.Refusal | None:
        before = self._app.state.seq
        refusal = await self._app.ask(command)
        if refusal is None:
            await self._caught_up(before)
        return refusal

    async def _caught_up(self, before: int, seconds: float = 1.0) -> None:
        """Until something after that event has arrived: an answer may overtake what it caused."""
        self._app.changed.clear()
        if self._app.state.seq == before:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._app.changed.wait()

    def later(self, command: c.Command) -> None:
        """Ask without waiting for the answer."""
        self._app.run_worker(self._app.ask(command), exclusive=False)

    async def begin(self, command: c.Command) -> None:
        self.later(command)

    def refuse(self, reason: str) -> None:
        self._app.refuse(reason)

    def choices(self, hole: Placeholder) -> Sequence[tuple[str, str]]:
        return choices(self._app.session.layout.root, self._app.state.plan, hole)

    def opened(self, task: Task) -> None:
        if self._app.panes.one_fits:
            self._app.panes.show("runner")


class ScreenPrompt:
    """Each question is a dialog; escape gives it up."""

    def __init__(self, app: "CockpitApp") -> None:
        self._app = app

    async def ask(self, title: str, question: str, *, placeholder: str = "reason", choices: Options = ()) -> str:
        question = self._app.keys.expand(question)
        dialog = dialogs.Ask(title, question, placeholder=placeholder, choices=choices)
        return await self._app.push_screen_wait(dialog) or ""

    async def choose(self, title: str, question: str, options: Options, *, careful: bool = False) -> str:
        dialog = dialogs.Choose(title, self._app.keys.expand(question), options, careful=careful)
        return await self._app.push_screen_wait(dialog) or ""

    async def rollback(self) -> c.StartRollback | None:
        desk = self._app.desk
        dialog = dialogs.RollbackDialog(self._app.state, choices=desk.choices, fill=fill_placeholders, look=self._look)
        wanted = await self._app.push_screen_wait(dialog)
        return replace(wanted, reason=wanted.reason or "requested on the screen") if wanted is not None else None

    def _look(self, option: str, values: dict[str, str]) -> None:
        """Without an engine there is nobody to look, and the next line says so already."""
        if self._app.line.client is not None:
            self._app.desk.later(c.CheckTarget(option=option, values=values))

    async def time(self, planned_at: float) -> tuple[float, str] | None:
        return await self._app.push_screen_wait(dialogs.MoveTimeDialog(planned_at, self._app.clock, parse_time))

    async def edit(self, text: str) -> str | None:
        try:
            with self._app.suspend():
                return edited(text)
        except (SuspendNotSupported, OSError, UnicodeDecodeError):
            return None
