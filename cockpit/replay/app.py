"""The screen of a past deploy: the same App, read-only, with a time of its own instead of an engine."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from cockpit.client.session import Session
from cockpit.deploy import events as e
from cockpit.deploy.recommend import Recommendation
from cockpit.deploy.state import TaskState
from cockpit.errors import DONE
from cockpit.replay.logs import PastLog
from cockpit.replay.playback import Playback
from cockpit.replay.timeline import Timeline
from cockpit.runner import files
from cockpit.settings.keymap import REPLAY_KEYS
from cockpit.text.times import clock
from cockpit.tui.app import CockpitApp, until_left
from cockpit.tui.bindings import bindings
from cockpit.tui.drawing import REFRESH_SECONDS, Drawing
from cockpit.tui.hints import Hints, KeyHints
from cockpit.tui.keys import Keys
from cockpit.tui.signals import said_goodbye
from widgets.bars import key_word
from widgets.position import Position
from widgets.task_list import TaskList
from widgets.words import timer

AHEAD = 200
"""Events folded at once while nobody asks for them: about 1 ms."""
BREATH_SECONDS = 0.005


class ReplayKeys(Keys):
    def remapped(self, keys: Mapping[str, str]) -> dict[str, str]:
        """A key that the settings give to something else stays with the replay."""
        own = {one for key in self.table if key.group == "Replay" for one in key.key.split(",")}
        return {
            name: key
            for name, key in super().remapped(keys).items()
            if name.startswith("replay.") or own.isdisjoint(key.split(","))
        }

    def counts(self, action: str) -> bool:
        """The replay's keys win over those of the panes, but not where somebody types or reads a dialog."""
        if action == "export" or (
            action.startswith("replay.")
            and action != "replay.log"
            and (self._app.in_dialog or isinstance(self._app.focused, Input))
        ):
            return False
        return super().counts(action)


class ReplayDrawing(Drawing):
    """What happened, at the moment that is shown."""

    def __init__(self, app: "ReplayApp") -> None:
        super().__init__(app)
        self._replay = app

    def start(self) -> None:
        super().start()
        # A replay's time does not come as events.
        self._app.set_interval(REFRESH_SECONDS, self.if_due)

    def if_due(self) -> None:
        self._replay.playback.advance()
        self._replay.show_moment()
        super().if_due()

    def bottom_line(self) -> tuple[str, Recommendation]:
        """The last thing that happened."""
        told = self._replay.timeline.last(len(self._app.past))
        if told is None:
            return "last", Recommendation("nothing has happened yet")
        event, text = told
        words = f"{clock(event.at)} {text}"
        return "last", Recommendation(words, task=self._replay.happening(), urgent=_is_bad(event.body))

    def follow(self, tasks: TaskList, task_id: str) -> None:
        """Put the cursor on what happens, unless the person has moved it."""
        if task_id and not tasks.by_hand:
            tasks.move_to(task_id)

    def silent_for(self, have: TaskState) -> float:
        path, log = self._app.session.folder / have.directory / files.LOG, self._replay.shown_log
        if log is None or log.path != path or log.spoke_at is None:
            return 0.0
        return self._app.now - log.spoke_at


class ReplayHints(KeyHints):
    def shown(self) -> Hints:
        """The replay's keys, in pairs; in the log, what it can do."""
        app, keys = self._app, self._app.keys
        play = app.playback  # type: ignore[attr-defined]
        first = (
            ("replay.start", "to the start") if play.ended else ("replay.pause", "pause" if play.playing else "resume")
        )
        pairs = [
            ((first[0],), first[1]),
            (("replay.event-back", "replay.event-on"), "event"),
            (("replay.back", "replay.on"), "10 s"),
            (("replay.slower", "replay.faster"), "speed"),
            (("quit",), "quit"),
        ]
        hints = [(" ".join(keys.of(one) for one in ids), word) for ids, word in pairs]
        if app.panes.in_log:
            logs = [("f", "last line"), ("slash", "filter"), ("t", "times"), ("w", "wrap"), ("y", "copy")]
            return hints + [(key_word(key, app.ascii_only), word) for key, word in logs]
        return hints + [self._hint(one) for one in ("pane.runner", "zoom", "chart", "story", "docs")]


