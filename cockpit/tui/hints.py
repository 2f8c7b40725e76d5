"""The keys that matter now: those of the line at the bottom, and what the line above it says while a script runs."""

from collections.abc import Sequence

from msgspec.structs import replace
from textual.binding import Binding
from textual.widgets import Input

from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import Recommendation, recommend
from cockpit.deploy.schedule.timeline import notice_words
from cockpit.tui.base import CockpitBase
from cockpit.tui.bindings import BY_ID
from widgets.bars import key_word
from widgets.log_view import LogView


class Hinting(CockpitBase):
    """On top of the base: which keys are shown."""

    @property
    def is_writing(self) -> bool:
        """A field of the screen has the focus: every letter is one."""
        return isinstance(self.screen_stack[0].focused, Input)

    def _in_log(self) -> bool:
        return isinstance(self.screen_stack[0].focused, LogView)

    def _bound(self, key_id: str, default: str) -> str:
        keys = self._keymap.get(key_id, default)
        return " ".join(key_word(one.strip(), self.ascii_only) for one in keys.split(","))

    def while_running(self, following: Recommendation) -> Recommendation:
        """A script runs and nobody is needed: the keys that make sense meanwhile."""
        if (
            self.is_writing
            or following.action
            or following.urgent
            or following.task not in {task.id for task in self.state.running}
        ):
            return following
        there, what = ("pane.tasks", "back to the steps") if self._in_log() else ("pane.runner", "shows its log")
        end = "" if self.read_only else ", ⟦cancel⟧ ends it"
        return replace(following, words=f"{what}{end}: {following.words}", action=there)

    def hints(self) -> list[tuple[str, str]]:
        """The keys that matter for what is selected, the recommended one first."""
        task = self.selected
        following = recommend(self.state, self.now)
        ids: list[str] = []
        if self.state.closed is not None:
            ids = ["quit", "notices", "export", "story", "docs"]
        elif self._in_log():
            return self._hints_in_log(following.action)
        else:
            ids, following = self._hints_for(task), self.while_running(following)
        alone = self.one_pane and self._pane == "tasks" and self.state.countdown is None
        if alone and task is not None and self.state.closed is None:
            ids = [ids[0], "pane.runner", *ids[1:]]
        return self.hints_of(ids, following.action)

    def _hints_in_log(self, recommended: str) -> list[tuple[str, str]]:
        """What the log can do; before that, what comes next, and where only one pane fits, the way out of it."""
        keys = {one.id: one.key for one in self.log_keys if isinstance(one, Binding)}
        ids = ("follow", "times", "wrap", "copy-line", "pager")
        words = ("follow", "times", "wrap", "copy", "pager")
        own = [
            (self._bound(f"log.{one}", keys.get(f"log.{one}", "")), word) for one, word in zip(ids, words, strict=True)
        ]
        table = {one: self._bound(one, BY_ID[one].key).split(" ")[0] for one in ("filter", "pane.tasks", "zoom")}
        out = [(table["pane.tasks"], "steps")]
        its = {one for key in keys.values() for one in key.split(",")}
        wanted = [one.id for one in self.keys_here if one.id == recommended and one.key not in its]
        first = self.hints_of(wanted, recommended)
        hints = [own[0], (table["filter"], "filter"), *own[1:]]
        ways = [*out, *hints] if self.one_pane else [*hints, *out]
        return [*first, *((key, word) for key, word in ways if key), (table["zoom"], "zoom")]

    def hints_of(self, ids: Sequence[str], recommended: str) -> list[tuple[str, str]]:
        """The keys with these ids, the recommended one first."""
        shown = [
            one
            for one in sorted(dict.fromkeys(ids), key=lambda one: one != recommended)
            if not (self.read_only and BY_ID[one].acts) and not self._in_vain(one)
        ]
        return [(self.key_of(one), BY_ID[one].word) for one in shown]

    def _in_vain(self, key_id: str) -> bool:
        """True for a key that this deploy has nothing for: it would be refused each time."""
        plan = self.state.plan
        if plan is None:
            return False
        if key_id == "phase.on":
            return plan.phases()[-1:] == (self.viewed,)
        return (key_id == "rollback" and not plan.rollback) or (key_id == "chart" and not plan.metrics)

    def _hints_for(self, task: Task | None) -> list[str]:
        have = self.state.of(task.id) if task is not None else None
        status = have.status if have else "waiting"
        if self.state.countdown is not None:
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
        if self.state.rollback is not None or notice_words(self.state, self.now):
            ids.insert(1, "notices")
        return [*ids, "checks", "phase.on", "rollback", "filter", "zoom", "chart", "note", "export", "quit"]
