"""The actions that only look or move: panes, phases, log, chart, help, export, quit."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from textual.binding import Binding
from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widgets import Input

from cockpit.deploy import commands as c
from cockpit.deploy.guards import PHASE_WORDS, why_not_enter
from cockpit.deploy.marks import marks
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from cockpit.external import terminal_programs as leaving
from cockpit.runner import files
from cockpit.text.sanitize import plain
from cockpit.tui import attach as terminal
from cockpit.tui.bindings import Key
from cockpit.tui.hints import Hinting
from widgets import dialogs
from widgets.bars import key_word
from widgets.log_view import LogView
from widgets.rows import Piece

SHOWN_AGAIN = 2000
"""Bytes of output that a person who attaches to a step's terminal is shown again."""
FILTER_SECONDS = 0.12
"""After the last letter: to look through a flood for each of them would delay the next one."""


class Looking(Hinting):
    """The App as a window: nothing here changes the deploy, but for entering a phase."""

    _filtering: Timer | None = None

    # -- moving

    def action_pane(self, name: str) -> None:
        self.show_pane(name)
        self.soon()

    def action_zoom(self) -> None:
        # Behind a focus that is on its way: `2 z` means the log, however fast it is typed.
        self.call_later(self._toggle_zoom)

    def _toggle_zoom(self) -> None:
        panes = self.query_one("#panes")
        if panes.has_class("zoomed"):
            panes.remove_class("zoomed")
            self.query(".zoom").remove_class("zoom")
        else:
            panes.add_class("zoomed")
            self._zoom(self._focused_pane())
        self.soon()

    def _focused_pane(self) -> str:
        focused = self.screen_stack[0].focused
        if focused is None:
            return self._pane
        return {"tasks": "tasks", "stages": "tasks", "metrics": "metrics"}.get(focused.id or "", "runner")

    def action_phase(self, by: int) -> None:
        """Look at the phase before or after; forward past the present one means entering it."""
        plan = self.state.plan
        if plan is None:
            return
        phases = plan.phases()
        if self.viewed not in phases:
            return
        place = phases.index(self.viewed) + by
        if not 0 <= place < len(phases):
            way = "before" if by < 0 else "after"
            other = "phase.on" if by < 0 else "phase.back"
            self.refuse(f"there is no phase {way} {PHASE_WORDS[self.viewed]}: ⟦{other}⟧ goes the other way")
            return
        wanted = phases[place]
        if by > 0 and self.viewed == self.state.phase and wanted not in self.state.phases and not self.read_only:
            reason = why_not_enter(self.state, wanted)
            if not reason:
                self.run_worker(self.send(c.EnterPhase(phase=wanted)))
                return
            self.refuse(reason)
        self.viewed = wanted
        self.soon()

    def action_next(self) -> None:
        """To the next thing that needs a person."""
        following = recommend(self.state, self.now)
        task = self.state.plan.task(following.task) if self.state.plan and following.task else None
        if task is None:
            task = next(iter(self.state.running), None)
        if task is None:
            return
        self.viewed = task.phase if self.state.rollback is None else self.viewed
        if self.one_pane:
            self.action_pane("tasks")
        self.call_after_refresh(self._go_to, task.id)

    def _go_to(self, task_id: str) -> None:
        self.refresh_view()
        self.task_list.move_to(task_id)

    def _go_to_next(self, finished: str) -> None:
        """After a step that went well the cursor moves on, unless the person has gone elsewhere meanwhile."""
        following = recommend(self.state, self.now)
        if self.task_list.task_id == finished and following.task:
            self._go_to(following.task)

    # -- the log

    def action_filter(self) -> None:
        if self.one_pane:
            self.action_pane("runner")
        box = self.query_one("#filter", Input)
        box.add_class("open")
        box.focus()
        self.soon()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            if self._filtering is not None:
                self._filtering.stop()
            self._filtering = self.set_timer(FILTER_SECONDS, self._filter)

    def _filter(self) -> None:
        """Show the lines that the field asks for, as it is now."""
        self._filtering = None
        if not self.screen_stack:
            return  # the screen was left before the letters had settled
        base = self.screen_stack[0]
        base.query_one(LogView).set_filter(base.query_one("#filter", Input).value)
        self.soon()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self._leave_filter(keep=bool(event.value))

    def _leave_filter(self, *, keep: bool) -> None:
        box = self.query_one("#filter", Input)
        if not keep:
            box.value = ""
            box.remove_class("open")
        self._filter()
        self.query_one(LogView).focus()

    def on_key(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.key == "escape":
            try:
                box = self.screen.query_one("#filter", Input)
            except NoMatches:
                return
            if box.has_class("open"):
                self._leave_filter(keep=False)
            else:
                self.refuse("")

    def on_log_view_pager_requested(self, message: LogView.PagerRequested) -> None:
        with self.suspend():
            leaving.page(message.path)
        self.refresh()

    def on_log_view_copied(self, message: LogView.Copied) -> None:
        self.notify(
            f"copied {message.count} line{'s' if message.count != 1 else ''} to the clipboard (OSC 52)", markup=False
        )

    def attach_terminal(self, task: Task) -> None:
        """The person's terminal to the step's, until it ends or they leave."""
        directory = self.state.of(task.id).directory
        path = self.session.layout.socket(f"{self.session.deploy_id}/{directory}")
        log = self.session.folder / directory / files.LOG
        try:
            before = log.read_bytes()[-SHOWN_AGAIN:] if log.stat().st_size < 1 << 20 else b""
            with self.suspend():
                said = terminal.attach(path, before)
        except OSError as error:
            self.refuse(
                f"cannot reach the step's terminal: {error.strerror}. ⟦pane.runner⟧ shows its log, ⟦cancel⟧ ends it"
            )
            return
        self.refuse("" if said == "the step ended" else said)
        self.refresh()

    # -- looking closer

    def action_chart(self) -> None:
        rules = self.state.plan.metrics if self.state.plan else ()
        have = [rule for rule in rules if rule.name in self.state.metrics]
        if not have:
            self.refuse("nothing is measured: add [sources] to cockpit.toml")
            return

        def show(name: str | None) -> None:
            rule = next((rule for rule in have if rule.name == name), None)
            if rule is not None:
                found = marks(self.state.plan, self.past)
                self.push_screen(dialogs.ChartDialog(rule, self.state.metrics[rule.name], found))

        self.push_screen(dialogs.Choose("Chart", "Which metric?", [(rule.name, rule.label) for rule in have]), show)

    def action_docs(self) -> None:
        if self.state.plan is not None:
            self.push_screen(dialogs.Docs(self.state.plan.runbook_path, plain(self.state.plan.runbook_text)))

    def action_story(self) -> None:
        from cockpit.report.story import story

        rows: list[tuple[list[Piece], str]] = [
            ([(f"{datetime.fromtimestamp(event.at, UTC):%H:%M:%S}  ", "$muted")], text)
            for event, text in story(self.past)
        ]
        self.push_screen(dialogs.Show("What happened", rows[-400:] or [([], "nothing yet")]))

    def action_keys(self) -> None:
        """The help, from the bindings as they are now."""
        rows: list[tuple[list[Piece], str]] = []
        group = ""
        width = max(8, *(len(self._bound(key.id, key.key)) for key in self.keys_here))
        first = [key for key in self.keys_here if key.priority and not key.acts]
        taken = {one for key in first for one in self._keymap.get(key.id, key.key).split(",")}
        for key in self.keys_here:
            if key.acts and self.read_only:
                continue
            if key.group != group:
                group = key.group
                rows.append(([(("\n" if rows else "") + group, "bold")], ""))
            bound = self._bound(key.id, key.key)
            rows.append(([(f"{bound:>{width}}  ", "bold $watching")], self.words_of(key)))
        rows.append(([("\nLog (2)", "bold")], ""))
        for binding in self.log_keys:
            if not isinstance(binding, Binding):
                continue
            keys = self._keymap.get(binding.id or "", binding.key).split(",")
            free = [key_word(one, self.ascii_only) for one in keys if one not in taken]
            tooltip = getattr(binding, "tooltip", "")
            if tooltip and free:
                shown = " ".join(free)
                rows.append(([(f"{shown:>{width}}  ", "bold $watching")], str(tooltip)))
        self.push_screen(dialogs.Show("Keys", rows))

    def words_of(self, key: Key) -> str:
        """What the key does on this screen."""
        return key.tooltip

    def action_export(self) -> None:
        self.run_worker(self._export(), group="export")

    async def _export(self) -> None:
        from cockpit.report.export import write_all

        svg = self.export_screenshot(title=self.session.deploy_id)
        folder = Path(self.session.layout.root)
        try:
            paths = await asyncio.to_thread(
                write_all, self.state, tuple(self.past), self.session.deploy_id, self.session.folder, folder, svg
            )
        except OSError as error:
            self.refuse(
                f"could not be written: {error.strerror}: {folder}. Make room, or `cockpit export -o FOLDER` later"
            )
            return
        self.notify("written:\n" + "\n".join(str(path) for path in paths), markup=False)
