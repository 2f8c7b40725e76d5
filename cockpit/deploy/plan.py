"""The plan of one deploy: everything that was read and resolved when it was opened.

A plan travels in the first event, so that a replay needs no other file.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, field

from cockpit.deploy.rollout.plan import Rollout, key_of
from cockpit.deploy.schedule.window import Stretch
from cockpit.runbook.model import Command, Placeholder, Role, Template

Phase = Literal["preflight", "deploy", "verify", "watch", "close"]
PHASES: tuple[Phase, ...] = ("preflight", "deploy", "verify", "watch", "close")

TaskKind = Literal["manual", "check", "script"]
Unit = Literal["%", "s", "", "up"]

WATCH_TASK = "watch"
"""Id of the task that the planner adds to the watch phase."""
AT_HAND = "At hand"
"""Heading of the scripts that are run when somebody wants it, in the list and in the log."""
METRICS_TASK = "metrics-answer"
"""Id of the preflight task that the planner adds where metrics are configured."""


class Script(Struct, frozen=True, kw_only=True):
    """A script as the runbook has it. Its placeholders are filled when it starts."""

    body: str
    body_line: int
    commands: tuple[Command, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    variables: tuple[str, ...] = ()
    interactive: bool = False
    confirm: bool = False
    timeout_seconds: float | None = None
    ok_statuses: tuple[int, ...] = (0,)
    cwd: str | None = None
    interpreter: str = "bash"
    digest: str = ""
    interrupt: Literal["stop", "wait"] = "stop"
    """What a rollback does with it while it runs: a migration is waited for."""
    migrates: bool = False
    """Changes the database's shape."""
    blocked: str = ""
    """Why no shell can run it as it stands in the runbook; empty where one can."""
    carries_state: bool = True
    """False for checks: they neither see nor change the deploy's shell variables."""


class Task(Struct, frozen=True, kw_only=True):
    """One line of the checklist or step tree."""

    id: str
    kind: TaskKind
    title: str
    line: int
    phase: Phase
    section: str = ""
    group: str = ""
    depth: int = 0
    parent: str | None = None
    """A sign-off's step, or the item that a script belongs to."""
    required: bool = True
    critical: bool = False
    not_asked: bool = False
    """Left out of an emergency's abbreviated checklist: optional, and among what was bypassed."""
    offset_seconds: int | None = None
    """Due this long after T; negative before."""
    script: Script | None = None
    builtin: str = ""
    """Name of a built-in check (`health`, `metrics`, `metric:errors`, `watch`)."""
    owner: str = ""
    reference: str = ""
    rollback: str = ""
    undoes: str = ""
    """In a way back: the step that this script undoes. Where that one never ran, there is nothing to undo."""
    no_return: bool = False
    """The point of no return: once it has begun, going back is worse than going on."""
    second_person: bool = False
    """Somebody else than the one who starts it must have confirmed it."""
    start: Literal["person", "due"] = "person"
    """`due`: the step starts by itself when it is due, once its guards let it."""
    alternative: str = ""
    """Tasks of one section with different alternatives: one of them is run, the others are skipped."""

    choice: str = ""
    """A choice among variants: on the question which of them was taken, and on each of them: none has to be run."""

    role: Role = "step"
    """What its script is for, where it is only at hand (`Plan.aside`)."""

    outside: bool = False
    """The built-in check looks outside (`cockpit/checks`); the others are answered by the measurements."""
    inferred: bool = False
    """The check was guessed from the item's words: where it knows nothing, a person's tick counts."""

    @property
    def is_outside(self) -> bool:
        return self.outside and bool(self.builtin)

    @property
    def is_waited_for(self) -> bool:
        """True where a rollback lets it run to its end: a migration."""
        return self.script is not None and self.script.interrupt == "wait"


class AtHand(Struct, frozen=True, kw_only=True):
    """A script of the runbook that the deploy does not take by itself: shown, copied, run by hand."""

    id: str
    title: str
    line: int
    role: Role
    body: str
    section: str = ""
    why: str = ""
    group: str = ""
    """The variants that it is one of; empty where there is no choice."""
    alternative: str = ""
    beside: str = ""
    """The step whose command opens the shell or client that these lines are typed into."""
    commands: tuple[Command, ...] = ()


class Usual(Struct, frozen=True):
    """How long something took in earlier deploys: the median over so many of them."""

    seconds: float
    deploys: int


class RollbackOption(Struct, frozen=True, kw_only=True):
    """One way back, in the runbook's order."""

    id: str
    title: str
    line: int
    tasks: tuple[Task, ...]
    touches_database: bool = False
    """Restores data: has its own warning, is never the default."""
    is_undo: bool = False
    """Made of the steps' own `rollback=` scripts: exactly what was done is undone, the last one first."""


