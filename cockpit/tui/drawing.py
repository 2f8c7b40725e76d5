"""What is drawn, and when: every pane its slice of the state, the log as it grows, and a key's answer before both."""

import contextlib
import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from cockpit.client.connection import SILENT_SECONDS as ENGINE_SILENT_SECONDS
from cockpit.client.connection import silence_words
from cockpit.deploy.approvals.second_person import hint as hint_of_people
from cockpit.deploy.guards import why_not_run
from cockpit.deploy.metrics.aging import aged
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import Recommendation, recommend
from cockpit.deploy.state import TaskState
from cockpit.runner import files
from cockpit.tui.palette import explain
from widgets.bars import KeyBar, NextBar, PhaseBar, StatusBar
from widgets.countdown import CountdownBar
from widgets.flag_view import FlagView
from widgets.log_view import LogView
from widgets.metrics_pane import MetricsPane, MetricsStrip
from widgets.rows import Panel
from widgets.script_view import ScriptView
from widgets.stage_list import StageList
from widgets.step_title import step_title
from widgets.task_list import TaskList
from widgets.words import stopwatch

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

REFRESH_SECONDS = 0.1
"""Between two drawings of what changes."""
TICK_SECONDS = 0.25
"""How late a new second may be shown. What happens is drawn as it comes (`soon`)."""
LOG_SECONDS = 1 / 20
"""Between two looks at a log that grows; at one that does not grow, IDLE_LOG_SECONDS."""
IDLE_LOG_SECONDS = 0.5
REFUSAL_SECONDS = 8.0
SILENT_SECONDS = 30.0
TITLE_EDGES = 6
"""Columns of a pane's upper edge that are not its title's, with the number."""
TYPING_SECONDS = 0.4
"""After a key in a dialog what is behind it stands still for so long: to draw it is to draw the whole screen."""
KEY_SECONDS = 0.1
"""After any other key the log does, and for LONGEST_WAIT_SECONDS at most."""
LONGEST_WAIT_SECONDS = 0.5


