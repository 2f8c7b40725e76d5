"""The events of a deploy by place: what was true after any number of them, and what the story says there.

A place is a number of events, counted from the start. Going back folds again from a checkpoint: 5 us per event of
six metrics here, so 5 ms with one checkpoint per thousand.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from cockpit.deploy import events as e
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.state import State
from cockpit.report.story import tell

EVERY = 1000
"""Events between two checkpoints."""


class Timeline:
    """At least one event is needed. What has not been asked for yet is folded when it is."""

    def __init__(self, events: Sequence[e.Event], *, every: int = EVERY) -> None:
        self.events = events
        self.times = list(accumulate((event.at for event in events), max))
        """When each event happens, Unix time: never before the one that it follows, whatever the clock said."""
        self.ends = _ends(events, self.times)
        """When each run ended, by the folder of its files."""
        self._every = every
        self._checkpoints = [State()]
        self._told: list[str] = []
        self._marks: list[int] = []
        self._known = (0, self._checkpoints[0])
        self._here = self._known

    @property
    def start(self) -> float:
        return self.times[0]

    @property
    def end(self) -> float:
        """Time of the last event there is."""
        return self.times[-1]

    def state(self, count: int) -> State:
        """What was true after the first `count` events: exactly their fold."""
        if count >= self._known[0]:
            self.read_ahead(count - self._known[0])
            self._here = self._known
        elif count != self._here[0]:
            place = count // self._every
            near = (place * self._every, self._checkpoints[place])
            if near[0] < self._here[0] < count:
                near = self._here
            self._here = (count, fold(self.events[near[0] : count], near[1]))
        return self._here[1]

    def read_ahead(self, count: int) -> bool:
        """Fold up to `count` more events, so that a later jump is quick. False once there are none left."""
        at, state = self._known
        for event in self.events[at : at + count]:
            if text := tell(state, event):
                self._marks.append(at)
                self._told.append(text)
            state = apply(state, event)
            at += 1
            if at % self._every == 0:
                self._checkpoints.append(state)
        self._known = (at, state)
        return at < len(self.events)

    def last(self, count: int) -> tuple[e.Event, str] | None:
        """The last thing that the story tells of the first `count` events, and its words."""
        self.state(count)
        place = bisect_left(self._marks, count) - 1
        return (self.events[self._marks[place]], self._told[place]) if place >= 0 else None

    def task(self, count: int) -> str:
        """Id of the task that the story named last in the first `count` events; empty where it named none."""
        self.state(count)
        told = (self.events[mark].body for mark in reversed(self._marks[: bisect_left(self._marks, count)]))
        return next((body.task for body in told if hasattr(body, "task")), "")

    def after(self, count: int) -> int | None:
        """The place after the next event that the story tells; None where nothing more is told."""
        while not self._marks or self._marks[-1] < count:
            if not self.read_ahead(self._every):
                break
        place = bisect_left(self._marks, count)
        return self._marks[place] + 1 if place < len(self._marks) else None

    def before(self, count: int) -> int | None:
        """The place after the event that the story told before this place; None where that is the first."""
        self.state(count)
        place = bisect_left(self._marks, count - 1) - 1
        return self._marks[place] + 1 if place >= 0 else None


def _ends(events: Sequence[e.Event], times: Sequence[float]) -> dict[str, float]:
    folders: dict[tuple[str, int], str] = {}
    ends: dict[str, float] = {}
    for event, at in zip(events, times, strict=True):
        body = event.body
        if isinstance(body, e.StepStarted):
            folders[body.task, body.attempt] = body.directory
        elif isinstance(body, e.StepFinished) and (body.task, body.attempt) in folders:
            ends[folders[body.task, body.attempt]] = at
        elif isinstance(body, e.RecordRecovered):
            ends.update({run.directory: at for run in body.runs})
    return ends
