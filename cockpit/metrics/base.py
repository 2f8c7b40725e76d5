"""What every metric source gives: readings, with their age, window, unit and number of samples."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

from cockpit.deploy.metrics.reading import Reading as Reading


class SourceError(Exception):
    """A source's settings cannot work, or the far side answered nonsense; the text is for a person."""


class Variables(Struct, frozen=True):
    """What the deploy's scripts see: all variables, and the values among them that nobody may see."""

    values: Mapping[str, str] = {}
    secrets: tuple[str, ...] = ()


class Source(Protocol):
    """A place to measure. One instance per `[sources.NAME]` of the settings; built by its type's factory."""

    name: str

    async def read(self, now: float) -> list[Reading]:
        """Measure every metric of the source once. Never raises for the far side's faults: they are readings with
        `error`. Bounded by the source's own timeout."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Remembering(Protocol):
    """A source that can be asked about the past."""

    async def history(self, start: float, end: float, step: float) -> list[tuple[float, Reading]]:
        """What `read` would have said at start, start + step, ... until end (Unix time): that time and the reading.
        Raises an error whose text is for a person."""
        ...


class SourceFactory(Protocol):
    """`factory(name, options, metrics)`: options of the source's table, and per metric the options of its table.

    A factory that has a parameter `variables: Variables` as well gets those of the deploy: for sources that run
    something.
    """

    def __call__(
        self, name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]
    ) -> Source: ...
