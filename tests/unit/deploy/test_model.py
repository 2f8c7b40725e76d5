"""The core against a model that is simple enough to be believed: two steps, an item on each side, one way back.

The model knows nothing of events, phases' names or refusals in words; it only says whether something may happen, and
what is true afterwards. Where the two differ, one of them is wrong.
"""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cockpit.deploy import commands as c
from tests import builders as b

ORDER = ("look", "build", "ship", "seen")
"""An item of the preflight, two scripts of the deploy, an item of the verification."""


class AgainstTheModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.deploy = b.Deploy.of(
            b.item("look"),
            b.step("build"),
            b.step("ship"),
            b.item("seen", "verify"),
            rollback=(b.option("back", b.step("undo")),),
        )
        self.done: set[str] = set()
        self.failed: set[str] = set()
        self.attempts = dict.fromkeys((*ORDER, "undo"), 0)
        self.running: str | None = None
        self.held = False
        self.back = "no"
        """no, stopping, running, failed, finished."""
        self.closed = False

    def _may(self, allowed: bool, command: c.Command) -> bool:
        refusal = self.deploy.ask(command)
        assert (refusal is None) is allowed, f"the model says {allowed}, the core {refusal}: {command}"
        return allowed

    def _turn_of(self, task: str) -> bool:
        """Everything before it is done; a phase opens only when the one before is complete."""
        return all(before in self.done for before in ORDER[: ORDER.index(task)])

    @rule()
    def tick_look(self) -> None:
        if self._may(not self.closed and "look" not in self.done, c.TickItem(task="look")):
            self.done.add("look")

    @rule()
    def tick_seen(self) -> None:
        # After a request to go back nothing of the plan opens by itself, and what is not open cannot be ticked.
        open_ = self.deploy.state.phase == "verify"
        if self._may(not self.closed and open_ and "seen" not in self.done, c.TickItem(task="seen")):
            self.done.add("seen")

    def _run(self, task: str) -> None:
        free = self.running is None and not self.held and self.back == "no" and not self.closed
        allowed = free and task not in self.done and self._turn_of(task)
        if self._may(allowed, c.RunTask(task=task, attempt=self.attempts[task] + 1)):
            self.attempts[task] += 1
            self.running = task
            self.failed.discard(task)

    @rule()
    def run_build(self) -> None:
        self._run("build")

    @rule()
    def run_ship(self) -> None:
        self._run("ship")

    @rule()
    def run_an_attempt_that_was(self) -> None:
        self._may(False, c.RunTask(task="build", attempt=self.attempts["build"]))

    def _end(self, well: bool) -> None:
        if self.running is None:
            return
        task, self.running = self.running, None
        self.deploy.end(task, "succeeded" if well else "failed")
        (self.done if well else self.failed).add(task)
        if task == "undo":
            # Without any health endpoint nobody can prove that it is well: the deploy is closed with the last script.
            self.back = "finished" if well else "failed"
            self.closed = well
        elif self.back == "stopping":
            self._undo_begins()

    def _undo_begins(self) -> None:
        self.back, self.running = "running", "undo"
        self.attempts["undo"] += 1
        self.failed.discard("undo")

    @rule()
    def succeed(self) -> None:
        self._end(True)

    @rule()
    def fail(self) -> None:
        self._end(False)

    @rule()
    def retry_the_way_back(self) -> None:
        if self.back == "failed":
            assert self._may(True, c.RunTask(task="undo", attempt=self.attempts["undo"] + 1))
            self._undo_begins()

    @rule()
    def roll_back(self) -> None:
        allowed = not self.closed and self.back in ("no", "failed")
        if self._may(allowed, c.StartRollback(option="back", confirmation="production", despite=True, reason="x")):
            if self.running is None:
                self._undo_begins()
            else:
                self.back = "stopping"

    @rule()
    def hold(self) -> None:
        if self._may(not self.closed and not self.held, c.HoldDeploy(reason="x")):
            self.held = True

    @rule()
    def release(self) -> None:
        if self._may(not self.closed and self.held, c.ReleaseDeploy()):
            self.held = False

    @rule()
    def succeed_with_the_deploy(self) -> None:
        all_done = all(task in self.done for task in ORDER)
        allowed = not self.closed and self.running is None and self.back == "no" and all_done
        if self._may(allowed, c.CloseDeploy(outcome="succeeded")):
            self.closed = True

    @invariant()
    def they_agree(self) -> None:
        state = self.deploy.state
        assert tuple(task.id for task in state.running) == ((self.running,) if self.running else ())
        assert {task for task in (*ORDER, "undo") if state.of(task).status == "pass"} == self.done - {self.running}
        assert {task for task in (*ORDER, "undo") if state.of(task).status == "fail"} == self.failed
        assert {task: state.of(task).attempt for task in self.attempts} == self.attempts
        assert (state.hold is not None) is self.held
        assert (state.rollback.status if state.rollback else "no") == self.back
        assert (state.closed is not None) is self.closed


TestAgainstTheModel = AgainstTheModel.TestCase
TestAgainstTheModel.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
