"""The panes: which has the focus, which fills the screen, which is shown where only one fits."""

from typing import TYPE_CHECKING

from textual.widgets import Input

from widgets.log_view import LogView

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

PANES = {"tasks": "#tasks", "runner": "LogView", "metrics": "#metrics"}
ROLLOUT_PANES = {"tasks": "#stages", "runner": "#flag", "metrics": "#metrics"}


class Panes:
    """By name: tasks, runner, metrics. A rollout has stages and a flag in the place of tasks and a log."""

    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self.current = "tasks"

    @property
    def one_fits(self) -> bool:
        return self._app.size.width < 100

    @property
    def _places(self) -> dict[str, str]:
        return ROLLOUT_PANES if self._app.is_rollout else PANES

    def show(self, name: str) -> None:
        """Focus the pane; where only one fits, show it."""
        base = self._app.base
        panes = base.query_one("#panes")
        for one in PANES:
            panes.set_class(one == name, f"show-{one}")
        self.current = name
        if panes.has_class("zoomed"):
            self._zoom(name)
        place = self._places[name]
        if place == "LogView" and base.query_one("#runner").has_class("item"):
            place = "ScriptView"
        base.query_one(place).focus()
        self._app.soon()

    def toggle_zoom(self) -> None:
        """One pane on the whole screen, and back."""
        panes = self._app.base.query_one("#panes")
        if panes.has_class("zoomed"):
            panes.remove_class("zoomed")
            self._app.base.query(".zoom").remove_class("zoom")
        else:
            panes.add_class("zoomed")
            self._zoom(self._focused())
        self._app.soon()

    @property
    def is_writing(self) -> bool:
        """A field of the screen has the focus: every letter is one."""
        return isinstance(self._app.base.focused, Input)

    @property
    def in_log(self) -> bool:
        return isinstance(self._app.base.focused, LogView)

    @property
    def is_zoomed(self) -> bool:
        return bool(self._app.base.query("#panes.zoomed"))

    def _zoom(self, name: str) -> None:
        base = self._app.base
        base.query(".zoom").remove_class("zoom")
        place = self._places[name]
        base.query_one("#runner" if place == "LogView" else place).add_class("zoom")

    def _focused(self) -> str:
        focused = self._app.base.focused
        if focused is None:
            return self.current
        return {"tasks": "tasks", "stages": "tasks", "metrics": "metrics"}.get(focused.id or "", "runner")
