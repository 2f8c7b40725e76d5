"""The stream of events into the screen's state, and what the eye and the ear are told of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cockpit.deploy import events as e
from cockpit.deploy.fold import apply
from cockpit.deploy.state import State
from cockpit.text.sanitize import one_line

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp


class Stream:
    """The only place where a live screen's state changes."""

    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self.bell = True

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
            self._notice(event, quiet=replaying)
        if replaying:
            app.viewed = app.state.phase
            app.call_after_refresh(app.action_next)
        app.use_settings_once()
        app.renew_dialog()
        if not all(isinstance(event.body, e.MetricsSampled) for event in events):
            # Samples alone, several a second, are drawn with the next second.
            app.soon()
        if replaying:
            app.refresh_view()
            app.call_after_refresh(app.call_after_refresh, app.uncover)
        app.changed.set()

    def _notice(self, event: e.Event, *, quiet: bool) -> None:
        """Let the eye follow what happens: the cursor goes to what starts, the bell rings where a person is needed."""
        app, body = self._app, event.body
        if isinstance(body, e.PhaseEntered):
            app.viewed = body.phase
        elif isinstance(body, e.RollbackRequested):
            app.viewed = app.state.phase
        if quiet:
            return
        task = app.state.plan.task(getattr(body, "task", "")) if app.state.plan else None
        if isinstance(body, e.StepStarted):
            if task is not None and (task.kind == "script" or app.selected is None):
                # A rollback's own steps are shown in the phase where it was asked for, whichever that is.
                option = app.state.rollback_option
                going_back = option is not None and task in option.tasks
                app.viewed = app.state.phase if going_back else task.phase
                app.call_after_refresh(app.navigation.go_to, body.task)
        elif isinstance(body, e.StepFinished):
            if body.outcome != "succeeded":
                self.ring(f"{body.task} {body.outcome}")
            elif task is not None and task.kind == "script":
                app.call_after_refresh(app.navigation.go_to_next, body.task)
        elif body.calls_person:
            self.ring(type(body).__name__)
        app.notices.tell(event)
        app.team.tell(event)

    def ring(self, why: str) -> None:
        """A person is needed: the bell, and the terminal's title for those who look elsewhere."""
        if self.bell:
            self._app.bell()
            self._app.title_terminal(f"! {one_line(why)}")
