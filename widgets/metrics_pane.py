"""Metrics with value, level in words, sparkline, baseline and age: a column on wide screens, a strip on narrow ones."""

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from rich.cells import cell_len
from textual.content import Content

from cockpit.deploy.metrics.judge import BLIND, base_of, plain_levels
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.state import MetricState, State
from cockpit.text.amounts import seconds_words, value_words
from styles.roles import LEVEL
from widgets.rows import Piece, RowsPanel, fit, row
from widgets.sparkline import sparkline

SECONDS = 10.0
"""Time that a sparkline covers at least."""
_MOST_WHY = 4
"""Rows beside the first that a metric may take to say why it has no value, where there is room."""
_WIDEST = 44
"""Columns of a metric in the strip: few metrics are not spread over the whole line."""
_SPARK = 12
"""Columns of a sparkline that leave room for what is usual."""
_FEW = 3
"""Gaps between samples from which on they say how often one comes."""
OLD_SECONDS = 4.0
"""From this age on a sample's age is shown."""


class MetricsPane(RowsPanel, can_focus=True):
    """All metrics below each other: two rows each."""

    BORDER_TITLE = "3 Metrics"

    def show(self, state: State, now: float) -> None:
        rules = state.plan.metrics if state.plan else ()
        width = self.content_region.width or 26
        rows: list[Content] = []
        height = self.content_region.height or 20
        roomy = len(rules) * 3 <= height
        spare = max(0, height - len(rules) * 3) if roomy else 0
        for rule in rules:
            block = _block(rule, state.metrics.get(rule.name), now, width, self.ascii_only, spare)
            spare -= max(0, len(block) - 2)
            rows += block
            if roomy:
                rows.append(Content(""))
        if not rules:
            rows = [Content.styled(text, "$muted") for text in _nothing(state)]
        self.put_rows(rows)


def _nothing(state: State) -> tuple[str, ...]:
    """Why there are no metrics, in lines."""
    if state.plan is not None and state.plan.dry_run:
        return "no metrics", "in a dry run"
    return "no metrics:", "add [sources]", "to cockpit.toml"


class MetricsStrip(RowsPanel):
    """All metrics beside each other: two rows in all."""

    def show(self, state: State, now: float) -> None:
        rules = state.plan.metrics if state.plan else ()
        width = self.content_region.width or 80
        if not rules:
            self.put_rows([Content.styled(" ".join(_nothing(state)), "$muted")])
            return
        cells = [self._cell(rule, state.metrics.get(rule.name), now) for rule in rules]
        widths = _shared(width, [cell.needs for cell in cells])
        drawn = [cell.drawn(wide) for cell, wide in zip(cells, widths, strict=True)]
        self.put_rows([Content("").join(top for top, _ in drawn), Content("").join(below for _, below in drawn)])

    def _cell(self, rule: MetricRule, metric: MetricState | None, now: float) -> "_Cell":
        return _Cell(rule, metric, now, self.ascii_only)


class _Cell:
    """One metric of the strip: its name over its value, a sparkline, and what is usual, as far as there is room."""

    def __init__(self, rule: MetricRule, metric: MetricState | None, now: float, ascii_only: bool) -> None:
        self._rule, self._metric, self._now, self._ascii = rule, metric, now, ascii_only
        self._level = LEVEL[metric.latest.level if metric else "no data"]
        self._mark = self._level.mark(ascii_only)
        self._word = "" if self._level.word == "ok" else self._level.word
        value = _value(rule, metric)
        self._said = " ".join(part for part in (value if value != "--" or not self._word else "", self._word) if part)

    @property
    def needs(self) -> int:
        """Cells without which something of it is cut."""
        return max(cell_len(self._mark) + 1 + cell_len(self._rule.label), cell_len(self._said)) + 1

    def drawn(self, width: int) -> tuple[Content, Content]:
        style = self._level.colour if self._word else "$muted"
        label = fit(self._rule.label, width - cell_len(self._mark) - 2, ascii_only=self._ascii)
        top = Content.assemble((f"{self._mark} ", self._level.colour), (label, style), " ")
        return top, self._below(width)

    def _below(self, width: int) -> Content:
        rule, metric, style = self._rule, self._metric, self._level.colour if self._word else "bold"
        said, room = self._said, width - cell_len(self._said) - 2
        if rule.unit == "up" and metric is not None and not self._word:
            detail = metric.latest.detail
            said = detail if detail and cell_len(detail) < width else said
        if metric is None or rule.unit == "up" or room < (4 if self._word else 3):
            return Content.assemble((fit(said, width - 1, ascii_only=self._ascii), style), " ")
        usual = f" base {value_words(metric.baseline, rule.unit)}" if metric.baseline is not None else ""
        age = self._now - metric.latest.at
        if age >= OLD_SECONDS:
            usual = f" {seconds_words(age)} old"
            if room - cell_len(usual) < _SPARK:
                # How old it is says more than how it went.
                return Content.assemble((fit(f"{said}{usual}", width - 1, ascii_only=self._ascii), style), " ")
        if not usual or room - cell_len(usual) < _SPARK:
            usual = ""
        spark = _spark(rule, metric, room - cell_len(usual), self._now, self._ascii)
        return Content.assemble((said, style), " ", spark, (usual, "$muted"), " ")


