"""One metric, large: plotext's chart with thresholds, baseline and marks. plotext is imported with the first chart."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cockpit.deploy.events import Sample
from cockpit.deploy.marks import Mark, sign_row
from cockpit.deploy.metrics.chart import Chart, in_ascii, legend, prepare, ticks
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.state import MetricState
from cockpit.text.amounts import seconds_words, value_words
from cockpit.text.sanitize import one_line, plain
from cockpit.text.times import clock
from widgets.dialogs.base import Dialog

Marks = tuple[Mark, ...]
_STYLE = {"breach": "heavy", "base": "dotted"}
_LEGEND_ROWS = 3


def drawn(chart: Chart, width: int, height: int) -> str:
    """The chart as text of that size: the marks' signs above, the levels in words beside the scale."""
    # plotext takes 150 ms to import: only who opens a chart pays.
    import plotext

    figure = plotext.figure
    figure.clear()
    plotext.terminal.limit(False, False)  # the size is the pane's, not the terminal's
    figure.theme("colorless")
    figure.plot_size(width, height - 1)
    start, seconds = chart.start, chart.end - chart.start
    for stretch in chart.stretches():
        signal = figure.signal([at - start for at, _ in stretch], [value for _, value in stretch], marker="braille")
        signal.lines()
        figure.draw(signal)
    for name, value in chart.limits:
        figure.line(value, "h", style=_STYLE.get(name, "default"))
    for mark in chart.marks:
        figure.line(mark.at - start, "v", style="dotted" if mark.sign not in "DAFR" else "default")
    beside = ticks(chart, height - 4)
    figure.ruler("y").lim(0, chart.top)
    figure.ruler("y").ticks([value for value, _ in beside], [words for _, words in beside])
    figure.ruler("x").lim(0, seconds)
    moments = [seconds * part / 4 for part in range(5)]
    figure.ruler("x").ticks(moments, [clock(start + at) for at in moments])
    lines = plain(str(figure.build())).split("\n")
    edge = lines[0].find("┌") + 1
    signs = sign_row(chart.marks, chart.start, chart.end, max(1, len(lines[0].rstrip()) - edge - 1))
    return "\n".join([" " * edge + signs, *lines])


def behind(sample: Sample) -> str:
    """What stands behind a value: `window 1 min, 412 requests`; empty where nothing is known."""
    parts = [f"window {seconds_words(sample.window_seconds)}"] if sample.window_seconds is not None else []
    if sample.samples is not None:
        parts.append(f"{sample.samples} {'requests' if 'request' in sample.detail else 'samples'}")
    elif sample.detail:
        parts.append(one_line(sample.detail))
    return ", ".join(parts)


class ChartDialog(Dialog[None]):
    BINDINGS = [("m,enter,q", "cancel", "Close")]  # noqa: RUF012 - Textual reads it as a class variable

    def __init__(self, rule: MetricRule, metric: MetricState, marks: Marks) -> None:
        super().__init__()
        self.title_text = f"{rule.label} {value_words(metric.latest.value, rule.unit)}"
        self.footer_text = "esc close"
        self._chart = prepare(rule, metric, marks)
        self._behind = behind(metric.latest)
        self._stated = f"inferred from line {rule.line} of the runbook" if rule.line else ""
        self.add_class("wide")

    def rows(self) -> ComposeResult:
        yield Static("", id="chart", markup=False, classes="first")
        for words in filter(None, (self._behind, self._stated)):
            yield Static(Content.styled(words, "$muted"), markup=False)
        yield Static("", id="legend", markup=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        place, below = self.query_one("#chart", Static), self.query_one("#legend", Static)
        width, height = place.content_region.size
        if self._chart is None:
            place.update("no data")
        elif width > 20 and height > 6:
            words = legend(self._chart.marks, width, _LEGEND_ROWS)
            # The legend takes its lines from the chart's.
            height += below.content_region.height - len(words)
            below.styles.height = len(words)
            below.update(Content.styled("\n".join(words), "$muted"))
            ascii_only = self.app.has_class("ascii")
            text = "\n".join(in_ascii(self._chart, width, height)) if ascii_only else drawn(self._chart, width, height)
            place.update(Content(text))
