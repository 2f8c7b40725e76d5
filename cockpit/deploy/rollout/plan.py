"""A rollout as it was planned: a flag, the stages that it is taken through, and what judges them. Pure."""

from hashlib import sha256
from itertools import pairwise
from typing import Literal

from msgspec import Struct

Form = Literal["percent", "switch"]
"""`percent`: a share of the users. `switch`: off or on, nothing between."""
ChangeKind = Literal["advance", "back", "off"]

_MARK = "/flag:"


class Stage(Struct, frozen=True):
    """`percent` of the users, for at least `soak_seconds`; never before `after_seconds` from the opening."""

    percent: float
    soak_seconds: float
    after_seconds: float = 0.0


class Margin(Struct, frozen=True):
    """How much worse than something earlier a rate may be: `times` it, and `plus` (in the metric's unit)."""

    times: float
    plus: float = 0.0

    def words(self, what: str) -> str:
        """`2x baseline + 0.5`."""
        times = what if self.times == 1 else f"{self.times:g}x {what}"
        return times + (f" {'+' if self.plus > 0 else '-'} {abs(self.plus):g}" if self.plus else "")


class Rollout(Struct, frozen=True, kw_only=True):
    flag: str
    form: Form = "percent"
    stages: tuple[Stage, ...]
    """With growing percentages; of a switch: off, then on."""
    how: str = ""
    """How it is set, in words and without a secret: `PUT http://flags:8080/checkout`."""
    readable: bool = True
    """False where it cannot be read back: a person looks and says so."""
    advance: Literal["person", "auto"] = "person"
    metric: str = "errors"
    """The rate that a stage is judged by."""
    gates: tuple[str, ...] = ()
    """Gates of the plan that every stage must pass besides."""
    baseline: Margin = Margin(2.0, 0.5)
    """Against the baseline, measured before the first stage."""
    earlier: Margin = Margin(2.0, 0.5)
    """Against the stage before."""
    min_samples: int = 0
    """Observations (requests) of a stage below which it is not judged; where the source knows of none it does not
    count."""
    min_values: int = 3
    """Measured values of a stage below which it is not judged."""
    retries: int = 0
    """How often `--yes` takes a stage again that breached, once the one before has held again."""
    remind_seconds: float = 86_400.0
    """After this time it is said again that the next stage is due."""

    def words(self, percent: float) -> str:
        """`25 %`; of a switch `on` or `off`."""
        if self.form == "switch":
            return "on" if percent > 0 else "off"
        return f"{percent:g} %"

    def named(self, stage: int) -> str:
        """The percentage of a stage by its place, `off` for none."""
        return self.words(self.stages[stage].percent) if stage >= 0 else "off"


def why_no_stages(stages: tuple[Stage, ...], form: Form = "percent") -> str:
    """What is wrong with the stages, in words; empty where nothing is."""
    if not stages:
        return "no stages"
    for number, stage in enumerate(stages, 1):
        if not 0 <= stage.percent <= 100:
            return f"stage {number} is {stage.percent:g} %; use a percentage from 0 to 100"
        if stage.percent == 0 and (form == "percent" or number > 1):
            return f"stage {number} is 0 %, which is off; a stage must be above that"
    for number, (before, after) in enumerate(pairwise(stages), 2):
        if after.percent <= before.percent:
            return f"stage {number} ({after.percent:g} %) must be above stage {number - 1} ({before.percent:g} %)"
        if after.after_seconds < before.after_seconds:
            return f"stage {number} is due before stage {number - 1}"
    return ""


def key_of(environment: str, flag: str) -> str:
    """What stands for the environment in the list of deploys and names the lock: `production/flag:checkout`. Other
    than its environment's, so that a rollout over days keeps no deploy out; one per flag."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in flag)
    if safe != flag:
        safe = f"{safe}-{sha256(flag.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"{environment}{_MARK}{safe}"


def is_rollout(key: str) -> bool:
    """True for the key of a rollout, False for a plain environment."""
    return _MARK in key
