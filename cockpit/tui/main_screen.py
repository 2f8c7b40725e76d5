"""The screen below all dialogs: its widgets, and what they ask for."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input

from cockpit.external import terminal_programs
from cockpit.tui import palette
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

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp


class MainScreen(Screen[None]):
    """Of a deploy; of a rollout, with stages and a flag in the place of tasks and a log. Which of them it is comes with
    the first event."""

    @property
    def cockpit(self) -> "CockpitApp":
        return cast("CockpitApp", self.app)

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
                yield Input(placeholder="filter: text or /regex/", id="filter")
                yield LogView(open_file=self.cockpit.open_log)
            yield FlagView(id="flag")
            yield MetricsPane(id="metrics")
        yield CountdownBar()
        yield Panel(id="too-small")
        yield NextBar()
        yield KeyBar()

    def on_mount(self) -> None:
        for widget in self.query(
            "TaskList, StageList, FlagView, ScriptView, LogView, MetricsPane, MetricsStrip, "
            "StatusBar, PhaseBar, CountdownBar, NextBar, KeyBar"
        ):
            widget.ascii_only = self.cockpit.ascii_only  # type: ignore[attr-defined]
        self.query_one(TaskList).focus()
        self.cockpit.begin()

    def on_resize(self) -> None:
        self.cockpit.soon()

    def on_task_list_moved(self, message: TaskList.Moved) -> None:
        message.stop()
        self.cockpit.soon()

    def on_task_list_chosen(self, message: TaskList.Chosen) -> None:
        message.stop()
        if self.cockpit.read_only:
            self.cockpit.panes.show("runner")
        else:
            self.cockpit.do("run")

    def on_stage_list_looked(self, message: StageList.Looked) -> None:
        message.stop()
        self.cockpit.soon()

    def on_phase_bar_picked(self, message: PhaseBar.Picked) -> None:
        """A click looks, and never enters a phase."""
        message.stop()
        self.cockpit.viewed = message.phase
        if self.cockpit.panes.one_fits:
            self.cockpit.panes.show("tasks")
        self.cockpit.soon()

    async def on_key_bar_picked(self, message: KeyBar.Picked) -> None:
        message.stop()
        await palette.picked(self.cockpit, message.key)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self.cockpit.navigation.filter_typed()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self.cockpit.navigation.leave_filter(keep=bool(event.value))

    def on_key(self, event: Key) -> None:
        if event.key == "escape":
            self.cockpit.navigation.escape()

    def on_log_view_pager_requested(self, message: LogView.PagerRequested) -> None:
        if self.cockpit.can_lend:
            with self.app.suspend():
                terminal_programs.page(message.path)
            self.app.refresh()
        else:
            self.cockpit.refuse("No pager here. Zoom the log (⟦zoom⟧) or filter it (⟦filter⟧).")

    def on_log_view_copied(self, message: LogView.Copied) -> None:
        if self.cockpit.can_copy:
            many = "s" if message.count != 1 else ""
            self.app.notify(f"copied {message.count} line{many} to the clipboard (OSC 52)", markup=False)
