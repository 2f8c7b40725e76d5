"""What is true of a rollout now: its changes, its stages, what the flag reads. Parts of `State`."""

from typing import Literal

from msgspec import Struct, field

from cockpit.deploy.metrics.gates import Tally
from cockpit.deploy.rollout.plan import ChangeKind

StageStatus = Literal["waiting", "setting", "soaking", "passed", "breach", "blind", "left"]
"""`blind`: it could not be judged. `left`: it was set once, and another one is now."""
ChangeStatus = Literal["asked", "set", "failed"]


TRIES = 5
"""How often a change that did not arrive is tried before people are told that it could not be set."""


class StageTally(Struct, frozen=True):
    """What the rate gave in this soak. `weight`: observations, or values where none are known."""

    values: int = 0
    blind: int = 0
    errors: int = 0
    observations: float = 0.0
    weight: float = 0.0
    total: float = 0.0
    trouble: str = ""
    """Why there was no value, of the newest sample without one."""
    seen: dict[str, float] = {}
    """Per metric that decides: time of the newest sample, with a value or without."""
    gaps: dict[str, float] = {}
    """Per metric: seconds in which nothing was sampled at all (a machine that slept, a source that hung)."""

    @property
    def gap(self) -> float:
        """So much longer lasts the soak: each metric is watched for the whole of it."""
        return max(self.gaps.values(), default=0.0)

    @property
    def mean(self) -> float | None:
        """The rate of the whole stage; None where nothing was measured."""
        return self.total / self.weight if self.weight else None


def soak_end(stage: "StageState", soak_seconds: float) -> float:
    """When the soak is over: what nobody watched is not soaked."""
    return (stage.began_at or 0.0) + soak_seconds + stage.tally.gap


class StageState(Struct, frozen=True, kw_only=True):
    status: StageStatus = "waiting"
    change: int = 0
    """Number of the change that set it last."""
    set_at: float | None = None
    began_at: float | None = None
    judged_at: float | None = None
    reason: str = ""
    """The judge's words."""
    value: float | None = None
    """The rate it was judged by."""
    tally: StageTally = StageTally()
    gates: dict[str, dict[str, Tally]] = {}
    """Per gate and metric."""
    gates_at: dict[str, float] = {}
    """When each gate was measured last."""
    breaches: int = 0
    """How often it breached."""


class Change(Struct, frozen=True, kw_only=True):
    """One setting of the flag. `before`: the stage that was set until then; -1 for none, which is off."""

    number: int
    kind: ChangeKind
    stage: int
    percent: float
    before: int
    status: ChangeStatus
    at: float
    """When it came to this status."""
    asked_at: float
    by: str
    reason: str = ""
    """Why it was asked for; of a failure what went wrong."""
    retry_after: float = 0.0
    """Of a failure: seconds that the server asks for before the next try."""


class FlagReading(Struct, frozen=True, kw_only=True):
    """What the flag said of itself. `percent` None without an error: it cannot be read back."""

    at: float
    change: int
    percent: float | None = None
    said: str = ""
    error: str = ""
    matches: bool | None = None
    by: str = ""


class RolloutState(Struct, frozen=True, kw_only=True):
    stages: tuple[StageState, ...]
    stage: int = -1
    """The stage that is set, or being set; -1 for none, which is off."""
    changes: tuple[Change, ...] = ()
    reading: FlagReading | None = None
    reminded: dict[str, float] = field(default_factory=dict)
    """Per stage: when it was last said that it is due."""

    @property
    def last(self) -> Change | None:
        return self.changes[-1] if self.changes else None

    @property
    def following(self) -> int:
        """Number of the next change: what a command must name."""
        return len(self.changes) + 1

    @property
    def under_way(self) -> Change | None:
        """The change that was asked for and has no outcome yet."""
        return self.last if self.last is not None and self.last.status == "asked" else None

    @property
    def current(self) -> StageState | None:
        return self.stages[self.stage] if self.stage >= 0 else None

    @property
    def tries(self) -> int:
        """How often the newest change was asked for in a row."""
        count = 0
        for change in reversed(self.changes):
            if (change.kind, change.stage) != (self.changes[-1].kind, self.changes[-1].stage):
                break
            count += 1
        return count

    @property
    def differs(self) -> bool:
        """The flag reads something else than the newest change set."""
        last, reading = self.last, self.reading
        return last is not None and reading is not None and reading.change == last.number and reading.matches is False

    @property
    def confirmed(self) -> bool:
        """The newest change was set, and the flag reads so."""
        last, reading = self.last, self.reading
        return (
            last is not None
            and last.status == "set"
            and reading is not None
            and reading.change == last.number
            and reading.matches is True
        )
