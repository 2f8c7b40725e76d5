"""Metrics with value, level in words, sparkline, baseline and age: a column on wide screens, a strip on narrow ones."""

import textwrap

from rich.cells import cell_len
from textual.content import Content

from cockpit.deploy.judge import BLIND, base_of, plain_levels, seconds_words, value_words
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.state import MetricState, State
from styles.roles import LEVEL
from widgets.rows import Piece, RowsPanel, fit, row
from widgets.sparkline import sparkline

SECONDS = 120.0
"""Time that a sparkline covers."""
_MOST_WHY = 4
"""Rows beside the first that a metric may take to say why it has no value, where there is room."""
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
            rows = [
                Content.styled(text, "$muted") for text in ("nothing is measured:", "add [sources]", "to cockpit.toml")
            ]
        self.put_rows(rows)


class MetricsStrip(RowsPanel):
    """All metrics beside each other: two rows in all."""

    def show(self, state: State, now: float) -> None:
        rules = state.plan.metrics if state.plan else ()
        width = self.content_region.width or 80
        if not rules:
            self.put_rows([Content.styled("nothing is measured: add [sources] to cockpit.toml", "$muted")])
            return
        each = width // len(rules)
        top, below = zip(*(self._cell(rule, state.metrics.get(rule.name), now, each) for rule in rules), strict=True)
        self.put_rows([Content("").join(top), Content("").join(below)])

    def _cell(self, rule: MetricRule, metric: MetricState | None, now: float, width: int) -> tuple[Content, Content]:
        level = LEVEL[metric.latest.level if metric else "no data"]
        value = _value(rule, metric)
        mark = level.mark(self.ascii_only)
        word = "" if level.word == "ok" else level.word
        label = (
            fit(rule.label, width - cell_len(mark) - 2, ascii_only=self.ascii_only),
            level.colour if word else "$muted",
        )
        top = Content.assemble((f"{mark} ", level.colour), label, " ")
        room = width - cell_len(value) - 2
        if word:
            said = f"{value} {word}" if value != "--" else word
            left = width - cell_len(said) - 2
            if metric is not None and left >= 4 and rule.unit != "up":
                spark = _spark(rule, metric, left, now, self.ascii_only)
                return top, Content.assemble((f"{said} ", level.colour), spark, " ")
            return top, Content.assemble((fit(said, width - 1, ascii_only=self.ascii_only), level.colour), " ")
        if metric is None or room < 3 or rule.unit == "up":
            detail = metric.latest.detail if metric and rule.unit == "up" and metric.latest.detail else value
            return top, Content.assemble((fit(detail, width - 1, ascii_only=self.ascii_only), "bold"), " ")
        return top, Content.assemble((value, "bold"), " ", _spark(rule, metric, room, now, self.ascii_only), " ")


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
    seconds = min(SECONDS, max(width * rule.interval_seconds, 10.0))
    return sparkline(metric.recent, width, end=now, seconds=seconds, top=top, alert=limit, ascii_only=ascii_only)
