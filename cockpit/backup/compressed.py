"""Plain dumps that were packed: read as a stream, whatever packed them."""

import bz2
import gzip
import lzma
from pathlib import Path
from typing import IO, cast

from cockpit.backup.database import BackupError

_GZIP, _BZIP, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_OTHERS = {b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4"}
"""Python 3.11 cannot read them, and a dump that pg_dump itself packs so is an archive."""


def is_compressed(head: bytes) -> bool:
    """By the first bytes of the file."""
    return head.startswith((_GZIP, _BZIP, _XZ, *_OTHERS))


def opened(path: Path) -> IO[bytes]:
    """The plain text, unpacked where it must be. Raises BackupError where it cannot be; reading may raise OSError,
    EOFError, LZMAError and zlib.error."""
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(_GZIP):
        return cast("IO[bytes]", gzip.open(path))
    if head.startswith(_BZIP):
        return bz2.open(path)
    if head.startswith(_XZ):
        return lzma.open(path)
    if head[:4] in _OTHERS:
        raise BackupError(f"{path} is compressed with {_OTHERS[head[:4]]}; unpack it first")
    return path.open("rb")
