"""What people, keys, timers and the runner ask for, in the imperative. The engine answers with events or a refusal.

A command that starts something names the attempt it expects, so that a key pressed twice, or on two screens, acts once.
"""

import msgspec
from msgspec import Struct, field

from cockpit.deploy.command import Command as Command
from cockpit.deploy.events import DeployOutcome, ForkedStep, StepOutcome, Verdict
from cockpit.deploy.plan import Phase, Plan
from cockpit.deploy.record.commands import RecordClock as RecordClock
from cockpit.deploy.record.commands import RecordResumption as RecordResumption
from cockpit.deploy.record.commands import RecordStall as RecordStall
from cockpit.deploy.record.commands import RecordStandstill as RecordStandstill
from cockpit.deploy.rollback.targets import Finding
from cockpit.deploy.rollout.commands import AdvanceRollout as AdvanceRollout
from cockpit.deploy.rollout.commands import BackRollout as BackRollout
from cockpit.deploy.rollout.commands import ConfirmFlag as ConfirmFlag
from cockpit.deploy.rollout.commands import FlagOff as FlagOff
from cockpit.deploy.rollout.commands import RecordFlagFailure as RecordFlagFailure
from cockpit.deploy.rollout.commands import RecordFlagRead as RecordFlagRead
from cockpit.deploy.rollout.commands import RecordFlagSet as RecordFlagSet
from cockpit.deploy.team.events import Watcher


class Refusal(Struct, frozen=True):
    """No, and why, and what would help."""

    reason: str
    task: str = ""
    locked: str = ""
    """What holds the environment, where that is why: `deploy`, `manual`, `rolled back`."""
    differences: str = ""
    """Names what is different on this machine, where that is why: who asks again with it accepts it."""


class OpenDeploy(Command, frozen=True):
    plan: Plan
    host: str = ""
    version: str = ""
    without_team_lock: str = ""
    """Why it is opened although the team's lock cannot be had."""


class EnterPhase(Command, frozen=True):
    phase: Phase


class RunTask(Command, frozen=True):
    """Run a script or an automatic check. `attempt` is the attempt this would be: 1, 2, ..."""

    task: str
    attempt: int
    from_line: int = 0
    script: str = ""
    """An edited body for this attempt only; empty: the runbook's."""
    confirmed: bool = False


class ConfirmTask(Command, frozen=True):
    """As a second person: the step may be started. `attempt` is the attempt this would be; `edited`: it will be of a
    script that is edited for it."""

    task: str
    attempt: int
    edited: bool = False


class RunChecks(Command, frozen=True):
    """Run every automatic check of the present phase that has not passed."""


class CancelTask(Command, frozen=True):
    task: str
    attempt: int
    reason: str = ""


class SkipTask(Command, frozen=True):
    task: str
    reason: str


class AcceptTask(Command, frozen=True):
    task: str
    reason: str


class TickItem(Command, frozen=True):
    task: str
    note: str = ""


class UntickItem(Command, frozen=True):
    task: str


class FailItem(Command, frozen=True):
    task: str
    reason: str


class WaiveItem(Command, frozen=True):
    task: str
    reason: str


class GiveValue(Command, frozen=True):
    name: str
    value: str


class StartRollback(Command, frozen=True):
    """`confirmation` is the environment's name, typed by the person."""

    option: str
    confirmation: str
    reason: str = ""
    values: dict[str, str] = field(default_factory=dict)
    despite: bool = False
    """The person has read what is known against the target, and insists."""


class CheckTarget(Command, frozen=True):
    """Look whether this way back leads anywhere, with these values in its placeholders."""

    option: str
    values: dict[str, str] = field(default_factory=dict)


class Unlock(Command, frozen=True):
    """After a rollback: the environment may be deployed to again."""

    reason: str


class RollBackNow(Command, frozen=True):
    """Do not wait for the end of a trigger's countdown. `due_at` names the countdown that was seen."""

    due_at: float


class HoldDeploy(Command, frozen=True):
    reason: str
    asking: bool = False
    """The reason is being typed: the deploy is held at once, no countdown goes on meanwhile, and the reason follows."""


class ReleaseDeploy(Command, frozen=True):
    reason: str = ""
    asking: bool = False
    """No reason came: only a hold that waits for one is released."""


class MoveTime(Command, frozen=True):
    """T is to be another time (Unix time)."""

    planned_at: float
    reason: str


class AddNote(Command, frozen=True):
    text: str


class SendNotice(Command, frozen=True):
    """Send this text, as it is, to these destinations (names of `[notices.NAME]` tables)."""

    kind: str
    title: str
    text: str
    to: tuple[str, ...]


class AskForDeploy(Command, frozen=True):
    """Somebody else wants to deploy here: when will it be free?"""

    reason: str


