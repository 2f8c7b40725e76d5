"""From a source's `type` to the source. Built-in ones and others come through the same door: entry points of the group
`cockpit.sources` whose object is a `SourceFactory` (with an optional attribute `default_metrics`)."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint

from cockpit.external.plugins import Extensions, UnknownType
from cockpit.metrics.base import Reading, Source, SourceError, SourceFactory, Variables

GROUP = "cockpit.sources"
_PLUGIN_SECONDS = 30.0

# Named, not imported: httpx, psycopg and psutil cost up to 260 ms each and belong to those who measure. The only table
# of what there is: type -> where its factory is, and the metrics that it brings.
_BUILT_IN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "command": ("cockpit.metrics.command:build", ()),
    "health": ("cockpit.metrics.health:build", ("health",)),
    "host": ("cockpit.metrics.host:build", ("cpu", "memory")),
    "http_json": ("cockpit.metrics.http_json:build", ()),
    "openmetrics": ("cockpit.metrics.openmetrics:build", ("errors", "p95")),
    "pgbouncer": ("cockpit.metrics.pgbouncer:build", ("pool", "waiting", "max_wait")),
    "postgres": ("cockpit.metrics.postgres:build", ("connections",)),
    "prometheus": ("cockpit.metrics.prometheus:build", ("errors", "p95")),
}

_KNOWN = Extensions(GROUP, {kind: place for kind, (place, _) in _BUILT_IN.items()}, "source type")
types = _KNOWN.types


def default_metrics(kind: str) -> tuple[str, ...]:
    """The metrics that a type brings when the settings name none. Raises SourceError for an unknown or broken type."""
    if kind in _BUILT_IN:
        return _BUILT_IN[kind][1]
    return tuple(getattr(_load(_point(kind)), "default_metrics", ()))


def build(
    kind: str,
    name: str,
    options: Mapping[str, object],
    metrics: Mapping[str, Mapping[str, object]],
    variables: Variables | None = None,
) -> Source:
    """The source `[sources.name]` of that type; see SourceFactory for the rest.

    A fault of a plug-in never gets further than its own source: it is a SourceError here and an error reading later,
    with the plug-in's name. Raises SourceError.
    """
    point = _point(kind)
    factory = _load(point)
    if kind in _BUILT_IN:
        return _made(factory, name, options, metrics, variables)
    try:
        return _Guarded(_made(factory, name, options, metrics, variables), name, tuple(metrics), _label(point))
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(f"source {name!r}: {_label(point)} failed: {type(error).__name__}: {error}") from error


def _made(
    factory: Callable[..., Source],
    name: str,
    options: Mapping[str, object],
    metrics: Mapping[str, Mapping[str, object]],
    variables: Variables | None,
) -> Source:
    if variables is not None and "variables" in inspect.signature(factory).parameters:
        return factory(name, options, metrics, variables=variables)
    return factory(name, options, metrics)


def _point(kind: str) -> EntryPoint:
    try:
        return _KNOWN.point(kind)
    except UnknownType as error:
        raise SourceError(str(error)) from None


def _load(point: EntryPoint) -> SourceFactory:
    try:
        factory: SourceFactory = point.load()
    except Exception as error:
        raise SourceError(f"{_label(point)} cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(factory):
        raise SourceError(f"{_label(point)} is not a factory")
    return factory


def _label(point: EntryPoint) -> str:
    package = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
    return f"source type {point.name!r} ({point.value}{package})"


class _Guarded:
    """A plug-in's source whose faults and hangs become error readings of its own metrics."""

    def __init__(self, inner: Source, name: str, metrics: tuple[str, ...], label: str) -> None:
        self.name = name
        self._inner = inner
        self._metrics = metrics or (name,)
        self._label = label

    async def read(self, now: float) -> list[Reading]:
        try:
            async with asyncio.timeout(_PLUGIN_SECONDS):
                return await self._inner.read(now)
        except TimeoutError:
            words = f"{self._label}: no answer within {_PLUGIN_SECONDS:g} s"
        except Exception as error:
            words = f"{self._label} failed: {type(error).__name__}: {error}"
        return [Reading(metric, now, error=words) for metric in self._metrics]

    async def close(self) -> None:
        try:
            async with asyncio.timeout(_PLUGIN_SECONDS):
                await self._inner.close()
        except Exception:
            # At the end nobody can act on it, and the other sources have to be closed as well.
            return
