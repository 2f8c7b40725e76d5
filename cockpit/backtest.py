"""`cockpit backtest`: a file of samples, or a past deploy, through the judge of these settings."""

import json
import math
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from cockpit.deploy import events as e
from cockpit.deploy.commands import ReadingTaken
from cockpit.deploy.plan import MetricRule
from cockpit.deploy.replaying import Backtest, backtest
from cockpit.face import USAGE, FaceError, find
from cockpit.layout import Layout, find_root
from cockpit.past import events_of
from cockpit.planning.presets import gates_of, problems_of, rules_for
from cockpit.settings import FILE, Settings, SettingsError, find_line, load

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class BacktestError(Exception):
    """The samples cannot be used; the text names the file and the line."""


def run_backtest(what: str, config: Path | None, *, as_json: bool) -> int:
    """`what`: a file of JSON lines, or the id of a deploy. Exit status: 0 nothing fired, 1 something did, 2 usage."""
    try:
        path = Path(what)
        readings = read_samples(path) if path.is_file() else samples_of_deploy(what)
        settings = _settings(config)
        rules = rules_for(settings, dict.fromkeys(reading.metric for reading in readings))
        _check(config, settings, rules)
    except (BacktestError, SettingsError, FaceError) as error:
        click.echo(f"cockpit: {error}", err=True)
        return USAGE
    found = backtest(rules, gates_of(settings), readings, settings.baseline)
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(found), indent=2) + "\n")
    else:
        click.echo(in_words(found))
    return 1 if found.fired else 0


def _settings(config: Path | None) -> Settings:
    path = config if config is not None else find_root(Path.cwd()) / FILE
    if config is None and not path.exists():
        return Settings()
    return load(path)


def _check(config: Path | None, settings: Settings, rules: tuple[MetricRule, ...]) -> None:
    """Levels in order, gates of metrics that are judged. Raises SettingsError."""
    path = config if config is not None else find_root(Path.cwd()) / FILE
    problems = problems_of(settings, rules)
    if problems:
        text = path.read_text(encoding="utf-8")
        raise SettingsError(path, [(find_line(text, key), words) for key, words in problems])


def read_samples(path: Path) -> list[ReadingTaken]:
    """The samples of a file of JSON lines, in the order of time. Raises BacktestError with file and line."""
    found: list[ReadingTaken] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    found.append(_sample(path, number, line))
    except OSError as error:
        raise BacktestError(f"{path}: {error.strerror}") from error
    if not found:
        raise BacktestError(f"{path}: no samples; one JSON object a line: {_FORM}")
    found.sort(key=lambda reading: reading.at)
    return found


_FORM = '{"t": seconds or RFC 3339, "metric": "errors", "value": 0.4}'


def _sample(path: Path, number: int, line: bytes) -> ReadingTaken:
    try:
        shape = _decode(line)
    except msgspec.DecodeError as error:
        raise BacktestError(f"{path}:{number}: not a JSON object ({error}); write {_FORM}") from error
    metric = shape.get("metric")
    if not isinstance(metric, str) or not metric:
        raise BacktestError(f'{path}:{number}: "metric" is missing or no text; write {_FORM}')
    samples = shape.get("samples")
    return ReadingTaken(
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
    raise BacktestError(f'{path}:{number}: "t" is {told!r}: seconds, or RFC 3339 with its zone (2026-11-22T14:00:00Z)')


def _value(path: Path, number: int, told: object) -> float | None:
    """None for null and for what is no number ("NaN"): no data."""
    if told is None:
        return None
    if isinstance(told, int | float) and not isinstance(told, bool):
        return float(told)
    if isinstance(told, str) and told.strip().lower() in ("nan", "+inf", "-inf", "inf"):
        return float(told)
    raise BacktestError(f'{path}:{number}: "value" is {told!r}: a number, null or "NaN"')


def samples_of_deploy(deploy_id: str) -> list[ReadingTaken]:
    """What was measured in a past deploy. Raises FaceError, BacktestError."""
    layout = Layout(find_root(Path.cwd()))
    row = find(layout, deploy_id)
    samples = [
        sample
        for event in events_of(layout, row.id)
        if isinstance(event.body, e.MetricsSampled)
        for sample in event.body.samples
    ]
    if not samples:
        raise BacktestError(f"deploy {row.id}: nothing was measured in it")
    readings = [
        ReadingTaken(
            metric=sample.metric,
            at=sample.at,
            value=sample.value,
            error=sample.reason if sample.level == "error" else "",
            detail=sample.detail,
            samples=sample.samples,
        )
        for sample in samples
    ]
    return sorted(readings, key=lambda reading: reading.at)


def in_words(found: Backtest) -> str:
    """For a person: what fired, the gates, and how often each level was seen."""
    lines = [f"{found.samples} samples"]
    lines += [f"{_clock(one.t)}  FIRES  {one.reason}" for one in found.fired] or ["nothing would have fired"]
    lines += [f"{_clock(gate.t)}  {gate.message}" for gate in found.gates]
    lines += [
        f"{metric}: " + ", ".join(f"{count} {level}" for level, count in sorted(counts.items()))
        for metric, counts in found.counts.items()
    ]
    lines += [f"baseline {metric}: {value:g}" for metric, value in found.baseline.items()]
    if found.unknown:
        lines.append(f"not judged, no rule: {', '.join(found.unknown)}")
    return "\n".join(lines)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds") if at > 1e8 else f"{at:g} s"
