"""Anchors: how far the journal had come, written beside it, so that a record cut at its end is noticed.

A flipped bit in SQLite's write-ahead log silently gives a shorter journal (runner.md, Journal, 2): the chain over what
is left is whole. Each deploy's folder has one anchor, rewritten after every append, and each run's folder the one of
its start.
"""

import contextlib
import json
import os
from pathlib import Path

from msgspec import Struct

NAME = "anchor"
_SIZE = 128
"""Bytes of an anchor file, always: rewriting it in place needs no room on a full disk."""


class Anchor(Struct, frozen=True):
    """Event `seq` was durable, with this digest; `path` is where that is written."""

    seq: int
    digest: bytes
    path: Path


def drop(folder: Path, seq: int, digest: bytes) -> None:
    """Write the anchor of the folder; where that fails (a full disk), the older one stays, which is as true."""
    data = json.dumps({"seq": seq, "digest": digest.hex()}).encode().ljust(_SIZE - 1) + b"\n"
    with contextlib.suppress(OSError):
        fd = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(fd, data, 0)
        finally:
            os.close(fd)


def found(folder: Path) -> list[Anchor]:
    """Every readable anchor of a deploy's folder, the one that reaches furthest first."""
    paths = [folder / NAME, *folder.glob(f"steps/*/{NAME}")]
    anchors = [anchor for path in paths if (anchor := _read(path)) is not None]
    return sorted(anchors, key=lambda anchor: -anchor.seq)


def _read(path: Path) -> Anchor | None:
    try:
        shape = json.loads(path.read_bytes())
        return Anchor(int(shape["seq"]), bytes.fromhex(shape["digest"]), path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