class ReplayActions:
    """Through time, by keys."""

    def __init__(self, app: "ReplayApp") -> None:
        self._app = app
        play = app.playback
        self.handlers: dict[str, Callable[[], object]] = {
            "next": self.next,
            "replay.pause": self.pause,
            "replay.event-on": partial(self.step, 1),
            "replay.event-back": partial(self.step, -1),
            **{
                f"replay.{name}": partial(self._after, partial(play.scrub, seconds))
                for name, seconds in (("back", -10), ("on", 10), ("minute-back", -60), ("minute-on", 60))
            },
            "replay.faster": partial(self.speed, 2),
            "replay.slower": partial(self.speed, 0.5),
            "replay.start": partial(self._after, lambda: play.seek(app.timeline.start)),
            "replay.end": partial(self._after, lambda: play.seek(app.timeline.end)),
            "replay.log": partial(app.panes.show, "runner"),
        }

    def next(self) -> None:
        """To what happens at this moment, wherever the person has looked meanwhile."""
        app, plan = self._app, self._app.state.plan
        task = plan.task(app.happening()) if plan is not None else None
        if task is None:
            return
        app.viewed = task.phase if app.state.rollback is None else app.state.phase
        app.task_list.by_hand = False
        if app.panes.one_fits:
            app.panes.show("tasks")
        app.refresh_view()

    def pause(self) -> None:
        at_end = "This is the end. Go to the start (⟦replay.start⟧), or back 10 s (⟦replay.back⟧)."
        self._said("" if self._app.playback.toggle() else at_end)

    def step(self, by: int) -> None:
        timeline, here = self._app.timeline, self._app.playback.count
        place = timeline.after(here) if by > 0 else timeline.before(here)
        if place is None:
            self._said(f"No events {'after' if by > 0 else 'before'} this.")
            return
        self._app.playback.stop_at(place)
        self._said()

    def speed(self, factor: float) -> None:
        play = self._app.playback
        changed = play.change_speed(factor)
        self._said("" if changed else f"x{play.speed:g} is as {'fast' if factor > 1 else 'slow'} as it gets.")

    def _after(self, move: Callable[[], object]) -> None:
        move()
        self._said()

    def _said(self, refusal: str = "") -> None:
        self._app.refuse(refusal)
        self._app.show_moment()
        self._app.refresh_view()


class ReplayApp(CockpitApp):
    """Shows `events` (at least one) as they happened. `monotonic`: seconds that only grow; tests move them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(REPLAY_KEYS)]
    key_table = REPLAY_KEYS

    def __init__(
        self,
        session: Session,
        events: Sequence[e.Event],
        *,
        begin: float | None = None,
        speed: float = 1.0,
        ascii_only: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeline = Timeline(events)
        self.playback = Playback(self.timeline.times, monotonic, speed=speed, begin=begin)
        state = self.timeline.state(self.playback.count)
        super().__init__(session, clock=lambda: self.playback.now, ascii_only=ascii_only, read_only=True, state=state)
        self.wall = monotonic
        self.past = list(events[: self.playback.count])
        self.shown_log: PastLog | None = None
        self.keys = ReplayKeys(self, self.key_table, self.log_keys)
        self.drawing, self.hinting = ReplayDrawing(self), ReplayHints(self)
        self.handlers |= ReplayActions(self).handlers

    def begin(self) -> None:
        super().begin()
        self.stream.use_settings_once()
        self.run_worker(self._read_ahead())

    async def _read_ahead(self) -> None:
        """Fold what comes later in small pieces, so that a jump there need not wait."""
        more = True
        while more:
            await asyncio.sleep(BREATH_SECONDS)
            more = self.timeline.read_ahead(AHEAD)

    @property
    def position(self) -> Position:
        play = self.playback
        return Position(play.now - play.start, play.end - play.start, play.speed, play.playing, play.ended)

    def show_moment(self) -> None:
        """The state, the past and what is looked at, as they were then."""
        count, had, shown = self.playback.count, len(self.past), self.shown_tasks
        if count == had:
            return
        phase = self.state.phase
        self.state = self.timeline.state(count)
        if count > had:
            self.past.extend(self.timeline.events[had:count])
        else:
            del self.past[count:]
        if self.state.phase != phase:
            self.viewed = self.state.phase
        if self.shown_tasks != shown:
            self.task_list.by_hand = False
        self.soon()

    def happening(self) -> str:
        """Id of the step that runs, else of the task that was last heard of; empty before any."""
        running = [task.id for task in self.state.running if task.kind == "script"]
        return running[-1] if running else self.timeline.task(len(self.past))

    def open_log(self, path: Path) -> PastLog:
        """The log as far as it had been written."""
        folder = str(path.parent.relative_to(self.session.folder))
        ended = self.timeline.ends.get(folder, float("inf"))
        self.shown_log = PastLog(path, self.clock, ended=ended, last=self.timeline.end)
        return self.shown_log


def _is_bad(body: e.Body) -> bool:
    """Whether it is what somebody who looks for trouble looks for."""
    if isinstance(body, e.StepFinished):
        return body.outcome != "succeeded"
    return isinstance(body, (e.RollbackRequested, e.RollbackFailed, e.ItemFailed))


def run_replay(
    session: Session, events: Sequence[e.Event], *, begin: float | None, speed: float, ascii_only: bool
) -> int:
    """Show the replay until it is left; gives the exit status and leaves a summary in the scrollback."""
    app = ReplayApp(session, events, begin=begin, speed=speed, ascii_only=ascii_only)
    asyncio.run(until_left(app))
    with contextlib.suppress(OSError):
        sys.stdout.write(_summary(app))
        sys.stdout.flush()
    said_goodbye()
    return app.return_value or DONE


def _summary(app: ReplayApp) -> str:
    """How the deploy ended, and how to come back to where the replay was left."""
    deploy_id, place = app.session.deploy_id, app.position
    ended = app.timeline.state(len(app.timeline.events)).closed
    how = ended or f"still open (cockpit attach {deploy_id})"
    left = f"replay left at {timer(place.at)} of {timer(place.length)}"
    return f"deploy {deploy_id}: {how}\n{left}. resume there: cockpit replay {deploy_id} --at {timer(place.at)}\n"
