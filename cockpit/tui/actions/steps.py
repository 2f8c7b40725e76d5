"""Enter and space on a step or item: what a screen adds to their flows."""

from typing import TYPE_CHECKING

from cockpit.client.flows import FLOWS
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from cockpit.runner import files
from cockpit.tui import attach as terminal

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

SHOWN_AGAIN = 2000
"""Bytes of output that a person who attaches to a step's terminal is shown again."""


class StepActions:
    def __init__(self, app: "CockpitApp") -> None:
        self._app = app
        self.handlers = {"run": self.run, "tick": self.tick}

    def run(self) -> None:
        """Start what waits; look at what runs or is done."""
        app, task = self._app, self._app.selected
        if task is None:
            return
        have = app.state.of(task.id)
        if have.status == "running" and task.script is not None and task.script.interactive:
            self.attach_terminal(task)
        elif have.status == "running" or task.script is None or (have.settled and task.kind == "script"):
            app.panes.show("runner")
        else:
            app.flow("run")

    def tick(self) -> None:
        self._app.run_worker(self._tick_and_move(self._app.selected), exclusive=False)

    async def _tick_and_move(self, task: Task | None) -> None:
        """After a tick to the next thing; after a tick that was taken back, or in a rollout, nowhere."""
        app = self._app
        before = app.state.of(task.id).status if task is not None else "pass"
        if not await FLOWS["tick"](app.desk, task) or before in ("pass", "fail", "waived"):
            return
        following = recommend(app.state, app.now)
        if following.task:
            app.task_list.move_to(following.task)

    def attach_terminal(self, task: Task) -> None:
        """The person's terminal to the step's, until it ends or they leave."""
        app = self._app
        directory = app.state.of(task.id).directory
        path = app.session.layout.socket(f"{app.session.deploy_id}/{directory}")
        log = app.session.folder / directory / files.LOG
        try:
            before = log.read_bytes()[-SHOWN_AGAIN:] if log.stat().st_size < 1 << 20 else b""
            with app.suspend():
                said = terminal.attach(path, before)
        except OSError as error:
            app.refuse(
                f"The step's terminal is unreachable: {error.strerror}. See its log (⟦pane.runner⟧), or cancel it "
                "(⟦cancel⟧)."
            )
            return
        app.refuse("" if said == "the step has finished" else said)
        app.refresh()
