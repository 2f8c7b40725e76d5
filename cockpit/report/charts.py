"""The charts of the deploy log: each judged metric that moved or passed a level, as text in a fenced block."""

from collections.abc import Iterable

from cockpit.deploy.events import Event
from cockpit.deploy.marks import marks
from cockpit.deploy.metrics.chart import Chart, in_ascii, legend, prepare
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.state import State
from cockpit.text.sanitize import markdown

WIDTH, HEIGHT = 72, 12
_MOVED = 0.1
"""Share of the scale between the lowest and the highest value from which on there is something to see."""


def charts(state: State, events: Iterable[Event]) -> list[str]:
    """Markdown lines, from the baseline's time before the deploy on; empty where nothing happened."""
    plan = state.plan
    if plan is None:
        return []
    found = marks(plan, events)
    since = state.phases.get("deploy", 0.0) - plan.baseline_seconds
    lines: list[str] = []
    for rule in plan.metrics:
        metric = state.metrics.get(rule.name)
        chart = prepare(rule, metric, found, since) if metric is not None and rule.judged else None
        if chart is not None and rule.unit != "up" and _worth_seeing(rule, chart):
            inside = [*in_ascii(chart, WIDTH, HEIGHT), "", *legend(chart.marks, WIDTH, rows=24)]
            lines += ["", f"**{markdown(rule.label)}**", "", "```text", *map(_inert, inside), "```"]
    return lines


def _worth_seeing(rule: MetricRule, chart: Chart) -> bool:
    values = [value for _, value in chart.points if value is not None]
    if max(values) - min(values) >= _MOVED * chart.top:
        return True
    worst = min(values) if rule.below else max(values)
    levels = [limit for name, limit in chart.limits if name != "base"]
    return any(worst < limit if rule.below else worst > limit for limit in levels)


def _inert(line: str) -> str:
    """A script's name neither ends the block nor looks like a mark between two deploys of the file."""
    return line.replace("`", "'").replace("<!--", "<! --")
