"""What travels over the socket: newline-delimited JSON, one message a line.

Face to engine: `{"follow": seq}` (every event after seq, then the live ones), `{"id": n, "by": name, "command": {}}`.
Engine to face: `{"events": [...]}`, `{"answer": n, "refusal": null | {"reason", "task"}}`.
"""

import msgspec
from msgspec import Struct

from cockpit.deploy.commands import PublicCommand, Refusal
from cockpit.deploy.events import Event, decode_body, encode_body

LIMIT = 64 << 20
"""Bytes in one line: the first event carries a whole runbook."""


class Ask(Struct, frozen=True, kw_only=True, omit_defaults=True):
    follow: int | None = None
    id: int = 0
    by: str = ""
    command: PublicCommand | None = None


class WireEvent(Struct, frozen=True, kw_only=True):
    seq: int
    at: float
    by: str
    v: int
    body: msgspec.Raw


class Tell(Struct, frozen=True, kw_only=True, omit_defaults=True):
    events: tuple[WireEvent, ...] = ()
    answer: int = 0
    refusal: Refusal | None = None


_encoder = msgspec.json.Encoder()
decode_ask = msgspec.json.Decoder(Ask).decode
decode_tell = msgspec.json.Decoder(Tell).decode


def line(message: Ask | Tell) -> bytes:
    return _encoder.encode(message) + b"\n"


def to_wire(event: Event) -> WireEvent:
    return WireEvent(seq=event.seq, at=event.at, by=event.by, v=event.v, body=msgspec.Raw(encode_body(event.body)))


def from_wire(event: WireEvent) -> Event:
    """Raises ValueError where the body is no event."""
    return Event(seq=event.seq, at=event.at, by=event.by, v=event.v, body=decode_body(bytes(event.body)))
