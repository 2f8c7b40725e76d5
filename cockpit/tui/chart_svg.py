"""The charts of a deploy as one SVG: the same lines, levels and marks as in the log, for documents."""

from collections.abc import Sequence
from html import escape

from cockpit.deploy.events import Event
from cockpit.deploy.marks import Mark, marks
from cockpit.deploy.metrics.chart import Chart, prepare, ticks
from cockpit.deploy.state import State
from cockpit.text.sanitize import one_line
from cockpit.text.times import clock
from styles.theme import LIGHT

WIDTH, HEIGHT, ROW = 860, 240, 18
_LEFT, _RIGHT, _TOP, _BOTTOM = 120, 20, 46, 34
_LEVEL = {"base": "muted", "watch": "watching", "alert": "alert", "breach": "breach"}


def charts_svg(state: State, events: Sequence[Event]) -> str:
    """Every judged metric with a value below each other; empty where there is none."""
    plan = state.plan
    if plan is None:
        return ""
    found = marks(plan, events)
    since = state.phases.get("deploy", 0.0) - plan.baseline_seconds
    drawn = [
        (rule.label, chart)
        for rule in plan.metrics
        if rule.judged
        and rule.unit != "up"
        and (metric := state.metrics.get(rule.name)) is not None
        and (chart := prepare(rule, metric, found, since)) is not None
    ]
    if not drawn:
        return ""
    height = HEIGHT * len(drawn) + ROW * (1 + len({mark.sign for mark in found}))
    body = [_chart(label, chart, place * HEIGHT) for place, (label, chart) in enumerate(drawn)]
    body.append(_legend(found, HEIGHT * len(drawn) + ROW))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="monospace" font-size="12" fill="{LIGHT.foreground}">\n'
        f'<rect width="100%" height="100%" fill="{LIGHT.background}"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _chart(label: str, chart: Chart, y: int) -> str:
    bottom, right = y + HEIGHT - _BOTTOM, WIDTH - _RIGHT

    def place(at: float) -> float:
        return _LEFT + (right - _LEFT) * (at - chart.start) / (chart.end - chart.start)

    def level(value: float) -> float:
        return bottom - (bottom - y - _TOP) * min(1.0, max(0.0, value / chart.top))

    parts = [_text(_LEFT, y + 20, label, 'font-weight="bold" font-size="14"')]
    taken = 0.0
    for mark in chart.marks:
        x = place(mark.at)
        parts.append(_line(x, y + _TOP - 4, x, bottom, LIGHT.variables["rule"], "2 3"))
        taken = max(x, taken + 10)  # what would stand on another sign moves right
        parts.append(_text(taken, y + _TOP - 8, mark.sign, 'text-anchor="middle"'))
    for name, value in chart.limits:
        parts.append(_line(_LEFT, level(value), right, level(value), LIGHT.variables[_LEVEL[name]], "6 3"))
    for value, words in ticks(chart, (bottom - y - _TOP) // 18):
        parts.append(_text(_LEFT - 8, level(value) + 4, words, 'text-anchor="end"'))
    for stretch in chart.stretches():
        points = " ".join(f"{place(at):.1f},{level(value):.1f}" for at, value in stretch)
        colour = LIGHT.variables["running"]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    parts.append(_line(_LEFT, bottom, right, bottom, LIGHT.variables["rule"]))
    parts.append(_text(_LEFT, bottom + 18, clock(chart.start)))
    parts.append(_text(right, bottom + 18, f"{clock(chart.end)} UTC", 'text-anchor="end"'))
    return "\n".join(parts)


def _legend(found: Sequence[Mark], y: int) -> str:
    """What the signs mean, one a row."""
    first: dict[str, str] = {}
    for mark in found:
        first.setdefault(mark.sign, f"{mark.sign}  {clock(mark.at)}  {mark.label}")
    return "\n".join(_text(_LEFT, y + ROW * row, words) for row, words in enumerate(first.values()))


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(one_line(words))}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "") -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dash}/>'
