"""Whether several processes answer behind one address in turn: a load balancer over pods, workers that were forked."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from cockpit.metrics.exposition import Scrape

_Key = TypeVar("_Key")

KEPT = 16
"""Scrapes that are looked back over."""
_RETURNS = 3
"""A handover has a return or two of the process that leaves; more are turns."""


@dataclass
class _Fall:
    """A counter that fell from `high` to `low`, at which scrape, and whether it came back up in one step since."""

    high: float
    low: float
    at: int
    returned: bool = False


class Turns:
    """Looks at every scrape of one address. A restart falls once, and its counters grow again from below; counters of
    two processes go down and up within a range."""

    def __init__(self) -> None:
        self._starts: deque[float | None] = deque(maxlen=KEPT + 1)
        self._falls: dict[object, _Fall] = {}
        self._number = 0
        self._nested: int | None = None

    def see(self, scrape: Scrape, before: Scrape | None) -> None:
        """`before`: what the same process said last, as far as its start tells which it is."""
        self._number += 1
        self._starts.append(scrape.started)
        self._falls = {key: one for key, one in self._falls.items() if self._number - one.at < KEPT}
        if before is None:
            return
        self._compare("requests", scrape.requests, before.requests)
        self._compare("buckets", scrape.buckets, before.buckets)
        self._compare("own", scrape.own, before.own)

    def _compare(self, kind: str, after: Mapping[_Key, float], before: Mapping[_Key, float]) -> None:
        for series, value in after.items():
            old, key = before.get(series, value), (kind, series)
            fall = self._falls.get(key)
            if value < old:
                if fall is not None and fall.returned and value >= fall.low:
                    self._nested = self._number
                self._falls[key] = _Fall(old, value, self._number)
            elif fall is not None and value >= fall.high and 2 * (value - old) > fall.high - fall.low:
                fall.returned = True

    @property
    def words(self) -> str:
        """How it shows that several processes answer in turn; empty where it does not."""
        returned = self._returned()
        if len(returned) >= _RETURNS:
            starts = " and ".join(_clock(one) for one in sorted(set(returned[-2:])))
            return f"processes started {starts} UTC take turns answering"
        if self._nested is not None and self._number - self._nested < KEPT:
            return "its counters keep going down and up; several processes take turns answering, or one restarts often"
        return ""

    def _returned(self) -> list[float]:
        """The starts of those that answered again after another one, newest last."""
        found: list[float] = []
        known: set[float | None] = set()
        last: float | None = None
        for start in self._starts:
            if start != last and start in known and start is not None:
                found.append(start)
            known.add(start)
            last = start
        return found


def _clock(at: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{at:g}"