class Relative(Struct, frozen=True):
    """A level against the measured baseline: `times` x baseline + `plus` (in the metric's unit)."""

    times: float
    plus: float = 0.0

    def words(self) -> str:
        """`2x baseline + 1`."""
        times = "baseline" if self.times == 1 else f"{self.times:g}x baseline"
        return times + (f" {'+' if self.plus > 0 else '-'} {abs(self.plus):g}" if self.plus else "")


Limit = float | Relative
NoData = Literal["hold", "rollback", "ignore"]
OnFail = Literal["rollback", "hold", "ask"]


GATE = "gate:"
"""Before a gate's name, in a check of it and among the triggers."""


class MetricRule(Struct, frozen=True, kw_only=True):
    """How one metric is measured and judged. Levels in the metric's unit: percent, seconds, count."""

    name: str
    label: str
    unit: Unit
    source: str
    interval_seconds: float = 1.0
    watch: Limit | None = None
    alert: Limit | None = None
    breach: Limit | None = None
    below: bool = False
    """True where a value below the level is the bad one."""
    for_seconds: float = 0.0
    """How long a breach lasts before it is a trigger (as Prometheus means `for`)."""
    failures: int = 1
    """Breaches in a row before they are a trigger: for health endpoints."""
    min_samples: int = 0
    """Observations behind a value below which it is not judged."""
    warm_up_seconds: float = 0.0
    """After the triggers are armed: so long nothing of this metric fires."""
    no_data: NoData = "hold"
    expected: float | None = None
    """The baseline as the settings say it is, where none was measured."""
    error_limit: int = 4
    """Errors in a row from which on the metric counts as blind."""
    top: float | None = None
    """Top of the sparkline's fixed scale."""
    stale_seconds: float = 15.0
    """A sample older than this is *no data*."""
    line: int = 0
    """Line of the runbook that states its address or levels; 0: the settings or the presets do."""
    observe_only: bool = False

    @property
    def judged(self) -> bool:
        """True where the metric decides anything: it has a level that production must not pass, or is up or down."""
        return not self.observe_only and (self.breach is not None or self.unit == "up")


class Gate(Struct, frozen=True, kw_only=True):
    """Measurements that must go well before the deploy goes on (`metrics/gates.py` has the semantics)."""

    name: str
    metrics: tuple[str, ...]
    count: int = 3
    interval_seconds: float = 10.0
    failure_limit: int = 0
    inconclusive_limit: int = 0
    consecutive_error_limit: int = 4
    consecutive_success_limit: int = 0
    """Successes in a row that are enough, before `count` is reached; 0: all of `count`."""
    on_fail: OnFail = "ask"
    """Once production was touched: roll back by itself, hold, or ask (a person; `--yes` rolls back where it can)."""


class Migration(Struct, frozen=True, kw_only=True):
    """A migration file that comes with this deploy, and what it says of the way back."""

    path: str
    destroys: tuple[str, ...] = ()
    """What it takes away (`DROP COLUMN orders.note`): no rollback of the application brings that back."""
    reversible: bool | None = None
    """True where the file, or one beside it, says how to undo it; None where it could not be read."""


class BadRelease(Struct, frozen=True):
    """A commit that was taken back, or failed, in this environment before."""

    commit: str
    deploy: str
    why: str


