"""What is true now: a frozen picture, made by folding the events (`fold.py`). Widgets get slices of it."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from cockpit.deploy.events import DeployOutcome, Event, Level, Sample
from cockpit.deploy.metrics.gates import Tally
from cockpit.deploy.plan import PHASES, Phase, Plan, RollbackOption, Task
from cockpit.deploy.rollback.targets import TargetCheck
from cockpit.deploy.rollout.state import RolloutState
from cockpit.deploy.team.state import TeamState

Status = Literal["waiting", "running", "pass", "fail", "waived", "skipped", "unknown"]
SETTLED: frozenset[Status] = frozenset({"pass", "waived", "skipped"})

RollbackStatus = Literal["stopping", "running", "failed", "verifying", "finished"]

RECENT = 240
"""Samples kept at full resolution per metric, for the sparkline."""
HISTORY = 720
"""Samples kept for the zoomed chart and the baseline; when full, every second one of the older half is dropped."""


class CommandRun(Struct, frozen=True):
    """When the running script came to a command. Unix time."""

    index: int
    started_at: float
    finished_at: float | None = None


class Confirmation(Struct, frozen=True):
    """A second person's word for a step (`approvals/second_person.py`)."""

    at: float
    by: str
    attempt: int
    digest: str
    edited: bool = False


class TaskState(Struct, frozen=True, kw_only=True):
    status: Status = "waiting"
    attempt: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    by: str = ""
    reason: str = ""
    """Of a failure, a skip or a waiver."""
    summary: str = ""
    """One line of evidence."""
    evidence: str = ""
    """More of it: what the summary is drawn from, a few lines."""
    exit_status: int | None = None
    from_line: int = 0
    commands: tuple[CommandRun, ...] = ()
    directory: str = ""
    script: str = ""
    cancel_requested: bool = False
    refused: bool = False
    """The last attempt's script was not let begin; the next one starts in a fresh shell."""
    log_bytes: int = 0
    dropped_bytes: int = 0
    tallies: dict[str, Tally] = {}
    """Of a gate, per metric."""
    measured_at: float = 0.0
    """Of a gate's last measurement."""
    confirmations: tuple[Confirmation, ...] = ()
    """Of a step that needs a second person, over all attempts."""
    elsewhere: str = ""
    """The machine on which it ran, where this record does not know the end: somebody looks before it runs again."""

    @property
    def settled(self) -> bool:
        return self.status in SETTLED

    @property
    def command_index(self) -> int | None:
        """Index of the command that runs, or at which the script stopped."""
        return self.commands[-1].index if self.commands else None

    def seconds(self, now: float) -> float | None:
        """How long the attempt took, or has been running."""
        if self.started_at is None:
            return None
        return (self.finished_at if self.finished_at is not None else now) - self.started_at


class Pending(Struct, frozen=True):
    """A breach that goes on: since when, how many samples, and the newest of their values."""

    since: float
    count: int
    values: tuple[float, ...]
    times: tuple[float, ...] = ()
    """Of the samples, the newest of them: each counts once, and none from within a warm-up."""


class MetricState(Struct, frozen=True, kw_only=True):
    latest: Sample
    since: float
    """When the present level began."""
    recent: tuple[tuple[float, float | None], ...] = ()
    history: tuple[tuple[float, float | None], ...] = ()
    baseline: float | None = None
    fit: tuple[tuple[float, float], ...] = ()
    """Time and value of what a baseline may be made of; thins out as `history` does."""
    bad_at: float = 0.0
    """Time of the last sample that was bad or missing; 0 where there was none. `history` thins out, this does not."""
    levels: tuple[Level, ...] = ()
    """Of the samples in `recent`."""
    pending: Pending | None = None
    errors_in_row: int = 0
    blind_since: float | None = None


class RollbackState(Struct, frozen=True, kw_only=True):
    option: str
    status: RollbackStatus
    reason: str
    by: str
    requested_at: float
    started_at: float | None = None
    scripts_done_at: float | None = None
    finished_at: float | None = None
    healthy: bool | None = None
    summary: str = ""
    breaches: tuple[str, ...] = ()
    automatic: bool = False
    despite: tuple[str, ...] = ()
    """What was known against the target when a person insisted."""
    before: dict[str, TaskState] = field(default_factory=dict)
    """The option's tasks as an earlier try of it had left them when this one was asked for."""


class Countdown(Struct, frozen=True, kw_only=True):
    """A trigger has fired: at `due_at` the way back is taken, unless a person holds it."""

    at: float
    due_at: float
    option: str
    reasons: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    """Names of the metrics that the reasons speak of."""

    @property
    def reason(self) -> str:
        """The trigger's own."""
        return self.reasons[0] if self.reasons else "a trigger"


class Silenced(Struct, frozen=True):
    """A trigger that a person has answered by holding its countdown: it is silent until this breach is over, or the
    hold is released. `blind`: it fired for want of data."""

    metric: str
    at: float
    by: str
    blind: bool = False


class Moved(Struct, frozen=True):
    """Another commit was checked out while the task ran; `at`: its end."""

    task: str
    at: float
    before: str
    head: str


class Note(Struct, frozen=True):
    at: float
    by: str
    text: str


class NoticeState(Struct, frozen=True, kw_only=True):
    """One sending: a text to one destination."""

    id: str
    kind: str
    title: str
    to: str
    text: str
    status: Literal["sending", "sent", "failed"]
    at: float
    """When it came to this status."""
    by: str
    """Who asked for it."""
    reference: str = ""
    """The far side's name for the message: what later ones of the deploy answer to."""
    reason: str = ""
    """Of a failure; or what the far side said besides."""
    attempts: int = 0


