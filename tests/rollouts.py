"""A rollout without an engine: stages in the test's hand, the flag a number that the test sets."""

from typing import Any

from cockpit.deploy import commands as c
from cockpit.deploy.plan import MetricRule, Plan
from cockpit.deploy.rollout.plan import Rollout, Stage
from cockpit.deploy.rollout.state import Change, RolloutState
from tests import builders as b

DAY = 86_400.0
STAGES = tuple(Stage(percent, 100.0, number * 200.0) for number, percent in enumerate((5.0, 25.0, 50.0, 100.0)))


def plan(*, metrics: tuple[MetricRule, ...] = (b.rule(),), more: dict[str, Any] | None = None, **rollout: Any) -> Plan:
    """The rollout of `checkout` in production. `more`: of Plan; the rest of Rollout."""
    given: dict[str, Any] = {"flag": "checkout", "stages": STAGES, "how": "in the test's hand", **rollout}
    return b.plan(metrics=metrics, rollout=Rollout(**given), **(more or {}))


class Flag(b.Deploy):
    """A `Deploy` of a flag. What was asked for is carried out by `obey`, as the engine would."""

    percent: float = 0.0

    @classmethod
    def rolled(cls, **more: Any) -> "Flag":
        """Opened, its flag read, its metrics measured for long enough."""
        flag = cls()
        flag.do(c.OpenDeploy(plan=plan(**more)))
        flag.do(c.RecordStart(pid=1, host="here", version="0", variables=()))
        flag.reads(0.0)
        return flag.measured(5)

    def do(self, command: c.Command, by: str = b.PERSON) -> "Flag":
        super().do(command, by)
        return self

    @property
    def have(self) -> RolloutState:
        assert self.state.rollout is not None
        return self.state.rollout

    @property
    def last(self) -> Change:
        assert self.have.last is not None
        return self.have.last

    @property
    def statuses(self) -> list[str]:
        return [stage.status for stage in self.have.stages]

    def measured(self, times: int, *, step: float = 10.0, samples: int | None = 50, errors: float = 0.1) -> "Flag":
        """So many values of the error rate, each over a window of its own."""
        for _ in range(times):
            self.now += step
            taken = c.Reading(
                metric="errors", at=self.now, value=errors, samples=samples, window_seconds=1.0 if samples else None
            )
            self.do(c.RecordReadings(readings=(taken,)), "cockpit")
        return self

    def reads(self, percent: float | None, *, error: str = "", found: bool = False) -> "Flag":
        """The flag is read, and says that."""
        last = self.have.last
        command = c.RecordFlagRead(
            change=last.number if last else 0,
            percent=percent,
            said="cannot be read back" if percent is None else f"{percent:g}",
            error=error,
            found=found,
        )
        self.do(command, "cockpit")
        return self

    def obey(self) -> "Flag":
        """The change that is under way is carried out and read back."""
        self.do(c.RecordFlagSet(change=self.last.number, seconds=0.1), "cockpit")
        self.percent = self.last.percent
        return self.reads(self.percent)

    def advance(self, **more: Any) -> "Flag":
        self.do(c.AdvanceRollout(change=self.have.following, **more))
        return self

    def held(self, errors: float = 0.1) -> "Flag":
        """The stage that soaks is soaked to its end, and the next one is due."""
        self.measured(11, errors=errors)
        if self.state.rollout is not None and self.state.plan is not None and self.state.plan.rollout is not None:
            stage = self.have.stage + 1
            stages = self.state.plan.rollout.stages
            if 0 < stage < len(stages):
                self.now = max(self.now, self.state.opened_at + stages[stage].after_seconds)
                self.measured(1)
        return self

    def to_stage(self, stage: int) -> "Flag":
        """Every stage before has held, and this one soaks."""
        while self.have.stage < stage:
            self.advance().obey()
            if self.have.stage < stage:
                self.held()
        return self
