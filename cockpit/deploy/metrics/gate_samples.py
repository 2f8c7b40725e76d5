"""Which samples a gate may count: those that say something of the time since it opened, each of them once. Pure."""

from collections.abc import Mapping

from cockpit.deploy.events import Sample
from cockpit.deploy.metrics.gates import Result, Tally, result_of
from cockpit.deploy.metrics.judge import BLIND
from cockpit.deploy.plan import Gate, MetricRule
from cockpit.deploy.state import MetricState

Newest = tuple[dict[str, Result], dict[str, float]]
"""Per metric its result, and the time of the sample behind it."""


def newest(
    gate: Gate,
    rules: Mapping[str, MetricRule],
    metrics: Mapping[str, MetricState],
    tallies: Mapping[str, Tally],
    opened_at: float,
    armed_at: float | None,
    now: float,
) -> Newest:
    """The measurements that can be taken now; empty where every metric still owes a sample."""
    results: dict[str, Result] = {}
    samples: dict[str, float] = {}
    for name in gate.metrics:
        rule, metric = rules.get(name), metrics.get(name)
        since = _since(rule, opened_at, armed_at)
        last = tallies.get(name, Tally()).at
        if metric is not None and _counts(metric.latest, since, last):
            results[name], samples[name] = result_of(metric.latest.level), metric.latest.at
        elif now - max(since, last, metric.latest.at if metric is not None else 0.0) > _stale(rule):
            # Nothing came in all that time, and nobody has said so yet.
            results[name] = result_of(None)
    return results, samples


def _since(rule: MetricRule | None, opened_at: float, armed_at: float | None) -> float:
    """From when on the metric counts: after the opening, and after its warm-up."""
    if rule is None:
        return opened_at
    return max(opened_at, (opened_at if armed_at is None else armed_at) + rule.warm_up_seconds)


def _stale(rule: MetricRule | None) -> float:
    return rule.stale_seconds if rule is not None else 0.0


def _counts(sample: Sample, since: float, last: float) -> bool:
    """A sample without a value counts as long as it stands; one with a value once, where its window does not reach back
    before the opening."""
    if sample.level in BLIND:
        return sample.at > since
    return sample.at > last and sample.at > since and sample.at - (sample.window_seconds or 0.0) >= since - _ROUNDING


_ROUNDING = 0.05
"""Seconds: a window that begins with the gate is within it, whatever a clock rounds."""
