"""The replay's clock: which moment is shown, how fast it moves, and how many events have happened by then."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

FASTEST = 1024.0
SLOWEST = 0.125


class Playback:
    """`times`: of the events, Unix time, never falling. `clock`: seconds that only grow. It begins playing."""

    def __init__(
        self,
        times: Sequence[float],
        clock: Callable[[], float],
        *,
        speed: float = 1.0,
        begin: float | None = None,
    ) -> None:
        self._times = times
        self._clock = clock
        self._looked = clock()
        self.speed = speed
        """Replayed seconds per second."""
        self.playing = True
        self.now = 0.0
        """The moment that is shown, Unix time; moved by `advance` and by every jump."""
        self.count = 0
        """How many events have happened by then."""
        self.seek(begin if begin is not None else self.start)

    @property
    def start(self) -> float:
        return self._times[0]

    @property
    def end(self) -> float:
        return self._times[-1]

    @property
    def ended(self) -> bool:
        """Everything has happened and there is nothing to wait for."""
        return self.now >= self.end and self.count == len(self._times)

    def advance(self) -> None:
        """Move by the time that has gone by since the last look; at the end it stops there."""
        elapsed, self._looked = self._elapsed()
        if self.playing:
            self.seek(self.now + elapsed * self.speed)

    def _elapsed(self) -> tuple[float, float]:
        looked = self._clock()
        return max(0.0, looked - self._looked), looked

    def seek(self, at: float) -> None:
        """To that moment, or the nearest one there is; events of the same moment have all happened."""
        self.now = max(self.start, min(at, self.end))
        self.count = bisect_right(self._times, self.now)
        self.playing = self.playing and not self.ended

    def scrub(self, seconds: float) -> None:
        """That much forward, or back where negative."""
        self.advance()
        self.seek(self.now + seconds)

    def stop_at(self, count: int) -> None:
        """To where exactly that many events have happened, and stay: others may follow in the same moment."""
        self.advance()
        self.playing = False
        self.now, self.count = self._times[count - 1], count

    def toggle(self) -> bool:
        """Stop, or go on. False at the end, where nothing is left to play."""
        self.advance()
        if self.ended:
            return False
        self.playing = not self.playing
        return True

    def change_speed(self, factor: float) -> bool:
        """Faster or slower from now on. False where it is as fast or slow as it gets."""
        wanted = max(SLOWEST, min(self.speed * factor, FASTEST))
        if (wanted - self.speed) * (factor - 1) <= 0:
            return False
        self.advance()
        self.speed = wanted
        return True