class Drawing:
    """Gives every widget its slice of the state."""

    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self._dirty = True
        self._coming: Timer | None = None
        self._drawn_at = float("-inf")
        self._last_second = 0
        self._log_at = 0.0
        self._titles: dict[str, str] = {}
        self._refusal = ("", 0.0)
        self._polling_fast: Timer | None = None
        """Looks at a log that grows."""

    def start(self) -> None:
        """The rhythms of a screen that lives."""
        app = self._app
        app.set_interval(TICK_SECONDS, self.if_due)
        app.set_interval(IDLE_LOG_SECONDS, self.poll_log)
        self._polling_fast = app.set_interval(LOG_SECONDS, self.poll_log, pause=True)

    def refuse(self, reason: str) -> None:
        """Show why the last key did nothing; an empty reason clears it."""
        self._refusal = (reason, self._app.wall())
        self.soon()

    # -- when

    def soon(self) -> None:
        """Something is to be seen: draw it at once, but not more often than is of use to an eye."""
        self._dirty = True
        if self._coming is None and self._app.is_running:
            wait = max(0.001, self._drawn_at + REFRESH_SECONDS - time.monotonic())  # 0 is no wait for a timer
            self._coming = self._app.set_timer(wait, self._now)

    def _now(self) -> None:
        self._coming, self._drawn_at = None, time.monotonic()
        self.if_due()

    def if_due(self) -> None:
        """Draw what changed, if anything did, or another second has begun."""
        for bar in self._app.screen.query(CountdownBar) if self._app.in_dialog else ():
            bar.ascii_only = self._app.ascii_only
            bar.show(self._app.state, self._app.now)
        second = int(self._app.now)
        if not self._dirty and second == self._last_second:
            return
        if self._app.in_dialog and self._is_typed(TYPING_SECONDS):
            return  # the dialog shows what it asks about by itself; the rest is drawn with the next pause
        self._dirty, self._last_second = False, second
        self.all()
        if self._app.in_dialog:
            self._draw_log()

    def _is_typed(self, seconds: float) -> bool:
        """True where a key came so short a time ago: its answer is drawn first, what moves by itself after it."""
        return time.monotonic() - self._app.key_time < seconds

    @property
    def engine_silent(self) -> float:
        """Seconds without a sign of life from the engine, where they are too many; else 0."""
        silent = self._app.line.silent_seconds
        return silent if silent >= ENGINE_SILENT_SECONDS and self._app.state.closed is None else 0.0

    # -- what

    def bottom_line(self) -> tuple[str, Recommendation]:
        """What the line below the panes is about, and what it says."""
        app = self._app
        if self.engine_silent:
            return "engine", Recommendation(silence_words(self.engine_silent), urgent=True)
        wanted = app.team.wanted()
        if wanted is not None:
            return "team", wanted
        return "next", app.hinting.while_running(recommend(app.state, app.now))

    def all(self) -> None:
        """Give every widget its slice of the state, in one batch."""
        app = self._app
        if not app.is_running or not app.screen_stack or not app.base.is_mounted or not app.base.query(KeyBar):
            # Before the screen is there; and when it is taken down, the timers outlive the widgets for a moment.
            return
        state, now = app.state, app.now
        if self.engine_silent:
            # Nobody else says any more how old a value is.
            state = aged(state, now)
        with app.batch_update():
            base = app.base
            base.query_one(StatusBar).show(
                state,
                now,
                connected=app.line.client is not None or app.is_still,
                silent=bool(self.engine_silent),
                read_only=app.read_only and not app.is_still,
                replay=app.position,
                way=app.way,
                me=app.session.by,
            )
            base.query_one(PhaseBar).show(state, app.viewed, now, read_only=app.read_only)
            for metrics in (base.query_one(MetricsStrip), base.query_one(MetricsPane)):
                if metrics.display:
                    metrics.show(state, now)
            self._show_rollout()
            tasks = base.query_one(TaskList)
            tasks.show(app.shown_tasks, state, now)
            self._entitle(tasks, self._list_title())
            self._show_runner(base.query_one("#runner"), tasks.task_id)
            if app.newcomer:
                explain(app)
            self._show_lines(tasks)

    def _show_lines(self, tasks: TaskList) -> None:
        """What comes next, what counts down, and the keys."""
        app, base = self._app, self._app.base
        refusal, since = self._refusal
        lead, next_ = self.bottom_line()
        self.follow(tasks, next_.task)
        words, key = app.keys.expand(next_.words), app.keys.of(next_.action) if next_.action else ""
        said = refusal if app.wall() - since < REFUSAL_SECONDS else ""
        base.query_one(NextBar).show(words, said, lead, key=key, urgent=next_.urgent)
        base.query_one(CountdownBar).show(app.state, app.now)
        base.query_one(KeyBar).show(app.hinting.shown(), writing=app.panes.is_writing)
        next_key = f"{key}: " if key else ""
        small = f"The cockpit needs 60 x 16; this is {app.size.width} x {app.size.height}.\n{next_key}{words}"
        base.query_one("#too-small", Panel).put(Content(small))

    def _show_rollout(self) -> None:
        """Stages and flag, in the place of tasks and log."""
        app = self._app
        if not app.is_rollout:
            return
        panes, stages = app.base.query_one("#panes"), app.base.query_one(StageList)
        if not panes.has_class("rollout"):
            panes.add_class("rollout")
            stages.focus()
        stages.show(app.state, app.now)
        app.base.query_one(FlagView).show(app.state, app.now, stages.chosen)

    def follow(self, tasks: TaskList, task_id: str) -> None:
        """Put the cursor on what comes next, unless the person has moved it, or a script runs."""
        if task_id and not tasks.by_hand and not self._app.state.running:
            tasks.move_to(task_id)

    def _list_title(self) -> str:
        option = self._app.state.rollback_option
        if option is not None and self._app.viewed == self._app.state.phase:
            return f"1 Rollback: {option.title}"
        return f"1 {self._app.viewed.capitalize()}"

    def _hint(self, task: Task, have: TaskState) -> str:
        """What stands above a script or item that waits: why not, or the keys that answer it."""
        app = self._app
        if task.inferred and have.status == "unknown" and not app.read_only:
            return "check inconclusive. ⟦tick⟧ tick, ⟦waive⟧ waive"
        if have.status != "waiting":
            return ""
        if task.script is not None:
            return why_not_run(app.state, task) or hint_of_people(app.state, task, app.session.by)
        if task.builtin:
            return "measured automatically"
        return "" if app.read_only else "⟦tick⟧ tick, ⟦waive⟧ waive, ⟦fail⟧ mark failed"

    def _show_runner(self, runner: Widget, task_id: str | None) -> None:
        app = self._app
        task = app.state.plan.task(task_id) if app.state.plan and task_id else None
        have = app.state.of(task.id) if task else None
        runner.set_class(task is None or task.script is None, "item")
        hint = self._hint(task, have) if task is not None and have is not None else ""
        app.base.query_one(ScriptView).show(task, app.state, app.now, app.keys.expand(hint))
        if task is None or have is None:
            self._entitle(runner, "2")
            return
        silent = self.silent_for(have) if have.status == "running" else 0.0
        said = f"no output for {stopwatch(silent)}" if silent >= SILENT_SECONDS else ""
        room = runner.size.width - TITLE_EDGES
        self._entitle(runner, f"2 {step_title(task, app.state, app.now, room, said, ascii_only=app.ascii_only)}")
        log = app.log_view
        path = app.session.folder / have.directory / files.LOG if have.directory else None
        log.show_file(path)
        log.live = have.status == "running"
        if log.live:
            self._poll_fast()
        if runner.border_subtitle != log.border_subtitle:
            runner.border_subtitle = log.border_subtitle

    def _entitle(self, widget: Widget, title: str) -> None:
        """A new title draws the whole pane again: only where it is another one."""
        if self._titles.get(widget.id or "") != title:
            self._titles[widget.id or ""] = title
            widget.border_title = Content(title)

    def silent_for(self, have: TaskState) -> float:
        """Seconds since the running script wrote anything: it is never killed for that, but it is said."""
        with contextlib.suppress(OSError):
            return self._app.now - (self._app.session.folder / have.directory / files.LOG).stat().st_mtime
        return 0.0

    # -- the log

    def poll_log(self) -> None:
        """Often while there is something new, else now and then. Behind a dialog it moves with the other panes."""
        app = self._app
        if not app.is_running or not app.screen_stack or app.in_dialog:
            return
        if self._is_typed(KEY_SECONDS) and time.monotonic() - self._log_at < LONGEST_WAIT_SECONDS:
            return
        self._draw_log()

    def _poll_fast(self, fast: bool = True) -> None:
        if self._polling_fast is not None:
            (self._polling_fast.resume if fast else self._polling_fast.pause)()

    def _draw_log(self) -> None:
        self._log_at = time.monotonic()
        for log in self._app.base.query(LogView):  # none while the screen is taken down
            self._poll_fast(log.poll(self._app.wall()))
