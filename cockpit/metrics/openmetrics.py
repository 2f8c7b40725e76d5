"""Source `openmetrics`: scrapes `/metrics` pages itself, no Prometheus needed.

Measures `errors` (% of requests answered with 5xx), `rate` (requests per second), `p50`, `p90`, `p95`, `p99` (seconds).
"""

import asyncio
from collections.abc import Mapping, Sequence

from cockpit.metrics import options as read
from cockpit.metrics.base import Reading, Source, SourceError
from cockpit.metrics.exposition import ExpositionError, Names, Scrape, parse
from cockpit.metrics.http import Client, HttpError, check, shown
from cockpit.metrics.rates import Increments, Target, Window, quantile

DEFAULTS = ("errors", "p95")
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
MEASURES = ("errors", "rate", *QUANTILES)
_OPTIONS = ("url", "urls", "window", "timeout", "headers", "requests", "duration", "status_label", "match")
_ACCEPT = {"Accept": "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5"}


class OpenMetrics:
    """Several targets are one service: their counters are added up, and one that fails makes all readings errors."""

    def __init__(
        self, name: str, clients: Sequence[Client], names: Names, window: float, measures: Mapping[str, str]
    ) -> None:
        self.name = name
        self.top_bucket: float | None = None
        """The largest finite edge of the histogram in seconds, once seen: no quantile above it can be measured."""
        self._clients = clients
        self._targets = [Target() for _ in clients]
        self._names = names
        self._window = Window(window)
        self._measures = measures
        self._scraped: float | None = None
        self._failed = False

    async def read(self, now: float) -> list[Reading]:
        """Scrape every target once. No data at the first time and where there was no traffic; an error, and never an
        older value, where a target does not answer or lacks its metrics."""
        results = await asyncio.gather(*map(self._scrape, self._clients))
        words = next((result for result in results if isinstance(result, str)), "")
        if words:
            self._failed = True
            return [Reading(metric, now, error=words) for metric in self._measures]
        scrapes = [result for result in results if isinstance(result, Scrape)]
        self._advance(scrapes, now)
        edges = [edge for scrape in scrapes for edge, _ in scrape.buckets if edge != float("inf")]
        self.top_bucket = max(edges, default=self.top_bucket)
        missing = {family: words for scrape in scrapes for family, words in scrape.missing.items()}
        total = self._window.total()
        return [self._reading(metric, measure, now, total, missing) for metric, measure in self._measures.items()]

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    async def _scrape(self, client: Client) -> Scrape | str:
        """The page's counters, or in words why there are none."""
        where = shown(client.url)
        try:
            answer = await client.get()
            if answer.status != 200:
                return f"{where} answers {answer.status}"
            # A large page takes a second to parse, and the engine has other things to do.
            scrape = await asyncio.to_thread(parse, answer.body, answer.kind, self._names)
        except HttpError as error:
            return str(error)
        except ExpositionError as error:
            return f"{where}: {error}"
        scrape.missing = {family: f"{where}: {words}" for family, words in scrape.missing.items()}
        return scrape

    def _advance(self, scrapes: Sequence[Scrape], now: float) -> None:
        if self._scraped is not None and now - self._scraped > self._longest():
            # The difference would mix what is long gone with what is now: begin again.
            self._targets = [Target() for _ in self._clients]
            self._window.clear()
            self._scraped = None
        before, self._scraped, self._failed = self._scraped, now, False
        spans = [target.advance(scrape, now) for target, scrape in zip(self._targets, scrapes, strict=True)]
        known = [span for span in spans if span is not None]
        if known and before is not None:
            merged = Increments(before, now)
            for span in known:
                merged.add(span)
            self._window.add(merged)

    def _longest(self) -> float:
        """The longest time between two scrapes that still gives a figure: a slow rhythm is the settings' choice, a gap
        after failures is not."""
        return self._window.seconds if self._failed else max(3 * self._window.seconds, 60.0)

    def _reading(
        self, metric: str, measure: str, now: float, total: Increments | None, missing: Mapping[str, str]
    ) -> Reading:
        family = self._names.duration if measure in QUANTILES else self._names.requests
        if family in missing:
            return Reading(metric, now, error=missing[family])
        if total is None:
            return Reading(metric, now, detail="first look: a rate needs two")
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


def build(name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]) -> Source:
    """Options: url or urls; window (30 s), timeout (3 s), headers; the names `requests`, `duration`, `status_label`;
    `match`, a table of labels that a series must have. Raises SourceError."""
    read.only(name, options, _OPTIONS)
    wanted = read.measures(name, metrics, DEFAULTS, MEASURES)
    urls = [*read.texts(name, options, "url"), *read.texts(name, options, "urls")]
    if not urls:
        raise SourceError(f"source {name!r}: url is missing")
    timeout = read.seconds(name, options, "timeout", read.TIMEOUT_SECONDS)
    headers = _ACCEPT | read.mapping(name, options, "headers")
    standard = Names()
    names = Names(
        requests=read.text(name, options, "requests", standard.requests),
        duration=read.text(name, options, "duration", standard.duration),
        status_label=read.text(name, options, "status_label", standard.status_label),
        match=read.mapping(name, options, "match"),
    )
    window = read.seconds(name, options, "window", 30.0)
    clients = [Client(check(name, url), timeout=timeout, headers=headers) for url in urls]
    return OpenMetrics(name, clients, names, window, wanted)
