"""Recorded samples for `cockpit backtest`: of a file, of a past deploy, or of a Prometheus."""

import asyncio
import math
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cockpit.client.session import find
from cockpit.deploy import events as e
from cockpit.deploy.plan import MetricRule
from cockpit.engine.config.environment import inherited, resolve
from cockpit.engine.effects.sources import build_source
from cockpit.history.reading import events_of
from cockpit.metrics.base import Reading, Remembering, SourceError
from cockpit.paths import Layout, find_root
from cockpit.settings.load import Settings
from cockpit.settings.tables import SourceSettings
from cockpit.text.amounts import seconds_words
from cockpit.text.times import parse_past
from cockpit.text.units import parse_duration

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_PATIENCE = "60s"
"""A range takes a Prometheus longer than a moment does."""
_MOST = 200_000
"""Steps that are asked for: two weeks of every six seconds."""


class BacktestError(Exception):
    """The samples cannot be used; the text names the file and the line, or who did not answer."""


class Range(msgspec.Struct, frozen=True):
    """What to ask a Prometheus at `url`: Unix time, both ends included, every `step` seconds."""

    url: str
    start: float
    end: float
    step: float


def range_of(url: str, begin: str, end: str, step: str) -> Range:
    """As they were typed. Raises ValueError that names the option."""
    now = time.time()
    found: list[float] = []
    for option, text in (("--from", begin), ("--to", end)):
        try:
            found.append(parse_past(text, now))
        except ValueError as error:
            raise ValueError(f"{option} {error}") from None
    try:
        return Range(url, found[0], found[1], parse_duration(step))
    except ValueError as error:
        raise ValueError(f"--step: {error}") from None


def read_samples(path: Path) -> list[Reading]:
    """The samples of a file of JSON lines, in the order of time. Raises BacktestError with file and line."""
    found: list[Reading] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    found.append(_sample(path, number, line))
    except OSError as error:
        raise BacktestError(f"{path}: {error.strerror}") from error
    if not found:
        raise BacktestError(f"{path}: no samples; expected one JSON object per line: {_FORM}")
    found.sort(key=lambda reading: reading.at)
    return found


_FORM = '{"t": seconds or RFC 3339, "metric": "errors", "value": 0.4}'


def _sample(path: Path, number: int, line: bytes) -> Reading:
    try:
        shape = _decode(line)
    except msgspec.DecodeError as error:
        raise BacktestError(f"{path}:{number}: not a JSON object ({error}); expected {_FORM}") from error
    metric = shape.get("metric")
    if not isinstance(metric, str) or not metric:
        raise BacktestError(f'{path}:{number}: "metric" is missing or not a string; expected {_FORM}')
    samples = shape.get("samples")
    return Reading(
        metric=metric,
        at=_time(path, number, shape.get("t")),
        value=_value(path, number, shape.get("value")),
        error=str(shape.get("error") or ""),
        samples=samples if isinstance(samples, int) else None,
    )


def _time(path: Path, number: int, told: object) -> float:
    if isinstance(told, int | float) and not isinstance(told, bool) and math.isfinite(told):
        return float(told)
    if isinstance(told, str):
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            at = None
        if at is not None and at.tzinfo is not None:
            return at.timestamp()
    raise BacktestError(
        f'{path}:{number}: "t" is {told!r}; expected seconds, or RFC 3339 with a zone (2026-11-22T14:00:00Z)'
    )


def _value(path: Path, number: int, told: object) -> float | None:
    """None for null and for what is no number ("NaN"): no data."""
    if told is None:
        return None
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(told)
    if isinstance(told, str) and told.strip().lower() in ("nan", "+inf", "-inf", "inf"):
        return float(told)
    raise BacktestError(f'{path}:{number}: "value" is {told!r}; expected a number, null or "NaN"')


def samples_of_deploy(deploy_id: str) -> list[Reading]:
    """What was measured in a past deploy. Raises CockpitError, BacktestError."""
    layout = Layout(find_root(Path.cwd()))
    row = find(layout, deploy_id)
    samples = [
        sample
        for event in events_of(layout, row.id)
        if isinstance(event.body, e.MetricsSampled)
        for sample in event.body.samples
    ]
    if not samples:
        raise BacktestError(f"deploy {row.id}: has no samples")
    readings = [
        Reading(
            metric=sample.metric,
            at=sample.at,
            value=sample.value,
            error=sample.reason if sample.level == "error" else "",
            detail=sample.detail,
            samples=sample.samples,
            window_seconds=sample.window_seconds,
        )
        for sample in samples
    ]
    return sorted(readings, key=lambda reading: reading.at)


def with_prometheus(settings: Settings, url: str) -> tuple[Settings, str]:
    """The settings with their prometheus source at that address (one with the usual metrics where there is none), and
    the source's name. Raises BacktestError where it is not clear which source is meant."""
    have = {name: source for name, source in settings.sources.items() if source.type == "prometheus"}
    if len(have) > 1:
        have = {name: one for name, one in have.items() if str(one.options().get("url")).rstrip("/") == url.rstrip("/")}
        if len(have) != 1:
            raise BacktestError(f"--prometheus {url}: several prometheus [sources]; give the url of one of them")
    name, source = next(iter(have.items()), ("prometheus", SourceSettings(type="prometheus")))
    table = {"timeout": _PATIENCE, **source.model_dump(by_alias=True), "url": url}
    moved = {**settings.sources, name: SourceSettings.model_validate(table)}
    return settings.model_copy(update={"sources": moved}), name


def samples_of_prometheus(
    settings: Settings, name: str, rules: tuple[MetricRule, ...], asked: Range, root: Path
) -> list[Reading]:
    """What the source would have measured, in the order of time. Raises BacktestError."""
    if not asked.start < asked.end:
        raise BacktestError("--from must be before --to")
    if asked.step <= 0 or (asked.end - asked.start) / asked.step > _MOST:
        raise BacktestError(
            f"--step {asked.step:g} s: must be above 0, with at most {_MOST:,} steps between --from and --to"
        )
    try:
        source = build_source(settings, name, resolve(settings, root, inherited()))
    except SourceError as error:
        raise BacktestError(str(error)) from error

    async def ask() -> list[tuple[float, Reading]]:
        try:
            assert isinstance(source, Remembering)
            return await source.history(asked.start, asked.end, asked.step)
        finally:
            await source.close()

    try:
        found = asyncio.run(ask())
    except Exception as error:
        raise BacktestError(f"--prometheus: {error}") from error
    stale = {rule.name: rule.stale_seconds for rule in rules}
    return [_then(at, reading, stale.get(reading.metric, math.inf)) for at, reading in found]


def _then(asked_at: float, reading: Reading, stale_seconds: float) -> Reading:
    """The reading as of the time that it would have been asked for: one too old then was no data."""
    old = asked_at - reading.at > stale_seconds
    words = f"the newest sample is {seconds_words(asked_at - reading.at)} old" if old else reading.detail
    return Reading(
        metric=reading.metric,
        at=asked_at,
        value=None if old else reading.value,
        error=reading.error,
        detail=words,
        samples=reading.samples,
        window_seconds=reading.window_seconds,
    )
