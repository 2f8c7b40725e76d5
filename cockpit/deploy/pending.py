"""How long something has been bad: kept per metric with every sample, so that triggers read it off.

`for` is meant as Prometheus means it: the breach holds at every sample over that time; a good sample or one without a
value begins anew, an error of the source changes nothing (Prometheus leaves an alert as it is when a rule cannot be
evaluated).
"""

from cockpit.deploy.events import Level, Sample
from cockpit.deploy.judge import BLIND
from cockpit.deploy.state import Pending

_SHOWN = 5
"""Values of a breach that its reason names."""


def pending_after(old: Pending | None, sample: Sample) -> Pending | None:
    """The breach that goes on after one more sample; None where there is none."""
    if sample.level == "error":
        return old
    if sample.level != "breach":
        return None
    value = sample.value if sample.value is not None else 0.0
    if old is None:
        return Pending(sample.at, 1, (value,))
    return Pending(old.since, old.count + 1, (*old.values[-(_SHOWN - 1) :], value))


def blind_since(old: float | None, level: Level, at: float) -> float | None:
    """When the present stretch without a value began; None while there are values."""
    if level not in BLIND:
        return None
    return old if old is not None else at
