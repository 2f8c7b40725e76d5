"""Events of measuring: samples, the baseline, gates, triggers."""

from typing import ClassVar, Literal

from msgspec import Struct, field

from cockpit.deploy.base import Body, Level


class BaselineMeasured(Body, frozen=True):
    """What the metrics were just before production was touched: median over the samples so far."""

    values: dict[str, float]
    seconds: float = 0.0


class Sample(Struct, frozen=True, kw_only=True):
    """A reading and its judgement."""

    metric: str
    at: float
    level: Level
    value: float | None = None
    reason: str = ""
    """Why this level, with numbers; the error's text; empty for ok."""
    detail: str = ""
    samples: int | None = None
    """How many observations stand behind the value, where the source knows."""
    window_seconds: float | None = None
    """The time that the value is taken over (a rate's), where there is one."""
    unjudged: bool = False
    """It has a value and no level: what it is measured against is not known. It counts for the baseline."""


class MetricsSampled(Body, frozen=True):
    in_postmortem: ClassVar[bool] = True

    samples: tuple[Sample, ...]


class BaselineRefused(Body, frozen=True):
    """No baseline: production was not well, or too little was measured."""

    in_postmortem: ClassVar[bool] = True

    reason: str


class GateOpened(Body, frozen=True):
    """A gate's measurements begin."""

    task: str


class GateMeasured(Body, frozen=True):
    """One measurement of the metrics of a gate: success, failure, inconclusive or error."""

    task: str
    results: dict[str, Literal["success", "failure", "inconclusive", "error"]]
    samples: dict[str, float] = field(default_factory=dict)
    """Time of the sample behind each result: metrics whose next sample has not come yet are left out of both."""


class TriggersArmed(Body, frozen=True):
    """From here on a breach rolls back; `task` is the step that changes production."""

    in_postmortem: ClassVar[bool] = True

    task: str
    reason: str = ""
    """Why this step."""


class TriggersDisarmed(Body, frozen=True):
    reason: str


class TriggerFired(Body, frozen=True):
    """The first reason is the trigger's own; the others fire at the same time. An empty `option`: no way back can run
    by itself, `unable` says why."""

    calls_person: ClassVar[bool] = True
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    reasons: tuple[str, ...]
    option: str
    due_at: float
    unable: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    """Names of the metrics that the reasons speak of, in the same order."""
