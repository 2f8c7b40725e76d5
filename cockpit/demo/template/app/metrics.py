"""Counters and a histogram in the Prometheus text format, without a library."""

import threading
import time
from bisect import bisect_left
from collections import defaultdict

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 15.0, 20.0, 30.0)


class Metrics:
    """Requests by method, path and status, and their durations; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.time()
        self._requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._sums: dict[str, float] = defaultdict(float)

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one finished request. `path` is a route, never what the client sent: it becomes a label."""
        with self._lock:
            self._requests[method, path, status] += 1
            self._buckets[path][bisect_left(BUCKETS, seconds)] += 1
            self._sums[path] += seconds

    def text(self) -> str:
        """The exposition, version 0.0.4."""
        with self._lock:
            return "\n".join([*self._counter_lines(), *self._histogram_lines(), *self._process_lines(), ""])

    def _counter_lines(self) -> list[str]:
        lines = ["# HELP http_requests_total Finished requests.", "# TYPE http_requests_total counter"]
        for (method, path, status), count in sorted(self._requests.items()):
            lines.append(f'http_requests_total{{method="{method}",path="{path}",status="{status}"}} {count}')
        return lines

    def _histogram_lines(self) -> list[str]:
        name = "http_request_duration_seconds"
        lines = [f"# HELP {name} Time until the answer was written.", f"# TYPE {name} histogram"]
        for path, counts in sorted(self._buckets.items()):
            total = 0
            for limit, count in zip((*BUCKETS, float("inf")), counts, strict=True):
                total += count
                edge = "+Inf" if limit == float("inf") else f"{limit:g}"
                lines.append(f'{name}_bucket{{path="{path}",le="{edge}"}} {total}')
            lines.append(f'{name}_sum{{path="{path}"}} {self._sums[path]:.6f}')
            lines.append(f'{name}_count{{path="{path}"}} {total}')
        return lines

    def _process_lines(self) -> list[str]:
        name = "process_start_time_seconds"
        return [
            f"# HELP {name} Start of the process, Unix time.",
            f"# TYPE {name} gauge",
            f"{name} {self._started:.3f}",
        ]
