"""From the text of a `/metrics` page to the counters that matter: requests by outcome, durations by bucket."""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.samples import Sample

_SUFFIX = re.compile(r"_(bucket|count|sum|total)$")

Series = tuple[tuple[str, str], ...]
"""The labels of a series, sorted."""


@dataclass(frozen=True)
class Selector:
    """Series of the settings' own: a sample's name and labels; a label's text that begins with `~` is a regular
    expression for the whole value. `counter`: only its growth counts."""

    name: str
    labels: Series = ()
    counter: bool = True

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether a sample with these labels is one of them."""
        return all(_fits(wanted, labels.get(label, "")) for label, wanted in self.labels)


class ExpositionError(Exception):
    """The page is empty, is not in the format, or lacks what was asked for; the text is for a person."""


@dataclass(frozen=True)
class Names:
    """What the service calls things. `match`: labels that a series must have to count."""

    requests: str = "http_requests_total"
    duration: str = "http_request_duration_seconds"
    status_label: str = "status"
    match: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Scrape:
    """Cumulative counters of one process per series: `requests` (failed?, labels), `buckets` (upper edge, labels),
    `own` (selector, upper edge or 0, labels). `gauges` are as they are now. `started`: the process's start, Unix time,
    if it tells. `missing`: family -> why it is no use."""

    requests: dict[tuple[bool, Series], float] = field(default_factory=dict)
    buckets: dict[tuple[float, Series], float] = field(default_factory=dict)
    own: dict[tuple[Selector, float, Series], float] = field(default_factory=dict)
    gauges: dict[Selector, list[float]] = field(default_factory=dict)
    started: float | None = None
    missing: dict[str, str] = field(default_factory=dict)
    times: "dict[str | Selector, float]" = field(default_factory=dict)
    """Family or selector -> the Unix time of its oldest sample, where the page gives times (a federation, an exporter
    that asks its far side now and then); -inf where it cannot be read."""


def parse(text: str, kind: str, names: Names, selectors: Collection[Selector] = ()) -> Scrape:
    """Read a page; `kind` is its content type. Raises ExpositionError."""
    families = _families(text, kind)
    scrape, seen, starts = Scrape(), set[str](), set[float]()
    own: dict[str, list[Selector]] = {}
    for selector in selectors:
        own.setdefault(selector.name, []).append(selector)
    for family in families:
        # The family's name has no suffix, and it is there before its first sample.
        seen |= {family.name, f"{family.name}_total"}
        for sample in family.samples:
            seen.add(sample.name)
            for selector in own.get(sample.name, ()):
                _add_own(scrape, selector, sample)
            if sample.name == "process_start_time_seconds":
                starts.add(sample.value)
            elif any(sample.labels.get(label) != value for label, value in names.match.items()):
                continue
            elif sample.name == names.requests:
                _add_request(scrape, sample, names)
            elif sample.name == f"{names.duration}_bucket":
                _add_bucket(scrape, sample, names)
    if len(starts) == 1:  # a page of several instances has a start for each, and their series differ by labels
        scrape.started = starts.pop()
    for name in own:
        if name in seen or _SUFFIX.sub("", name) in seen:  # a family without a sample has its bare name only
            continue
        scrape.missing[name] = f"{name} is not among its {len(families)} metrics"
    if names.requests not in seen:
        scrape.missing[names.requests] = f"{names.requests} is not among its {len(families)} metrics"
    if names.duration not in seen and f"{names.duration}_bucket" not in seen:
        scrape.missing[names.duration] = f"{names.duration} is not among its {len(families)} metrics"
    elif not scrape.buckets and f"{names.duration}_count" in seen:
        scrape.missing[names.duration] = f"{names.duration} has no buckets; expected a histogram"
    return scrape


def _families(text: str, kind: str) -> list[Metric]:
    parser = parse_openmetrics if kind.startswith("application/openmetrics-text") else parse_text
    try:
        families = list(parser(text))
    except (ValueError, KeyError, IndexError, TypeError) as error:  # what its parser raises on foreign text
        raise ExpositionError(f"not in the Prometheus text format: {str(error)[:80]!r}") from error
    if not families:
        raise ExpositionError("an empty page")
    return families


def _add_request(scrape: Scrape, sample: Sample, names: Names) -> None:
    status = sample.labels.get(names.status_label)
    if status is None:
        known = ", ".join(sorted(sample.labels)) or "none"
        scrape.missing[names.requests] = f"{names.requests} has no label {names.status_label!r}; its labels: {known}"
        return
    _see_time(scrape, names.requests, sample)
    if _counts(scrape, names.requests, sample):
        scrape.requests[status.startswith("5"), _series(sample.labels.items())] = sample.value


def _add_bucket(scrape: Scrape, sample: Sample, names: Names) -> None:
    edge = sample.labels.get("le")
    if edge is None:
        return
    _see_time(scrape, names.duration, sample)
    try:
        rest = _series((name, text) for name, text in sample.labels.items() if name != "le")
        if _counts(scrape, names.duration, sample):
            scrape.buckets[float(edge), rest] = sample.value
    except ValueError as error:
        raise ExpositionError(f"a bucket with the edge {edge[:20]!r}") from error


def _add_own(scrape: Scrape, selector: Selector, sample: Sample) -> None:
    if not selector.takes(sample.labels):
        return
    _see_time(scrape, selector, sample)
    if selector.counter:
        try:
            edge = float(sample.labels.get("le", 0.0))
        except ValueError:
            return
        rest = _series((key, one) for key, one in sample.labels.items() if key != "le")
        if _counts(scrape, selector.name, sample):
            scrape.own[selector, edge, rest] = sample.value
    else:
        scrape.gauges.setdefault(selector, []).append(sample.value)


def _see_time(scrape: Scrape, of: str | Selector, sample: Sample) -> None:
    """A value is as old as the oldest of what it is made of."""
    if sample.timestamp is None:
        return
    at = float(sample.timestamp)
    scrape.times[of] = min(scrape.times.get(of, math.inf), at if math.isfinite(at) else -math.inf)


def _counts(scrape: Scrape, family: str, sample: Sample) -> bool:
    """Whether the sample is a count. Where it is none the family is no use: left out it would be a zero."""
    if 0 <= sample.value < math.inf:
        return True
    scrape.missing[family] = f"{sample.name} is {sample.value:g}, not a count"
    return False


def _fits(wanted: str, value: str) -> bool:
    return re.fullmatch(wanted[1:], value) is not None if wanted.startswith("~") else wanted == value


def _series(labels: Iterable[tuple[str, str]]) -> Series:
    return tuple(sorted(labels))
