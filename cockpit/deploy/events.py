"""What happened, in the past tense. One class per fact; append-only; everything needed to show it later.

Each event is tagged by its class name. Fields are only ever added, with defaults, so that an old journal folds to the
same state in every later version; an event that this version does not know is kept and skipped (`UnknownEvent`).
"""

import msgspec
from msgspec import Struct

from cockpit.deploy.base import COCKPIT, Body, DeployOutcome, Level, StepOutcome, Verdict
from cockpit.deploy.metrics.events import (
    BaselineMeasured,
    BaselineRefused,
    GateMeasured,
    GateOpened,
    MetricsSampled,
    Sample,
    TriggerFired,
    TriggersArmed,
    TriggersDisarmed,
)
from cockpit.deploy.notices.events import NoticeFailed, NoticeRequested, NoticeSent
from cockpit.deploy.plan import Phase, Plan
from cockpit.deploy.record.events import (
    ClockSet,
    EngineStoodStill,
    JournalResumed,
    JournalStalled,
    LostRun,
    RecordExported,
    RecordRecovered,
)
from cockpit.deploy.rollback.events import (
    EnvironmentUnlocked,
    RollbackFailed,
    RollbackFinished,
    RollbackRequested,
    RollbackStarted,
    RollbackVerifying,
    TargetAsked,
    TargetChecked,
)
from cockpit.deploy.rollout.events import (
    FlagOffRequested,
    FlagRead,
    FlagSet,
    FlagSetFailed,
    FlagSetRequested,
    StageBegan,
    StageJudged,
    StageMeasured,
    StageReminded,
)
from cockpit.deploy.schedule.events import TimeMoved
from cockpit.deploy.tasks.events import (
    CancelRequested,
    CheckMeasured,
    ChecksRequested,
    CommandReached,
    ItemFailed,
    ItemTicked,
    ItemUnticked,
    ItemWaived,
    StepAccepted,
    StepFinished,
    StepSkipped,
    StepStarted,
    TaskConfirmed,
    ValueGiven,
)
from cockpit.deploy.team.events import (
    DeployAskedFor,
    DeployOffered,
    DeployTakenOver,
    ForkedStep,
    ForkFound,
    TeamCaughtUp,
    TeamJoined,
    TeamLost,
    Watcher,
    WatchersChanged,
)

__all__ = [
    "COCKPIT",
    "FORMAT",
    "BaselineMeasured",
    "BaselineRefused",
    "Body",
    "CancelRequested",
    "CheckMeasured",
    "ChecksRequested",
    "ClockSet",
    "CommandReached",
    "DeployAskedFor",
    "DeployClosed",
    "DeployHeld",
    "DeployOffered",
    "DeployOpened",
    "DeployOutcome",
    "DeployReleased",
    "DeployTakenOver",
    "EngineStarted",
    "EngineStoodStill",
    "EnvironmentUnlocked",
    "Event",
    "EventBody",
    "FlagOffRequested",
    "FlagRead",
    "FlagSet",
    "FlagSetFailed",
    "FlagSetRequested",
    "ForkFound",
    "ForkedStep",
    "GateMeasured",
    "GateOpened",
    "ItemFailed",
    "ItemTicked",
    "ItemUnticked",
    "ItemWaived",
    "JournalResumed",
    "JournalStalled",
    "Level",
    "LostRun",
    "MetricsSampled",
    "NoteAdded",
    "NoticeFailed",
    "NoticeRequested",
    "NoticeSent",
    "PhaseEntered",
    "RecordExported",
    "RecordRecovered",
    "RollbackFailed",
    "RollbackFinished",
    "RollbackRequested",
    "RollbackStarted",
    "RollbackVerifying",
    "Sample",
    "StageBegan",
    "StageJudged",
    "StageMeasured",
    "StageReminded",
    "StepAccepted",
    "StepFinished",
    "StepOutcome",
    "StepSkipped",
    "StepStarted",
    "TargetAsked",
    "TargetChecked",
    "TaskConfirmed",
    "TeamCaughtUp",
    "TeamJoined",
    "TeamLost",
    "TimeMoved",
    "TriggerFired",
    "TriggersArmed",
    "TriggersDisarmed",
    "UnknownEvent",
    "ValueGiven",
    "Verdict",
    "Watcher",
    "WatchersChanged",
    "decode_body",
    "encode_body",
]

