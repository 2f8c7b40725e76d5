"""Is this file a whole backup? Read to its end: its contents are listed also where the data behind them is cut off."""

import gzip
import re
from pathlib import Path

from msgspec import Struct, structs

from cockpit.backup.database import BackupError, program, ran

_PLAIN_END = b"PostgreSQL database dump complete"
_COPY = re.compile(rb'^COPY ((?:\w+|"[^"\n]+")\.(?:\w+|"[^"\n]+")) [(]', re.M)


class Verified(Struct, frozen=True):
    """`kind`: archive (pg_restore reads it), plain (psql) or compressed (nobody). `tables`: those with data in it."""

    path: Path
    kind: str
    bytes: int
    tables: tuple[str, ...] = ()

    def words(self) -> str:
        return (
            f"{self.path.name}: {self.kind}, {self.bytes:,} bytes, data of {len(self.tables)} tables, read to its end"
        )


def verify(path: Path) -> Verified:
    """Raises BackupError with what is wrong with it."""
    try:
        with path.open("rb") as file:
            head = file.read(5)
        size = path.stat().st_size
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror}") from error
    if not size:
        raise BackupError(f"{path} is empty: a dump that failed leaves such a file")
    if path.suffix == ".gz" or head[:2] == b"\x1f\x8b":
        return _compressed(path, size)
    if head == b"PGDMP":
        return _archive(path, size)
    return _plain(path, size, path.read_bytes())


def _archive(path: Path, size: int) -> Verified:
    contents = ran([program("pg_restore"), "--list", str(path)], f"{path} has no readable contents")
    ran([program("pg_restore"), "--file=/dev/null", str(path)], f"{path} cannot be read to its end")
    # `3301; 0 16389 TABLE DATA public Odd name owner`: the owner is the last word.
    rows = [line.partition(" TABLE DATA ")[2].split() for line in contents.splitlines() if " TABLE DATA " in line]
    tables = tuple(f"{row[0]}.{' '.join(row[1:-1])}" for row in rows if len(row) > 2)
    return Verified(path, "archive", size, tables)


def _compressed(path: Path, size: int) -> Verified:
    try:
        with gzip.open(path) as file:
            text = file.read()
    except (OSError, EOFError) as error:
        raise BackupError(f"{path}: the compression is broken: {error}") from error
    return structs.replace(_plain(path, size, text), kind="compressed")


def _plain(path: Path, size: int, text: bytes) -> Verified:
    if _PLAIN_END not in text[-4096:]:
        raise BackupError(
            f"{path} does not end as pg_dump ends a dump: it was cut off, or it is no dump of one database"
        )
    tables = tuple(match[1].decode("utf-8", "replace").replace('"', "") for match in _COPY.finditer(text))
    return Verified(path, "plain", size, tables)
