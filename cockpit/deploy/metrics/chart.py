"""One metric over a deploy, ready to be drawn: scale, levels, baseline and marks; and as plain text in ASCII. Pure."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cockpit.deploy.marks import Mark, column, sign_row
from cockpit.deploy.metrics.judge import LEVELS, base_of, plain_levels
from cockpit.deploy.plan import MetricRule, Unit
from cockpit.deploy.state import MetricState
from cockpit.text.amounts import value_words
from cockpit.text.times import clock

Name = Literal["base", "watch", "alert", "breach"]
_RULED = {"breach": "=", "alert": "-", "watch": "-", "base": "."}
_SHORTER = (40, 20, 12, 6, 0)
"""Lengths that the labels of a legend are cut to until it fits."""


class Chart(Struct, frozen=True):
    """`points` from `start` to `end` (Unix time), a value None where there was no data; 0 to `top` in the metric's
    unit. `limits`: what is known of baseline and levels, those on the scale; `marks`: those between start and end."""

    unit: Unit
    points: tuple[tuple[float, float | None], ...]
    start: float
    end: float
    top: float
    limits: tuple[tuple[Name, float], ...]
    marks: tuple[Mark, ...]

    def stretches(self) -> list[list[tuple[float, float]]]:
        """The points, cut where there was no data."""
        found: list[list[tuple[float, float]]] = [[]]
        for at, value in self.points:
            if value is not None:
                found[-1].append((at, value))
            elif found[-1]:
                found.append([])
        return [stretch for stretch in found if stretch]


def prepare(rule: MetricRule, metric: MetricState, marks: Sequence[Mark], since: float = 0.0) -> Chart | None:
    """The metric's history from that time on, on its fixed scale; None where there is no value to show."""
    points = tuple(point for point in metric.history if point[0] >= since)
    values = [value for _, value in points if value is not None]
    if not values:
        return None
    base = base_of(rule, metric)
    levels = plain_levels(rule, base)
    known: list[tuple[Name, float]] = [("base", base)] if base is not None else []
    known += [(level, levels[level]) for level in reversed(LEVELS) if level in levels]  # type: ignore[misc]
    highest = max(values) * 1.1
    top = max(rule.top, highest) if rule.top is not None else max(highest, *(1.1 * value for _, value in known), 0.0)
    start = points[0][0]
    end = max(points[-1][0], start + 1)
    return Chart(
        unit=rule.unit,
        points=points,
        start=start,
        end=end,
        top=top or 1.0,
        limits=tuple((name, value) for name, value in known if 0 <= value <= (top or 1.0)),
        marks=tuple(mark for mark in marks if start <= mark.at <= end),
    )


def ticks(chart: Chart, rows: int) -> list[tuple[float, str]]:
    """What stands beside the scale, one a row at most: the levels in words first, then the scale's ends."""
    wanted = [(value, f"{name} {value_words(value, chart.unit)}") for name, value in reversed(chart.limits)]
    wanted += [(end, value_words(end, chart.unit)) for end in (chart.top, 0.0)]
    taken: dict[int, tuple[float, str]] = {}
    for value, words in wanted:
        taken.setdefault(_row(value, chart, rows), (value, words))
    return sorted(taken.values())


def legend(marks: Sequence[Mark], width: int, rows: int = 3) -> list[str]:
    """What the signs mean, with the time of the first of each, in at most so many lines: long labels are cut."""
    first: dict[str, Mark] = {}
    for mark in marks:
        first.setdefault(mark.sign, mark)
    lines: list[str] = []
    for longest in _SHORTER:
        lines = _wrapped(
            [f"{one.sign} {clock(one.at)} {_cut(one.label, longest)}".rstrip() for one in first.values()], width
        )
        if len(lines) <= rows:
            break
    return lines[:rows]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: max(0, longest - 2)].rstrip() + ".." if longest > 2 else ""


def _wrapped(parts: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f"   {part}"
        else:
            lines.append(part[:width])
    return lines


def _row(value: float, chart: Chart, rows: int) -> int:
    """0 at the top."""
    return min(rows - 1, max(0, round((1 - value / chart.top) * (rows - 1))))


def in_ascii(chart: Chart, width: int = 72, height: int = 12) -> list[str]:
    """The chart in so many columns and lines, ASCII alone (other glyphs are not as wide everywhere): `*` the values,
    `=` breach, `-` alert and watch, `.` baseline, `:` the marks, whose signs stand above."""
    rows = height - 3
    beside = {_row(value, chart, rows): words for value, words in ticks(chart, rows)}
    left = max(map(len, beside.values()))
    cells = width - left - 2
    grid = [[" "] * cells for _ in range(rows)]
    for name, value in chart.limits:
        grid[_row(value, chart, rows)] = [_RULED[name]] * cells
    for mark in chart.marks:
        for line in grid:
            line[column(mark.at, chart.start, chart.end, cells)] = ":"
    for stretch in chart.stretches():
        _draw(grid, chart, stretch)
    lines = [f"{'':{left}}  {sign_row(chart.marks, chart.start, chart.end, cells)}".rstrip()]
    lines += [f"{beside.get(row, ''):>{left}} |{''.join(line)}".rstrip() for row, line in enumerate(grid)]
    lines.append(f"{'':{left}} +{'-' * cells}")
    begin, end = clock(chart.start), f"{clock(chart.end)} UTC"
    lines.append(f"{'':{left}}  {begin}{end:>{cells - len(begin)}}")
    return lines


def _draw(grid: list[list[str]], chart: Chart, stretch: Sequence[tuple[float, float]]) -> None:
    """A line through the points: every column between the first and the last has a cell of it."""
    cells, rows = len(grid[0]), len(grid)
    before: tuple[int, int] | None = None
    for at, value in stretch:
        place, row = column(at, chart.start, chart.end, cells), _row(value, chart, rows)
        from_place, from_row = before or (place, row)
        for step in range(from_place, place + 1):
            share = (step - from_place) / (place - from_place) if place > from_place else 1.0
            grid[round(from_row + share * (row - from_row))][step] = "*"
        for between in range(min(from_row, row), max(from_row, row) + 1):
            if place == from_place:
                grid[between][place] = "*"
        before = place, row
