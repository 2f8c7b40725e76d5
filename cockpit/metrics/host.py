"""Source `host`: this machine in percent. Measures `cpu`, `memory`, `disk` (space in use) and `load` (of one minute,
per processor)."""

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from cockpit.metrics.base import Reading, Source
from cockpit.metrics.options import TIMEOUT_SECONDS, Metrics, Options, measures, of_metric

DEFAULTS = ("cpu", "memory")
MEASURES = ("cpu", "memory", "disk", "load")

Usage = tuple[float, int] | OSError


class Host:
    """The machine that the cockpit runs on, which its detail names: it is rarely the one that serves."""

    def __init__(self, name: str, measures: Mapping[str, str], paths: Mapping[str, str]) -> None:
        self.name = name
        self.units = dict.fromkeys(measures, "%")
        self._measures = measures
        self._paths = paths
        self._disks: dict[str, asyncio.Future[Usage]] = {}
        self._host = socket.gethostname()
        self._last: tuple[float, float, float] | None = None

    async def read(self, now: float) -> list[Reading]:
        """The share of time that was busy since the last call (none yet at the first), and what is in use now."""
        cpu = self._cpu(now) if "cpu" in self._measures.values() else Reading("", now)
        return list(await asyncio.gather(*(self._one(*wanted, cpu, now) for wanted in self._measures.items())))

    async def close(self) -> None:
        """Nothing is held."""

    async def _one(self, metric: str, measure: str, cpu: Reading, now: float) -> Reading:
        if measure == "disk":
            return await self._disk(metric, now)
        if measure == "cpu":
            return Reading(metric, now, cpu.value, "", cpu.window_seconds, None, cpu.detail)
        return self._memory(metric, now) if measure == "memory" else self._load(metric, now)

    def _cpu(self, now: float) -> Reading:
        # Not psutil.cpu_percent(): it keeps one memory for the whole process, and two askers spoil each other's.
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)  # counted in user, nice
        before, self._last = self._last, (total, idle, time.monotonic())
        if before is None or total <= before[0]:
            return Reading("", now, detail=f"{self._host}: first sample")
        busy = 100.0 * (1 - (idle - before[1]) / (total - before[0]))
        detail = f"{self._host}, {psutil.cpu_count() or '?'} processors"
        window = self._last[2] - before[2]
        return Reading("", now, min(100.0, max(0.0, busy)), window_seconds=window, detail=detail)

    def _memory(self, metric: str, now: float) -> Reading:
        memory = psutil.virtual_memory()
        used = (memory.total - memory.available) / 2**30
        detail = f"{self._host}, {used:.1f} of {memory.total / 2**30:.1f} GiB"
        return Reading(metric, now, float(memory.percent), detail=detail)

    def _load(self, metric: str, now: float) -> Reading:
        processors = psutil.cpu_count() or 1
        load = os.getloadavg()[0]
        detail = f"{self._host}, load {load:.2f} on {processors} processors"
        return Reading(metric, now, 100.0 * load / processors, window_seconds=60.0, detail=detail)

    async def _disk(self, metric: str, now: float) -> Reading:
        path = self._paths[metric]
        asked = self._disks.get(metric) or _ask_disk(path)
        self._disks[metric] = asked
        await asyncio.wait({asked}, timeout=TIMEOUT_SECONDS)
        if not asked.done():
            return Reading(metric, now, error=f"{self._host}: no answer from the disk of {path}")
        del self._disks[metric]
        found = asked.result()
        if isinstance(found, OSError):
            return Reading(metric, now, error=f"{self._host}: {path}: {found.strerror}")
        percent, free = found
        return Reading(metric, now, percent, detail=f"{self._host}, {path}: {free / 2**30:.1f} GiB free")


def _ask_disk(path: str) -> asyncio.Future[Usage]:
    """Percent of the space that people can have, and bytes free for them; an OSError is a result too.

    A network disk that is gone hangs whoever asks, for ever: so it is a thread that nobody waits for at the end.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Usage] = loop.create_future()

    def ask() -> None:
        try:
            usage = psutil.disk_usage(path)
            found: Usage = (float(usage.percent), int(usage.free))
        except OSError as error:
            found = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(future.set_result, found)

    threading.Thread(target=ask, daemon=True, name="disk usage").start()
    return future


def build(name: str, options: Mapping[str, object], metrics: Metrics) -> Source:
    """No options. Per metric: measure, and for `disk` path ("/"). Raises SourceError."""
    Options(name, options).only()
    wanted = measures(name, metrics, DEFAULTS, MEASURES)
    paths: dict[str, str] = {}
    for metric, measure in wanted.items():
        known = ("measure", "path") if measure == "disk" else ("measure",)
        own = of_metric(name, metric, metrics.get(metric, {})).only(*known)
        if measure == "disk":
            paths[metric] = own.text("path", "/")
            if not Path(paths[metric]).is_absolute():
                raise own.error("path", f"must be absolute, not {paths[metric]!r}")
    return Host(name, wanted, paths)
