"""Figures over past deploys: the four of DORA as it defines them, and how long each step took. Pure.

What is not known is None and said to be so: no figure is made of missing data.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from msgspec import Struct, field

WEEK = 604_800.0
TREND = 10
"""So many deploys back a step's trend goes."""


class Past(Struct, frozen=True, kw_only=True):
    """One deploy, as far as figures need it. Unix times; None: it did not happen, or is not known."""

    id: str
    environment: str
    opened_at: float
    by: str = ""
    closed_at: float | None = None
    outcome: str | None = None
    title: str = ""
    commit: str = ""
    current_commit: str = ""
    emergency: bool = False
    why: str = ""
    """Why it was rolled back, or closed as what it was."""
    touched_at: float | None = None
    """When the first step that changes production began."""
    shipped_at: float | None = None
    """When the last script of the deploy phase had succeeded."""
    trouble_at: float | None = None
    """Of a deploy that did not succeed: the trigger, the failure, or the request to roll back, whichever was first."""
    restored_at: float | None = None
    """When production was proven healthy after a rollback."""
    steps: dict[str, float] = field(default_factory=dict)
    """Seconds of the last success, by task id."""
    titles: dict[str, str] = field(default_factory=dict)
    damage: str = ""
    """What is wrong with its record."""

    @property
    def seconds(self) -> float | None:
        return None if self.closed_at is None else max(0.0, self.closed_at - self.opened_at)


class Figure(Struct, frozen=True, kw_only=True):
    """`value` in its unit, None where nothing is known; `of`: how many stand behind it; `unknown`: how many would, but
    their data is missing."""

    value: float | None = None
    of: int = 0
    unknown: int = 0


class Trend(Struct, frozen=True, kw_only=True):
    """How long a step took, the oldest first, in seconds; `usual`: the median."""

    task: str
    title: str
    seconds: tuple[float, ...]
    usual: float


class Figures(Struct, frozen=True, kw_only=True):
    """Of one environment. `weeks`: the time that they are taken over, at most what the record spans, at least one."""

    environment: str
    weeks: float
    deploys: int
    """That were closed in this time and touched production."""
    frequency: Figure
    """Deploys a week that succeeded."""
    lead: Figure
    """Seconds from a commit to production."""
    failure_rate: Figure
    """Share, 0 to 1, of the deploys that failed or were rolled back; `of` is all of them."""
    restore: Figure
    """Seconds from the trouble to a production that is proven healthy."""
    trends: tuple[Trend, ...] = ()


def figures(pasts: Sequence[Past], leads: Mapping[str, Sequence[float]], now: float, weeks: float = 12.0) -> Figures:
    """Of the deploys of one environment, the newest first. `leads`: seconds per change, by deploy id."""
    oldest = min((past.opened_at for past in pasts), default=now)
    span = max(1.0, min(weeks, (now - oldest) / WEEK))
    since = now - weeks * WEEK
    counted = [past for past in pasts if past.touched_at is not None and (past.closed_at or 0.0) >= since]
    succeeded = [past for past in counted if past.outcome == "succeeded"]
    failed = [past for past in counted if past.outcome in ("failed", "rolled back")]
    changes = [seconds for past in succeeded for seconds in leads.get(past.id, ())]
    restored = [
        past.restored_at - past.trouble_at
        for past in failed
        if past.restored_at is not None and past.trouble_at is not None
    ]
    return Figures(
        environment=pasts[0].environment if pasts else "",
        weeks=span,
        deploys=len(counted),
        frequency=Figure(value=len(succeeded) / span if pasts else None, of=len(succeeded)),
        lead=_median(changes, unknown=sum(not leads.get(past.id) for past in succeeded)),
        failure_rate=Figure(value=len(failed) / len(counted) if counted else None, of=len(counted)),
        restore=_median(restored, unknown=len(failed) - len(restored)),
        trends=trends(pasts),
    )


def _median(values: Sequence[float], *, unknown: int) -> Figure:
    return Figure(value=max(0.0, median(values)) if values else None, of=len(values), unknown=unknown)


def trends(pasts: Sequence[Past], most: int = TREND) -> tuple[Trend, ...]:
    """Per step of the newest deploy: how long it took in the last deploys that ran it."""
    titled = next((past for past in pasts if past.titles), None)
    if titled is None:
        return ()
    found = []
    for task, title in titled.titles.items():
        taken = [past.steps[task] for past in pasts if past.title == titled.title and task in past.steps][:most]
        if taken:
            found.append(Trend(task=task, title=title, seconds=tuple(reversed(taken)), usual=median(taken)))
    return tuple(found)


Times = Mapping[str, tuple[float, Sequence[str]]]
"""Per commit: Unix time and parents."""


def lead_times(pasts: Sequence[Past], times: Times) -> dict[str, list[float]]:
    """Per deploy that succeeded: seconds from each of its changes to production, as far as git knows them."""
    found: dict[str, list[float]] = {}
    for past in pasts:
        if past.outcome == "succeeded" and past.shipped_at is not None and past.commit in times:
            new = _new(past.commit, past.current_commit, times)
            found[past.id] = [max(0.0, past.shipped_at - times[commit][0]) for commit in new]
    return found


def _new(commit: str, before: str, times: Times) -> set[str]:
    """Commits that `commit` has and `before` has not; the commit alone where what ran before is not known."""
    if before == commit or before not in times:
        return {commit}
    had = _below(before, times, lambda _: False)
    return _below(commit, times, had.__contains__) or {commit}


def _below(commit: str, times: Times, stop: Callable[[str], bool]) -> set[str]:
    found: set[str] = set()
    waiting = [commit]
    while waiting:
        one = waiting.pop()
        if one in times and one not in found and not stop(one):
            found.add(one)
            waiting += times[one][1]
    return found
