"""Reading the options of a source's or metric's table: types and units checked, the message names the option."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from cockpit.metrics.base import SourceError
from cockpit.text.suggest import meant, nearest
from cockpit.text.units import parse_duration

Table = Mapping[str, object]
Metrics = Mapping[str, Table]

TIMEOUT_SECONDS = 3.0
"""Default of every source's `timeout`, below the five seconds after which the sampler gives a source up: a health
endpoint that hangs is failing, not merely unknown."""


@dataclass(frozen=True)
class Options:
    """One table of options. `at` stands before a key in messages (`tls.`, `metrics.queue.options.`). Every reader
    raises SourceError with the source's name, the option's and what is allowed; never with a value that may be
    secret."""

    source: str
    table: Table
    at: str = ""

    def error(self, key: str, words: str) -> SourceError:
        """A SourceError about this option."""
        return SourceError(f"source {self.source!r}: {self.at}{key} {words}")

    def only(self, *known: str) -> Self:
        """Refuse options that nobody reads: a misspelt one would silently do nothing."""
        for key in sorted(set(self.table) - set(known) - {"type"}):
            hint = meant(key, known, f"known: {', '.join(sorted(known)) or 'none'}")
            raise SourceError(f"source {self.source!r}: unknown option {self.at}{key}; {hint}")
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it is required."""
        value = self.table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(key, "must be a string" + ("" if key in self.table else " and is missing"))
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts, also written as a single one; empty if it is not there."""
        value = self.table.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(item, str) and item for item in listed):
            raise self.error(key, "must be a list of strings")
        return [str(item) for item in listed]

    def mapping(self, key: str) -> dict[str, str]:
        """A table of texts; empty if it is not there."""
        value = self.table.get(key, {})
        if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
            raise self.error(key, "must be a table of strings")
        return {str(name): str(item) for name, item in value.items()}

    def inner(self, key: str) -> "Options":
        """The options of a table within; empty if it is not there."""
        value = self.table.get(key, {})
        if not isinstance(value, Mapping):
            raise self.error(key, "must be a table")
        return Options(self.source, value, f"{self.at}{key}.")

    def seconds(self, key: str, default: float) -> float:
        """A duration in seconds, more than nothing: `10`, `2.5`, `"10s"`, `"500 ms"`, `"2m"`, `"1h"`."""
        value = self.table.get(key, default)
        try:
            result = parse_duration(value)
        except ValueError:
            result = 0.0
        if result <= 0:
            raise self.error(key, f"must be a duration such as '10s' or '500ms', not {value!r}")
        return result

    def number(self, key: str, default: float, *, above: float = -math.inf, below: float = math.inf) -> float:
        """A finite number between the bounds (both left out)."""
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not above < value < below:
            bounds = [f"above {above:g}"] if above > -math.inf else []
            bounds += [f"below {below:g}"] if below < math.inf else []
            raise self.error(key, f"must be a number {' and '.join(bounds)}".rstrip() + f", not {value!r}")
        return float(value)

    def flag(self, key: str) -> bool:
        """true or false; false if it is not there."""
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {value!r}")
        return value

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the allowed texts."""
        value = self.text(key, default)
        if value not in allowed:
            hint = meant(value, allowed, f"allowed: {', '.join(allowed)}")
            raise self.error(key, f"is {value!r}; {hint}")
        return value


def of_metric(source: str, metric: str, table: Table) -> Options:
    """The options of `[metrics.NAME.options]`."""
    return Options(source, table, f"metrics.{metric}.options.")


def measures(source: str, metrics: Metrics, defaults: Collection[str], known: Collection[str]) -> dict[str, str]:
    """What to measure for each metric: its `measure` option, else its own name; without metrics the defaults."""
    wanted = {name: of_metric(source, name, table).text("measure", name) for name, table in metrics.items()}
    wanted = wanted or {name: name for name in defaults}
    for name, measure in wanted.items():
        if measure not in known:
            near = nearest(measure, known)
            raise SourceError(
                f"source {source!r} cannot provide {measure!r} for metric {name!r}; "
                + (f"did you mean {near!r}? " if near else "")
                + f"it provides: {', '.join(known)} (select one with `measure = ...`)"
            )
    return wanted
