"""Asks every metric source in its own rhythm; readings that come together are recorded together."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from functools import partial

from msgspec.structs import replace

from cockpit.deploy.commands import RecordReadings
from cockpit.deploy.plan import MetricRule
from cockpit.engine.clock import steady
from cockpit.engine.config.environment import Environment
from cockpit.engine.effects.sources import build_source, patience
from cockpit.engine.supervise import Tell, kept
from cockpit.metrics.base import Reading, Source, SourceError
from cockpit.settings.load import Settings

GATHER_SECONDS = 0.05
AGAIN_SECONDS = 2.0
"""After an error a source is asked again after a tenth of its interval, and not before this time."""

Record = Callable[[RecordReadings], Awaitable[None]]


class Sampler:
    """One task per source; a slow or dead one never delays another."""

    def __init__(
        self,
        settings: Settings,
        rules: tuple[MetricRule, ...],
        environment: Environment,
        clock: Callable[[], float],
        record: Record,
        complain: Tell,
        even: Callable[[], float] = steady,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock`: the deploy's. `even` and `rest`: steady seconds, and how they pass."""
        self._complain = complain
        self._even = even
        self._rest = rest
        self._settings = settings
        self._rules = rules
        self._environment = environment
        self._clock = clock
        self._record = record
        self._pending: list[Reading] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._flush = asyncio.Event()

    def start(self) -> None:
        names = dict.fromkeys(rule.source for rule in self._rules)
        work: list[Callable[[], Awaitable[None]]] = [partial(self._read_forever, name) for name in names]
        if work:
            self._tasks = [asyncio.create_task(kept(one, self._complain)) for one in (*work, self._flush_forever)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read_forever(self, name: str) -> None:
        metrics = tuple(rule.name for rule in self._rules if rule.source == name)
        interval, limit = self._settings.sources[name].interval, patience(self._settings, name)
        source: Source | None = None
        try:
            while True:
                began = self._even()
                failed = True
                try:
                    if source is None:
                        source = build_source(self._settings, name, self._environment)
                    # Not `wait_for`, here and wherever the engine waits: before Python 3.12 it may swallow a
                    # cancellation that comes with the answer.
                    async with asyncio.timeout(limit):
                        readings = await source.read(time.time())
                    # A source dates its samples by a clock of the world; the deploy has one of its own.
                    behind = self._clock() - time.time()
                    # One name is one series: what another source measures is not this one's to say.
                    self._take(
                        [replace(reading, at=reading.at + behind) for reading in readings if reading.metric in metrics]
                    )
                    failed = any(reading.error for reading in readings)
                except TimeoutError:
                    self._fail(metrics, f"{name} timed out after {limit:g} s")
                except SourceError as error:
                    self._fail(metrics, str(error))
                except Exception as error:
                    self._fail(metrics, f"source {name} is broken: {type(error).__name__}: {error}")
                spent = self._even() - began
                # What failed is asked again soon: a slow rhythm is no reason to be blind for long.
                pause = min(interval, max(AGAIN_SECONDS, interval / 10)) if failed else interval
                await self._rest(max(0.05, pause - spent))
        finally:
            if source is not None:
                with contextlib.suppress(Exception):
                    await source.close()

    def _fail(self, metrics: tuple[str, ...], why: str) -> None:
        now = self._clock()
        self._take([Reading(metric=metric, at=now, error=why) for metric in metrics])

    def _take(self, readings: list[Reading]) -> None:
        self._pending += readings
        self._flush.set()

    async def _flush_forever(self) -> None:
        while True:
            await self._flush.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._flush.clear()
            readings, self._pending = tuple(self._pending), []
            if readings:
                await self._record(RecordReadings(readings=readings))