class Destination(Struct, frozen=True, kw_only=True):
    """A place that notices go to: a `[notices.NAME]` table, without its secrets."""

    name: str
    type: str
    kinds: tuple[str, ...] = ()
    """Kinds of notices that go there by default; empty: all."""
    where: str = ""
    """In words, where the settings say it openly: `#deploys`, `team@example.com`."""
    on: tuple[str, ...] = ()
    """What it hears of by itself (`told.WORDS`)."""

    def wants(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


class Plan(Struct, frozen=True, kw_only=True):
    title: str
    environment: str
    root: str
    """Absolute path of the repository: where scripts start."""
    runbook_path: str
    runbook_text: str
    tasks: tuple[Task, ...]
    rollback: tuple[RollbackOption, ...] = ()
    at_hand: tuple[AtHand, ...] = ()
    """What else the runbook holds: for trouble, for once, for looking up, for other shells, and ways not taken."""
    aside: tuple[Task, ...] = ()
    """Those of them that a person can run when they are needed: never by themselves, in no order, each confirmed."""
    templates: tuple[Template, ...] = ()
    metrics: tuple[MetricRule, ...] = ()
    watch_seconds: float = 3600.0
    planned_at: float = 0.0
    """T, Unix time."""
    ref: str = ""
    commit: str = ""
    current_commit: str = ""
    """Commit of the last deploy that succeeded here; empty where unknown."""
    project: str = ""
    changes: tuple[str, ...] = ()
    """Subjects of the commits between the last deploy and this one, the newest first."""
    migrations: tuple[str, ...] = ()
    """Migration files that come with this commit."""
    migration_facts: tuple[Migration, ...] = ()
    """What is known of those files."""
    bad_releases: tuple[BadRelease, ...] = ()
    last_good: str = ""
    """Commit of the last deploy that succeeded in this environment; empty where there is none."""
    reasons: tuple[str, ...] = ()
    """Offered to whoever rolls back."""
    inferred: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    """What is measured, or judged by, because the runbook's prose says so: in words, with the line."""
    settings: dict[str, object] = field(default_factory=dict)
    """The settings as read, without secrets."""
    emergency: bool = False
    approved_by: str = ""
    emergency_reason: str = ""
    auto_checks: bool = False
    """Automatic checks with a command start by themselves when their phase is entered."""
    report_dir: str = "reports/deploys"
    automatic: bool = False
    """Triggers roll back by themselves."""
    countdown_seconds: float = 15.0
    arm_task: str = ""
    """The first step that changes production: from its start on the triggers are armed."""
    arm_reason: str = ""
    """Why that one, in words."""
    default_option: str = ""
    """Way back that a trigger takes; empty: the first one that can run by itself."""
    baseline_seconds: float = 60.0
    gates: tuple[Gate, ...] = ()
    window: str = ""
    """What the deploy window said of T at opening, in words."""
    window_closes_at: float | None = None
    """When the window that T lies in is closed next, Unix time; None where it stays open, or was closed."""
    window_stretches: tuple[Stretch, ...] = ()
    """The deploy window around opening and T, without a hole (`schedule/planned_window.py` reads it)."""
    window_enforced: bool = False
    """Somebody configured it: closed refuses. The default schedule is advice."""
    window_warn_seconds: float = 900.0
    usual: dict[str, Usual] = field(default_factory=dict)
    """By task id: how long its script took in the last deploys that ran the same script here."""
    usual_whole: Usual | None = None
    """From entering the deploy phase to the end, in the last deploys that succeeded here, people's time with it."""
    destinations: tuple[Destination, ...] = ()
    """Where notices may be sent."""
    bypassed: tuple[str, ...] = ()
    """Every guard that was passed over, by an emergency or by a person who said so, in words."""
    reviewed: dict[str, str] = field(default_factory=dict)
    """Task id -> who reviewed its script, and when: `Ann Baker, 2026-11-24`."""
    roles: dict[str, Role] = field(default_factory=dict)
    """Id of a script of the runbook -> the role that a person gave it, where it is read as another one."""
    whole_list: str = ""
    """Why an emergency's checklist could not be abbreviated; empty where it was, or there is no emergency."""
    dry_run: bool = False
    """Nothing of it is executed (`dry.py`)."""
    waived: dict[str, str] = field(default_factory=dict)
    """Task id -> why it is waived from the beginning."""
    rollout: Rollout | None = None
    """Set where this is no deploy but the rollout of a flag: it has stages instead of tasks."""

    @property
    def key(self) -> str:
        """What there is one open deploy for: the environment, or one flag of it."""
        return key_of(self.environment, self.rollout.flag) if self.rollout is not None else self.environment

    def task(self, task_id: str) -> Task | None:
        """The task with this id, of the plan or of a rollback option."""
        return next((task for task in self.every_task() if task.id == task_id), None)

    def every_task(self) -> Iterator[Task]:
        """The tasks of the plan, then those of the rollback options, then those at hand."""
        yield from self.tasks
        for option in self.rollback:
            yield from option.tasks
        yield from self.aside

    def ordinal(self, task_id: str) -> int:
        """1-based place of a task among all of them (`every_task`): names the folder of its runs."""
        return next((place for place, task in enumerate(self.every_task(), 1) if task.id == task_id), 0)

    def gate(self, builtin: str) -> Gate | None:
        """The gate that a check `gate:NAME` asks for."""
        return next((gate for gate in self.gates if builtin == f"{GATE}{gate.name}"), None)

    def option(self, option_id: str) -> RollbackOption | None:
        return next((option for option in self.rollback if option.id == option_id), None)

    def in_phase(self, phase: Phase) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if task.phase == phase)

    def checks(self, phase: Phase) -> tuple[Task, ...]:
        """The phase's automatic checks that have a command and are asked."""
        found = (task for task in self.in_phase(phase) if task.kind == "check" and task.script is not None)
        return tuple(task for task in found if not task.not_asked)

    def phases(self) -> tuple[Phase, ...]:
        """The phases that this plan has, in order: those with tasks."""
        return tuple(phase for phase in PHASES if any(task.phase == phase for task in self.tasks))
