"""The stream of events into the screen's state, and what the eye and the ear are told of them."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cockpit.deploy import events as e
from cockpit.deploy.fold import apply
from cockpit.deploy.guards import is_aside
from cockpit.deploy.state import State
from cockpit.text.sanitize import one_line
from styles.theme import THEMES
from widgets.dialogs.base import Dialog

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp


class Stream:
    """The only place where a live screen's state changes."""

    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self._bell = True
        self._settings_arrived = False

    async def follow(self) -> None:
        """Follow the engine's events for as long as the screen lives; a dead engine is started again."""
        app = self._app
        async for events in app.line.events(lambda: app.state, self._forget):
            if events:
                self._take(events)
            else:
                app.soon()

    def _forget(self) -> None:
        self._app.state, self._app.past = State(), []

    def _take(self, events: Sequence[e.Event]) -> None:
        app = self._app
        replaying = not app.past
        for event in events:
            app.state = apply(app.state, event)
            app.past.append(event)
            self._safely(partial(self._notice, event, quiet=replaying))
        self._safely(partial(self._show, events, replaying=replaying))
        app.changed.set()

    def _safely(self, tell: Callable[[], None]) -> None:
        """Whatever a widget does with an event, the next one is taken. At the end of the app the widgets go first."""
        try:
            tell()
        except Exception as error:
            if self._app.is_running:
                self._app.went_wrong(error)

    def _show(self, events: Sequence[e.Event], *, replaying: bool) -> None:
        app = self._app
        if replaying:
            app.viewed = app.state.phase
            app.call_after_refresh(app.do, "next")
        self.use_settings_once()
        if isinstance(app.screen, Dialog):
            app.screen.renew(app.state)
        if not all(isinstance(event.body, e.MetricsSampled) for event in events):
            # Samples alone, several a second, are drawn with the next second.
            app.soon()
        if replaying:
            app.refresh_view()
            app.call_after_refresh(app.call_after_refresh, app.uncover)

    def _notice(self, event: e.Event, *, quiet: bool) -> None:
        """Let the eye follow what happens: the cursor goes to what starts, the bell rings where a person is needed."""
        app, body = self._app, event.body
        if isinstance(body, e.PhaseEntered):
            app.viewed = body.phase
        elif isinstance(body, e.RollbackRequested):
            app.viewed = app.state.phase
        if quiet:
            return
        if isinstance(body, e.RollbackRequested):
            self._give_way()
        task = app.state.plan.task(getattr(body, "task", "")) if app.state.plan else None
        if isinstance(body, e.StepStarted):
            if task is not None and (task.kind == "script" or app.selected is None):
                # A rollback's own steps are shown in the phase where it was asked for, whichever that is.
                option = app.state.rollback_option
                going_back = option is not None and task in option.tasks
                aside = is_aside(app.state, task)
                app.viewed = app.state.phase if going_back or aside else task.phase
                app.call_after_refresh(app.navigation.stay_at if aside else app.navigation.go_to, body.task)
        elif isinstance(body, e.StepFinished):
            if body.outcome != "succeeded":
                self.ring(f"{body.task} {body.outcome}")
            elif task is not None and task.kind == "script" and not is_aside(app.state, task):
                app.call_after_refresh(app.navigation.go_to_next, body.task)
        elif body.calls_person:
            self.ring(type(body).__name__)
        app.notices.tell(event)
        app.team.tell(event)

    def _give_way(self) -> None:
        """A rollback begins: what a dialog was asking about is not what matters now."""
        app, closed = self._app, 0
        while isinstance(app.screen, Dialog):
            app.screen.dismiss(None)
            closed += 1
        if closed:
            app.notify("a rollback has started; the open dialog was closed", severity="warning", markup=False)

    def use_settings_once(self) -> None:
        """Theme, keys and bell as cockpit.toml wants them."""
        app = self._app
        if app.state.plan is None or self._settings_arrived:
            return
        self._settings_arrived = True
        # As they were read and checked when the deploy was opened: to check them again takes 150 ms.
        settings: dict[str, Any] = app.state.plan.settings
        self._bell = bool(settings.get("bell", True))
        theme = "mono" if os.environ.get("NO_COLOR") else str(settings.get("theme", "dark"))
        app.theme = THEMES.get(theme, THEMES["dark"]).name  # a newer cockpit may have more
        app.set_keymap(app.keys.remapped(settings.get("keys", {})))

    def ring(self, why: str) -> None:
        """A person is needed: the bell, and the terminal's title for those who look elsewhere."""
        app = self._app
        if not self._bell:
            return
        app.bell()
        driver = app._driver
        if driver is not None and not app.is_headless:
            driver.write(f"\x1b]2;! {one_line(why)}\x07")
            driver.flush()
