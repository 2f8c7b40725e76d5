"""One log file as rows: all its lines, or those that match. Everything is done in slices that end when time is up."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from widgets.log_file import LogFile, Span
from widgets.log_filter import Filter
from widgets.log_index import Spent
from widgets.log_map import LineMap
from widgets.log_query import Query
from widgets.log_times import Times

OpenFile = Callable[[Path], LogFile]


class Rows(Protocol):
    """Lines that can be shown: of the log, or of a filter."""

    @property
    def lines(self) -> int: ...
    @property
    def exact(self) -> bool: ...
    def settle(self, at_end: bool) -> int: ...
    def to_start(self) -> None: ...
    def spans(self, row: int, count: int) -> list[Span | None]: ...


class LogSource:
    """A log that grows, its times, and the filter on it."""

    def __init__(self, path: Path, open_file: OpenFile = LogFile) -> None:
        self.path = path
        self.file = open_file(path)
        self.times = Times(path)
        self.map = LineMap(self.file)
        self.filter: Filter | None = None
        self.hide = True
        """Whether only matches are rows while a filter is set."""
        self.generation = 0
        """Grows when the file was replaced or truncated: spans from before mean nothing any more."""

    @property
    def rows(self) -> Rows:
        return self.filter if self.filter is not None and self.hide else self.map

    def refine(self, query: Query | None) -> None:
        """Set or clear the filter."""
        self.hide = True
        self.filter = Filter(self.file, query) if query is not None and not query.error else None

    @property
    def searching(self) -> bool:
        """Whether a person waits for a filter to get through what was there when it was set."""
        return self.filter is not None and self.filter.first_pass

    def advance(self, spent: Spent) -> None:
        """Take notice of what was appended and go on counting and filtering."""
        self.times.refresh()
        if not self.file.refresh():
            self.generation += 1
            self.map = LineMap(self.file)
            if self.filter is not None:
                self.filter = Filter(self.file, self.filter.query)
        self.map.scan(self.file.size, spent)
        if self.filter is not None:
            self.filter.scan(self.file.size, spent)

    @property
    def progress(self) -> tuple[object, ...]:
        """Changes when there is something else to see."""
        matching = self.filter
        found = (matching.lines, matching.seen, matching.behind) if matching is not None else None
        return (self.generation, self.file.size, int(self.map.counted * 20), found)

    def note(self) -> str:
        """About the filter or the count, in words; empty where there is nothing to say."""
        matching = self.filter
        if matching is not None:
            total = f"{matching.seen:,}" if matching.behind else f"{self.map.lines:,}"
            found = max(matching.matches, matching.lines)
            words = f"{found:,} of {total} lines"
            if found > matching.lines:
                words += f", newest {matching.kept:,} kept"
            if matching.behind:
                words += f", {matching.scanned / max(1, matching.size):.0%} searched"
            return words
        return "" if self.map.exact else f"counting {self.map.counted:.0%}"

    def close(self) -> None:
        self.file.close()
        self.times.close()
