"""Source `host`: this machine's processor and memory in percent. Measures `cpu` and `memory`."""

import socket
import time
from collections.abc import Mapping

import psutil

from cockpit.metrics import options as read
from cockpit.metrics.base import Reading, Source

DEFAULTS = ("cpu", "memory")


class Host:
    """The machine that the cockpit runs on, which its detail names: it is rarely the one that serves."""

    def __init__(self, name: str, measures: Mapping[str, str]) -> None:
        self.name = name
        self._measures = measures
        self._host = socket.gethostname()
        self._last: tuple[float, float, float] | None = None

    async def read(self, now: float) -> list[Reading]:
        """The share of time that was busy since the last call (none yet at the first), and of memory in use."""
        return [
            self._cpu(metric, now) if measure == "cpu" else self._memory(metric, now)
            for metric, measure in self._measures.items()
        ]

    async def close(self) -> None:
        """Nothing is held."""

    def _cpu(self, metric: str, now: float) -> Reading:
        # Not psutil.cpu_percent(): it keeps one memory for the whole process, and two askers spoil each other's.
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)  # counted in user, nice
        before, self._last = self._last, (total, idle, time.monotonic())
        if before is None or total <= before[0]:
            return Reading(metric, now, detail=f"{self._host}: first look")
        busy = 100.0 * (1 - (idle - before[1]) / (total - before[0]))
        detail = f"{self._host}, {psutil.cpu_count() or '?'} processors"
        window = self._last[2] - before[2]
        return Reading(metric, now, min(100.0, max(0.0, busy)), window_seconds=window, detail=detail)

    def _memory(self, metric: str, now: float) -> Reading:
        memory = psutil.virtual_memory()
        used = (memory.total - memory.available) / 2**30
        detail = f"{self._host}, {used:.1f} of {memory.total / 2**30:.1f} GiB"
        return Reading(metric, now, float(memory.percent), detail=detail)


def build(name: str, options: Mapping[str, object], metrics: Mapping[str, Mapping[str, object]]) -> Source:
    """No options. Raises SourceError."""
    read.only(name, options, ())
    return Host(name, read.measures(name, metrics, DEFAULTS, DEFAULTS))
