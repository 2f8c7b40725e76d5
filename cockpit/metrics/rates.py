"""What happened between scrapes: increments with counter resets, merged over series, kept for a window."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from cockpit.metrics.exposition import Scrape, Selector
from cockpit.metrics.turns import Turns

_Key = TypeVar("_Key")
_PROCESSES_KEPT = 16
_CLOCK_SLACK_SECONDS = 1.0


@dataclass
class Increments:
    """Requests finished in (`since`, `until`], Unix times: all, failed ones, and per upper edge of the histogram those
    that took at most so long (cumulative, as Prometheus has it)."""

    since: float
    until: float
    requests: float = 0.0
    failed: float = 0.0
    buckets: dict[float, float] = field(default_factory=dict)
    own: dict[tuple[Selector, float], float] = field(default_factory=dict)
    """Growth of the settings' own counters, per selector and upper edge (0 where it is no bucket)."""

    def add(self, other: "Increments") -> None:
        """Add the figures of another span or target; the times are left to the caller."""
        self.requests += other.requests
        self.failed += other.failed
        for edge, count in other.buckets.items():
            self.buckets[edge] = self.buckets.get(edge, 0.0) + count
        for key, count in other.own.items():
            self.own[key] = self.own.get(key, 0.0) + count


class Target:
    """One scraped address, behind which processes may come and go (a restart, a handover)."""

    def __init__(self) -> None:
        self._processes: dict[float | None, Scrape] = {}
        self._first: float | None = None
        self._last = 0.0
        self._turns = Turns()

    @property
    def turns(self) -> str:
        """How it shows that several processes answer in turn, whose growth says nothing of the whole; else empty."""
        return self._turns.words

    @property
    def last(self) -> float | None:
        """Unix time of the last scrape, None before the first."""
        return None if self._first is None else self._last

    def advance(self, scrape: Scrape, now: float) -> Increments | None:
        """The increments since the scrape before, None at the first.

        A process that is new and began after our first scrape counts from zero. One that is new to us but older only
        gives a base line: its counters are older than our interest. Within a process a smaller value is a reset.
        """
        before = self._processes.pop(scrape.started, None)
        self._turns.see(scrape, before)
        if self._first is None:
            self._first = now
            result = None
        else:
            result = Increments(self._last, now)
            young = scrape.started is not None and scrape.started > self._first - _CLOCK_SLACK_SECONDS
            base = before or (Scrape() if young else scrape)
            _count(result, scrape, base)
        self._processes[scrape.started] = scrape
        while len(self._processes) > _PROCESSES_KEPT:
            del self._processes[next(iter(self._processes))]
        self._last = now
        return result


class Window:
    """The last `seconds` of increments."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._spans: deque[Increments] = deque()

    def add(self, span: Increments) -> None:
        """Put the newest span in; those that lie mostly outside leave. The newest always stays."""
        self._spans.append(span)
        edge = span.until - self.seconds
        while len(self._spans) > 1 and (self._spans[0].since + self._spans[0].until) / 2 < edge:
            self._spans.popleft()

    def clear(self) -> None:
        """Forget everything."""
        self._spans.clear()

    def total(self) -> Increments | None:
        """Everything in the window as one span, None if there is nothing."""
        if not self._spans:
            return None
        result = Increments(self._spans[0].since, self._spans[-1].until)
        for span in self._spans:
            result.add(span)
        return result


def quantile(share: float, buckets: Mapping[float, float]) -> tuple[float, bool] | None:
    """The quantile (`share` 0..1) in seconds, by linear interpolation within its bucket as Prometheus does it.

    The flag says *saturated*: it lies in the last, open bucket, and the value is only that bucket's lower edge. None
    without observations or without an edge.
    """
    edges = sorted(buckets)
    counts = _monotonic(buckets[edge] for edge in edges)
    if not counts or counts[-1] <= 0:
        return None
    rank = share * counts[-1]
    index = next(number for number, count in enumerate(counts) if count >= rank)
    if edges[index] == float("inf"):
        return (edges[index - 1], True) if index else None
    low, below = (edges[index - 1], counts[index - 1]) if index else (0.0, 0.0)
    within = counts[index] - below
    if within <= 0 or edges[index] <= 0:
        return edges[index], False
    return low + (edges[index] - low) * (rank - below) / within, False


def _count(result: Increments, scrape: Scrape, base: Scrape) -> None:
    for key, grown in _growth(scrape.requests, base.requests):
        result.requests += grown
        result.failed += grown if key[0] else 0.0
    for (edge, _), grown in _growth(scrape.buckets, base.buckets):
        result.buckets[edge] = result.buckets.get(edge, 0.0) + grown
    for (selector, edge, _), grown in _growth(scrape.own, base.own):
        result.own[selector, edge] = result.own.get((selector, edge), 0.0) + grown


def _growth(after: Mapping[_Key, float], before: Mapping[_Key, float]) -> Iterable[tuple[_Key, float]]:
    for key, value in after.items():
        old = before.get(key, 0.0)
        yield key, value - old if value >= old else value


def _monotonic(counts: Iterable[float]) -> list[float]:
    """Series with different edges add up to counts that fall; a cumulative count cannot."""
    result: list[float] = []
    for count in counts:
        result.append(max(count, result[-1]) if result else count)
    return result
