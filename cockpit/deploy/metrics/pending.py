"""How long something has been bad: kept per metric with every sample, so that triggers read it off.

`for` is meant as Prometheus means it: the breach holds at every sample over that time; a good sample or one without a
value begins anew, an error of the source changes nothing (Prometheus leaves an alert as it is when a rule cannot be
evaluated).
"""

from math import inf

from cockpit.deploy.events import Level, Sample
from cockpit.deploy.metrics.judge import BLIND
from cockpit.deploy.state import Pending

_SHOWN = 5
"""Values of a breach that its reason names."""


_KEPT = 100
"""Times of a breach that are kept: more `failures` than that nobody asks for."""


def pending_after(old: Pending | None, sample: Sample, stale: float = inf) -> Pending | None:
    """The breach that goes on after one more sample; None where there is none. The same sample read again is none
    more, and one that comes after more than `stale` seconds without any begins anew: nobody knows what was between."""
    if sample.level == "error":
        return old
    if sample.level != "breach":
        return None
    values = (sample.value,) if sample.value is not None else ()
    last = old.times[-1] if old is not None and old.times else None
    if old is None or (last is not None and sample.at - last > stale):
        return Pending(sample.at, 1, values, (sample.at,))
    if last is not None and sample.at <= last:
        return old
    times = (*old.times[-(_KEPT - 1) :], sample.at)
    return Pending(old.since, old.count + 1, (*old.values[-(_SHOWN - 1) :], *values), times)


def blind_since(old: float | None, level: Level, at: float) -> float | None:
    """When the present stretch without a value began; None while there are values."""
    if level not in BLIND:
        return None
    return old if old is not None else at
