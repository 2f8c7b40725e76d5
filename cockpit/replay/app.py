"""The screen of a past deploy: the same App, read-only, with a time of its own instead of an engine."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
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
from cockpit.text.times import clock
from cockpit.tui.app import CockpitApp, until_left
from cockpit.tui.base import REFRESH_SECONDS
from cockpit.tui.bindings import BY_ID, REPLAY_KEYS, bindings
from cockpit.tui.signals import said_goodbye
from widgets.bars import key_word
from widgets.position import Position
from widgets.task_list import TaskList
from widgets.words import timer

AHEAD = 200
"""Events folded at once while nobody asks for them: about 1 ms."""
BREATH_SECONDS = 0.005


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
        self._shown_log: PastLog | None = None

    def on_mount(self) -> None:
        if self.state.plan is not None:
            self._use_settings()
        self.run_worker(self._read_ahead())
        # A replay's time does not come as events.
        self.set_interval(REFRESH_SECONDS, self.refresh_if_due)

    async def _read_ahead(self) -> None:
        """Fold what comes later in small pieces, so that a jump there need not wait."""
        more = True
        while more:
            await asyncio.sleep(BREATH_SECONDS)
            more = self.timeline.read_ahead(AHEAD)

    def ring(self, why: str) -> None:
        """What a replay shows needs nobody."""

    def remapped(self, keys: Mapping[str, str]) -> dict[str, str]:
        """A key that the settings give to something else stays with the replay."""
        own = {one for key in self.key_table if key.group == "Replay" for one in key.key.split(",")}
        return {
            name: key
            for name, key in super().remapped(keys).items()
            if name.startswith("replay.") or own.isdisjoint(key.split(","))
        }

    # -- the moment

    @property
    def position(self) -> Position:
        play = self.playback
        return Position(play.now - play.start, play.end - play.start, play.speed, play.playing, play.ended)

    def refresh_if_due(self) -> None:
        self.playback.advance()
        self._show_moment()
        super().refresh_if_due()

    def _show_moment(self) -> None:
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
        self._dirty = True

    def bottom_line(self) -> tuple[str, Recommendation]:
        """The last thing that happened."""
        told = self.timeline.last(len(self.past))
        if told is None:
            return "last", Recommendation("nothing has happened yet")
        event, text = told
        return "last", Recommendation(f"{clock(event.at)} {text}", task=self._happening(), urgent=_is_bad(event.body))

    def _happening(self) -> str:
        """Id of the step that runs, else of the task that was last heard of; empty before any."""
        running = [task.id for task in self.state.running if task.kind == "script"]
        return running[-1] if running else self.timeline.task(len(self.past))

    def follow(self, tasks: TaskList, task_id: str) -> None:
        """Put the cursor on what happens, unless the person has moved it."""
        if task_id and not tasks.by_hand:
            tasks.move_to(task_id)

    def open_log(self, path: Path) -> PastLog:
        """The log as far as it had been written."""
        folder = str(path.parent.relative_to(self.session.folder))
        ended = self.timeline.ends.get(folder, float("inf"))
        self._shown_log = PastLog(path, self.clock, ended=ended, last=self.timeline.end)
        return self._shown_log

    def _silent_for(self, have: TaskState) -> float:
        path = self.session.folder / have.directory / files.LOG
        if self._shown_log is None or self._shown_log.path != path or self._shown_log.spoke_at is None:
            return 0.0
        return self.now - self._shown_log.spoke_at

    # -- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The replay's keys win over those of the panes, but not where somebody types or reads a dialog."""
        if action == "export":
            return False
        if action.startswith("replay_") and (len(self.screen_stack) > 1 or isinstance(self.focused, Input)):
            return False
        return super().check_action(action, parameters)

    def action_next(self) -> None:
        """To what happens at this moment, wherever the person has looked meanwhile."""
        plan = self.state.plan
        task = plan.task(self._happening()) if plan is not None else None
        if task is None:
            return
        self.viewed = task.phase if self.state.rollback is None else self.state.phase
        self.task_list.by_hand = False
        if self.one_pane:
            self.show_pane("tasks")
        self.refresh_view()

    def action_replay_pause(self) -> None:
        at_end = f"this is the end: {self._key('replay.start')} goes to the start, {self._key('replay.back')} back 10 s"
        self._after_key("" if self.playback.toggle() else at_end)

    def action_replay_step(self, by: int) -> None:
        timeline, here = self.timeline, self.playback.count
        place = timeline.after(here) if by > 0 else timeline.before(here)
        if place is None:
            self._after_key(f"nothing is told {'after' if by > 0 else 'before'} this")
            return
        self.playback.stop_at(place)
        self._after_key()

    def action_replay_scrub(self, seconds: float) -> None:
        self.playback.scrub(seconds)
        self._after_key()

    def action_replay_jump(self, where: str) -> None:
        self.playback.seek(self.timeline.start if where == "start" else self.timeline.end)
        self._after_key()

    def action_replay_speed(self, factor: float) -> None:
        changed = self.playback.change_speed(factor)
        self._after_key(
            "" if changed else f"x{self.playback.speed:g} is as {'fast' if factor > 1 else 'slow'} as it gets"
        )

    def _after_key(self, refusal: str = "") -> None:
        self.refuse(refusal)
        self._show_moment()
        self.refresh_view()

    # -- hints

    def hints(self) -> list[tuple[str, str]]:
        """The replay's keys, in pairs; in the log, what it can do."""
        play = self.playback
        first = (
            ("replay.start", "to the start") if play.ended else ("replay.pause", "pause" if play.playing else "go on")
        )
        pairs = [
            ((first[0],), first[1]),
            (("replay.event-back", "replay.event-on"), "event"),
            (("replay.back", "replay.on"), "10 s"),
            (("replay.slower", "replay.faster"), "speed"),
            (("quit",), "quit"),
        ]
        hints = [(" ".join(self._key(one) for one in ids), word) for ids, word in pairs]
        if self._in_log():
            logs = [("f", "last line"), ("slash", "filter"), ("t", "times"), ("w", "wrap"), ("y", "copy")]
            return hints + [(key_word(key, self.ascii_only), word) for key, word in logs]
        return hints + [(self._key(one), BY_ID[one].word) for one in ("pane.runner", "zoom", "chart", "story", "docs")]

    def _key(self, key_id: str) -> str:
        """The first key of that id, as it is now."""
        default = next(key.key for key in self.key_table if key.id == key_id)
        return self._bound(key_id, default).split(" ")[0]


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
    return f"deploy {deploy_id}: {how}\n{left}. again from there: cockpit replay {deploy_id} --at {timer(place.at)}\n"
