"""Random people at random keys: whatever is asked, the invariants of a deploy hold."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.actions import named
from cockpit.deploy.fold import fold
from cockpit.deploy.plan import PHASES, Destination, Phase
from cockpit.deploy.recommend import recommend
from tests import builders as b

TASKS = ("look", "tests", "answers", "build", "ship", "seen", "watching", "undo", "undo-2", "restore", "nowhere")
SCRIPTS = ("tests", "build", "ship", "undo", "undo-2", "restore")
tasks = st.sampled_from(TASKS)
reasons = st.sampled_from(("", "because"))
attempts = st.integers(0, 3)
NOTICES = (c.SendNotice, c.RecordNoticeSent, c.RecordNoticeFailure)
DURABLE_FIRST = (e.StepStarted, e.RollbackRequested, e.NoticeRequested, e.DeployClosed)
AFTER_THE_END = (e.NoteAdded, e.NoticeRequested, e.NoticeSent, e.NoticeFailed)
levels = st.sampled_from((0.0, 0.5, 3.0, 9.0, None, float("nan"), "refused"))


class AnyCommands(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.deploy = b.Deploy.of(
            b.item("look"),
            b.check("tests"),
            b.live("answers", "metrics"),
            b.step("build"),
            b.step("ship", required=False, offset_seconds=5, start="due"),
            b.item("seen", "verify"),
            b.live("watching", "watch", "watch"),
            rollback=(b.option("back", b.step("undo"), b.step("undo-2")), b.option("restore", b.step("restore"))),
            metrics=(b.rule(), b.rule("health")),
            destinations=(Destination(name="team", type="slack"), Destination(name="mail", type="smtp")),
            watch_seconds=3.0,
            automatic=True,
            arm_task="build",
            countdown_seconds=2.0,
        )

    def _ask(self, command: c.Command) -> None:
        closed = self.deploy.state.closed
        before = len(self.deploy.events)
        refusal = self.deploy.ask(command)
        if closed is not None:
            assert refusal is not None or isinstance(command, (c.AddNote, c.RecordExit, *NOTICES))
            assert all(isinstance(event.body, AFTER_THE_END) for event in self.deploy.events[before:])
        if refusal is not None:
            assert refusal.reason
            assert len(self.deploy.events) == before
        for event in self.deploy.events[before:]:
            assert not named(e.encode_body(event.body).decode()), "what is recorded is read where there are no keys"

    @rule(task=tasks, attempt=attempts, confirmed=st.booleans())
    def run(self, task: str, attempt: int, confirmed: bool) -> None:
        self._ask(c.RunTask(task=task, attempt=attempt, confirmed=confirmed))

    @rule(task=st.sampled_from(SCRIPTS))
    def run_the_next_attempt(self, task: str) -> None:
        self._ask(c.RunTask(task=task, attempt=self.deploy.state.of(task).attempt + 1))

    @rule(task=st.sampled_from(SCRIPTS), outcome=st.sampled_from(("succeeded", "failed", "cancelled", "lost")))
    def end(self, task: str, outcome: e.StepOutcome) -> None:
        self._ask(c.RecordExit(task=task, attempt=self.deploy.state.of(task).attempt, outcome=outcome))

    @rule()
    def all_that_runs_succeeds(self) -> None:
        for task in self.deploy.state.running:
            self.end(task.id, "succeeded")

    @rule(task=tasks, reason=reasons, kind=st.sampled_from((c.SkipTask, c.AcceptTask, c.WaiveItem, c.FailItem)))
    def settle(self, task: str, reason: str, kind: type) -> None:
        self._ask(kind(task=task, reason=reason))

    @rule(task=tasks, kind=st.sampled_from((c.TickItem, c.UntickItem)))
    def tick(self, task: str, kind: type) -> None:
        self._ask(kind(task=task))

    @rule(task=tasks, attempt=attempts)
    def cancel(self, task: str, attempt: int) -> None:
        self._ask(c.CancelTask(task=task, attempt=attempt))

    @rule(phase=st.sampled_from(PHASES))
    def enter(self, phase: Phase) -> None:
        self._ask(c.EnterPhase(phase=phase))

    @rule()
    def checks(self) -> None:
        self._ask(c.RunChecks())

    @rule(option=st.sampled_from(("back", "restore")), sure=st.booleans())
    def roll_back(self, option: str, sure: bool) -> None:
        self._ask(c.StartRollback(option=option, confirmation="production" if sure else "prod"))

    @rule(reason=reasons)
    def hold(self, reason: str) -> None:
        self._ask(c.HoldDeploy(reason=reason) if self.deploy.state.hold is None else c.ReleaseDeploy())

    @rule()
    def now(self) -> None:
        countdown = self.deploy.state.countdown
        self._ask(c.RollBackNow(due_at=countdown.due_at if countdown is not None else 1.0))

    @rule()
    def stall_or_resume(self) -> None:
        if self.deploy.state.closed is None:
            stalled = self.deploy.state.stalled is not None
            self._ask(c.RecordResumption(events=1) if stalled else c.RecordStall(reason="no room"))

    @rule(seconds=st.sampled_from((-600.0, 0.0, 300.0, float("nan"))), reason=reasons)
    def move_t(self, seconds: float, reason: str) -> None:
        self._ask(c.MoveTime(planned_at=self.deploy.now + seconds, reason=reason))

    @rule(text=reasons)
    def note(self, text: str) -> None:
        self._ask(c.AddNote(text=text))

    @rule(text=reasons, to=st.lists(st.sampled_from(("team", "mail", "nowhere")), max_size=3))
    def send_notice(self, text: str, to: list[str]) -> None:
        self._ask(c.SendNotice(kind="message", title="x", text=text, to=tuple(to)))

    @rule(notice=st.sampled_from(("1", "2", "3")), arrives=st.booleans())
    def end_of_a_notice(self, notice: str, arrives: bool) -> None:
        self._ask(c.RecordNoticeSent(notice=notice) if arrives else c.RecordNoticeFailure(notice=notice, reason="x"))

    @rule(outcome=st.sampled_from(("succeeded", "failed", "aborted", "rolled back")), reason=reasons)
    def close(self, outcome: e.DeployOutcome, reason: str) -> None:
        if self.deploy.state.seq > 15:
            self._ask(c.CloseDeploy(outcome=outcome, reason=reason))

    @rule(errors=levels, health=st.sampled_from((0.0, 1.0, 1.0, None, "refused")))
    def measure(self, errors: float | str | None, health: float | str | None) -> None:
        readings = tuple(
            c.Reading(
                metric=name,
                at=self.deploy.now,
                value=None if isinstance(value, str) else value,
                error=value if isinstance(value, str) else "",
            )
            for name, value in (("errors", errors), ("health", health))
        )
        self._ask(c.RecordReadings(readings=readings))

    @rule(seconds=st.sampled_from((0.5, 2.0, 20.0)))
    def wait(self, seconds: float) -> None:
        self.deploy.now += seconds
        self._ask(c.Tick())

    @invariant()
    def the_state_is_the_fold_of_the_events(self) -> None:
        assert fold(self.deploy.events) == self.deploy.state
        recommend(self.deploy.state, self.deploy.now)

    @invariant()
    def numbers_follow_each_other_and_bytes_keep_everything(self) -> None:
        assert [event.seq for event in self.deploy.events] == list(range(1, len(self.deploy.events) + 1))
        last = self.deploy.events[-1].body
        assert e.decode_body(e.encode_body(last)) == last

    @invariant()
    def history_makes_sense(self) -> None:
        running: dict[str, int] = {}
        attempts: dict[str, int] = {}
        option: tuple[str, ...] | None = None
        started = False
        closed = stalled = armed = held = False
        fired: e.TriggerFired | None = None
        for event in self.deploy.events:
            body = event.body
            if isinstance(body, (e.JournalStalled, e.JournalResumed)):
                stalled = isinstance(body, e.JournalStalled)
            elif isinstance(body, (e.DeployHeld, e.DeployReleased)):
                held = isinstance(body, e.DeployHeld)
                fired = None
            elif isinstance(body, (e.TriggersArmed, e.TriggersDisarmed)):
                armed = isinstance(body, e.TriggersArmed)
                fired = fired if armed else None
            elif isinstance(body, e.TriggerFired):
                assert armed, "a trigger fired that was not armed"
                assert not held, "a trigger fired on hold"
                assert option is None, "a trigger fired in a rollback"
                fired = body
            assert not stalled or not isinstance(body, DURABLE_FIRST)
            assert not closed or isinstance(body, (*AFTER_THE_END, e.RecordExported, e.EngineStarted))
            if isinstance(body, e.StepStarted):
                assert body.task not in running, "started twice"
                assert body.attempt == attempts.get(body.task, 0) + 1, "an attempt ran twice"
                attempts[body.task] = running[body.task] = body.attempt
                of_a_rollback = body.task in ("undo", "undo-2", "restore")
                assert of_a_rollback == (option is not None), "forward and back at once"
                if option is not None:
                    assert started, "the way back began before everything was dead"
                    assert body.task in option
                    assert len(running) == 1, "two scripts of a rollback at once"
            elif isinstance(body, e.StepFinished):
                assert running.pop(body.task) == body.attempt
            elif isinstance(body, e.RollbackRequested):
                if body.automatic:
                    assert fired is not None, "an automatic rollback without a trigger"
                    assert fired.option == body.option
                    assert event.at >= fired.due_at or body.reason.endswith("by hand)")
                armed, fired = False, None
                option = ("undo", "undo-2") if body.option == "back" else ("restore",)
                started = False
            elif isinstance(body, e.RollbackStarted):
                assert started or not running, "the way back began before everything was dead"
                started = True
            elif isinstance(body, e.DeployClosed):
                assert not running
                assert body.outcome != "succeeded" or option is None
                closed = True

    @invariant()
    def a_text_is_at_a_place_once(self) -> None:
        there = [(one.to, one.text) for one in self.deploy.state.notices if one.status != "failed"]
        assert len(there) == len(set(there))
        requested = [event.body for event in self.deploy.events if isinstance(event.body, e.NoticeRequested)]
        assert [one.notice for one in requested] == [one.id for one in self.deploy.state.notices]

    @invariant()
    def no_data_is_never_well(self) -> None:
        state = self.deploy.state
        for name, builtin in (("answers", "preflight"), ("watching", "watch")):
            blind = [metric for metric in ("errors", "health") if state.level(metric) in ("no data", "error")]
            if state.phase == builtin and state.of(name).status == "pass" and blind:
                # A watch that was over stays over; everything else is measured again at once.
                assert name == "watching" or state.rollback is not None or state.closed


TestAnyCommands = AnyCommands.TestCase
TestAnyCommands.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
