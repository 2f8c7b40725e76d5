"""From the settings to a source that can be read: variables filled in, and how long its answer is waited for."""

from collections.abc import Mapping
from typing import Any

from cockpit.engine.config.environment import Environment, resolved
from cockpit.metrics import registry
from cockpit.metrics.base import Source, SourceError, Variables
from cockpit.planning.presets import metrics_of, options_of
from cockpit.settings.load import Settings
from cockpit.text.units import parse_duration

READ_SECONDS = 5.0
SLACK_SECONDS = 1.0
"""Above the source's own timeout: its own words about who did not answer are better than ours."""


def build_source(settings: Settings, name: str, environment: Environment) -> Source:
    """The source `[sources.NAME]` with its metrics, `env:NAME` replaced wherever it stands. Raises SourceError where
    the settings cannot work here; it names the key, never a value."""
    source = settings.sources[name]
    options = _table(environment, f"sources.{name}", source.options())
    metrics: dict[str, Mapping[str, object]] = {}
    for metric in metrics_of(settings, name):
        given = options_of(settings, name, metric)
        metrics[metric] = _table(environment, f"metrics.{metric}.options", given)
    variables = Variables(environment.values, environment.secrets)
    return registry.build(source.type, name, options, metrics, variables)


def patience(settings: Settings, name: str) -> float:
    """Seconds after which the source is given up: never before its own `timeout`, or that of one of its metrics."""
    source = settings.sources[name]
    named = (settings.metrics[one].options for one in metrics_of(settings, name) if one in settings.metrics)
    tables = [source.options(), *named]
    own = max((_seconds(table.get("timeout")) for table in tables), default=0.0)
    return max(READ_SECONDS, 2 * source.interval, own + SLACK_SECONDS if own else 0.0)


def _seconds(value: object) -> float:
    """0 where there is none, or nothing that can be read: the source itself says what is wrong with it."""
    try:
        return parse_duration(value) if value is not None else 0.0
    except ValueError:
        return 0.0


def _table(environment: Environment, where: str, table: Mapping[str, Any]) -> dict[str, object]:
    try:
        return {key: resolved(environment, f"{where}.{key}", value) for key, value in table.items()}
    except LookupError as error:
        raise SourceError(str(error)) from None
