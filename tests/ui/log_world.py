"""A log file, the app that shows it, and time that passes only when a test says so."""

from collections.abc import Callable
from pathlib import Path

from textual.app import App, ComposeResult

from widgets.log_file import LogFile
from widgets.log_view import LogView

SIZE = (60, 14)
HEIGHT = 12
"""Rows inside the border."""


class Counting(LogFile):
    """Counts what is read."""

    total = 0

    def read(self, offset: int, length: int) -> bytes:
        data = super().read(offset, length)
        Counting.total += len(data)
        return data


class LogApp(App[None]):
    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        super().__init__()
        self._path, self._clock = path, clock
        self.asked: list[Path] = []
        self.copied: list[int] = []

    def compose(self) -> ComposeResult:
        yield LogView(id="log", ascii_only=True, open_file=Counting, clock=self._clock)

    def on_mount(self) -> None:
        self.log_view.show_file(self._path)
        self.log_view.focus()

    @property
    def log_view(self) -> LogView:
        return self.query_one(LogView)

    def on_log_view_copied(self, message: LogView.Copied) -> None:
        self.copied.append(message.count)

    def on_log_view_pager_requested(self, message: LogView.PagerRequested) -> None:
        self.asked.append(message.path)


class World:
    """A log file and the app that shows it; time passes only in `turn`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.fast = True
        """Whether a slice of work is never out of time."""
        Counting.total = 0

    def clock(self) -> float:
        if self.fast:
            return 0.0
        self.now += 1
        return self.now

    def app(self) -> LogApp:
        return LogApp(self.path, self.clock)

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def turn(self, view: LogView) -> None:
        self.now += 1
        view.poll(self.now)


def numbered(first: int, last: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(first, last))


def screen(view: LogView) -> list[str]:
    """The rows on the screen."""
    return [view.render_line(y).text.rstrip() for y in range(HEIGHT)]


def badge(view: LogView) -> str:
    """The subtitle without its styles."""
    content = view._border_subtitle
    return content.plain if content is not None else ""
