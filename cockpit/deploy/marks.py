"""What happened when, as marks for a chart: the deploy, each of its scripts, the triggers, the rollback. Pure."""

from collections.abc import Iterable, Sequence
from string import ascii_lowercase

from msgspec import Struct

from cockpit.deploy import events as e
from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout.plan import Rollout
from cockpit.text.sanitize import one_line

_SIGNS = "123456789" + ascii_lowercase
"""Of the scripts in the plan's order."""
_LAST = "+"


class Mark(Struct, frozen=True):
    """A moment. `sign` is one character; `label` is one plain line."""

    at: float
    sign: str
    label: str


def marks(plan: Plan | None, events: Iterable[e.Event]) -> tuple[Mark, ...]:
    """In the order of the events: `D` deploy, `1`... its scripts, `A` triggers armed, `F` trigger fired, `R` rollback.
    A script that is tried again has a mark of its own with the same sign. Of a rollout: its stages, `B` back, `O` off.
    """
    scripts = [task for task in plan.in_phase("deploy") if task.script is not None] if plan is not None else []
    of_script = {
        task.id: (_SIGNS[place] if place < len(_SIGNS) else _LAST, one_line(task.title))
        for place, task in enumerate(scripts)
    }
    found: list[Mark] = []
    for event in events:
        body = event.body
        if isinstance(body, e.PhaseEntered) and body.phase == "deploy":
            found.append(Mark(event.at, "D", "deploy"))
        elif isinstance(body, e.StepStarted) and body.task in of_script:
            found.append(Mark(event.at, *of_script[body.task]))
        elif isinstance(body, e.TriggersArmed):
            found.append(Mark(event.at, "A", "triggers armed"))
        elif isinstance(body, e.TriggerFired):
            found.append(Mark(event.at, "F", "trigger fired"))
        elif isinstance(body, e.RollbackRequested):
            found.append(Mark(event.at, "R", "rollback"))
        elif (
            isinstance(body, (e.FlagSetRequested, e.FlagOffRequested)) and plan is not None and plan.rollout is not None
        ):
            found.append(_of_flag(plan.rollout, event.at, body))
    return tuple(found)


def _of_flag(rollout: Rollout, at: float, body: e.FlagSetRequested | e.FlagOffRequested) -> Mark:
    """The stage's number, `B` for a way back, `O` for off."""
    if isinstance(body, e.FlagOffRequested):
        return Mark(at, "O", f"{one_line(rollout.flag)} off")
    words = rollout.words(body.percent)
    if body.kind == "back":
        return Mark(at, "B", f"back to {words}")
    return Mark(at, _SIGNS[body.stage] if 0 <= body.stage < len(_SIGNS) else _LAST, words)


def sign_row(found: Sequence[Mark], start: float, end: float, cells: int) -> str:
    """The signs above a chart of that many columns, each over its moment; what would stand on another moves right, and
    what has no room is left out."""
    row = [" "] * cells
    for mark in found:
        place = column(mark.at, start, end, cells)
        while place < cells and row[place] not in (" ", mark.sign):
            place += 1
        if place < cells:
            row[place] = mark.sign
    return "".join(row).rstrip()


def column(at: float, start: float, end: float, cells: int) -> int:
    """The column of a time, 0 to `cells` - 1."""
    return min(cells - 1, max(0, round((at - start) / (end - start) * (cells - 1))))
