"""Every action by other ways than its key: palette and mouse; and what the first deploy is told of its panes."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import SystemCommand
from textual.content import Content

from widgets.runner_pane import RunnerPane

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp

EDGES = 4
"""Columns of a pane's lower edge that are not its words'."""


def system_commands(app: "CockpitApp") -> Iterable[SystemCommand]:
    """The palette: every key of the table and of the log by its words, and nothing that the cockpit has not."""
    for key in app.keys.here:
        if key.id != "palette" and not (app.read_only and key.acts):
            words = f"{app.keys.words_of(key)} ({app.keys.all_of(key)})"
            yield SystemCommand(key.word.capitalize(), words, partial(app.run_action, key.action))
    for binding in () if app.is_rollout else app.keys.log:
        if binding.tooltip:
            words = f"{binding.tooltip} ({app.keys.of_log(binding)})"
            yield SystemCommand(
                f"Log: {binding.description.lower()}", words, partial(_in_log_pane, app, binding.action)
            )


async def _in_log_pane(app: "CockpitApp", action: str) -> None:
    """What a key of the log does, from wherever it is asked for."""
    if app.panes.one_fits:
        app.panes.show("runner")
    app.refresh_view()  # the log that the pane is to show may not be there yet, and the action would do nothing
    await app.run_action(action, default_namespace=app.log_view)


async def picked(app: "CockpitApp", shown: str) -> None:
    """A click on a key and its word is the key."""
    for key in app.keys.here:
        if shown in app.keys.all_of(key).split(" "):
            if key.id == "palette" or app.keys.counts(key.id):
                await app.run_action(key.action)
            return
    for binding in app.keys.log:
        if shown in app.keys.of_log(binding).split(" "):
            await _in_log_pane(app, binding.action)
            return


def explain(app: "CockpitApp") -> None:
    """One line in the lower edge of each pane; in the log's pane, whose edge says whether it is followed, above."""
    for name, (long, short) in _explained(app).items():
        pane = app.base.query_one(f"#{name}")
        room = pane.size.width - EDGES
        words = long if cell_len(long) <= room else short
        if isinstance(pane, RunnerPane):
            pane.explain(f" {words}")
        elif str(pane.border_subtitle or "") != words:
            pane.border_subtitle = Content(words)


def _explained(app: "CockpitApp") -> dict[str, tuple[str, str]]:
    """By pane: what it is and its keys, and the keys alone."""
    at = app.keys.of

    def log(name: str) -> str:
        found = (one for one in app.keys.log if one.id == f"log.{name}")
        return app.keys.of_log(next(found)).split(" ")[0]

    todo = f"{at('run')} run, {at('tick')} tick, {at('next')} next open"
    said = f"{log('follow')} follow, {at('filter')} filter, {log('copy-line')} copy, {log('pager')} pager"
    stages, flag = f"{at('flag.advance')} next stage", f"{at('flag.off')} off"
    return {
        "tasks": (f"checklist and steps: {todo}", todo),
        "runner": (f"running script and its log: up pause, {said}", said),
        "metrics": (f"production metrics: {at('chart')} chart", f"{at('chart')} chart"),
        "stages": (f"stages of the rollout: {stages}", stages),
        "flag": (f"current value, judgement and changes: {flag}, works anywhere", flag),
    }
