"""What the App's parts share: the state, the stream's end, where the cursor is, and how to ask the engine."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.events import Event, Key, MouseDown
from textual.timer import Timer

from cockpit.client.connection import SILENT_SECONDS, Line
from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.actions import expand
from cockpit.deploy.plan import Phase, Task
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import Client, EngineGone
from cockpit.tui import bindings as keys
from cockpit.tui import clean
from styles.theme import ANSI_DARK, ANSI_LIGHT, THEMES
from widgets import guard
from widgets.guard import Guarded, in_words
from widgets.log_file import LogFile
from widgets.log_view import LogView
from widgets.position import Position
from widgets.task_list import TaskList
from widgets.team_line import Way

REFRESH_SECONDS = 0.1
"""Between two drawings of what changes."""
PANES = {"tasks": "#tasks", "runner": "LogView", "metrics": "#metrics"}
ROLLOUT_PANES = {"tasks": "#stages", "runner": "#flag", "metrics": "#metrics"}


clean.install()
guard.install()


class CockpitBase(Guarded, App[int]):
    """One deploy on the screen. `session` says which; `clock` gives Unix time (frozen in tests)."""

    key_table: tuple[keys.Key, ...] = keys.KEYS
    """The keys that this screen has."""
    log_keys: ClassVar[list[BindingType]] = LogView.BINDINGS
    """Those of its log pane."""
    can_copy = True
    """The person's clipboard can be reached from here."""

    def __init__(
        self,
        session: Session,
        *,
        connect: Callable[[], Awaitable[Client]] | None = None,
        clock: Callable[[], float] = time.time,
        ascii_only: bool = False,
        read_only: bool = False,
        state: State | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.clock = clock
        self.wall = clock
        """Seconds for the screen's own delays: a replay's time stands still or goes back, a person's does not."""
        self.read_only = read_only
        self.ascii_only = ascii_only
        self.line = Line(session, connect)
        self.state = state if state is not None else State()
        self.past: list[e.Event] = []
        self.drafts: dict[str, str] = {}
        """Notices that were changed and not sent, by id; for as long as the screen lives."""
        self.viewed: Phase = self.state.phase
        self._still = state is not None
        self._refusal = ("", 0.0)
        self._changed = asyncio.Event()
        self._dirty = True
        self._coming: Timer | None = None
        self._drawn_at = float("-inf")
        self._pane = "tasks"
        self._last_second = 0
        self._pressed: dict[str, float] = {}
        self._key_time = 0.0
        self._titles: dict[str, str] = {}
        self._settings_arrived = False
        for theme in THEMES.values():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        self.theme = THEMES["dark"].name

    @property
    def client(self) -> Client | None:
        return self.line.client

    @property
    def now(self) -> float:
        """The deploy's time: by the clock of the machine that owns it."""
        link = self.line.link
        return self.clock() + (link.clock_behind if link is not None else 0.0)

    @property
    def engine_silent(self) -> float:
        """Seconds without a sign of life from the engine, where they are too many; else 0."""
        silent = self.line.silent_seconds
        return silent if silent >= SILENT_SECONDS and self.state.closed is None else 0.0

    @property
    def way(self) -> Way | None:
        """How this screen comes to a deploy that another machine owns; None where it is this machine's."""
        link = self.line.link
        if link is None or not link.follows:
            return None
        return Way(link.host, link.silent_seconds, link.dead, link.trouble, link.offered_to, link.left)

    @property
    def position(self) -> Position | None:
        """Where a replay is; None on a live screen."""
        return None

    def open_log(self, path: Path) -> LogFile:
        """The log of a run, as the log pane reads it."""
        return LogFile(path)

    @property
    def task_list(self) -> TaskList:
        return self.query_one(TaskList)

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def one_pane(self) -> bool:
        return self.size.width < 100

    @property
    def shown_tasks(self) -> tuple[Task, ...]:
        """Tasks of the phase that is looked at; of the chosen way back while one is under way."""
        plan = self.state.plan
        if plan is None:
            return ()
        option = self.state.rollback_option
        if option is not None and self.viewed == self.state.phase:
            return option.tasks
        return plan.in_phase(self.viewed)

    @property
    def selected(self) -> Task | None:
        task_id = self.task_list.task_id
        return self.state.plan.task(task_id) if self.state.plan and task_id else None

    def soon(self) -> None:
        """Something is to be seen: draw it at once, but not more often than is of use to an eye."""
        self._dirty = True
        if self._coming is None and self.is_running:
            wait = max(0.001, self._drawn_at + REFRESH_SECONDS - time.monotonic())  # 0 is no wait for a timer
            self._coming = self.set_timer(wait, self._draw_now)

    def _draw_now(self) -> None:
        self._coming, self._drawn_at = None, time.monotonic()
        self.refresh_if_due()

    def refresh_if_due(self) -> None:
        """Draw what changed, if anything did, or another second has begun."""
        raise NotImplementedError

    @property
    def in_dialog(self) -> bool:
        return len(self.screen_stack) > 1

    def is_typed(self, seconds: float) -> bool:
        """True where a key came so short a time ago: its answer is drawn first, what moves by itself after it."""
        return time.monotonic() - self._key_time < seconds

    def key_of(self, action: str) -> str:
        """The first key that is bound to the action, as it is shown; its word where this screen has none."""
        key = keys.BY_ID.get(action)
        if key is None:
            return action
        return keys.key_word(self._keymap.get(action, key.key).split(",")[0].strip(), self.ascii_only)

    def keyed(self, text: str) -> str:
        """The text with each action that it names as its key."""
        return expand(text, self.key_of)

    def refuse(self, reason: str) -> None:
        """Show why the last key did nothing; an empty reason clears it."""
        self._refusal = (self.keyed(reason), self.wall())
        self.soon()

    def went_wrong(self, error: Exception) -> None:
        """What nobody foresaw ends no screen: it is said, and the deploy goes on in any case."""
        if not self.is_running:
            raise error
        self.log.error(error)
        self.refuse(f"that did not work: {in_words(error)}; the deploy goes on, press the key again")

    def _handle_exception(self, error: Exception) -> None:
        """Textual's own, which ends the app: where timers, workers and layouts come to. Words, while there is a screen
        for them."""
        try:
            self.went_wrong(error)
        except Exception:
            super()._handle_exception(error)

    def is_repeat(self, name: str, seconds: float) -> bool:
        """True where the same key came so soon after the last time that it is being held down.

        By the times at which the keys were read, not handled: on a busy machine several wait in line.
        """
        now = self._key_time
        before, self._pressed[name] = self._pressed.get(name, float("-inf")), now
        return now - before < seconds

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | MouseDown):
            self._key_time = event.time
        await super().on_event(event)

    async def caught_up(self, before: int, seconds: float = 1.0) -> None:
        """Until something after that event has arrived: an answer may overtake what it caused."""
        self._changed.clear()
        if self.state.seq == before:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()

    async def send(self, command: c.PublicCommand) -> bool:
        """Ask the engine; a refusal is shown where the eye is. True: done."""
        return await self.ask(command) is None

    async def ask(self, command: c.PublicCommand) -> c.Refusal | None:
        """`send`, for who wants to know why not."""
        if self.client is None:
            refusal: c.Refusal | None = c.Refusal(
                "the engine is gone and is being started again: wait, then press the key once more"
            )
        else:
            try:
                refusal = await self.client.ask(command)
            except EngineGone:
                refusal = c.Refusal("the engine went away before it answered: look what happened, then try again")
        self.refuse(refusal.reason if refusal is not None else "")
        return refusal

    def _later(self, command: c.PublicCommand) -> None:
        self.run_worker(self.send(command), exclusive=False)

    @property
    def places(self) -> dict[str, str]:
        """Where each pane is: a rollout has stages and a flag in the place of tasks and a log."""
        plan = self.state.plan
        return ROLLOUT_PANES if plan is not None and plan.rollout is not None else PANES

    def has_key(self, key_id: str, group: str) -> bool:
        """True where the key has something to do on this screen."""
        return True

    @property
    def keys_here(self) -> tuple[keys.Key, ...]:
        """Of the screen's keys those that have something to do here."""
        return tuple(key for key in self.key_table if self.has_key(key.id, key.group))

    def show_pane(self, name: str) -> None:
        """Focus the pane; where only one fits, show it."""
        panes = self.query_one("#panes")
        for one in PANES:
            panes.set_class(one == name, f"show-{one}")
        self._pane = name
        if panes.has_class("zoomed"):
            self._zoom(name)
        place = self.places[name]
        if place == "LogView" and self.query_one("#runner").has_class("item"):
            place = "ScriptView"
        self.query_one(place).focus()

    def _zoom(self, name: str) -> None:
        self.query(".zoom").remove_class("zoom")
        place = self.places[name]
        self.query_one("#runner" if place == "LogView" else place).add_class("zoom")

    def refresh_view(self) -> None:
        """Give every widget its slice of the state."""
        raise NotImplementedError