class Hold(Struct, frozen=True):
    at: float
    by: str
    reason: str
    gate: str = ""
    """Of the check whose gate failed."""
    asking: bool = False
    """Its reason is being typed."""
    before: "Hold | None" = None
    """While its reason is being typed: the hold that is there again where it is given up."""


class Stall(Struct, frozen=True):
    """The journal takes nothing since event `seq`: what came after is in the engine's memory alone."""

    at: float
    seq: int
    reason: str


class State(Struct, frozen=True, kw_only=True):
    plan: Plan | None = None
    seq: int = 0
    at: float = 0.0
    """Time of the last event."""
    opened_at: float = 0.0
    opened_by: str = ""
    planned_at: float = 0.0
    """T as it stands now, Unix time: the plan's, until somebody moved it."""
    host: str = ""
    engine_pid: int = 0
    engine_starts: int = 0
    boot: str = ""
    clock_behind: float = 0.0
    """Seconds that the clock of the owner's machine is behind the deploy's."""
    clock_marks: tuple[tuple[float, float], ...] = ()
    """(time, `clock_behind` from then on): before the first one it was not behind."""
    variables: frozenset[str] = frozenset()
    phase: Phase = "preflight"
    phases: dict[Phase, float] = field(default_factory=dict)
    """When each phase was entered."""
    tasks: dict[str, TaskState] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    queue: tuple[str, ...] = ()
    """Automatic checks that were asked for and have not started."""
    metrics: dict[str, MetricState] = field(default_factory=dict)
    armed_at: float | None = None
    """When the triggers were armed; None before the first step that changes production and after the watch."""
    countdown: Countdown | None = None
    blind_accepted: frozenset[str] = frozenset()
    """Metrics whose silence a person has accepted by releasing the hold; until they answer again."""
    silenced: tuple[Silenced, ...] = ()
    """Triggers whose countdown a person held; all others stay armed."""
    unable: tuple[str, ...] = ()
    """A trigger fired and no way back can run by itself: why."""
    rollback: RollbackState | None = None
    targets: dict[str, TargetCheck] = field(default_factory=dict)
    """Per rollback option: the newest look at where it leads."""
    written: tuple[int, int] | None = None
    """Rows written by the database's own count: when it was first asked in this deploy, and when it was last."""
    unlocked: str = ""
    """The word that let the next deploy in after a rollback."""
    rollout: RolloutState | None = None
    hold: Hold | None = None
    stalled: Stall | None = None
    team: TeamState | None = None
    """None where the deploy is this machine's alone."""
    cwd: str = ""
    moves: tuple[Moved, ...] = ()
    """Steps while which another commit was checked out."""
    notes: tuple[Note, ...] = ()
    notices: tuple[NoticeState, ...] = ()
    """What was sent, or is being sent, oldest first."""
    exports: tuple[str, ...] = ()
    log_complete: bool = False
    """The deploy log was written after the end: it holds all of it."""
    closed: DeployOutcome | None = None
    closed_at: float | None = None
    closed_reason: str = ""
    closed_by: str = ""
    unknown_events: int = 0

    def of(self, task_id: str) -> TaskState:
        return self.tasks.get(task_id, _WAITING)

    @property
    def running(self) -> tuple[Task, ...]:
        """Tasks whose script runs now, plan order, rollback last."""
        if self.plan is None:
            return ()
        ids = [task_id for task_id, task in self.tasks.items() if task.status == "running"]
        return tuple(task for task_id in ids if (task := self.plan.task(task_id)) is not None)

    @property
    def rollback_option(self) -> RollbackOption | None:
        return self.plan.option(self.rollback.option) if self.plan and self.rollback else None

    @property
    def rolling_back(self) -> bool:
        return self.rollback is not None and self.rollback.status not in ("finished", "failed")

    def notice_sent(self, kind: str) -> bool:
        """True where a notice of this kind has arrived somewhere."""
        return any(one.kind == kind and one.status == "sent" for one in self.notices)

    def level(self, metric: str) -> Level:
        state = self.metrics.get(metric)
        return state.latest.level if state else "no data"

    @property
    def ill(self) -> dict[str, str]:
        """Name of each metric that decides and is bad -> its own words."""
        rules = self.plan.metrics if self.plan else ()
        found = [self.metrics[rule.name].latest for rule in rules if rule.judged and rule.name in self.metrics]
        return {sample.metric: sample.reason for sample in found if sample.level in ("alert", "breach")}

    @property
    def breaches(self) -> tuple[str, ...]:
        """Why production is ill, in the words of the metrics that decide; empty while none of them is bad."""
        return tuple(self.ill.values())

    def holding(self, phase: Phase) -> tuple[Task, ...]:
        """Required tasks of the phase that are still open: what keeps the next phase shut."""
        if self.plan is None:
            return ()
        return tuple(task for task in self.plan.in_phase(phase) if task.required and not self.of(task.id).settled)

    def next_phase(self) -> Phase | None:
        """The phase after the present one, among those that the plan has."""
        if self.plan is None:
            return None
        after = PHASES.index(self.phase) + 1
        have = self.plan.phases()
        return next((phase for phase in PHASES[after:] if phase in have), None)


_WAITING = TaskState()


Fold = Callable[[State, Event, Any], State]
"""What one class of events makes true."""


def with_task(state: State, task_id: str, task: TaskState) -> State:
    return replace(state, tasks={**state.tasks, task_id: task})