def _shared(width: int, needs: list[int]) -> list[int]:
    """Columns of as many metrics: the same for each, no more than an eye spans; who needs more takes what is left over,
    then from those that have too much."""
    widths = [min(width // len(needs), _WIDEST)] * len(needs)
    over = width - sum(widths)
    for place, need in enumerate(needs):
        more = max(0, min(need - widths[place], over))
        widths[place] += more
        over -= more
        for other in sorted(range(len(needs)), key=lambda one: needs[one] - widths[one]):
            spare = min(need - widths[place], widths[other] - needs[other])
            if spare > 0:
                widths[place] += spare
                widths[other] -= spare
    return widths


def _value(rule: MetricRule, metric: MetricState | None) -> str:
    if metric is None or metric.latest.value is None:
        return "--"
    return value_words(metric.latest.value, rule.unit)


def _block(
    rule: MetricRule, metric: MetricState | None, now: float, width: int, ascii_only: bool, spare: int
) -> list[Content]:
    """`errors   0.08 %   ok` over `▁▁▂▁▁▂▁   base 0.07`; why nothing is measured may take `spare` more rows."""
    level = LEVEL[metric.latest.level if metric else "no data"]
    mark = level.mark(ascii_only)
    right: list[Piece] = [
        (f"{_value(rule, metric):>8} ", "bold"),
        (f"{mark} ", level.colour),
        (f"{level.word:<7}", level.colour),
    ]
    top = row([(rule.label, "")], right, width, ascii_only=ascii_only)
    if metric is None:
        return [top, Content.styled(fit("no sample yet", width, ascii_only=ascii_only), "$muted")]
    age = now - metric.latest.at
    if rule.unit == "up" or metric.latest.level in BLIND:
        well = metric.latest.level == "ok"
        said = metric.latest.detail if well else metric.latest.reason
        style = "$muted" if well else level.colour
        texts = [said] if well else _wrapped(said, width, 1 + min(spare, _MOST_WHY))
        return [top, *(Content.styled(fit(text, width, ascii_only=ascii_only), style) for text in texts)]
    if age >= OLD_SECONDS:
        note = f"{seconds_words(age)} old"
    elif metric.baseline is not None:
        note = f"base {value_words(metric.baseline, rule.unit)}"
    else:
        note = ""
    if not note:
        return [top, _spark(rule, metric, width, now, ascii_only)]
    room = max(4, width - max(11, cell_len(note)) - 1)
    spark = _spark(rule, metric, room, now, ascii_only)
    return [top, Content.assemble(spark, (f" {note:>{width - room - 1}}", "$muted"))]


def _wrapped(text: str, width: int, most: int) -> list[str]:
    """In at most so many rows; the last one is cut by who fits it."""
    rows = textwrap.wrap(text, max(8, width), max_lines=None) or [""]
    return [*rows[: most - 1], " ".join(rows[most - 1 :])] if len(rows) > most else rows


def _spark(rule: MetricRule, metric: MetricState, width: int, now: float, ascii_only: bool) -> Content:
    top = rule.top or max((value for _, value in metric.recent if value is not None), default=1.0) or 1.0
    levels = plain_levels(rule, base_of(rule, metric))
    limit = levels.get("alert", levels.get("breach"))
    seconds = max(width * _step(rule, metric.recent[-width:]), SECONDS)
    return sparkline(metric.recent, width, end=now, seconds=seconds, top=top, alert=limit, ascii_only=ascii_only)


def _step(rule: MetricRule, points: Sequence[tuple[float, float | None]]) -> float:
    """Seconds between two samples: as they came, for a rollout's are hours apart; as asked for where there are few."""
    gaps = [after - before for (before, _), (after, _) in pairwise(points)]
    return max(rule.interval_seconds, median(gaps)) if len(gaps) >= _FEW else rule.interval_seconds
