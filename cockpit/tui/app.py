"""The Textual App: one stream of events in, commands out. Widgets ask by messages; here they become commands."""

import asyncio
import contextlib
import gc
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from cockpit.client.session import Session
from cockpit.deploy import events as e
from cockpit.deploy.fold import apply
from cockpit.deploy.recommend import recommend
from cockpit.deploy.state import State
from cockpit.errors import DONE, OF_OUTCOME
from cockpit.text.sanitize import one_line
from cockpit.tui.actions.steps import what_is_open
from cockpit.tui.bindings import bindings
from cockpit.tui.first_run import is_first
from cockpit.tui.rendering import Showing
from cockpit.tui.signals import orderly, said_goodbye
from styles import SHEET
from styles.theme import THEMES
from widgets.bars import KeyBar, NextBar, PhaseBar, StatusBar
from widgets.countdown import CountdownBar
from widgets.flag_view import FlagView
from widgets.log_view import LogView
from widgets.metrics_pane import MetricsPane, MetricsStrip
from widgets.rows import Panel
from widgets.runner_pane import RunnerPane
from widgets.script_view import ScriptView
from widgets.stage_list import StageList
from widgets.task_list import TaskList

TICK_SECONDS = 0.25
"""How late a new second may be shown. What happens is drawn as it comes (`soon`)."""
LOG_SECONDS = 1 / 20
"""Between two looks at a log that grows; at one that does not grow, IDLE_LOG_SECONDS."""
IDLE_LOG_SECONDS = 0.5
SETTLED_SECONDS = 0.5
COVERED_SECONDS = 0.3
"""How long the first frame waits for the deploy's state at most."""


