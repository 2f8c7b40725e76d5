"""The stages of a rollout: percentage, glyph and word, when it was set, how long it soaks on, what the judge said."""

from datetime import UTC, datetime

from textual.content import Content

from cockpit.deploy.judge import seconds_words, value_words
from cockpit.deploy.plan import Plan
from cockpit.deploy.rollout_guards import due_at
from cockpit.deploy.rollout_plan import Rollout, Stage
from cockpit.deploy.rollout_state import RolloutState, StageState
from cockpit.deploy.state import State
from cockpit.deploy.window_plan import left_words
from cockpit.moments import clock
from styles.roles import STAGE
from widgets.rows import Piece, ScrolledRows, row
from widgets.words import bar

_DAY = 86_400
_PERCENT = 6
"""Columns of a percentage."""
_MARK, _ASCII_MARK = 1, 6
"""Columns of a state's mark."""


class StageList(ScrolledRows):
    """Two rows a stage, and an empty one where there is room."""

    BORDER_TITLE = "1 Stages"

    def show(self, state: State, now: float) -> None:
        plan, have = state.plan, state.rollout
        if plan is None or plan.rollout is None or have is None:
            return
        width = self.scrollable_content_region.width or 30
        rows: list[Content] = []
        roomy = len(have.stages) * 3 <= (self.scrollable_content_region.height or 12)
        for place, (planned, stage) in enumerate(zip(plan.rollout.stages, have.stages, strict=True)):
            rows += self._stage(state, plan, plan.rollout, have, place, planned, stage, now, width)
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
        first = row([*left, ("", "")], [(f" {right} ", "$muted")] if right else [], width, ascii_only=self.ascii_only)
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
                return "is being set", "$running"
            return ("is read back", "$running") if rollout.readable else ("a person must look", "$alert")
        return f"soaks {short(planned.soak_seconds)}", "$muted"


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
    """`8 s`, `12 min`, `20 h 00`, `3 d 4 h`."""
    return seconds_words(seconds) if seconds < 60 else left_words(seconds)
