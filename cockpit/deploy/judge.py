"""Readings -> levels. Pure: a reading, a rule and the time give ok, watch, alert, breach, no data or error, with why.

No data is never healthy (facts: Argo Rollouts reads an empty answer as success; this does not).
"""

from collections.abc import Iterable
from itertools import pairwise
from math import isfinite
from statistics import median

from cockpit.deploy.commands import ReadingTaken
from cockpit.deploy.events import Level, Sample
from cockpit.deploy.plan import Limit, MetricRule, Relative, Unit
from cockpit.deploy.state import MetricState

BAD: frozenset[Level] = frozenset({"alert", "breach"})
BLIND: frozenset[Level] = frozenset({"no data", "error"})


LEVELS: tuple[Level, ...] = ("breach", "alert", "watch")


def plain_levels(rule: MetricRule, base: float | None) -> dict[Level, float]:
    """The levels that are known now, as numbers in the metric's unit."""
    found: dict[Level, float] = {}
    for name in LEVELS:
        limit: Limit | None = getattr(rule, name)
        if isinstance(limit, Relative):
            limit = _number(limit, base) if base is not None else None
        if limit is not None:
            found[name] = limit
    return found


def _number(limit: Limit | None, base: float) -> float | None:
    return limit.times * base + limit.plus if isinstance(limit, Relative) else limit


def why_not_in_order(rule: MetricRule, base: float | None) -> str:
    """`alert 0.2 % (2x baseline, baseline 0.1 %) lies below watch 1 %`; empty where the levels are in order, or not
    known yet."""
    plain = plain_levels(rule, base)
    given = [(name, plain[name]) for name in reversed(LEVELS) if name in plain]
    for (low, below), (high, above) in pairwise(given):
        if (above > below) if rule.below else (above < below):
            side = "above" if rule.below else "below"
            return f"{high} {_said(rule, high, above, base)} lies {side} {low} {_said(rule, low, below, base)}"
    return ""


def _said(rule: MetricRule, level: Level, value: float, base: float | None) -> str:
    said, words = getattr(rule, level), value_words(value, rule.unit)
    return f"{words} ({said.words()}, baseline {value_words(base, rule.unit)})" if isinstance(said, Relative) else words


def judge(rule: MetricRule, reading: ReadingTaken, now: float, base: float | None = None) -> Sample:
    """The reading with its level; `base` is the measured baseline. Thresholds are strict: exactly 5 % does not break a
    limit of 5 %. A level against a baseline that was not measured decides nothing."""

    def sample(level: Level, reason: str, value: float | None = None) -> Sample:
        return Sample(
            metric=rule.name,
            at=reading.at,
            level=level,
            value=value,
            reason=reason,
            detail=reading.detail,
            samples=reading.samples,
            window_seconds=reading.window_seconds,
        )

    if reading.error:
        return sample("error", reading.error)
    value = reading.value
    if value is None or not isfinite(value):
        return sample("no data", reading.detail or "the source answered without a value")
    age = now - reading.at
    if age > rule.stale_seconds:
        return sample("no data", f"the newest sample is {seconds_words(age)} old")
    if reading.samples is not None and reading.samples < rule.min_samples:
        why = f"{reading.samples} samples are too few to judge (at least {rule.min_samples})"
        return sample("no data", why, value)
    if rule.unit == "up":
        return (
            sample("ok", "", value)
            if value >= 1
            else sample("breach", f"{rule.label} {reading.detail or 'is down'}", value)
        )
    for level, limit in plain_levels(rule, base).items():
        if value < limit if rule.below else value > limit:
            said = getattr(rule, level)
            against = f" ({said.words()})" if isinstance(said, Relative) else ""
            return sample(level, f"{rule.label} {_past(value, limit, rule)}{against}", value)
    return sample("ok", "", value)


def gone_stale(rule: MetricRule, metric: MetricState, now: float) -> Sample | None:
    """A *no data* sample where nothing new came for too long; None while the metric is fresh or already known blind."""
    age = now - metric.latest.at
    if metric.latest.level in BLIND or age <= rule.stale_seconds:
        return None
    return Sample(metric=rule.name, at=now, level="no data", reason=f"no sample for {seconds_words(age)}")


def baseline(metric: MetricState, since: float = 0.0) -> float | None:
    """Median of the values from that time on; None where fewer than three were measured."""
    values = [value for at, value in metric.recent if value is not None and at >= since]
    return median(values) if len(values) >= 3 else None


def base_of(rule: MetricRule, metric: MetricState | None) -> float | None:
    """The metric's baseline: as measured, else as the settings expect it."""
    return metric.baseline if metric is not None and metric.baseline is not None else rule.expected


def worst(levels: Iterable[Level]) -> Level:
    """The level that decides: breach before alert before error before no data before watch before ok."""
    order: tuple[Level, ...] = ("breach", "alert", "error", "no data", "watch", "ok")
    found = set(levels)
    return next((level for level in order if level in found), "no data")


def value_words(value: float | None, unit: Unit) -> str:
    """`0.08 %`, `412 ms`, `1.2 s`, `61`, `up`: a value as the screen, the log and the reasons write it."""
    if value is None:
        return "no data"
    if unit == "up":
        return "up" if value >= 1 else "down"
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{_short(value)} s"
    return f"{_short(value)} %" if unit == "%" else _short(value)


def _short(value: float) -> str:
    size = abs(value)
    digits = 2 if 0 < size < 1 else 1 if size < 10 else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _past(value: float, limit: float, rule: MetricRule) -> str:
    """`6.2 % > 5 %`; with as many digits as it takes that `5.04 % > 5 %` does not read `5 % > 5 %`."""
    unit = rule.unit
    words, bound = value_words(value, unit), value_words(limit, unit)
    if words == bound:
        words, bound = (f"{one:.6g}{f' {unit}' if unit in ('%', 's') else ''}" for one in (value, limit))
    return f"{words} {'<' if rule.below else '>'} {bound}"


def seconds_words(seconds: float) -> str:
    """`4 s`, `1 min 05 s`, `2 h 40 min`: a duration for people."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
