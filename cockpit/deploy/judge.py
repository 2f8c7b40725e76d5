"""Readings -> levels. Pure: a reading, a rule and the time give ok, watch, alert, breach, no data or error, with why.

No data is never healthy (facts: Argo Rollouts reads an empty answer as success; this does not).
"""

from collections.abc import Iterable
from math import isfinite
from statistics import median

from cockpit.deploy.commands import ReadingTaken
from cockpit.deploy.events import Level, Sample
from cockpit.deploy.plan import MetricRule, Unit
from cockpit.deploy.state import MetricState

BAD: frozenset[Level] = frozenset({"alert", "breach"})
BLIND: frozenset[Level] = frozenset({"no data", "error"})


def judge(rule: MetricRule, reading: ReadingTaken, now: float) -> Sample:
    """The reading with its level. Thresholds are strict: exactly 5 % does not break a limit of 5 %."""

    def sample(level: Level, reason: str, value: float | None = None) -> Sample:
        return Sample(
            metric=rule.name,
            at=reading.at,
            level=level,
            value=value,
            reason=reason,
            detail=reading.detail,
            samples=reading.samples,
        )

    if reading.error:
        return sample("error", reading.error)
    value = reading.value
    if value is None or not isfinite(value):
        return sample("no data", reading.detail or "the source answered without a value")
    age = now - reading.at
    if age > rule.stale_seconds:
        return sample("no data", f"the newest sample is {seconds_words(age)} old")
    if rule.unit == "up":
        return (
            sample("ok", "", value)
            if value >= 1
            else sample("breach", f"{rule.label} {reading.detail or 'is down'}", value)
        )
    for level, limit in (("breach", rule.breach), ("alert", rule.alert), ("watch", rule.watch)):
        if limit is not None and value > limit:
            why = f"{rule.label} {_over(value, limit, rule.unit)}"
            return sample(level, why, value)  # type: ignore[arg-type]
    return sample("ok", "", value)


def gone_stale(rule: MetricRule, metric: MetricState, now: float) -> Sample | None:
    """A *no data* sample where nothing new came for too long; None while the metric is fresh or already known blind."""
    age = now - metric.latest.at
    if metric.latest.level in BLIND or age <= rule.stale_seconds:
        return None
    return Sample(metric=rule.name, at=now, level="no data", reason=f"no sample for {seconds_words(age)}")


def baseline(metric: MetricState) -> float | None:
    """Median of the recent values; None where fewer than three were measured."""
    values = [value for _, value in metric.recent if value is not None]
    return median(values) if len(values) >= 3 else None


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


def _over(value: float, limit: float, unit: Unit) -> str:
    """`6.2 % > 5 %`; with as many digits as it takes that `5.04 % > 5 %` does not read `5 % > 5 %`."""
    words, bound = value_words(value, unit), value_words(limit, unit)
    if words == bound:
        words, bound = (f"{one:.6g}{f' {unit}' if unit in ('%', 's') else ''}" for one in (value, limit))
    return f"{words} > {bound}"


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
