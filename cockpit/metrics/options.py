"""Reading the options of a source's table: types and units checked, the message names the option."""

from collections.abc import Collection, Mapping

from cockpit.metrics.base import SourceError
from cockpit.units import parse_duration

Table = Mapping[str, object]

TIMEOUT_SECONDS = 3.0
"""Default of every source's `timeout`, below the five seconds after which the sampler gives a source up: a health
endpoint that hangs is failing, not merely unknown."""


def only(source: str, options: Table, known: Collection[str]) -> None:
    """Refuse options that nobody reads: a misspelt one would silently do nothing."""
    unknown = sorted(set(options) - set(known) - {"type"})
    if unknown:
        raise SourceError(f"source {source!r}: unknown option {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def text(source: str, options: Table, key: str, default: str | None = None) -> str:
    """A text; without a default it is required."""
    value = options.get(key, default)
    if not isinstance(value, str) or (default is None and not value):
        raise SourceError(f"source {source!r}: {key} must be a text" + ("" if key in options else " and is missing"))
    return value


def texts(source: str, options: Table, key: str) -> list[str]:
    """A list of texts, also written as a single one; empty if it is not there."""
    value = options.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(item, str) and item for item in listed):
        raise SourceError(f"source {source!r}: {key} must be a list of texts")
    return [str(item) for item in listed]


def mapping(source: str, options: Table, key: str) -> dict[str, str]:
    """A table of texts; empty if it is not there."""
    value = options.get(key, {})
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
        raise SourceError(f"source {source!r}: {key} must be a table of texts")
    return {str(name): str(item) for name, item in value.items()}


def seconds(source: str, options: Table, key: str, default: float) -> float:
    """A duration in seconds, more than nothing: `10`, `2.5`, `"10s"`, `"500 ms"`, `"2m"`, `"1h"`."""
    value = options.get(key, default)
    try:
        result = parse_duration(value)
    except ValueError:
        result = 0.0
    if result <= 0:
        raise SourceError(f"source {source!r}: {key} must be a duration such as '10s' or '500ms', not {value!r}")
    return result


def measures(
    source: str, metrics: Mapping[str, Table], defaults: Collection[str], known: Collection[str]
) -> dict[str, str]:
    """What to measure for each metric: its `measure` option, else its own name; without metrics the defaults."""
    wanted = {name: str(table.get("measure", name)) for name, table in metrics.items()}
    wanted = wanted or {name: name for name in defaults}
    for name, measure in wanted.items():
        if measure not in known:
            raise SourceError(
                f"source {source!r} cannot measure {measure!r} for metric {name!r}; "
                f"its measures: {', '.join(known)} (name one with `measure = ...`)"
            )
    return wanted
