"""Gates: repeated measurements that must go well before the deploy goes on. Pure.

The semantics of Argo Rollouts' analysis: per metric, more failures than `failure_limit` fail it, more errors in a row
than `consecutive_error_limit` are an error, errors do not consume the count; across metrics failed wins over error over
inconclusive. Except: no data is inconclusive, never a success.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.events import Level, Verdict
from cockpit.deploy.plan import Gate

Result = Literal["success", "failure", "inconclusive", "error"]
GateVerdict = Literal["running", "passed", "failed", "error", "inconclusive"]

_RESULT: dict[Level, Result] = {
    "ok": "success",
    "watch": "success",
    "alert": "failure",
    "breach": "failure",
    "no data": "inconclusive",
    "error": "error",
}
_ORDER: tuple[GateVerdict, ...] = ("failed", "error", "inconclusive", "running", "passed")
AS_CHECK: dict[GateVerdict, Verdict] = {
    "passed": "pass",
    "failed": "fail",
    "error": "fail",
    "inconclusive": "unknown",
    "running": "unknown",
}


class Tally(Struct, frozen=True):
    """What one metric of a gate has given so far."""

    successes: int = 0
    failures: int = 0
    inconclusive: int = 0
    errors_in_row: int = 0
    successes_in_row: int = 0
    at: float = 0.0
    """Time of the sample that was counted last: each counts once."""

    @property
    def counted(self) -> int:
        """Measurements that consume the count."""
        return self.successes + self.failures + self.inconclusive


def result_of(level: Level | None) -> Result:
    """A sample's part in a gate; None stands for no sample at all, which is no data."""
    return _RESULT[level] if level is not None else "inconclusive"


def counted(tally: Tally, result: Result) -> Tally:
    """The tally after one more measurement."""
    if result == "error":
        return replace(tally, errors_in_row=tally.errors_in_row + 1, successes_in_row=0)
    after = replace(tally, errors_in_row=0)
    if result == "success":
        return replace(after, successes=tally.successes + 1, successes_in_row=tally.successes_in_row + 1)
    if result == "failure":
        return replace(after, failures=tally.failures + 1, successes_in_row=0)
    return replace(after, inconclusive=tally.inconclusive + 1, successes_in_row=0)


def with_results(
    tallies: Mapping[str, Tally], results: Mapping[str, Result], samples: Mapping[str, float] | None = None
) -> dict[str, Tally]:
    """The tallies after one measurement of these metrics. `samples`: the time of each sample."""
    after = dict(tallies)
    for name, result in results.items():
        before = tallies.get(name, Tally())
        at = before.at if samples is None else samples.get(name, before.at)
        after[name] = replace(counted(before, result), at=at)
    return after


def of_metric(gate: Gate, tally: Tally) -> GateVerdict:
    """The verdict on one metric. Limits are strict: as many as the limit are still put up with."""
    if tally.failures > gate.failure_limit:
        return "failed"
    if tally.errors_in_row > gate.consecutive_error_limit:
        return "error"
    if tally.inconclusive > gate.inconclusive_limit:
        return "inconclusive"
    if gate.consecutive_success_limit and tally.successes_in_row >= gate.consecutive_success_limit:
        return "passed"
    if tally.counted < gate.count:
        return "running"
    if gate.consecutive_success_limit:
        return "inconclusive"  # as many as the count were measured, and never so many good ones in a row
    # Put up with or not: silence alone is no reason to go on.
    return "passed" if tally.successes or not tally.inconclusive else "inconclusive"


def verdict(gate: Gate, tallies: dict[str, Tally]) -> tuple[GateVerdict, str]:
    """The gate's verdict and its words, with numbers."""
    each = {name: of_metric(gate, tallies.get(name, Tally())) for name in gate.metrics}
    worst = next(one for one in _ORDER if one in each.values())
    named = [name for name in gate.metrics if each[name] == worst]
    said = "; ".join(f"{name} {_words(gate, tallies.get(name, Tally()))}" for name in named)
    return worst, f"gate {gate.name} {worst}: {said}"


def _words(gate: Gate, tally: Tally) -> str:
    parts = [f"{tally.counted} of {gate.count} measured"]
    if tally.failures:
        parts.append(f"{tally.failures} failed (limit {gate.failure_limit})")
    if tally.inconclusive:
        parts.append(f"{tally.inconclusive} without data (limit {gate.inconclusive_limit})")
    if tally.errors_in_row:
        parts.append(f"{tally.errors_in_row} errors in a row (limit {gate.consecutive_error_limit})")
    return ", ".join(parts)
