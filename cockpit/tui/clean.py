"""Nothing that a runbook, a server or a teammate says drives the terminal: the last look at what is drawn.

Textual hands the text of every line to the terminal as it is. Titles, items, scripts, reasons and names come from
outside, and the widgets are many: what must hold for each of them is done where the line becomes bytes.
"""

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from cockpit.text.sanitize import has_control, without_control

_render = Strip.render


def _clean_render(strip: Strip, console: Console) -> str:
    if any(has_control(segment.text) for segment in strip):
        strip = Strip([Segment(without_control(text), style, control) for text, style, control in strip])
    return _render(strip, console)


def install() -> None:
    """From here on every line is drawn without control characters. They take no cell: nothing moves."""
    Strip.render = _clean_render  # type: ignore[method-assign, assignment]
