"""Readings -> levels. Pure: a reading, a rule and the time give ok, watch, alert, breach, no data or error, with why.

No data is never healthy (facts: Argo Rollouts reads an empty answer as success; this does not).
"""

from collections.abc import Iterable
from itertools import pairwise
from math import inf, isfinite, isnan

from cockpit.deploy.commands import Reading
from cockpit.deploy.events import Level, Sample
from cockpit.deploy.metrics.baselines import LEVELS, base_of, baseline, plain_levels, why_not_judged
from cockpit.deploy.plan import MetricRule, Relative
from cockpit.deploy.state import MetricState
from cockpit.text.amounts import seconds_words, value_words

__all__ = ["LEVELS", "base_of", "baseline", "plain_levels", "seconds_words", "value_words"]

BAD: frozenset[Level] = frozenset({"alert", "breach"})
BLIND: frozenset[Level] = frozenset({"no data", "error"})
CLOCK_SLACK_SECONDS = 10.0
"""So far a sample's own time may be ahead of this machine's: clocks differ a little."""


def why_not_in_order(rule: MetricRule, base: float | None) -> str:
    """`alert 0.2 % (2x baseline, baseline 0.1 %) lies below watch 1 %`; empty where the levels are in order, or not
    known yet."""
    plain = plain_levels(rule, base)
    given = [(name, plain[name]) for name in reversed(LEVELS) if name in plain]
    for (low, below), (high, above) in pairwise(given):
        if (above > below) if rule.below else (above < below):
            side = "above" if rule.below else "below"
            return f"{high} {_said(rule, high, above, base)} is {side} {low} {_said(rule, low, below, base)}"
    return ""


def _said(rule: MetricRule, level: Level, value: float, base: float | None) -> str:
    said, words = getattr(rule, level), value_words(value, rule.unit)
    return f"{words} ({said.words()}, baseline {value_words(base, rule.unit)})" if isinstance(said, Relative) else words


def judge(rule: MetricRule, reading: Reading, now: float, base: float | None = None) -> Sample:
    """The reading with its level; `base` is the measured baseline. Thresholds are strict: exactly 5 % does not break a
    limit of 5 %. Where a level stands against a baseline that was not measured, a value that passes no level is *no
    data*: nothing says that it is well."""

    known = isfinite(reading.at)
    # Within the slack a clock that is ahead makes nothing fresh for longer.
    at = min(reading.at, now) if known else now

    def sample(level: Level, reason: str, value: float | None = None, *, unjudged: bool = False) -> Sample:
        return Sample(
            metric=rule.name,
            at=at,
            level=level,
            value=value,
            reason=reason,
            detail=reading.detail,
            samples=reading.samples,
            window_seconds=reading.window_seconds,
            unjudged=unjudged,
        )

    if reading.error:
        return sample("error", reading.error)
    value = reading.value
    if value is None or isnan(value):
        return sample("no data", reading.detail or "the source returned no value")
    if not known:
        return sample("no data", "the timestamp of the newest sample is unreadable")
    if reading.at - now > CLOCK_SLACK_SECONDS:
        why = f"the newest sample is from {seconds_words(reading.at - now)} in the future"
        return sample("no data", f"{why}; fix the clock here or there")
    age = now - at
    if age > rule.stale_seconds:
        return sample("no data", f"the newest sample is {seconds_words(age)} old")
    finite = value if isfinite(value) else None  # a journal holds no other number
    if reading.samples is not None and reading.samples < rule.min_samples:
        why = f"too few samples to judge: {reading.samples} (at least {rule.min_samples})"
        return sample("no data", why, finite)
    breach = plain_levels(rule, base).get("breach")
    if breach is not None and value == (-inf if rule.below else inf):
        return sample("breach", f"{rule.label} is {value:+g}, past {value_words(breach, rule.unit)}")
    if finite is None:
        return sample("no data", reading.detail or "the source returned no value")
    if rule.unit == "up":
        return (
            sample("ok", "", value)
            if value >= 1
            else sample("breach", f"{rule.label} {reading.detail or 'is down'}", value)
        )
    levels, unjudged = plain_levels(rule, base), why_not_judged(rule, base)
    for level, limit in levels.items():
        if unjudged and level != "breach":
            break
        if value < limit if rule.below else value > limit:
            said = getattr(rule, level)
            against = f" ({said.words()})" if isinstance(said, Relative) else ""
            return sample(level, f"{rule.label} {_past(value, limit, rule)}{against}", value)
    return sample("no data", unjudged, value, unjudged=True) if unjudged else sample("ok", "", value)


def reading_of(sample: Sample) -> Reading:
    """What was measured, without what was made of it."""
    return Reading(
        metric=sample.metric,
        at=sample.at,
        value=sample.value,
        detail=sample.detail,
        samples=sample.samples,
        window_seconds=sample.window_seconds,
    )


def gone_stale(rule: MetricRule, metric: MetricState, now: float) -> Sample | None:
    """A *no data* sample where nothing new came for too long; None while the metric is fresh or already known blind."""
    age = now - metric.latest.at
    if (metric.latest.level in BLIND and not metric.latest.unjudged) or age <= rule.stale_seconds:
        return None
    return Sample(metric=rule.name, at=now, level="no data", reason=f"no sample for {seconds_words(age)}")


def worst(levels: Iterable[Level]) -> Level:
    """The level that decides: breach before alert before error before no data before watch before ok."""
    order: tuple[Level, ...] = ("breach", "alert", "error", "no data", "watch", "ok")
    found = set(levels)
    return next((level for level in order if level in found), "no data")


def _past(value: float, limit: float, rule: MetricRule) -> str:
    """`6.2 % > 5 %`; with as many digits as it takes that `5.04 % > 5 %` does not read `5 % > 5 %`."""
    unit = rule.unit
    words, bound = value_words(value, unit), value_words(limit, unit)
    if words == bound:
        words, bound = (f"{one:.6g}{f' {unit}' if unit in ('%', 's') else ''}" for one in (value, limit))
    return f"{words} {'<' if rule.below else '>'} {bound}"
