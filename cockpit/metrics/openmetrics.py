"""Source `openmetrics`: scrapes `/metrics` pages itself, no Prometheus needed.

Measures `errors` (% of requests answered with 5xx), `rate` (requests per second), `p50`, `p90`, `p95`, `p99` (seconds),
and any family of the page as `rate`, `gauge`, `ratio` or `quantile`.
"""

from collections.abc import Mapping, Sequence

from cockpit.external.http import Client
from cockpit.metrics import access as entry
from cockpit.metrics.base import Reading, Source
from cockpit.metrics.exposition import Names, Selector
from cockpit.metrics.fleet import Fleet, Look
from cockpit.metrics.options import Metrics, Options, of_metric
from cockpit.metrics.own_series import Own, own
from cockpit.metrics.promql import MEASURES, QUANTILES
from cockpit.metrics.rates import Increments, quantile

DEFAULTS = ("errors", "p95")
_OPTIONS = ("url", "urls", "window", "requests", "duration", "status_label", "match", "min_targets", *entry.NAMES)
_ACCEPT = {"Accept": "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5"}


class OpenMetrics:
    """Several targets are one service: their counters are added up, and one that fails makes all readings errors."""

    def __init__(self, name: str, fleet: Fleet, names: Names, wanted: Mapping[str, Own | str]) -> None:
        self.name = name
        self.top_bucket: float | None = None
        """The largest finite edge of the histogram in seconds, once seen: no quantile above it can be measured."""
        self.units = {metric: _unit(one) for metric, one in wanted.items() if isinstance(one, str)}
        self._fleet = fleet
        self._names = names
        self._wanted = wanted
        self._tops: dict[str, float] = {}

    async def read(self, now: float) -> list[Reading]:
        """Scrape every target once. No data at the first time and where there was no traffic; an error, and never an
        older value, where a target does not answer or lacks its metrics."""
        look = await self._fleet.look(now)
        if isinstance(look, str):
            return [Reading(metric, now, error=look) for metric in self._wanted]
        self._see_tops(look)
        missing = {family: words for scrape in look.scrapes for family, words in scrape.missing.items()}
        found = [self._reading(metric, one, now, look, missing) for metric, one in self._wanted.items()]
        if look.silent:
            note = f"{len(look.scrapes)} of {len(look.scrapes) + len(look.silent)} targets"
            found = [_noted(one, note) for one in found]
        return found

    async def ceilings(self) -> dict[str, float]:
        """Per quantile the top finite edge of its histogram, as far as a page was seen: nothing above it can be
        measured."""
        return dict(self._tops)

    async def close(self) -> None:
        await self._fleet.close()

    def _see_tops(self, look: Look) -> None:
        edges = [edge for scrape in look.scrapes for edge, _ in scrape.buckets if edge != float("inf")]
        self.top_bucket = max(edges, default=self.top_bucket)
        for metric, one in self._wanted.items():
            top = one.top(look.scrapes) if isinstance(one, Own) else self.top_bucket if one in QUANTILES else None
            if top is not None:
                self._tops[metric] = top

    def _reading(self, metric: str, one: Own | str, now: float, look: Look, missing: Mapping[str, str]) -> Reading:
        if look.turns and (isinstance(one, str) or one.of.counter):
            return Reading(metric, now, detail=look.turns)
        if isinstance(one, Own):
            words = next((missing[selector.name] for selector in one.selectors if selector.name in missing), "")
            at = _taken(look, one.selectors, now)
            return Reading(metric, now, error=words) if words else one.reading(metric, at, look.scrapes, look.grown)
        family = self._names.duration if one in QUANTILES else self._names.requests
        if family in missing:
            return Reading(metric, now, error=missing[family])
        if look.grown is None:
            return Reading(metric, now, detail="first sample; a rate needs two")
        return _of_requests(metric, one, _taken(look, (family,), now), look.grown)


def _taken(look: Look, made_of: Sequence[str | Selector], now: float) -> float:
    """When the value was: the pages' own oldest time where they give one, else now."""
    return min((scrape.times[one] for scrape in look.scrapes for one in made_of if one in scrape.times), default=now)


def _of_requests(metric: str, measure: str, now: float, total: Increments) -> Reading:
    span = total.until - total.since
    if measure in QUANTILES:
        return _quantile(metric, now, QUANTILES[measure], total.buckets, span)
    count = round(total.requests)
    if measure == "rate":
        detail = f"{count} requests in {span:.0f} s"
        return Reading(metric, now, total.requests / span, window_seconds=span, samples=count, detail=detail)
    if total.requests <= 0:
        return Reading(metric, now, window_seconds=span, samples=0, detail=f"no requests in {span:.0f} s")
    value = 100.0 * total.failed / total.requests
    detail = f"{round(total.failed)} of {count} requests"
    return Reading(metric, now, value, window_seconds=span, samples=count, detail=detail)


def _quantile(metric: str, now: float, share: float, buckets: Mapping[float, float], span: float) -> Reading:
    found = quantile(share, buckets)
    samples = round(max(buckets.values(), default=0.0))
    if found is None:
        return Reading(metric, now, window_seconds=span, samples=samples, detail=f"no requests in {span:.0f} s")
    value, saturated = found
    detail = f"{samples} requests"
    if saturated:
        detail = f"at least {value:g} s, the largest bucket; {detail}"
    return Reading(metric, now, value, window_seconds=span, samples=samples, detail=detail)


def _unit(measure: str) -> str:
    return "%" if measure == "errors" else "s" if measure in QUANTILES else ""


def _noted(one: Reading, note: str) -> Reading:
    detail = f"{one.detail}; {note}" if one.detail else note
    return Reading(one.metric, one.at, one.value, one.error, one.window_seconds, one.samples, detail)


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """Options: url or urls; window (30 s), timeout (3 s), headers, token, username, password, tls; the names
    `requests`, `duration`, `status_label`; `match`, a table of labels that a series must have; min_targets (all). Per
    metric: measure, or metric, labels, kind and what goes with it. Raises SourceError."""
    given = Options(name, options).only(*_OPTIONS)
    addresses = entry.urls(given)
    standard = Names()
    names = Names(
        requests=given.text("requests", standard.requests),
        duration=given.text("duration", standard.duration),
        status_label=given.text("status_label", standard.status_label),
        match=given.mapping("match"),
    )
    wanted = {metric: _wanted(of_metric(name, metric, table), metric) for metric, table in metrics.items()}
    wanted = wanted or {default: default for default in DEFAULTS}
    selectors = {selector for one in wanted.values() if isinstance(one, Own) for selector in one.selectors}
    least = given.number("min_targets", float(len(addresses)), above=0, below=len(addresses) + 1)
    if least != int(least):
        raise given.error("min_targets", f"must be a whole number up to {len(addresses)}")
    clients = [Client(url, entry.access(given, url, _ACCEPT)) for url in addresses]
    fleet = Fleet(clients, names, selectors, given.seconds("window", 30.0), int(least))
    return OpenMetrics(name, fleet, names, wanted)


def _wanted(options: Options, metric: str) -> Own | str:
    if "metric" in options.table or "kind" in options.table:
        return own(options)
    measure = options.only("measure", "metric", "kind", "labels").text("measure", metric)
    if measure not in MEASURES:
        raise options.error("metric", f"is missing; {measure!r} is none of {', '.join(MEASURES)}")
    return measure