def _calm_collector() -> None:
    """Full collections took 37 to 148 ms in the middle of keys: what lives as long as the screen is left out."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class CockpitApp(Showing):
    """The screen of one deploy."""

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

    def compose(self) -> ComposeResult:
        yield StatusBar()
        yield PhaseBar()
        yield MetricsStrip()
        with Horizontal(id="panes", classes="show-tasks"):
            yield TaskList(id="tasks")
            yield StageList(id="stages")
            with RunnerPane(id="runner"):
                yield Panel(id="hint")
                yield ScriptView()
                yield Input(placeholder="show only lines with ...", id="filter")
                yield LogView(open_file=self.open_log)
            yield FlagView(id="flag")
            yield MetricsPane(id="metrics")
        yield CountdownBar()
        yield Panel(id="too-small")
        yield NextBar()
        yield KeyBar()

    def on_load(self) -> None:
        """Nothing is drawn until there is something to see: five half-made frames cost more than the whole one."""
        self._covered = contextlib.ExitStack()
        self._covered.enter_context(self.batch_update())

    def _uncover(self) -> None:
        self._covered.close()
        for screen in self._screen_stack:
            screen.check_idle()  # or it would wait for the next thing that happens

    def on_mount(self) -> None:
        self.set_timer(SETTLED_SECONDS, _calm_collector)
        if self._still:
            self.call_after_refresh(self._uncover)
        self.set_timer(COVERED_SECONDS, self._uncover)
        for widget in self.query(
            "TaskList, StageList, FlagView, ScriptView, LogView, MetricsPane, MetricsStrip, "
            "StatusBar, PhaseBar, CountdownBar, NextBar, KeyBar"
        ):
            widget.ascii_only = self.ascii_only  # type: ignore[attr-defined]
        self.set_class(self.ascii_only, "ascii")
        self.task_list.focus()
        if not self._still:
            self.run_worker(self._stream(), exclusive=True, group="stream")
        self.set_interval(TICK_SECONDS, self.refresh_if_due)
        self.set_interval(IDLE_LOG_SECONDS, self.poll_log)
        self._polling_fast = self.set_interval(LOG_SECONDS, self.poll_log, pause=True)

    # -- the stream

    async def _stream(self) -> None:
        """Follow the engine's events for as long as the screen lives; a dead engine is started again."""
        async for events in self.line.events(lambda: self.state, self._forget):
            if events:
                self._take(events)
            else:
                self.soon()

    def _forget(self) -> None:
        self.state, self.past = State(), []

    def _take(self, events: Sequence[e.Event]) -> None:
        """The only place where the state changes."""
        replaying = not self.past
        for event in events:
            before = self.state
            self.state = apply(self.state, event)
            self.past.append(event)
            self._notice(before, event, quiet=replaying)
        if replaying:
            self.viewed = self.state.phase
            self.call_after_refresh(self.action_next)
        if self.state.plan is not None and not self._settings_arrived:
            self._settings_arrived = True
            self._use_settings()
        self.renew_dialog()
        if not all(isinstance(event.body, e.MetricsSampled) for event in events):
            # Samples alone, several a second, are drawn with the next second.
            self.soon()
        if replaying:
            self.refresh_view()
            self.call_after_refresh(self.call_after_refresh, self._uncover)
        self._changed.set()

    def _notice(self, before: State, event: e.Event, *, quiet: bool) -> None:
        """Let the eye follow what happens: the cursor goes to what starts, the bell rings where a person is needed."""
        body = event.body
        if isinstance(body, e.PhaseEntered):
            self.viewed = body.phase
        elif isinstance(body, e.RollbackRequested):
            self.viewed = self.state.phase
        if quiet:
            return
        if isinstance(body, e.StepStarted):
            task = self.state.plan.task(body.task) if self.state.plan else None
            if task is not None and (task.kind == "script" or self.selected is None):
                # A rollback's own steps are shown in the phase where it was asked for, whichever that is.
                option = self.state.rollback_option
                going_back = option is not None and task in option.tasks
                self.viewed = self.state.phase if going_back else task.phase
                self.call_after_refresh(self._go_to, body.task)
        elif isinstance(body, e.StepFinished):
            if body.outcome != "succeeded":
                self.ring(f"{body.task} {body.outcome}")
            task = self.state.plan.task(body.task) if self.state.plan else None
            if task is not None and task.kind == "script" and body.outcome == "succeeded":
                self.call_after_refresh(self._go_to_next, body.task)
        elif body.calls_person:
            self.ring(type(body).__name__)
        self.tell_of_notice(event)
        self.tell_of_team(event)

    def ring(self, why: str) -> None:
        """A person is needed: the bell, and the terminal's title for those who look elsewhere."""
        if self._bell:
            self.bell()
            self._title_terminal(f"! {why}")

    def _title_terminal(self, text: str) -> None:
        driver = self._driver
        if driver is not None and not self.is_headless:
            driver.write(f"\x1b]2;{one_line(text)}\x07")
            driver.flush()

    _bell = True

    def _use_settings(self) -> None:
        """Theme, keys and bell as cockpit.toml wants them."""
        assert self.state.plan is not None
        # As they were read and checked when the deploy was opened: to check them again takes 150 ms.
        settings: dict[str, Any] = self.state.plan.settings
        self._bell = bool(settings.get("bell", True))
        theme = "mono" if os.environ.get("NO_COLOR") else str(settings.get("theme", "dark"))
        self.theme = THEMES.get(theme, THEMES["dark"]).name  # a newer cockpit may have more
        self.set_keymap(self.remapped(settings.get("keys", {})))

    def remapped(self, keys: Mapping[str, str]) -> dict[str, str]:
        """Those of the settings' keys that this screen has."""
        have = {key.id for key in self.key_table}
        have |= {one.id or "" for one in self.log_keys if isinstance(one, Binding)}
        return {name: key for name, key in keys.items() if name in have}

    def on_task_list_moved(self, message: TaskList.Moved) -> None:
        message.stop()
        self.soon()

    def on_task_list_chosen(self, message: TaskList.Chosen) -> None:
        message.stop()
        if self.read_only:
            self.show_pane("runner")
        else:
            self.action_run()

    def on_resize(self) -> None:
        self.soon()

    def _fatal_error(self) -> None:
        """A crash of the screen tells where, without local values: they may hold secrets."""
        error = sys.exc_info()[1]
        self.bell()
        self._exit_renderables.append(f"the screen failed: {type(error).__name__}: {error}; the deploy goes on")
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
    return f"{what} goes on. next: {words}\nback to it: cockpit attach {session.deploy_id}\n"


async def until_left(app: CockpitApp) -> None:
    """Run the screen; when it is left, the terminal is as it was and the engine's line is closed."""
    with orderly(app):
        await app.run_async()
    await app.line.close()
