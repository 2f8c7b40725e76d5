"""What `cockpit check` can say about a source: does it answer, is it fresh, can its limits be passed at all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from cockpit.deploy.metrics.judge import judge
from cockpit.deploy.plan import MetricRule
from cockpit.metrics.base import Reading, Source

Severity = Literal["error", "warning"]
AGAIN_SECONDS = 1.0
"""Between the two looks that a rate needs."""
_CLOCK_SLACK_SECONDS = 5.0


class Finding(Struct, frozen=True):
    """One thing that is wrong with a metric, in words for a person."""

    severity: Severity
    metric: str
    text: str
    code: str = "source"
    """For programs: not-measured, no-answer, down, no-data, stale, unit, unreachable-level, breach, alert
    or watch."""


@runtime_checkable
class Ceiled(Protocol):
    """A source that knows how high its metrics can get."""

    async def ceilings(self) -> Mapping[str, float]:
        """metric -> the largest value that can be measured, in the metric's unit. Never raises."""
        ...


async def examine(
    source: Source, rules: Sequence[MetricRule], clock: Callable[[], float], again: float = AGAIN_SECONDS
) -> list[Finding]:
    """Read the source (twice where it has no value at first) and compare with the rules of its metrics. `clock` gives
    Unix time. Does not close the source."""
    readings = {one.metric: one for one in await source.read(clock())}
    if any(one.value is None and not one.error for one in readings.values()):
        await asyncio.sleep(again)  # a rate needs two looks
        readings = {one.metric: one for one in await source.read(clock())}
    ceilings = await source.ceilings() if isinstance(source, Ceiled) else {}
    units: Mapping[str, str] = getattr(source, "units", {})
    now = clock()
    found: list[Finding] = []
    for rule in rules:
        reading = readings.get(rule.name)
        if reading is None:
            found.append(Finding("error", rule.name, f"the source {source.name} does not provide it", "not-measured"))
            continue
        found += _answer(rule, reading, now) or _down(rule, reading, source.name) or _ill(rule, reading, now)
        found += _unit(rule, reading, units.get(rule.name))
        if rule.name in ceilings and not rule.below:
            found += _ceiling(rule, ceilings[rule.name])
    return found


def _answer(rule: MetricRule, reading: Reading, now: float) -> list[Finding]:
    if reading.error:
        return [Finding("error", rule.name, reading.error, "no-answer")]
    if reading.value is None:
        words = f"no data: {reading.detail or 'the source returned no value'}"
        return [Finding("warning", rule.name, words, "no-data")]
    age = now - reading.at
    if age > rule.stale_seconds:
        words = (
            f"the newest sample is {age:.0f} s old, but counts as no data after {rule.stale_seconds:g} s; raise `stale`"
        )
        return [Finding("error", rule.name, f"{words} above two scrape intervals", "stale")]
    if 2 * age > rule.stale_seconds + _CLOCK_SLACK_SECONDS:
        words = f"the newest sample is {age:.0f} s old, close to `stale` ({rule.stale_seconds:g} s)"
        return [Finding("warning", rule.name, words, "stale")]
    return []


def _down(rule: MetricRule, reading: Reading, source: str) -> list[Finding]:
    """In a deploy a health endpoint that is down is a measurement. Before one, its address may as well be wrong."""
    if rule.unit != "up" or reading.value is None or reading.value >= 1:
        return []
    answered = bool(reading.samples)
    why = reading.detail or "the source says so"
    ask = "Is the URL right?" if answered else "Is the URL right, and can this machine reach it?"
    words = f"{'down' if answered else 'no answer'}: {why}. {ask} ([sources.{source}])"
    if not rule.judged:
        return [Finding("warning", rule.name, words, "down" if answered else "no-answer")]
    waits = "; a deploy waits before its first step until it is up"
    return [Finding("error", rule.name, words + waits, "down" if answered else "no-answer")]


def _ill(rule: MetricRule, reading: Reading, now: float) -> list[Finding]:
    """A metric that is past a level now is not well, whatever answers."""
    if rule.unit == "up":
        return []
    sample = judge(rule, reading, now, rule.expected)
    if sample.level == "breach" and rule.judged:
        words = f"breaches now: {sample.reason}; a deploy waits before its first step until it recovers"
        return [Finding("error", rule.name, words, "breach")]
    if sample.level in ("alert", "breach", "watch"):
        return [Finding("warning", rule.name, f"at {sample.level} now: {sample.reason}", sample.level)]
    if sample.level == "no data" and not sample.unjudged:
        return [Finding("warning", rule.name, f"no data: {sample.reason}", "no-data")]
    return []


def _unit(rule: MetricRule, reading: Reading, gives: str | None) -> list[Finding]:
    if gives is not None and gives != rule.unit:
        said = f"unit is {rule.unit!r}, but the source returns {gives!r}"
        return [Finding("error" if rule.judged else "warning", rule.name, said, "unit")]
    if gives is not None or reading.value is None:
        return []
    if rule.unit == "s" and reading.value > 1000:
        words = f"{reading.value:g} s; are these milliseconds? (in http_json: scale = 0.001)"
        return [Finding("warning", rule.name, words, "unit")]
    if rule.unit == "%" and not 0 <= reading.value <= 100:
        return [Finding("warning", rule.name, f"{reading.value:g} % is not a share", "unit")]
    return []


def _ceiling(rule: MetricRule, top: float) -> list[Finding]:
    """A quantile saturates at the histogram's top finite edge, and a limit there is never passed (strict >)."""
    found: list[Finding] = []
    for key, limit in (("breach", rule.breach), ("alert", rule.alert), ("watch", rule.watch)):
        if isinstance(limit, int | float) and limit >= top:
            words = f"{key} {limit:g} s can never be reached: the histogram's top finite bucket is {top:g} s"
            found.append(Finding("error" if key == "breach" else "warning", rule.name, words, "unreachable-level"))
    return found
