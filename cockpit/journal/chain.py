"""The hash chain over a deploy's events: a changed, missing or torn record is noticed, never silently skipped."""

from hashlib import sha256

from msgspec import Struct

from cockpit.deploy.events import Event, encode_body

GENESIS = b"\0" * 32


class Row(Struct, frozen=True):
    """An event as it is stored. `body` is what is hashed, byte for byte."""

    seq: int
    at: float
    by: str
    kind: str
    v: int
    body: bytes
    digest: bytes


def digest(before: bytes, seq: int, at: float, by: str, v: int, body: bytes) -> bytes:
    """SHA-256 over the link before and everything that the record says."""
    return sha256(
        b"\n".join((before, str(seq).encode(), repr(at).encode(), by.encode(), str(v).encode(), body))
    ).digest()


def link(before: bytes, event: Event) -> Row:
    """The row of this event, behind the row with the digest `before` (`GENESIS` for the first)."""
    body = encode_body(event.body)
    at = float(event.at)  # a whole number comes back from SQLite as a float, and the two are written differently
    return Row(
        seq=event.seq,
        at=at,
        by=event.by,
        kind=type(event.body).__name__,
        v=event.v,
        body=body,
        digest=digest(before, event.seq, at, event.by, event.v, body),
    )


def broken_at(rows: list[Row], before: bytes = GENESIS, first: int = 1) -> int | None:
    """Sequence number of the first row that does not continue the chain; None where all do."""
    expected = first
    for row in rows:
        if (
            not _typed(row)
            or row.seq != expected
            or row.digest != digest(before, row.seq, row.at, row.by, row.v, row.body)
        ):
            return expected
        before, expected = row.digest, expected + 1
    return None


def _typed(row: Row) -> bool:
    """False where damage has turned a value into one of another type, as a flipped bit in SQLite's records does."""
    columns = zip((row.seq, row.at, row.by, row.v, row.body), (int, float, str, int, bytes), strict=True)
    return all(isinstance(value, kind) for value, kind in columns)
