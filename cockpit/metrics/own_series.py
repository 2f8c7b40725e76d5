"""Metrics of the settings' own on a `/metrics` page: rate, gauge, ratio or quantile of any family, by labels."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from cockpit.metrics.base import Reading
from cockpit.metrics.exposition import Scrape, Selector, Series
from cockpit.metrics.options import Options
from cockpit.metrics.promql import LABEL, NAME
from cockpit.metrics.rates import Increments, quantile

KINDS = ("rate", "gauge", "ratio", "quantile")
COMBINE: Mapping[str, Callable[[Sequence[float]], float]] = {"sum": sum, "max": max, "min": min, "mean": fmean}
_COUNTERS = ("_total", "_count", "_sum", "_bucket")
_OPTIONS = ("metric", "labels", "kind", "scale", "combine", "total", "total_labels", "quantile")


@dataclass(frozen=True)
class Own:
    """`rate`: growth per second. `gauge`: the series of all targets combined. `ratio`: `of` as a share of `total`, in
    percent. `quantile`: `share` 0..1 of a histogram. The result is multiplied by `scale`."""

    kind: str
    of: Selector
    total: Selector | None = None
    share: float = 0.95
    combine: str = "sum"
    scale: float = 1.0

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """What has to be collected from a page."""
        return (self.of,) if self.total is None else (self.of, self.total)

    def reading(self, metric: str, now: float, scrapes: Sequence[Scrape], grown: Increments | None) -> Reading:
        """The metric from the newest scrapes and what grew in the window."""
        if not self.of.counter:
            return self._from_gauges(metric, now, scrapes)
        if grown is None:
            return Reading(metric, now, detail="first sample; a rate needs two")
        span = grown.until - grown.since
        if self.kind == "quantile":
            return self._quantile(metric, now, grown, span)
        if not any(key[0] == (self.total or self.of) for scrape in scrapes for key in scrape.own):
            return Reading(metric, now, window_seconds=span, detail=_nothing(self.total or self.of))
        value, detail = grown.own.get((self.of, 0.0), 0.0), f"+{grown.own.get((self.of, 0.0), 0.0):g} in {span:.0f} s"
        if self.total is None:
            return Reading(metric, now, value / span * self.scale, window_seconds=span, detail=detail)
        whole = grown.own.get((self.total, 0.0), 0.0)
        if whole <= 0:
            return Reading(metric, now, window_seconds=span, samples=0, detail=f"nothing counted in {span:.0f} s")
        detail = f"{value:g} of {whole:g} in {span:.0f} s"
        return Reading(metric, now, value / whole * self.scale, "", span, round(whole), detail)

    def top(self, scrapes: Sequence[Scrape]) -> float | None:
        """The largest finite edge of the histogram, times scale; None where it is no quantile or not there yet."""
        edges = [edge for scrape in scrapes for selector, edge, _ in scrape.own if selector == self.of]
        finite = [edge for edge in edges if edge != float("inf")]
        return max(finite) * self.scale if finite and self.kind == "quantile" else None

    def _from_gauges(self, metric: str, now: float, scrapes: Sequence[Scrape]) -> Reading:
        told = [value for scrape in scrapes for value in scrape.gauges.get(self.of, ())]
        # A summary nobody observed is NaN, and no reason to forget the others.
        found = [value for value in told if not math.isnan(value)]
        if not found:
            return Reading(metric, now, detail=f"{self.of.name} is NaN" if told else _nothing(self.of))
        count = f"{len(found)} series" if len(found) > 1 else ""
        if math.inf in found and -math.inf in found and self.combine in ("sum", "mean"):
            return Reading(metric, now, detail=f"the {self.combine} of {count} is NaN")
        value = COMBINE[self.combine](found)
        if self.total is None:
            return Reading(metric, now, value * self.scale, detail=f"{self.combine} of {count}" if count else "")
        whole = sum(value for scrape in scrapes for value in scrape.gauges.get(self.total, ()))
        if not 0 < whole < math.inf:
            return Reading(metric, now, detail=f"{self.total.name} is {whole:g}; nothing to take a share of")
        return Reading(metric, now, value / whole * self.scale, detail=f"{value:g} of {whole:g}")

    def _quantile(self, metric: str, now: float, grown: Increments, span: float) -> Reading:
        buckets = {edge: count for (selector, edge), count in grown.own.items() if selector == self.of}
        samples = round(max(buckets.values(), default=0.0))
        found = quantile(self.share, buckets)
        if found is None:
            return Reading(metric, now, None, "", span, samples, f"nothing observed in {span:.0f} s")
        value, saturated = found
        detail = f"at least {value:g}, the largest bucket; {samples} observed" if saturated else f"{samples} observed"
        return Reading(metric, now, value * self.scale, "", span, samples, detail)


def own(options: Options) -> Own:
    """Options: metric, labels, kind; scale, combine (gauge), total and total_labels (ratio), quantile. Raises
    SourceError."""
    options.only(*_OPTIONS)
    kind, name = options.choice("kind", KINDS), options.text("metric")
    if not NAME.fullmatch(name):
        raise options.error("metric", f"is not a metric name: {name!r}")
    for key, kinds in {"total": "ratio", "total_labels": "ratio", "quantile": "quantile", "combine": "gauge"}.items():
        if key in options.table and kind != kinds:
            raise options.error(key, f'requires kind = "{kinds}"')
    counter = kind in ("rate", "quantile") or (kind == "ratio" and name.endswith(_COUNTERS))
    of = Selector(f"{name}_bucket" if kind == "quantile" else name, _labels(options, "labels"), counter)
    total = None
    if kind == "ratio":
        whole = options.text("total", name)
        total = Selector(whole, _labels(options, "total_labels"), counter)
        if total == of:
            raise options.error(
                "labels", "(or `total`) must select what is counted; the share of itself is always 100 %"
            )
        if whole.endswith(_COUNTERS) != counter:
            raise options.error("total", "must be a counter or gauge, the same as `metric`")
    return Own(
        kind=kind,
        of=of,
        total=total,
        share=options.number("quantile", 0.95, above=0, below=1),
        combine=options.choice("combine", tuple(COMBINE), "sum"),
        scale=options.number("scale", 100.0 if kind == "ratio" else 1.0),
    )


def _labels(options: Options, key: str) -> Series:
    labels = options.mapping(key)
    for label, wanted in labels.items():
        try:
            re.compile(wanted.removeprefix("~"))
        except re.error as error:
            if wanted.startswith("~"):
                raise options.error(f"{key}.{label}", f"is not a regular expression: {error}") from None
        if not LABEL.fullmatch(label):
            raise options.error(f"{key}.{label}", "is not a label name")
    return tuple(sorted(labels.items()))


def _nothing(selector: Selector) -> str:
    labels = ", ".join(f"{label}={wanted}" for label, wanted in selector.labels)
    return f"no series of {selector.name}" + (f" with {labels}" if labels else "")
