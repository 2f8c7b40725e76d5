"""What happened, in the past tense. One class per fact; append-only; everything needed to show it later.

Each event is tagged by its class name. Fields are only ever added, with defaults, so that an old journal folds to the
same state in every later version; an event that this version does not know is kept and skipped (`UnknownEvent`).
"""

from functools import reduce
from operator import or_
from typing import ClassVar

import msgspec
from msgspec import Struct

from cockpit.deploy.base import COCKPIT as COCKPIT
from cockpit.deploy.base import KINDS as KINDS
from cockpit.deploy.base import Body as Body
from cockpit.deploy.base import DeployOutcome as DeployOutcome
from cockpit.deploy.base import Level as Level
from cockpit.deploy.base import StepOutcome as StepOutcome
from cockpit.deploy.base import Verdict as Verdict
from cockpit.deploy.metrics.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.notices.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.plan import Phase, Plan
from cockpit.deploy.record.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.rollback.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.rollout.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.schedule.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.tasks.events import *  # noqa: F403 - every kind is an event of the deploy
from cockpit.deploy.team.events import *  # noqa: F403 - every kind is an event of the deploy

FORMAT = 1
"""Version of the record format; a higher one in a journal is refused with the reason."""


class DeployOpened(Body, frozen=True):
    durable_first: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

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
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    phase: Phase


class DeployHeld(Body, frozen=True):
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    reason: str
    gate: str = ""
    """Id of the check whose gate failed: this hold is a person's to release, although nobody asked for it."""
    asking: bool = False
    """The reason is being typed; it follows in another event, or the hold is released."""


class DeployReleased(Body, frozen=True):
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    reason: str = ""


class NoteAdded(Body, frozen=True):
    in_log: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    text: str


class DeployClosed(Body, frozen=True):
    calls_person: ClassVar[bool] = True
    durable_first: ClassVar[bool] = True
    in_postmortem: ClassVar[bool] = True

    outcome: DeployOutcome
    reason: str = ""


class UnknownEvent(Body, frozen=True):
    """Written by a newer version; kept and skipped."""

    kind: str
    raw: bytes = b""


class Event(Struct, frozen=True, kw_only=True):
    """One record of the journal: an event body in its place. `at` is Unix time, `by` a person or `cockpit`."""

    seq: int
    at: float
    by: str
    body: Body
    v: int = FORMAT


_encoder = msgspec.json.Encoder()
_body_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(reduce(or_, KINDS.values()))


def encode_body(body: Body) -> bytes:
    return body.raw if isinstance(body, UnknownEvent) else _encoder.encode(body)


def decode_body(raw: bytes) -> Body:
    """The event of these bytes. A newer version's tag gives `UnknownEvent`; anything else wrong raises ValueError."""
    try:
        return _body_decoder.decode(raw)
    except msgspec.ValidationError as error:
        shape = msgspec.json.decode(raw)
        kind = shape.get("type") if isinstance(shape, dict) else None
        if isinstance(kind, str) and kind not in KINDS:
            return UnknownEvent(kind=kind, raw=raw)
        raise ValueError(f"event {kind!r} does not have its form: {error}") from error
    except msgspec.DecodeError as error:
        raise ValueError(f"no event: {error}") from error
