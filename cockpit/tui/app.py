"""The Textual App: one stream of events in, commands out.

It holds the state and brings its parts together: the stream (`stream.py`), what is drawn (`drawing.py`), the panes, the
keys, and the actions behind them (`actions/`). What changes the deploy is a flow (`client/flows`), asked for by `do`.
"""

import asyncio
import contextlib
import gc
import inspect
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.events import Event, Key, MouseDown
from textual.screen import Screen

from cockpit.client.connection import Line
from cockpit.client.flows import FLOWS
from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Phase, Task
from cockpit.deploy.recommend import recommend
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import Client, EngineGone
from cockpit.errors import DONE, OF_OUTCOME
from cockpit.settings.keymap import KEYS
from cockpit.settings.keymap import Key as KeyOf
from cockpit.tui import clean
from cockpit.tui.actions.navigation import Navigation, what_is_open
from cockpit.tui.actions.notices import NoticeActions
from cockpit.tui.actions.rollout import RolloutActions
from cockpit.tui.actions.steps import StepActions
from cockpit.tui.actions.team import TeamWords
from cockpit.tui.bindings import bindings
from cockpit.tui.desk import ScreenDesk
from cockpit.tui.drawing import Drawing
from cockpit.tui.first_run import is_first
from cockpit.tui.hints import KeyHints
from cockpit.tui.keys import Keys
from cockpit.tui.main_screen import MainScreen
from cockpit.tui.palette import system_commands
from cockpit.tui.panes import Panes
from cockpit.tui.signals import orderly, said_goodbye
from cockpit.tui.stream import Stream
from styles import SHEET
from styles.theme import ANSI_DARK, ANSI_LIGHT, THEMES
from widgets import guard
from widgets.guard import in_words
from widgets.log_file import LogFile
from widgets.log_view import LogView
from widgets.position import Position
from widgets.task_list import TaskList
from widgets.team_line import Way

SETTLED_SECONDS = 0.5
COVERED_SECONDS = 0.3
"""How long the first frame waits for the deploy's state at most."""

clean.install()
guard.install()


