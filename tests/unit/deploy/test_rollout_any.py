"""Random people at random keys of a rollout: whatever is asked, the flag goes on only where it may."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.actions import named
from cockpit.deploy.fold import fold
from cockpit.deploy.recommend import recommend
from tests.rollouts import STAGES, Flag

reasons = st.sampled_from(("", "because"))
percents = st.sampled_from((0.0, 5.0, 25.0, 50.0, 100.0))


class AnyRollout(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.flag = Flag.rolled(retries=1)
        self.really = 0.0

    def _ask(self, command: c.Command) -> bool:
        before = len(self.flag.events)
        refusal = self.flag.ask(command)
        if refusal is not None:
            assert refusal.reason
            assert len(self.flag.events) == before
        for event in self.flag.events[before:]:
            assert not named(e.encode_body(event.body).decode()), "what is recorded is read where there are no keys"
        return refusal is None

    @rule(despite=reasons, late=st.integers(-1, 1))
    def advance(self, despite: str, late: int) -> None:
        stage = self.flag.have.current
        blind = stage is not None and stage.status == "blind"
        if self._ask(c.AdvanceRollout(change=self.flag.have.following + late, despite=despite)):
            assert late == 0
            assert not blind or despite

    @rule(reason=reasons)
    def back(self, reason: str) -> None:
        self._ask(c.BackRollout(change=self.flag.have.following, reason=reason))

    @rule()
    def off(self) -> None:
        open_ = self.flag.state.closed is None
        assert self._ask(c.FlagOff()) is open_, "nothing but its end refuses off"
        if open_:
            assert self.flag.last.kind == "off"

    @rule(good=st.booleans())
    def the_server_answers(self, good: bool) -> None:
        if self.flag.have.under_way is None:
            return
        change = self.flag.last
        if good:
            self._ask(c.RecordFlagSet(change=change.number))
            self.really = change.percent
            self._ask(c.RecordFlagRead(change=change.number, percent=self.really, said="x"))
        else:
            self._ask(c.RecordFlagFailure(change=change.number, reason="500"))

    @rule(percent=st.none() | percents, found=st.booleans())
    def it_is_read(self, percent: float | None, found: bool) -> None:
        last = self.flag.have.last
        error = "" if percent is not None else "no answer"
        self._ask(
            c.RecordFlagRead(change=last.number if last else 0, percent=percent, said="x", error=error, found=found)
        )

    @rule(reason=reasons)
    def hold(self, reason: str) -> None:
        self._ask(c.HoldDeploy(reason=reason) if self.flag.state.hold is None else c.ReleaseDeploy())

    @rule(errors=st.sampled_from((0.1, 0.1, 0.1, 0.9, 9.0)), times=st.integers(1, 12))
    def measure(self, errors: float, times: int) -> None:
        if self.flag.state.closed is None:
            self.flag.measured(times, errors=errors)

    @rule(seconds=st.sampled_from((1.0, 20.0, 300.0)))
    def wait(self, seconds: float) -> None:
        self.flag.now += seconds
        self._ask(c.Tick())

    @rule()
    def what_yes_would_do(self) -> None:
        command = recommend(self.flag.state, self.flag.now).command
        if command is not None:
            assert self._ask(command), "what is recommended is never refused"

    @rule()
    def stall_or_resume(self) -> None:
        if self.flag.state.closed is None:
            stalled = self.flag.state.stalled is not None
            self._ask(c.RecordResumption(events=1) if stalled else c.RecordStall(reason="no room"))

    @rule(outcome=st.sampled_from(("succeeded", "failed", "aborted", "rolled back")), reason=reasons)
    def close(self, outcome: e.DeployOutcome, reason: str) -> None:
        if len(self.flag.have.changes) > 6:
            self._ask(c.CloseDeploy(outcome=outcome, reason=reason))

    @invariant()
    def the_state_is_the_fold_of_the_events(self) -> None:
        assert fold(self.flag.events) == self.flag.state

    @invariant()
    def history_makes_sense(self) -> None:
        stalled = held = False
        passed: set[int] = set()
        judged: dict[int, str] = {}
        for number, change in enumerate(self.flag.have.changes, 1):
            assert change.number == number
        for event in self.flag.events:
            body = event.body
            if isinstance(body, (e.JournalStalled, e.JournalResumed)):
                stalled = isinstance(body, e.JournalStalled)
            elif isinstance(body, (e.DeployHeld, e.DeployReleased)):
                held = isinstance(body, e.DeployHeld)
            elif isinstance(body, e.FlagSetRequested):
                assert not stalled, "set without a record"
                if body.kind == "advance":
                    assert not held, "on, although it is on hold"
                    assert body.percent == STAGES[body.stage].percent
                    before = body.stage - 1
                    insisted = body.reason.startswith("despite: ")
                    assert before < 0 or before in passed or insisted, "on from a stage that did not hold"
            elif isinstance(body, e.StageJudged):
                judged[body.stage] = body.result
                passed = {*passed, body.stage} if body.result == "ok" else passed - {body.stage}
                if body.result == "ok":
                    assert body.value is not None, "held without data"


AnyRollout.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyRollout = AnyRollout.TestCase
