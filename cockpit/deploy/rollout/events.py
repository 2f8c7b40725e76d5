"""What happened to a flag and its stages, in the past tense. `change` numbers the settings of the flag from 1 on."""

from typing import ClassVar, Literal

from msgspec import field

from cockpit.deploy.base import Body
from cockpit.deploy.rollout.plan import ChangeKind

GateResult = Literal["success", "failure", "inconclusive", "error"]
StageResult = Literal["ok", "breach", "no data", "error"]


class FlagSetRequested(Body, frozen=True):
    """The flag is to be set. Durable before anything is sent anywhere."""

    durable_first: ClassVar[bool] = True

    change: int
    kind: ChangeKind
    stage: int
    percent: float
    reason: str = ""


class FlagOffRequested(Body, frozen=True):
    """The flag is to be off, at once. The safe direction: a disk that takes nothing does not stop it."""

    change: int
    reason: str = ""


class FlagSet(Body, frozen=True):
    """The far side took it."""

    change: int
    seconds: float = 0.0
    detail: str = ""


class FlagSetFailed(Body, frozen=True):
    calls_person: ClassVar[bool] = True

    change: int
    reason: str
    retry_after: float = 0.0
    """Seconds that the server asks for before the next try; 0 where it asks for none."""


class FlagRead(Body, frozen=True):
    """What the flag said of itself. `percent` None and no `error`: it cannot be read back. `matches`: it says what was
    set; None where nobody can tell."""

    change: int
    percent: float | None = None
    said: str = ""
    error: str = ""
    matches: bool | None = None


class StageBegan(Body, frozen=True):
    """The flag reads what was set: from now on the stage soaks."""

    stage: int
    change: int


class StageMeasured(Body, frozen=True):
    """A gate of the stage, asked once: per metric its result."""

    stage: int
    gate: str
    results: dict[str, GateResult]
    samples: dict[str, float] = field(default_factory=dict)
    """Time of the sample behind each result."""


class StageJudged(Body, frozen=True):
    """`value`, `baseline` and `earlier` are rates in the metric's unit, `observations` the requests behind `value`."""

    calls_person: ClassVar[bool] = True

    stage: int
    result: StageResult
    reason: str
    value: float | None = None
    baseline: float | None = None
    earlier: float | None = None
    observations: float = 0.0


class StageReminded(Body, frozen=True):
    """The next stage may be set, and a person has to."""

    calls_person: ClassVar[bool] = True

    stage: int
