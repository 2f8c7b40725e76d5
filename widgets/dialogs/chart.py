"""One metric, large: plotext's chart with thresholds, baseline and marks. plotext is imported with the first chart."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cockpit.deploy.judge import LEVELS, plain_levels, value_words
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.state import MetricState
from cockpit.sanitize import plain
from widgets.dialogs.base import Dialog
from widgets.words import clock

Marks = tuple[tuple[float, str], ...]


def chart(rule: MetricRule, metric: MetricState, marks: Marks, width: int, height: int) -> Content:
    """The history as text of that size, on the metric's fixed scale; a gap where there was no data."""
    # plotext takes 150 ms to import: only who opens a chart pays.
    import plotext

    points = metric.history
    if not any(value is not None for _, value in points):
        return Content("no data")
    figure = plotext.figure
    figure.clear()
    plotext.terminal.limit(False, False)  # the size is the pane's, not the terminal's
    figure.theme("colorless")
    figure.plot_size(width, height)
    start, end = points[0][0], max(points[-1][0], points[0][0] + 1)
    for stretch in _stretches(points):
        signal = figure.signal([at - start for at, _ in stretch], [value for _, value in stretch], marker="braille")
        signal.lines()
        figure.draw(signal)
    highest = max(value for _, value in points if value is not None)
    top = max(rule.top or 0.0, highest * 1.1)
    levels = plain_levels(rule, _base(rule, metric))
    for limit in (*levels.values(), _base(rule, metric)):
        if limit is not None and limit <= top:
            figure.line(limit, "h")
    for at, _ in marks:
        if start <= at <= end:
            figure.line(at - start, "v")
    figure.ruler("y").lim(0, top)
    figure.ruler("x").lim(0, end - start)
    ticks = [start + (end - start) * part / 4 for part in range(5)]
    figure.ruler("x").ticks([at - start for at in ticks], [clock(at) for at in ticks])
    return Content(plain(str(figure.build())))


def _base(rule: MetricRule, metric: MetricState) -> float | None:
    return metric.baseline if metric.baseline is not None else rule.expected


def _stretches(points: tuple[tuple[float, float | None], ...]) -> list[list[tuple[float, float]]]:
    """The points, cut where there was no data."""
    found: list[list[tuple[float, float]]] = [[]]
    for at, value in points:
        if value is not None:
            found[-1].append((at, value))
        elif found[-1]:
            found.append([])
    return [stretch for stretch in found if stretch]


class ChartDialog(Dialog[None]):
    BINDINGS = [("m,enter,q", "cancel", "Close")]  # noqa: RUF012 - Textual reads it as a class variable

    def __init__(self, rule: MetricRule, metric: MetricState, marks: Marks) -> None:
        super().__init__()
        self.title_text = f"{rule.label} {value_words(metric.latest.value, rule.unit)}"
        self.footer_text = "esc close"
        self._rule, self._metric, self._marks = rule, metric, marks
        self.add_class("wide")

    def rows(self) -> ComposeResult:
        yield Static("", id="chart", markup=False, classes="first")
        base = _base(self._rule, self._metric)
        levels = plain_levels(self._rule, base)
        limits = [
            f"{name} {value_words(value, self._rule.unit)}"
            for name, value in (
                ("baseline", base),
                *((level, levels.get(level)) for level in reversed(LEVELS)),
            )
            if value is not None
        ]
        marks = [f"{clock(at)} {name}" for at, name in self._marks]
        yield Static(Content.styled("   ".join(limits), "$muted"), markup=False)
        yield Static(Content.styled("   ".join(marks), "$muted"), markup=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        place = self.query_one("#chart", Static)
        width, height = place.content_region.size
        if width > 20 and height > 6:
            place.update(chart(self._rule, self._metric, self._marks, width, height))
