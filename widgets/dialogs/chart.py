"""One metric, large: plotext's chart with thresholds, baseline and marks. plotext is imported with the first chart."""

from datetime import UTC, datetime

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cockpit.deploy.judge import value_words
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.state import MetricState
from widgets.dialogs.base import Dialog

Marks = tuple[tuple[float, str], ...]


def chart(rule: MetricRule, metric: MetricState, marks: Marks, width: int, height: int) -> Text:
    """The history as text of that size; gaps where there was no data."""
    import plotext

    figure = plotext.figure
    figure.clear_figure()
    figure.plot_size(width, height)
    figure.theme("clear")
    points = [(at, value) for at, value in metric.history if value is not None]
    if not points:
        return Text("no data")
    start = points[0][0]
    figure.plot([at - start for at, _ in points], [value for _, value in points], marker="braille")
    for limit in (rule.watch, rule.alert, rule.breach):
        if limit is not None and limit <= max(value for _, value in points) * 4:
            figure.hline(limit)
    for at, _ in marks:
        if at >= start:
            figure.vline(at - start)
    top = max([rule.top or 0.0, *(value for _, value in points)])
    figure.ylim(0, top)
    ticks = [points[0][0], points[len(points) // 2][0], points[-1][0]]
    figure.xticks([at - start for at in ticks], [f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}" for at in ticks])
    return Text.from_ansi(str(figure.build()))


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
        limits = [
            f"{name} {value_words(value, self._rule.unit)}"
            for name, value in (
                ("baseline", self._metric.baseline),
                ("watch", self._rule.watch),
                ("alert", self._rule.alert),
                ("breach", self._rule.breach),
            )
            if value is not None
        ]
        marks = [f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} {name}" for at, name in self._marks]
        yield Static(Content.styled("   ".join(limits), "$muted"), markup=False)
        yield Static(Content.styled("   ".join(marks), "$muted"), markup=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        place = self.query_one("#chart", Static)
        width, height = place.content_region.size
        if width > 20 and height > 6:
            place.update(chart(self._rule, self._metric, self._marks, width, height))
