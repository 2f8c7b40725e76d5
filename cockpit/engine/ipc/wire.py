"""What travels over the socket: newline-delimited JSON, one message a line.

Face to engine: `{"follow": seq, "at": time, "by": name}` (every event after seq, then the live ones; `at` is the time
of that event, as the face has it), `{"id": n, "by": name, "command": {}}`.
Engine to face: `{"events": [...]}`, `{"answer": n, "refusal": null | {"reason", "task"}}`, `{"afresh": true}` where the
face has other events than the engine, `{"link": {}}` where the engine follows another machine's.
"""

import msgspec
from msgspec import Struct

from cockpit.deploy.commands import PublicCommand, Refusal
from cockpit.deploy.events import Event, decode_body, encode_body

READY, LOCKED, FAILED = "READY", "LOCKED ", "FAILED "
"""First words of an engine's process to who started it, on its standard output."""

LIMIT = 64 << 20
"""Bytes in one line: the first event carries a whole runbook."""


class Ask(Struct, frozen=True, kw_only=True, omit_defaults=True):
    follow: int | None = None
    at: float = 0.0
    id: int = 0
    by: str = ""
    command: PublicCommand | None = None
    sent: float = 0.0
    """When it was sent, by the steady clock of this machine's boot (`clock.steady`)."""
    within: float = 0.0
    """Seconds after which who asked has given up: then it is not carried out any more. 0: no limit."""


class WireEvent(Struct, frozen=True, kw_only=True):
    seq: int
    at: float
    by: str
    v: int
    body: msgspec.Raw


class Link(Struct, frozen=True, kw_only=True):
    """How this engine stands to the deploy, where a team shares it: of the way to it, not of the deploy."""

    follows: bool = False
    """It only follows; `host` owns the deploy."""
    host: str = ""
    silent_seconds: float = 0.0
    """Since the owner was last heard of."""
    dead: bool = False
    """It has been silent for so long that it may be taken over."""
    offered_to: str = ""
    trouble: str = ""
    """Why nothing is heard, in words."""
    clock_behind: float = 0.0
    """Seconds to be added to this machine's clock to have the deploy's."""
    left: str = ""
    """What this machine did alone and the closed record does not say, in words."""


class Tell(Struct, frozen=True, kw_only=True, omit_defaults=True):
    events: tuple[WireEvent, ...] = ()
    answer: int = 0
    afresh: bool = False
    link: Link | None = None
    refusal: Refusal | None = None


_encoder = msgspec.json.Encoder()
decode_ask = msgspec.json.Decoder(Ask).decode
decode_tell = msgspec.json.Decoder(Tell).decode


BEAT = _encoder.encode(Tell()) + b"\n"
"""Says nothing, but that the engine turns."""


def line(message: Ask | Tell) -> bytes:
    return _encoder.encode(message) + b"\n"


def to_wire(event: Event) -> WireEvent:
    return WireEvent(seq=event.seq, at=event.at, by=event.by, v=event.v, body=msgspec.Raw(encode_body(event.body)))


def from_wire(event: WireEvent) -> Event:
    """Raises ValueError where the body is no event."""
    return Event(seq=event.seq, at=event.at, by=event.by, v=event.v, body=decode_body(bytes(event.body)))
