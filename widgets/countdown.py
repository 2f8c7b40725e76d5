"""The banner of a trigger that has fired: why, what will run, how long until then, and the two keys."""

from rich.cells import cell_len
from textual.content import Content

from cockpit.deploy.plan import RollbackOption
from cockpit.deploy.state import Countdown, State
from cockpit.runbook.placeholders import CannotFill, fill_placeholders
from cockpit.text.sanitize import visible
from widgets.keys import keyed
from widgets.rows import Panel, fit, lines

_COMMANDS = 3
"""Lines of the way back that are shown; the rest is counted."""


class CountdownBar(Panel):
    """Hidden but for a countdown; over the full width, where nobody can miss it."""

    def __init__(self) -> None:
        super().__init__(id="countdown", grows=True)

    def show(self, state: State, now: float) -> None:
        countdown = state.countdown
        self.set_class(countdown is not None, "open")
        if countdown is None or state.plan is None:
            return
        width = max(20, self.content_region.width or self.app.size.width)
        option = state.plan.option(countdown.option)
        said = [(f"  {why}", "bold") for why in countdown.reasons[:3]]
        said += [(f"  $ {line}", "") for line in _commands(state, option)]
        rows = [Content.styled(fit(text, width, ascii_only=self.ascii_only), style) for text, style in said]
        self.put(lines([self._time(countdown, now, width), *rows]))

    def _time(self, countdown: Countdown, now: float, width: int) -> Content:
        left = max(0.0, countdown.due_at - now)
        whole = max(1.0, countdown.due_at - countdown.at)
        words = f" ROLLBACK in {left:.0f} s "
        keys = keyed(self, " ⟦now⟧ now   ⟦hold⟧ hold ")
        room = max(0, width - cell_len(words) - cell_len(keys))
        full = round(room * min(1.0, left / whole))
        done, rest = ("#", ".") if self.ascii_only else ("\u2588", "\u2591")
        return Content.assemble((words, "bold reverse"), done * full + rest * (room - full), (keys, "bold reverse"))


def _commands(state: State, option: RollbackOption | None) -> list[str]:
    """The exact commands, one line each."""
    found: list[str] = []
    for task in option.tasks if option else ():
        if task.script is None:
            continue
        try:
            body = visible(fill_placeholders(task.script.body, state.values))
        except CannotFill:
            body = visible(task.script.body)
        found += [line.strip() for line in body.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    more = len(found) - _COMMANDS
    return [*found[:_COMMANDS], *([f"... and {more} more"] if more > 0 else [])]
