"""What happened, in the past tense. One class per fact; append-only; everything needed to show it later.

Each event is tagged by its class name. Fields are only ever added, with defaults, so that an old journal folds to the
same state in every later version; an event that this version does not know is kept and skipped (`UnknownEvent`).
"""

from typing import Literal

import msgspec
from msgspec import Struct, field

from cockpit.deploy.plan import Phase, Plan

COCKPIT = "cockpit"
"""Who did it, where nobody did."""
FORMAT = 1
"""Version of the record format; a higher one in a journal is refused with the reason."""

Verdict = Literal["pass", "fail", "unknown"]
Level = Literal["ok", "watch", "alert", "breach", "no data", "error"]
StepOutcome = Literal["succeeded", "failed", "timed out", "cancelled", "lost"]
DeployOutcome = Literal["succeeded", "failed", "rolled back", "aborted"]


class Body(Struct, frozen=True, kw_only=True, tag=True):
    """Base of all events."""


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


class BaselineMeasured(Body, frozen=True):
    """What the metrics were just before production was touched: median over the samples so far."""

    values: dict[str, float]
    seconds: float = 0.0


class ItemTicked(Body, frozen=True):
    task: str
    note: str = ""


class ItemUnticked(Body, frozen=True):
    task: str


class ItemFailed(Body, frozen=True):
    """A person looked, and it is not so."""

    task: str
    reason: str


class ItemWaived(Body, frozen=True):
    task: str
    reason: str


class CheckMeasured(Body, frozen=True):
    """A built-in check answered."""

    task: str
    verdict: Verdict
    summary: str


class ChecksRequested(Body, frozen=True):
    """A person asked for these automatic checks; they run one after another."""

    tasks: tuple[str, ...]


class ValueGiven(Body, frozen=True):
    """A placeholder got its value; asked once per name."""

    name: str
    value: str


class StepStarted(Body, frozen=True):
    """Durable before the command runs. `script` is what runs, with its placeholders filled."""

    task: str
    attempt: int
    script: str
    from_line: int = 0
    """File line at which the run begins; 0 from the top."""
    directory: str = ""
    """Of the run's files, relative to the deploy's folder."""


class CommandReached(Body, frozen=True):
    """The running script came to a top-level command. `at` is the script's own clock."""

    task: str
    attempt: int
    index: int
    at: float


class StepFinished(Body, frozen=True):
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
    """Names of variables that later steps see."""
    cwd: str = ""


class StepSkipped(Body, frozen=True):
    task: str
    reason: str


class StepAccepted(Body, frozen=True):
    """A person says that a failed or unknown step is done all the same."""

    task: str
    reason: str


class CancelRequested(Body, frozen=True):
    task: str
    attempt: int
    reason: str


class Sample(Struct, frozen=True, kw_only=True):
    """A reading and its judgement."""

    metric: str
    at: float
    level: Level
    value: float | None = None
    reason: str = ""
    """Why this level, with numbers; the error's text; empty for ok."""
    detail: str = ""
    samples: int | None = None
    """How many observations stand behind the value, where the source knows."""
    window_seconds: float | None = None
    """The time that the value is taken over (a rate's), where there is one."""


class MetricsSampled(Body, frozen=True):
    samples: tuple[Sample, ...]


class BaselineRefused(Body, frozen=True):
    """No baseline: production was not well, or too little was measured."""

    reason: str


class GateOpened(Body, frozen=True):
    """A gate's measurements begin."""

    task: str


class GateMeasured(Body, frozen=True):
    """One measurement of each metric of a gate: success, failure, inconclusive or error."""

    task: str
    results: dict[str, Literal["success", "failure", "inconclusive", "error"]]


class TriggersArmed(Body, frozen=True):
    """From here on a breach rolls back; `task` is the step that changes production."""

    task: str


class TriggersDisarmed(Body, frozen=True):
    reason: str


class TriggerFired(Body, frozen=True):
    """The first reason is the trigger's own; the others fire at the same time. An empty `option`: no way back can run
    by itself, `unable` says why."""

    reasons: tuple[str, ...]
    option: str
    due_at: float
    unable: tuple[str, ...] = ()


class RollbackRequested(Body, frozen=True):
    option: str
    reason: str
    values: dict[str, str] = field(default_factory=dict)
    breaches: tuple[str, ...] = ()
    automatic: bool = False


class RollbackStarted(Body, frozen=True):
    """The running script is dead; the option's first script may start."""

    option: str


class RollbackFailed(Body, frozen=True):
    option: str
    reason: str


class RollbackVerifying(Body, frozen=True):
    """Every script of the option succeeded; health is looked at now."""

    option: str


class RollbackFinished(Body, frozen=True):
    option: str
    healthy: bool | None
    summary: str


class DeployHeld(Body, frozen=True):
    reason: str


class DeployReleased(Body, frozen=True):
    reason: str = ""


class NoteAdded(Body, frozen=True):
    text: str


class RecordExported(Body, frozen=True):
    paths: tuple[str, ...]


class JournalStalled(Body, frozen=True):
    """The journal takes nothing: from here on events are kept in memory, and nothing starts."""

    reason: str


class JournalResumed(Body, frozen=True):
    """The journal takes events again; all that were kept in memory are in it."""

    events: int
    seconds: float


class LostRun(Struct, frozen=True, kw_only=True):
    """A run whose start or end is not in the record any more, as far as its folder tells."""

    task: str
    attempt: int
    directory: str
    known: str
    """What its folder says of its end, in words."""


class RecordRecovered(Body, frozen=True):
    """The journal was damaged: this is where what survived ends."""

    whole: int
    missing: int
    """Events that are known to have been there; at least this many are lost."""
    damaged_file: str
    runs: tuple[LostRun, ...] = ()


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
    | DeployHeld
    | DeployReleased
    | NoteAdded
    | RecordExported
    | JournalStalled
    | JournalResumed
    | RecordRecovered
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
