"""The deploy's clock: Unix time that never jumps, so that no duration does.

A machine's clock is for people, and is set: back an hour by hand, forward 30 s by NTP. Whatever the deploy waits for (a
breach that lasts, a countdown, a soak) is measured by the kernel's steady clock, that counts on while a machine sleeps.
"""

import time
from collections.abc import Callable

LIMIT_SECONDS = 1.0
"""The machine's clock was set, not corrected bit by bit, where it is further off than this at once."""
GAP_SECONDS = 10.0
"""Between two ticks: the engine, or the whole machine, stood still."""
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Seconds since some moment, also those in which the machine slept; the same for every process of this boot."""
    return time.clock_gettime(_STEADY)


class DeployClock:
    """Called, it gives the deploy's time. `behind`: seconds that the machine's clock is behind it."""

    def __init__(self, wall: Callable[[], float] = time.time, even: Callable[[], float] = steady) -> None:
        self._wall = wall
        self._steady = even
        self._base = wall() - even()
        self._known = 0.0
        self._last = even()

    def __call__(self) -> float:
        return self._base + self._steady()

    @property
    def behind(self) -> float:
        return self() - self._wall()

    def begin(self, behind: float, not_before: float) -> None:
        """Go on where the record stands: the machine's clock was so far behind, and the last event was then."""
        self._base = self._wall() + behind - self._steady()
        self._known = behind
        self._base += max(0.0, not_before - self())

    def jump(self) -> float:
        """Seconds by which the machine's clock was set since the last call: back where negative; 0 where it was not."""
        by = self._known - self.behind
        if abs(by) < LIMIT_SECONDS:
            # Corrected bit by bit, both run alike: what is left is the time between the two readings.
            return 0.0
        self._known -= by
        return by

    def gap(self) -> float:
        """Seconds that nothing was done since the last call, where they are too many; else 0."""
        now = self._steady()
        gone, self._last = now - self._last, now
        return gone if gone > GAP_SECONDS else 0.0