class OfferDeploy(Command, frozen=True):
    """Hand the deploy over to this person, who takes it over on another machine. Empty `to`: take that back."""

    to: str
    note: str = ""


class TakeOver(Command, frozen=True):
    """Carried out by an engine that only follows: become the deploy's owner."""

    reason: str
    accept: str = ""
    """The differences that were shown, and that the person accepts."""


class ReportFork(Command, frozen=True):
    """What a machine did alone while it was cut off, said to the engine that has the deploy now."""

    host: str
    file: str
    events: int = 0
    steps: tuple[ForkedStep, ...] = ()
    told: tuple[str, ...] = ()
    armed: str = ""
    """The step from which it had the triggers armed; empty where it had not."""
    baseline: dict[str, float] = {}  # noqa: RUF012 - msgspec copies it


class CloseDeploy(Command, frozen=True):
    outcome: DeployOutcome
    reason: str = ""


PublicCommand = (
    OpenDeploy
    | EnterPhase
    | RunTask
    | ConfirmTask
    | RunChecks
    | CancelTask
    | SkipTask
    | AcceptTask
    | TickItem
    | UntickItem
    | FailItem
    | WaiveItem
    | GiveValue
    | StartRollback
    | RollBackNow
    | CheckTarget
    | Unlock
    | HoldDeploy
    | ReleaseDeploy
    | MoveTime
    | AddNote
    | SendNotice
    | AdvanceRollout
    | BackRollout
    | FlagOff
    | ConfirmFlag
    | AskForDeploy
    | OfferDeploy
    | TakeOver
    | ReportFork
    | CloseDeploy
)
"""What may come over the socket."""


class Tick(Command, frozen=True):
    """Time went by, or something happened: decide everything that goes by itself."""


class RecordStart(Command, frozen=True):
    pid: int
    host: str
    version: str
    variables: tuple[str, ...]
    boot: str = ""
    because: str = ""
    took_over: str = ""
    sending: tuple[str, ...] = ()
    """Notices that this very engine has on their way already."""


class ReadingTaken(Struct, frozen=True, kw_only=True):
    """A source's reading, in the core's own words (the core knows no source)."""

    metric: str
    at: float
    value: float | None = None
    error: str = ""
    detail: str = ""
    samples: int | None = None
    window_seconds: float | None = None


class RecordReadings(Command, frozen=True):
    readings: tuple[ReadingTaken, ...]


class RecordCommand(Command, frozen=True):
    task: str
    attempt: int
    index: int
    at: float


class RecordExit(Command, frozen=True):
    task: str
    attempt: int
    outcome: StepOutcome
    exit_status: int | None = None
    signal: int | None = None
    seconds: float = 0.0
    reason: str = ""
    log_bytes: int = 0
    dropped_bytes: int = 0
    leftover_pids: tuple[int, ...] = ()
    exports: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    cwd: str = ""
    refused: bool = False


class RecordCheck(Command, frozen=True):
    task: str
    verdict: Verdict
    summary: str
    evidence: str = ""


class RecordTarget(Command, frozen=True):
    option: str
    values: dict[str, str]
    findings: tuple[Finding, ...]
    written: int | None = None


class RecordNoticeSent(Command, frozen=True):
    notice: str
    reference: str = ""
    attempts: int = 1
    detail: str = ""


class RecordNoticeFailure(Command, frozen=True):
    notice: str
    reason: str
    attempts: int = 0


class RecordExport(Command, frozen=True):
    paths: tuple[str, ...]


class RecordTeam(Command, frozen=True):
    epoch: int
    without_lock: str = ""
    head: str | None = None
    values: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it


class RecordTeamLoss(Command, frozen=True):
    seq: int
    reason: str


class RecordTeamCatchUp(Command, frozen=True):
    """The team's journal has everything."""


class RecordWatchers(Command, frozen=True):
    watchers: tuple[Watcher, ...]


class RecordTakeOver(Command, frozen=True):
    epoch: int
    host: str
    reason: str
    root: str = ""
    clock_behind: float = 0.0
    last_seen: float = 0.0
    differences: tuple[str, ...] = ()
    head: str | None = None
    values: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it


AnyCommand = (
    PublicCommand
    | Tick
    | RecordStart
    | RecordReadings
    | RecordCommand
    | RecordExit
    | RecordCheck
    | RecordTarget
    | RecordNoticeSent
    | RecordNoticeFailure
    | RecordFlagSet
    | RecordFlagFailure
    | RecordFlagRead
    | RecordExport
    | RecordStall
    | RecordResumption
    | RecordClock
    | RecordStandstill
    | RecordTeam
    | RecordTeamLoss
    | RecordTeamCatchUp
    | RecordWatchers
    | RecordTakeOver
)

decode_command = msgspec.json.Decoder(PublicCommand).decode
