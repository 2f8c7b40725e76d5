"""What is drawn, and when: every pane its slice of the state, the log as it grows, and a key's answer before both."""

import contextlib
import time

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from cockpit.client.connection import silence_words
from cockpit.deploy.approvals.second_person import hint as hint_of_people
from cockpit.deploy.guards import why_not_run
from cockpit.deploy.metrics.aging import aged
from cockpit.deploy.recommend import Recommendation, recommend
from cockpit.deploy.state import TaskState
from cockpit.runner import files
from cockpit.tui.palette import Reaching
from widgets.bars import KeyBar, NextBar, PhaseBar, StatusBar
from widgets.countdown import CountdownBar
from widgets.log_view import LogView
from widgets.metrics_pane import MetricsPane, MetricsStrip
from widgets.rows import Panel
from widgets.script_view import ScriptView
from widgets.step_title import step_title
from widgets.task_list import TaskList
from widgets.words import stopwatch

REFUSAL_SECONDS = 8.0
SILENT_SECONDS = 30.0
TITLE_EDGES = 6
"""Columns of a pane's upper edge that are not its title's, with the number."""
TYPING_SECONDS = 0.4
"""After a key in a dialog what is behind it stands still for so long: to draw it is to draw the whole screen."""
KEY_SECONDS = 0.1
"""After any other key the log does, and for LONGEST_WAIT_SECONDS at most."""
LONGEST_WAIT_SECONDS = 0.5


