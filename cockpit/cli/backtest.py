"""`cockpit backtest`: a file of samples, a past deploy or a Prometheus's past, through the judge of these settings."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec

from cockpit.cli.samples import (
    BacktestError,
    Range,
    read_samples,
    samples_of_deploy,
    samples_of_prometheus,
    with_prometheus,
)
from cockpit.deploy.backtest import Backtest, backtest
from cockpit.deploy.plan import MetricRule
from cockpit.errors import USAGE, CockpitError
from cockpit.paths import find_root
from cockpit.planning.presets import gates_of, metric_rules, problems_of, rules_for
from cockpit.settings.load import FILE, Settings, SettingsError, find_line, load


def run_backtest(what: str | Range, config: Path | None, *, as_json: bool) -> int:
    """`what`: a file of JSON lines, the id of a deploy, or a Prometheus to ask. Exit status: 0 nothing fired, 1
    something did, 2 usage."""
    try:
        settings = _settings(config)
        if isinstance(what, Range):
            settings, name = with_prometheus(settings, what.url)
            root = config.parent if config is not None else find_root(Path.cwd())
            readings = samples_of_prometheus(settings, name, metric_rules(settings), what, root)
        else:
            readings = read_samples(Path(what)) if Path(what).is_file() else samples_of_deploy(what)
        rules = rules_for(settings, dict.fromkeys(reading.metric for reading in readings))
        _check(config, settings, rules)
    except (BacktestError, SettingsError, CockpitError) as error:
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