FORMAT = 1
"""Version of the record format; a higher one in a journal is refused with the reason."""


class DeployOpened(Body, frozen=True):
    plan: Plan
    host: str = ""
    version: str = ""


class EngineStarted(Body, frozen=True):
    """An engine took the deploy over: the first one, or the next after a death."""

    pid: int
    host: str
    version: str = ""
    variables: tuple[str, ...] = ()
    """Names that are set in the engine's environment and settings; never a value."""
    boot: str = ""
    """Names the boot of the machine: another one than before means that the machine restarted in between."""
    because: str = ""
    """Why there is a new engine, where its watchdog knows."""
    took_over: str = ""
    """Whose lock it found: an engine that died without letting go."""


class PhaseEntered(Body, frozen=True):
    phase: Phase


class DeployHeld(Body, frozen=True):
    reason: str
    gate: str = ""
    """Id of the check whose gate failed: this hold is a person's to release, although nobody asked for it."""
    asking: bool = False
    """The reason is being typed; it follows in another event, or the hold is released."""


class DeployReleased(Body, frozen=True):
    reason: str = ""


class NoteAdded(Body, frozen=True):
    text: str


class DeployClosed(Body, frozen=True):
    outcome: DeployOutcome
    reason: str = ""


class UnknownEvent(Body, frozen=True):
    """Written by a newer version; kept and skipped."""

    kind: str
    raw: bytes = b""


EventBody = (
    DeployOpened
    | EngineStarted
    | PhaseEntered
    | BaselineMeasured
    | ItemTicked
    | ItemUnticked
    | ItemFailed
    | ItemWaived
    | CheckMeasured
    | ChecksRequested
    | ValueGiven
    | StepStarted
    | CommandReached
    | StepFinished
    | StepSkipped
    | StepAccepted
    | CancelRequested
    | MetricsSampled
    | BaselineRefused
    | GateOpened
    | GateMeasured
    | TriggersArmed
    | TriggersDisarmed
    | TriggerFired
    | RollbackRequested
    | RollbackStarted
    | RollbackFailed
    | RollbackVerifying
    | RollbackFinished
    | TargetAsked
    | TargetChecked
    | EnvironmentUnlocked
    | DeployHeld
    | DeployReleased
    | NoteAdded
    | NoticeRequested
    | NoticeSent
    | NoticeFailed
    | RecordExported
    | JournalStalled
    | JournalResumed
    | ClockSet
    | EngineStoodStill
    | RecordRecovered
    | TimeMoved
    | TaskConfirmed
    | FlagSetRequested
    | FlagOffRequested
    | FlagSet
    | FlagSetFailed
    | FlagRead
    | StageBegan
    | StageMeasured
    | StageJudged
    | StageReminded
    | TeamJoined
    | TeamLost
    | TeamCaughtUp
    | WatchersChanged
    | DeployAskedFor
    | DeployOffered
    | DeployTakenOver
    | ForkFound
    | DeployClosed
    | UnknownEvent
)


class Event(Struct, frozen=True, kw_only=True):
    """One record of the journal: an event body in its place. `at` is Unix time, `by` a person or `cockpit`."""

    seq: int
    at: float
    by: str
    body: EventBody
    v: int = FORMAT


_encoder = msgspec.json.Encoder()
_body_decoder: msgspec.json.Decoder[EventBody] = msgspec.json.Decoder(EventBody)


def encode_body(body: EventBody) -> bytes:
    return body.raw if isinstance(body, UnknownEvent) else _encoder.encode(body)


def decode_body(raw: bytes) -> EventBody:
    """The event of these bytes. A newer version's tag gives `UnknownEvent`; anything else wrong raises ValueError."""
    try:
        return _body_decoder.decode(raw)
    except msgspec.ValidationError as error:
        shape = msgspec.json.decode(raw)
        kind = shape.get("type") if isinstance(shape, dict) else None
        if isinstance(kind, str) and kind not in _KNOWN:
            return UnknownEvent(kind=kind, raw=raw)
        raise ValueError(f"event {kind!r} does not have its form: {error}") from error
    except msgspec.DecodeError as error:
        raise ValueError(f"no event: {error}") from error


_KNOWN = frozenset(cls.__name__ for cls in EventBody.__args__)
