"""Small plans and deploys for tests: built the short way, with the ids that the tests then name."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.commands import Reading, Refusal
from cockpit.deploy.decide import decide
from cockpit.deploy.fold import apply
from cockpit.deploy.plan import MetricRule, Phase, Plan, RollbackOption, Script, Task
from cockpit.deploy.state import State
from cockpit.runbook.shell import read_script

START = 1_000_000.0
"""When every deploy of the tests is opened."""
PERSON = "ann"


def script(body: str = "true\n", **more: Any) -> Script:
    """A script at line 10 of its runbook, read as the planner reads it."""
    read = read_script(body, 10)
    fields: dict[str, Any] = {
        "commands": read.commands,
        "placeholders": read.placeholders,
        "variables": read.variables,
    }
    return Script(body=body, body_line=10, **{**fields, **more})


def item(task_id: str, phase: Phase = "preflight", **more: Any) -> Task:
    """A box that a person ticks."""
    return Task(id=task_id, kind="manual", title=task_id.title(), line=1, phase=phase, **more)


def step(task_id: str, phase: Phase = "deploy", body: str = "true\n", **more: Any) -> Task:
    """A script of the runbook; `confirm` and the like go to the script."""
    own = {name: more.pop(name) for name in tuple(more) if name in Script.__struct_fields__}
    return Task(
        id=task_id, kind="script", title=task_id.title(), line=9, phase=phase, script=script(body, **own), **more
    )


def check(task_id: str, phase: Phase = "preflight", body: str = "true\n", **more: Any) -> Task:
    """An automatic check with a command."""
    return Task(
        id=task_id,
        kind="check",
        title=task_id.title(),
        line=9,
        phase=phase,
        script=script(body, carries_state=False),
        **more,
    )


def live(task_id: str, builtin: str, phase: Phase = "preflight") -> Task:
    """A built-in check that the measurements answer."""
    return Task(id=task_id, kind="check", title=task_id.title(), line=9, phase=phase, builtin=builtin)


def option(option_id: str, *tasks: Task, **more: Any) -> RollbackOption:
    return RollbackOption(id=option_id, title=option_id.title(), line=90, tasks=tasks, **more)


def rule(name: str = "errors", **more: Any) -> MetricRule:
    """The error rate in percent: watch 1, alert 2, breach 5; `health` is up or down."""
    given: dict[str, Any] = {"label": name, "source": "app", "unit": "%", "watch": 1.0, "alert": 2.0, "breach": 5.0}
    if name == "health":
        given |= {"unit": "up", "watch": None, "alert": None, "breach": None}
    return MetricRule(name=name, **{**given, **more})


def plan(
    *tasks: Task, rollback: Iterable[RollbackOption] = (), metrics: Iterable[MetricRule] = (), **more: Any
) -> Plan:
    """A plan for `production` with these tasks."""
    given: dict[str, Any] = {
        "title": "Deploy",
        "environment": "production",
        "root": "/srv/app",
        "runbook_path": "RUNBOOK.md",
        "runbook_text": "# Deploy\n",
        "watch_seconds": 60.0,
    }
    return Plan(tasks=tasks, rollback=tuple(rollback), metrics=tuple(metrics), **{**given, **more})


@dataclass
class Deploy:
    """A deploy without an engine: commands in, events kept and folded, the clock in the test's hand.

    As the engine does, everything that goes by itself follows every command.
    """

    state: State = field(default_factory=State)
    events: list[e.Event] = field(default_factory=list)
    now: float = START

    @classmethod
    def of(cls, *tasks: Task, variables: tuple[str, ...] = (), **more: Any) -> "Deploy":
        """Opened, with an engine that has these variables."""
        deploy = cls()
        assert deploy.ask(c.OpenDeploy(plan=plan(*tasks, **more))) is None
        assert deploy.ask(c.RecordStart(pid=1, host="here", version="0", variables=variables)) is None
        return deploy

    def ask(self, command: c.Command, by: str = PERSON) -> Refusal | None:
        """Carry the command out. None: done. A refusal: nothing happened."""
        decision = decide(self.state, command, self.now, by)
        if isinstance(decision, Refusal):
            return decision
        self._add(decision, by)
        for _ in range(50):
            more = decide(self.state, c.Tick(), self.now, "cockpit")
            if isinstance(more, Refusal) or not more:
                return None
            self._add(more, "cockpit")
        raise AssertionError("the deploy does not come to rest")

    def do(self, command: c.Command, by: str = PERSON) -> "Deploy":
        """`ask`, where the answer must be yes."""
        refusal = self.ask(command, by)
        assert refusal is None, refusal
        return self

    def refusal(self, command: c.Command) -> str:
        """`ask`, where the answer must be no; gives the reason. Checks that nothing happened."""
        before = self.state
        refusal = self.ask(command)
        assert refusal is not None, f"not refused: {command}"
        assert self.state is before
        return refusal.reason

    def _add(self, bodies: Iterable[e.Body], by: str) -> None:
        for body in bodies:
            event = e.Event(seq=self.state.seq + 1, at=self.now, by=by, body=body)
            self.events.append(event)
            self.state = apply(self.state, event)

    def run(self, task: str, **more: Any) -> "Deploy":
        """Start the task's next attempt."""
        return self.do(c.RunTask(task=task, attempt=self.state.of(task).attempt + 1, **more))

    def end(self, task: str, outcome: e.StepOutcome = "succeeded", **more: Any) -> "Deploy":
        """The running attempt ends."""
        if outcome == "failed":
            more = {"exit_status": 1, "reason": "exit status 1", **more}
        return self.do(c.RecordExit(task=task, attempt=self.state.of(task).attempt, outcome=outcome, **more), "cockpit")

    def passed(self, *tasks: str) -> "Deploy":
        """Run these and let them succeed."""
        for task in tasks:
            self.run(task).end(task)
        return self

    def tick(self, *tasks: str) -> "Deploy":
        """Tick these items."""
        for task in tasks:
            self.do(c.TickItem(task=task))
        return self

    def later(self, seconds: float) -> "Deploy":
        """Let time go by."""
        self.now += seconds
        return self.do(c.Tick(), "cockpit")

    def read(self, **values: float | str | None) -> "Deploy":
        """Readings of metrics, taken now; a text is an error."""
        readings = tuple(
            Reading(metric=name, at=self.now, error=value)
            if isinstance(value, str)
            else Reading(metric=name, at=self.now, value=value)
            for name, value in values.items()
        )
        return self.do(c.RecordReadings(readings=readings), "cockpit")

    def status(self, task: str) -> str:
        return self.state.of(task).status

    def kinds(self, after: int = 0) -> list[str]:
        """Names of the events behind number `after`."""
        return [type(event.body).__name__ for event in self.events if event.seq > after]