def _calm_collector() -> None:
    """Full collections took 37 to 148 ms in the middle of keys: what lives as long as the screen is left out."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class CockpitApp(App[int]):
    """One deploy on the screen. `session` says which; `clock` gives Unix time (frozen in tests)."""

    CSS_PATH = SHEET
    TITLE = "cockpit"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-too-thin"),
        (60, "-narrow"),
        (100, "-medium"),
        (140, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (16, "-short"), (30, "-tall")]  # noqa: RUF012 - as above
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    key_table: tuple[KeyOf, ...] = KEYS
    """The keys that this screen has."""
    log_keys: ClassVar[list[BindingType]] = LogView.BINDINGS
    """Those of its log pane."""
    can_copy = True
    """The person's clipboard can be reached from here."""
    can_lend = True
    """The person's terminal can be lent to a pager."""

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
        self.session, self.clock = session, clock
        self.wall = clock
        """Seconds for the screen's own delays: a replay's time stands still or goes back, a person's does not."""
        self.read_only, self.ascii_only = read_only, ascii_only
        self.line = Line(session, connect)
        self.state = state if state is not None else State()
        self.is_still = state is not None
        """Shown from a state: no engine is followed."""
        self.past: list[e.Event] = []
        self.viewed: Phase = self.state.phase
        self.newcomer = False
        """This machine has shown no deploy before: each pane explains itself in one line."""
        self.changed = asyncio.Event()
        self.key_time = 0.0
        """When the last key was read."""
        self.key_pressed = ""
        self.keys = Keys(self, self.key_table, self.log_keys)
        self.panes = Panes(self)
        self.drawing = Drawing(self)
        self.hinting = KeyHints(self)
        self.stream = Stream(self)
        self.desk = ScreenDesk(self)
        self.navigation, self.notices, self.team = Navigation(self), NoticeActions(self), TeamWords(self)
        self.handlers: dict[str, Callable[[], object]] = {
            **StepActions(self).handlers,
            **self.navigation.handlers,
            **self.notices.handlers,
            **RolloutActions(self).handlers,
        }
        """Actions that are more on a screen than their flow."""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.ansi_theme_dark, self.ansi_theme_light = ANSI_DARK, ANSI_LIGHT
        self.theme = THEMES["dark"].name

    # -- what is so

    @property
    def now(self) -> float:
        """The deploy's time: by the clock of the machine that owns it."""
        link = self.line.link
        return self.clock() + (link.clock_behind if link is not None else 0.0)

    @property
    def way(self) -> Way | None:
        """How this screen comes to a deploy that another machine owns; None where it is this machine's."""
        link = self.line.link
        if link is None or not link.follows:
            return None
        return Way(link.host, link.silent_seconds, link.dead, link.trouble, link.offered_to)

    @property
    def position(self) -> Position | None:
        """Where a replay is; None on a live screen."""
        return None

    @property
    def is_rollout(self) -> bool:
        return self.state.plan is not None and self.state.plan.rollout is not None

    @property
    def base(self) -> Screen[Any]:
        """The screen below all dialogs."""
        return self.screen_stack[0]

    @property
    def in_dialog(self) -> bool:
        return len(self.screen_stack) > 1

    @property
    def task_list(self) -> TaskList:
        return self.base.query_one(TaskList)

    @property
    def log_view(self) -> LogView:
        return self.base.query_one(LogView)

    @property
    def shown_tasks(self) -> tuple[Task, ...]:
        """Tasks of the phase that is looked at; of the chosen way back while one is under way."""
        plan, option = self.state.plan, self.state.rollback_option
        if plan is None:
            return ()
        if option is not None and self.viewed == self.state.phase:
            return option.tasks
        # What was run from at hand stands below, in whichever phase that was.
        return (*plan.in_phase(self.viewed), *(task for task in plan.aside if self.state.of(task.id).attempt))

    @property
    def selected(self) -> Task | None:
        task_id = self.task_list.task_id
        return self.state.plan.task(task_id) if self.state.plan and task_id else None

    @property
    def bound_keys(self) -> Mapping[str, str]:
        """By action: the keys that the settings bind it to, where those are others."""
        return self._keymap

    def open_log(self, path: Path) -> LogFile:
        """The log of a run, as the log pane reads it."""
        return LogFile(path)

    # -- what is asked of the engine

    async def ask(self, command: c.Command) -> c.Refusal | None:
        """Ask the engine; a refusal is shown where the eye is, and given."""
        if self.line.client is None:
            refusal: c.Refusal | None = c.Refusal("The engine is restarting. Wait, then press the key again.")
        else:
            try:
                refusal = await self.line.client.ask(command)
            except EngineGone:
                refusal = c.Refusal("The engine stopped before it answered. Check what happened, then try again.")
        self.refuse(refusal.reason if refusal is not None else "")
        return refusal

    # -- keys

    async def action_do(self, action: str) -> None:
        self.do(action)

    def do(self, action: str) -> None:
        """An action, by its id. A key that is held down acts once; one that came again before its dialog stood, too."""
        if self.keys.is_repeat(action) or any(worker.group == action for worker in self.workers):
            return
        handler = self.handlers.get(action)
        if handler is None:
            self.flow(action)
            return
        done = handler()
        if inspect.iscoroutine(done):
            self.run_worker(done, group=action)

    def flow(self, action: str) -> None:
        """What a person does, with its questions as dialogs."""
        self.run_worker(FLOWS[action](self.desk, self.selected), group=action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A read-only cockpit has no acting keys at all."""
        return self.keys.counts(str(parameters[0])) if action == "do" and parameters else True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        return system_commands(self)

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | MouseDown):
            self.key_time = event.time
        if isinstance(event, Key):
            self.key_pressed = event.key
            over = self.keys.over_dialog(event.key)
            if over:
                self.do(over)
                return
        await super().on_event(event)

    # -- what is shown

    def get_default_screen(self) -> Screen[Any]:
        return MainScreen(id="_default")

    def soon(self) -> None:
        """Something is to be seen."""
        self.drawing.soon()

    def refresh_view(self) -> None:
        self.drawing.all()

    def refuse(self, reason: str) -> None:
        """Show why the last key did nothing; an empty reason clears it. `reason` may name actions."""
        self.drawing.refuse(self.keys.expand(reason))

    def went_wrong(self, error: Exception) -> None:
        """What nobody foresaw ends no screen: it is said, and the deploy goes on in any case."""
        if not self.is_running:
            raise error
        self.log.error(error)
        self.refuse(f"The action failed: {in_words(error)}. The deploy keeps running; press the key again.")

    def _handle_exception(self, error: Exception) -> None:
        """Textual's own, which ends the app: where timers, workers and layouts come to. Words, while there is a screen
        for them."""
        try:
            self.went_wrong(error)
        except Exception:
            super()._handle_exception(error)

    # -- its life

    def on_load(self) -> None:
        """Nothing is drawn until there is something to see: five half-made frames cost more than the whole one."""
        self._covered = contextlib.ExitStack()
        self._covered.enter_context(self.batch_update())

    def uncover(self) -> None:
        """What is there is drawn from here on."""
        self._covered.close()
        for screen in self._screen_stack:
            screen.check_idle()  # or it would wait for the next thing that happens

    def begin(self) -> None:
        """The screen is there: its rhythms, and the events."""
        self.set_timer(SETTLED_SECONDS, _calm_collector)
        self.set_timer(COVERED_SECONDS, self.uncover)
        self.set_class(self.ascii_only, "ascii")
        self.drawing.start()
        if self.is_still:
            self.call_after_refresh(self.uncover)
        else:
            self.run_worker(self.stream.follow(), exclusive=True, group="stream")

    def _fatal_error(self) -> None:
        """A crash of the screen tells where, without local values: they may hold secrets."""
        error = sys.exc_info()[1]
        self.bell()
        self._exit_renderables.append(f"the screen failed: {type(error).__name__}: {error}; the deploy keeps running")
        self._close_messages_no_wait()


def run_app(session: Session, *, ascii_only: bool, read_only: bool) -> int:
    """Show the deploy until the screen is left; gives the exit status and leaves a summary in the scrollback."""
    app = CockpitApp(session, ascii_only=ascii_only, read_only=read_only)
    app.newcomer = not read_only and is_first(session.deploy_id)
    asyncio.run(until_left(app))
    with contextlib.suppress(OSError):
        sys.stdout.write(_summary(app.state, session))
        sys.stdout.flush()
    said_goodbye()
    if app.return_code and not app.return_value:
        return app.return_code  # the screen failed: that is no good end, and no word on the deploy
    if app.return_value:
        return app.return_value
    return OF_OUTCOME[app.state.closed] if app.state.closed is not None else DONE


def _summary(state: State, session: Session) -> str:
    """What stays in the scrollback: how it ended, or how to come back."""
    if state.closed is not None:
        logs = "".join(f"log: {path}\n" for path in state.exports)
        return f"{'rollout' if state.rollout is not None else 'deploy'} {session.deploy_id}: {state.closed}\n{logs}"
    words = recommend(state, time.time()).in_commands if state.plan else "not opened"
    what = f"{what_is_open(state)} {session.deploy_id}"
    return f"{what} keeps running. next: {words}\nreattach: cockpit attach {session.deploy_id}\n"


async def until_left(app: CockpitApp) -> None:
    """Run the screen; when it is left, the terminal is as it was and the engine's line is closed."""
    with orderly(app):
        await app.run_async()
    await app.line.close()