class Showing(Reaching):
    """On top of all actions: the screen."""

    _log_at = 0.0
    _polling_fast: Timer
    """Looks at a log that grows."""

    def bottom_line(self) -> tuple[str, Recommendation]:
        """What the line below the panes is about, and what it says."""
        if self.engine_silent:
            return "engine", Recommendation(silence_words(self.engine_silent), urgent=True)
        following = self.while_running(recommend(self.state, self.now))
        sharing = self.sharing_words()
        if sharing is not None:
            return "team", sharing
        return "next", following

    def refresh_if_due(self) -> None:
        second = int(self.now)
        if not self._dirty and second == self._last_second:
            return
        if self.in_dialog and self.is_typed(TYPING_SECONDS):
            return  # the dialog shows what it asks about by itself; the rest is drawn with the next pause
        self._dirty, self._last_second = False, second
        self.refresh_view()
        if self.in_dialog:
            self._draw_log()

    def refresh_view(self) -> None:
        """Give every widget its slice of the state, in one batch."""
        if not self.is_running or not self.screen_stack or (self.in_dialog and not self.screen_stack[0].is_mounted):
            # When the screen is taken down, the timers outlive the widgets for a moment.
            return
        state, now = self.state, self.now
        if self.engine_silent:
            # Nobody else says any more how old a value is.
            state = aged(state, now)
        with self.batch_update():
            base = self.screen_stack[0]
            base.query_one(StatusBar).show(
                state,
                now,
                connected=self.client is not None or self._still,
                silent=bool(self.engine_silent),
                read_only=self.read_only and not self._still,
                replay=self.position,
                way=self.way,
                me=self.session.by,
            )
            base.query_one(PhaseBar).show(state, self.viewed, now, read_only=self.read_only)
            for metrics in (base.query_one(MetricsStrip), base.query_one(MetricsPane)):
                if metrics.display:
                    metrics.show(state, now)
            self.show_rollout()
            tasks = base.query_one(TaskList)
            tasks.show(self.shown_tasks, state, now)
            self._entitle(tasks, self._list_title())
            self._show_runner(base.query_one("#runner"), tasks.task_id)
            self.explain()
            refusal, since = self._refusal
            lead, next_ = self.bottom_line()
            self.follow(tasks, next_.task)
            words, key = self.keyed(next_.words), self.key_of(next_.action) if next_.action else ""
            said = refusal if self.wall() - since < REFUSAL_SECONDS else ""
            base.query_one(NextBar).show(words, said, lead, key=key, urgent=next_.urgent)
            base.query_one(CountdownBar).show(state, now)
            base.query_one(KeyBar).show(self.hints(), writing=self.is_writing)
            next_key = f"{key}: " if key else ""
            small = f"The cockpit needs 60 x 16; this is {self.size.width} x {self.size.height}.\n{next_key}{words}"
            base.query_one("#too-small", Panel).put(Content(small))

    def follow(self, tasks: TaskList, task_id: str) -> None:
        """Put the cursor on what comes next, unless the person has moved it, or a script runs."""
        if task_id and not tasks.by_hand and not self.state.running:
            tasks.move_to(task_id)

    def _list_title(self) -> str:
        option = self.state.rollback_option
        if option is not None and self.viewed == self.state.phase:
            return f"1 Rollback: {option.title}"
        return f"1 {self.viewed.capitalize()}"

    def _show_runner(self, runner, task_id: str | None) -> None:  # type: ignore[no-untyped-def]
        plan = self.state.plan
        task = plan.task(task_id) if plan and task_id else None
        have = self.state.of(task.id) if task else None
        is_item = task is None or (task.script is None)
        runner.set_class(is_item, "item")
        hint = ""
        if task is not None and task.script is not None and have is not None and have.status == "waiting":
            hint = why_not_run(self.state, task) or hint_of_people(self.state, task, self.session.by)
        if task is not None and task.script is None and have is not None and have.status == "waiting":
            answer = "" if self.read_only else "⟦tick⟧ ticks it, ⟦waive⟧ waives it, ⟦fail⟧ says it is not so"
            hint = "the cockpit measures this" if task.builtin else answer
        if task is not None and task.inferred and have is not None and have.status == "unknown" and not self.read_only:
            hint = "the check does not know: look, then ⟦tick⟧ ticks it; ⟦waive⟧ waives it"
        self.screen_stack[0].query_one(ScriptView).show(task, self.state, self.now, self.keyed(hint))
        if task is None or have is None:
            self._entitle(runner, "2")
            return
        silent = self._silent_for(have) if have.status == "running" else 0.0
        said = f"silent for {stopwatch(silent)}" if silent >= SILENT_SECONDS else ""
        room = runner.size.width - TITLE_EDGES
        self._entitle(runner, f"2 {step_title(task, self.state, self.now, room, said, ascii_only=self.ascii_only)}")
        log = self.screen_stack[0].query_one(LogView)
        path = self.session.folder / have.directory / files.LOG if have.directory else None
        log.show_file(path)
        log.live = have.status == "running"
        if log.live:
            self._polling_fast.resume()
        if runner.border_subtitle != log.border_subtitle:
            runner.border_subtitle = log.border_subtitle

    def _entitle(self, widget: Widget, title: str) -> None:
        """A new title draws the whole pane again: only where it is another one."""
        if self._titles.get(widget.id or "") != title:
            self._titles[widget.id or ""] = title
            widget.border_title = Content(title)

    def _silent_for(self, have: TaskState) -> float:
        """Seconds since the running script wrote anything: it is never killed for that, but it is said."""
        with contextlib.suppress(OSError):
            return self.now - (self.session.folder / have.directory / files.LOG).stat().st_mtime
        return 0.0

    def poll_log(self) -> None:
        """Often while there is something new, else now and then. Behind a dialog it moves with the other panes."""
        if not self.is_running or not self.screen_stack or self.in_dialog:
            return
        if self.is_typed(KEY_SECONDS) and time.monotonic() - self._log_at < LONGEST_WAIT_SECONDS:
            return
        self._draw_log()

    def _draw_log(self) -> None:
        self._log_at = time.monotonic()
        for log in self.screen_stack[0].query(LogView):  # none while the screen is taken down
            if log.poll(self.wall()):
                self._polling_fast.resume()
            else:
                self._polling_fast.pause()
