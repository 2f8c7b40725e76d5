"""The actions that only look or move: panes, phases, log, chart, help, export, quit."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widgets import Input

from cockpit.client.flows import FLOWS
from cockpit.deploy.guards import PHASE_WORDS, why_not_enter
from cockpit.deploy.marks import marks
from cockpit.deploy.recommend import recommend
from cockpit.deploy.state import State
from cockpit.text.sanitize import plain
from widgets import dialogs
from widgets.bars import key_word
from widgets.rows import Piece

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

FILTER_SECONDS = 0.12
"""After the last letter: to look through a flood for each of them would delay the next one."""


class Navigation:
    """The screen as a window: nothing here changes the deploy, but for entering a phase."""

    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self._filtering: Timer | None = None
        self.handlers: dict[str, Callable[[], object]] = {
            **{f"pane.{name}": partial(app.panes.show, name) for name in ("tasks", "runner", "metrics")},
            # Behind a focus that is on its way: `2 z` means the log, however fast it is typed.
            "zoom": lambda: app.call_later(app.panes.toggle_zoom),
            "phase.back": partial(self.phase, -1),
            "phase.on": partial(self.phase, 1),
            "next": self.next,
            "filter": self.filter,
            "chart": self.chart,
            "docs": self.docs,
            "story": self.story,
            "help": self.help,
            "export": self._export,
            "quit": self.leave,
        }

    # -- moving

    def phase(self, by: int) -> None:
        """Look at the phase before or after; forward past the present one means entering it."""
        app, plan = self._app, self._app.state.plan
        if plan is None:
            return
        phases = plan.phases()
        if app.viewed not in phases:
            return
        place = phases.index(app.viewed) + by
        if not 0 <= place < len(phases):
            way, other = ("before", "phase.on") if by < 0 else ("after", "phase.back")
            app.refuse(f"There is no phase {way} {PHASE_WORDS[app.viewed]}. Go the other way with ⟦{other}⟧.")
            return
        wanted = phases[place]
        if by > 0 and app.viewed == app.state.phase and wanted not in app.state.phases and not app.read_only:
            if not why_not_enter(app.state, wanted):
                app.flow("phase.on")
                return
            app.refuse(why_not_enter(app.state, wanted))
        app.viewed = wanted
        app.soon()

    def next(self) -> None:
        """To the next thing that needs a person."""
        app = self._app
        following = recommend(app.state, app.now)
        task = app.state.plan.task(following.task) if app.state.plan and following.task else None
        if task is None:
            task = next(iter(app.state.running), None)
        if task is None:
            return
        app.viewed = task.phase if app.state.rollback is None else app.viewed
        if app.panes.one_fits:
            app.panes.show("tasks")
        app.call_after_refresh(self.go_to, task.id)

    def go_to(self, task_id: str) -> None:
        self._app.refresh_view()
        self._app.task_list.move_to(task_id)

    def stay_at(self, task_id: str) -> None:
        """To what a person wanted to see, whatever is recommended: as if they had moved there."""
        self.go_to(task_id)
        self._app.task_list.by_hand = True

    def go_to_next(self, finished: str) -> None:
        """After a step that went well the cursor moves on, unless the person has gone elsewhere meanwhile."""
        following = recommend(self._app.state, self._app.now)
        if self._app.task_list.task_id == finished and following.task:
            self.go_to(following.task)

    # -- the log

    def filter(self) -> None:
        if self._app.panes.one_fits:
            self._app.panes.show("runner")
        box = self._box
        box.add_class("open")
        box.focus()
        self._app.soon()

    @property
    def _box(self) -> Input:
        return self._app.base.query_one("#filter", Input)

    def filter_typed(self) -> None:
        """A letter more, or less: the log follows once it has settled."""
        if self._filtering is not None:
            self._filtering.stop()
        self._filtering = self._app.set_timer(FILTER_SECONDS, self._filter)

    def _filter(self) -> None:
        """Show the lines that the field asks for, as it is now."""
        self._filtering = None
        if not self._app.screen_stack:
            return  # the screen was left before the letters had settled
        self._app.log_view.set_filter(self._box.value)
        self._app.soon()

    def leave_filter(self, *, keep: bool) -> None:
        box = self._box
        if not keep:
            box.value = ""
            box.remove_class("open")
        self._filter()
        self._app.log_view.focus()

    def escape(self) -> None:
        """Out of the filter, else what was refused is read."""
        try:
            box = self._app.screen.query_one("#filter", Input)
        except NoMatches:
            return
        if box.has_class("open"):
            self.leave_filter(keep=False)
        else:
            self._app.refuse("")

    # -- looking closer

    def chart(self) -> None:
        app = self._app
        rules = app.state.plan.metrics if app.state.plan else ()
        have = [rule for rule in rules if rule.name in app.state.metrics]
        if not have:
            app.refuse("No metrics are configured. Add [sources] to cockpit.toml.")
            return

        def show(name: str | None) -> None:
            rule = next((rule for rule in have if rule.name == name), None)
            if rule is not None:
                found = marks(app.state.plan, app.past)
                app.push_screen(dialogs.ChartDialog(rule, app.state.metrics[rule.name], found))

        app.push_screen(dialogs.Choose("Chart", "Which metric?", [(rule.name, rule.label) for rule in have]), show)

    def docs(self) -> None:
        plan = self._app.state.plan
        if plan is not None:
            self._app.push_screen(dialogs.Docs(plan.runbook_path, plain(plan.runbook_text)))

    def story(self) -> None:
        from cockpit.report.story import story

        rows: list[tuple[list[Piece], str]] = [
            ([(f"{datetime.fromtimestamp(event.at, UTC):%H:%M:%S}  ", "$muted")], text)
            for event, text in story(self._app.past)
        ]
        self._app.push_screen(dialogs.Show("Story", rows[-400:] or [([], "nothing yet")]))

    def help(self) -> None:
        """The help, from the bindings as they are now."""
        app, keys = self._app, self._app.keys
        rows: list[tuple[list[Piece], str]] = []
        group = ""
        width = max(8, *(len(keys.all_of(key)) for key in keys.here))
        first = [key for key in keys.here if key.priority and not key.acts]
        taken = {one for key in first for one in app.bound_keys.get(key.id, key.key).split(",")}
        for key in keys.here:
            if key.acts and app.read_only:
                continue
            if key.group != group:
                group = key.group
                rows.append(([(("\n" if rows else "") + group, "bold")], ""))
            rows.append(([(f"{keys.all_of(key):>{width}}  ", "bold $watching")], keys.words_of(key)))
        rows.append(([("\nLog (2)", "bold")], ""))
        for binding in keys.log:
            bound = app.bound_keys.get(binding.id or "", binding.key).split(",")
            free = " ".join(key_word(one, app.ascii_only) for one in bound if one not in taken)
            if binding.tooltip and free:
                rows.append(([(f"{free:>{width}}  ", "bold $watching")], str(binding.tooltip)))
        app.push_screen(dialogs.Show("Keys", rows))

    async def _export(self) -> None:
        from cockpit.report.export import write_all

        app = self._app
        svg = app.export_screenshot(title=app.session.deploy_id)
        folder = Path(app.session.layout.root)
        try:
            paths = await asyncio.to_thread(
                write_all, app.state, tuple(app.past), app.session.deploy_id, app.session.folder, folder, svg
            )
        except OSError as error:
            app.refuse(
                f"The deploy log could not be written ({error.strerror}: {folder}). Free disk space, or run "
                "`cockpit export -o DIR` later."
            )
            return
        app.notify("written:\n" + "\n".join(str(path) for path in paths), markup=False)

    async def leave(self) -> None:
        """Leave the screen; asks what becomes of the deploy."""
        app = self._app
        if app.state.closed is not None or app.state.plan is None or app.read_only:
            app.exit()
            return
        what = what_is_open(app.state)
        end = "Abort the deploy ..." if what == "deploy" else f"Close the {what} ..."
        options = [("Cancel", "Cancel"), ("detach", f"Detach: the {what} keeps running"), ("abort", end)]
        running = ", ".join(task.title for task in app.state.running)
        question = f"{running} keeps running." if running else f"The {what} is open and stays open."
        chosen = await app.desk.prompt.choose("Leave", question, options)
        if chosen == "detach":
            app.exit()
        elif chosen == "abort":
            await FLOWS["close"](app.desk, None)


def what_is_open(state: State) -> str:
    """`deploy`, `rollback` or `rollout`: what goes on when the screen is left."""
    if state.rollout is not None:
        return "rollout"
    return "rollback" if state.rollback is not None else "deploy"
