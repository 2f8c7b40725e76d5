"""What every metric source gives: readings, with their age, window, unit and number of samples."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Reading(Struct, frozen=True):
    """One measurement of one metric.

    `value` None with `error` empty means *no data* (never healthy). `at` is the Unix time of the sample itself, not of
    the question. Units: ratio metrics in percent (0..100), durations in seconds, counts as they are.
    """

    metric: str
    at: float
    value: float | None = None
    error: str = ""
    window_seconds: float | None = None
    samples: int | None = None
    """How many observations stand behind the value (requests, for instance), where that is known."""
    detail: str = ""
    """Words for the screen: `200 in 31 ms`, `61 of 97 connections`."""


class SourceError(Exception):
    """A source's settings cannot work, or the far side answered nonsense; the text is for a person."""


class Source(Protocol):
    """A place to measure. One instance per `[sources.NAME]` of the settings; built by its type's factory."""

    name: str

    async def read(self, now: float) -> list[Reading]:
        """Measure every metric of the source once. Never raises for the far side's faults: they are readings with
        `error`. Bounded by the source's own timeout."""
        ...

    async def close(self) -> None: ...


class SourceFactory(Protocol):
    """`factory(name, options, metrics)`: options of the source's table, and per metric the options of its table."""

    def __call__(
        self, name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]
    ) -> Source: ...
