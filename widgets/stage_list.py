"""The stages of a rollout: percentage, glyph and word, when it was set, how long it soaks on, what the judge said."""

from datetime import UTC, datetime
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Region
from textual.message import Message

from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout.guards import due_at
from cockpit.deploy.rollout.plan import Rollout, Stage
from cockpit.deploy.rollout.state import RolloutState, StageState
from cockpit.deploy.schedule.planned_window import left_words
from cockpit.deploy.state import State
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.times import clock
from styles.roles import STAGE
from widgets.rows import Piece, ScrolledRows, row
from widgets.words import bar

_DAY = 86_400
_PERCENT = 6
"""Columns of a percentage."""
_MARK, _ASCII_MARK = 1, 6
"""Columns of a state's mark."""


class StageList(ScrolledRows):
    """Two rows a stage, and an empty one where there is room. A click or an arrow key chooses the stage to look at."""

    BORDER_TITLE = "1 Stages"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
    ]

    class Looked(Message):
        """Another stage is looked at, or none any more."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self.chosen: int | None = None
        """The stage that is looked at, from 0."""
        self._count = self._present = 0
        self._tall = 2

    def on_click(self, event: Click) -> None:
        """A click only looks; a second one on the same stage looks away."""
        event.stop()
        place = (event.screen_y - self.content_region.y + self.scroll_offset.y) // self._tall
        if 0 <= place < self._count:
            self._look_at(None if place == self.chosen else place)

    def action_look(self, by: int) -> None:
        if self._count:
            place = self._present if self.chosen is None else self.chosen + by
            self._look_at(min(max(place, 0), self._count - 1))

    def _look_at(self, place: int | None) -> None:
        self.chosen = place
        if place is not None:
            self.scroll_to_region(Region(0, place * self._tall, 1, 2), animate=False)
        self.post_message(self.Looked())

    def show(self, state: State, now: float) -> None:
        plan, have = state.plan, state.rollout
        if plan is None or plan.rollout is None or have is None:
            return
        width = self.scrollable_content_region.width or 30
        rows: list[Content] = []
        roomy = len(have.stages) * 3 <= (self.scrollable_content_region.height or 12)
        self._count, self._present, self._tall = len(have.stages), max(have.stage, 0), 3 if roomy else 2
        for place, (planned, stage) in enumerate(zip(plan.rollout.stages, have.stages, strict=True)):
            drawn = self._stage(state, plan, plan.rollout, have, place, planned, stage, now, width)
            rows += [one.stylize("on $cursor-dim") for one in drawn] if place == self.chosen else drawn
            if roomy:
                rows.append(Content(""))
        self.put_rows(rows)

    def _stage(
        self,
        state: State,
        plan: Plan,
        rollout: Rollout,
        have: RolloutState,
        place: int,
        planned: Stage,
        stage: StageState,
        now: float,
        width: int,
    ) -> list[Content]:
        role, mark = STAGE[stage.status], _ASCII_MARK if self.ascii_only else _MARK
        current = place == have.stage
        name = rollout.words(planned.percent).rjust(_PERCENT)
        style = "bold" if current else "$muted" if stage.status in ("passed", "left") else ""
        left: list[Piece] = [
            (f" {role.mark(self.ascii_only):<{mark}}", role.colour),
            (name, style),
            (f"  {role.word}", role.colour),
        ]
        right = _when(state, have, place, stage, now)
        right = f" {right} " if right else ""
        room = width - sum(cell_len(text) for text, _ in left)
        if cell_len(right) > room:
            # Where marks are words there is less room: the hour says as much without its preposition and unit.
            right = f" {right.strip().removeprefix('in ')}"
        if cell_len(right) > room and " h " in right:
            right = right.removesuffix(" min")
        if cell_len(right) > room:
            right = ""
        first = row([*left, ("", "")], [(right, "$muted")], width, ascii_only=self.ascii_only)
        second = self._second(plan, rollout, planned, stage, now)
        indent = " " * (mark + _PERCENT + 3)
        return [first, row([(indent, ""), second], [], width, grow=1, ascii_only=self.ascii_only)]

    def _second(self, plan: Plan, rollout: Rollout, planned: Stage, stage: StageState, now: float) -> Piece:
        """The bar of the soak, or the judged number, or how long it will soak."""
        if stage.status == "soaking" and stage.began_at is not None:
            share = min(1.0, max(0.0, (now - stage.began_at) / max(planned.soak_seconds, 0.001)))
            left = max(0.0, stage.began_at + planned.soak_seconds - now)
            drawn = bar(share, 8, ascii_only=self.ascii_only)
            return f"{drawn} {short(left)} left", "$running"
        if stage.status in ("passed", "left") and stage.value is not None:
            rule = next((one for one in plan.metrics if one.name == rollout.metric), None)
            value = value_words(stage.value, rule.unit) if rule is not None else f"{stage.value:g}"
            label = rule.label if rule is not None else rollout.metric
            return f"{label} {value}", "$muted"
        if stage.status in ("breach", "blind"):
            return stage.reason, "$breach" if stage.status == "breach" else "$unknown"
        if stage.status == "setting":
            if stage.set_at is None:
                return "setting", "$running"
            return ("reading back", "$running") if rollout.readable else ("check manually", "$alert")
        return f"soak {short(planned.soak_seconds)}", "$muted"


def _when(state: State, have: RolloutState, place: int, stage: StageState, now: float) -> str:
    """When it was set; of the next one when it is due."""
    if stage.set_at is not None:
        return moment(stage.set_at, now)
    wait = due_at(state, place) - now
    if stage.status == "waiting" and wait > 0:
        return f"in {short(wait)}"
    return "due" if place == have.stage + 1 and (have.current is None or have.current.status == "passed") else ""


def moment(at: float, now: float) -> str:
    """`14:02:11`; with the day where it is another."""
    if at // _DAY == now // _DAY:
        return clock(at)
    return f"{datetime.fromtimestamp(at, UTC):%a %H:%M}"


def short(seconds: float) -> str:
    """`8 s`, `12 min`, `20 h`, `3 d 4 h`."""
    return seconds_words(seconds) if seconds < 60 else left_words(seconds)
