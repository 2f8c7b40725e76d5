"""The keys that matter now: those of the line at the bottom, and what the line above it says while a script runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.widgets import Input

from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import Recommendation, recommend
from cockpit.deploy.schedule.timeline import notice_words
from cockpit.settings.keymap import BY_ID
from widgets.bars import key_word

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

OF_ROLLOUT = ("flag.advance", "flag.back", "flag.off", "hold", "chart", "story", "note", "export", "close", "quit")
Hints = list[tuple[str, str]]
"""(key, word)."""


class KeyHints:
    def __init__(self, app: "CockpitApp") -> None:
        self._app = app

    def while_running(self, following: Recommendation) -> Recommendation:
        """A script runs and nobody is needed: the keys that make sense meanwhile."""
        app = self._app
        running = {task.id for task in app.state.running}
        if app.panes.is_writing or following.action or following.urgent or following.task not in running:
            return following
        there, what = ("pane.tasks", "steps") if app.panes.in_log else ("pane.runner", "log")
        end = "" if app.read_only else ", ⟦cancel⟧ cancel"
        return replace(following, words=f"{what}{end}: {following.words}", action=there)

    def shown(self) -> Hints:
        """In the field of the filter a letter is a letter; a pane that fills the screen says how to go back."""
        app = self._app
        if isinstance(app.focused, Input) and app.focused.id == "filter":
            return [(key_word("enter", app.ascii_only), "apply, go to the log"), ("esc", "all lines again")]
        wanted = app.team.wanted()
        first = [self._hint("take-over")] if wanted is not None and wanted.action else []
        found = [*first, *(self._in_rollout() if app.is_rollout else self._in_deploy())]
        zoom = self._hint("zoom")
        if not app.panes.is_zoomed or zoom not in found:
            return found
        rest = [one for one in found if one[0] != zoom[0]]
        return [*rest[:1], (zoom[0], "all panes"), *rest[1:]]

    def _hint(self, action: str) -> tuple[str, str]:
        return self._app.keys.of(action), BY_ID[action].word

    def _in_deploy(self) -> Hints:
        """The keys that matter for what is selected, the recommended one first."""
        app, task = self._app, self._app.selected
        following = recommend(app.state, app.now)
        if app.state.closed is not None:
            return self.of(["quit", "notices", "export", "story", "docs"], following.action)
        if app.panes.in_log:
            return self._in_log(following.action)
        ids, following = self._for(task), self.while_running(following)
        alone = app.panes.one_fits and app.panes.current == "tasks" and app.state.countdown is None
        if alone and task is not None:
            ids = [ids[0], "pane.runner", *ids[1:]]
        return self.of(ids, following.action)

    def _in_rollout(self) -> Hints:
        app, have = self._app, self._app.state.rollout
        ids: Sequence[str] = OF_ROLLOUT if app.state.closed is None else ("quit", "export", "story", "chart")
        plan = app.state.plan
        readable = plan is not None and plan.rollout is not None and plan.rollout.readable
        if have is not None and have.last is not None and not have.confirmed and app.state.closed is None:
            ids = ids if readable or plan is None else ("tick", *ids)
        return self.of(ids, recommend(app.state, app.now).action)

    def _in_log(self, recommended: str) -> Hints:
        """What the log can do; before that, what comes next, and where only one pane fits, the way out of it."""
        app, keys = self._app, self._app.keys
        logs = {one.id: one for one in keys.log}
        ids = ("follow", "times", "wrap", "copy-line", "pager")
        words = ("follow", "times", "wrap", "copy", "pager")
        own = [
            (keys.of_log(logs[f"log.{one}"]) if f"log.{one}" in logs else "", word)
            for one, word in zip(ids, words, strict=True)
        ]
        out = [(keys.of("pane.tasks"), "steps")]
        its = {one for binding in keys.log for one in binding.key.split(",")}
        wanted = [one.id for one in keys.here if one.id == recommended and one.key not in its]
        hints = [own[0], (keys.of("filter"), "filter"), *own[1:]]
        ways = [*out, *hints] if app.panes.one_fits else [*hints, *out]
        shown = ((key, word) for key, word in ways if key)
        return [*self.of(wanted, recommended), *shown, (keys.of("zoom"), "zoom")]

    def of(self, ids: Sequence[str], recommended: str) -> Hints:
        """The keys with these ids, the recommended one first."""
        shown = sorted(dict.fromkeys(ids), key=lambda one: one != recommended)
        return [
            self._hint(one) for one in shown if not (self._app.read_only and BY_ID[one].acts) and not self._in_vain(one)
        ]

    def _in_vain(self, key_id: str) -> bool:
        """True for a key that this deploy has nothing for: it would be refused each time."""
        plan = self._app.state.plan
        if plan is None:
            return False
        if key_id == "phase.on":
            return plan.phases()[-1:] == (self._app.viewed,)
        if key_id == "at-hand":
            return not plan.aside
        return (key_id == "rollback" and not plan.rollback) or (key_id == "chart" and not plan.metrics)

    def _for(self, task: Task | None) -> list[str]:
        state = self._app.state
        have = state.of(task.id) if task is not None else None
        status = have.status if have else "waiting"
        if state.countdown is not None:
            return ["now", "hold", "rollback", "chart", "story", "zoom", "quit"]
        ids = ["next"]
        if task is not None and task.script is not None:
            over = have is not None and have.settled and task.kind == "script"
            unknown = ["accept", "retry"] if have is not None and have.elsewhere else ["retry", "accept"]
            ids = {"running": ["cancel"], "fail": ["retry", "skip"], "unknown": unknown}.get(
                status, ["next", "pane.runner"] if over else ["run", "next"]
            )
            if task.kind == "check" and status == "fail":
                ids = ["retry", "waive"]
            if task.second_person and status in ("waiting", "fail", "unknown"):
                ids = [ids[0], "confirm", *ids[1:]]
        elif task is not None and not task.builtin:
            ids = ["tick", "waive", "next"]
        elif task is not None:
            ids = ["waive", "next"]
        if state.rollback is not None or notice_words(state, self._app.now):
            ids.insert(1, "notices")
        return [*ids, "checks", "phase.on", "rollback", "at-hand", "filter", "zoom", "chart", "note", "export", "quit"]
