"""Is this file a whole backup? Read to its end: its contents are listed also where the data behind them is cut off."""

import re
import zlib
from collections.abc import Callable
from lzma import LZMAError
from pathlib import Path

from msgspec import Struct, structs

from cockpit.backup.compressed import is_compressed, opened
from cockpit.backup.database import BackupError, program, ran

Progress = Callable[[int], None]
"""Told how many bytes more have been read."""
_PLAIN_END = b"PostgreSQL database dump complete"
_COPY = re.compile(rb'^COPY ((?:\w+|"[^"\n]+")\.(?:\w+|"[^"\n]+")) [(]', re.M)
_VERSION = re.compile(rb"^-- Dumped from database version (\d+(?:\.\d+)?)", re.M)
_LISTED_VERSION = re.compile(r"Dumped from database version: (\d+(?:\.\d+)?)")
_HEAD_VERSION = re.compile(rb"[\x00-\x20](\d{1,2}\.\d{1,2})(?= [(]|[\x00-\x20])")
_UNSUPPORTED = re.compile(r"unsupported version [(](\d+)\.(\d+)")
_OLD_FORMAT = (1, 13)
"""Of PostgreSQL 10 to 12: what is unsupported and below it is no newer archive but a damaged one."""
_CHUNK = 1 << 20
_TAIL = 4096
_LONGEST_LINE = 1 << 16


class Verified(Struct, frozen=True):
    """`kind`: archive and directory (pg_restore reads them), plain (psql) or compressed (psql, unpacked). `tables`:
    those with data in it. `made_by`: version of the server that it comes from, empty where it does not say."""

    path: Path
    kind: str
    bytes: int
    tables: tuple[str, ...] = ()
    made_by: str = ""

    def words(self) -> str:
        return (
            f"{self.path.name}: {self.kind}, {self.bytes:,} bytes, data of {len(self.tables)} tables, read to its end"
        )


def verify(path: Path, progress: Progress | None = None) -> Verified:
    """Raises BackupError with what is wrong with it."""
    try:
        if path.is_dir():
            return _directory(path)
        with path.open("rb") as file:
            head = file.read(512)
        size = path.stat().st_size
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror}") from error
    if not size:
        raise BackupError(f"{path} is empty: a dump that failed leaves such a file")
    if path.suffix == ".gz" or is_compressed(head):
        return _compressed(path, size, progress)
    if head[:5] == b"PGDMP" or head[:8] == b"toc.dat\0":
        return _archive(path, size, "archive")
    return _plain(path, size, "plain", progress)


def _directory(path: Path) -> Verified:
    if not (path / "toc.dat").is_file():
        raise BackupError(f"{path} is a folder without toc.dat: no dump in directory format, or one that failed")
    return _archive(path, sum(one.stat().st_size for one in path.iterdir()), "directory")


def _archive(path: Path, size: int, kind: str) -> Verified:
    try:
        contents = ran([program("pg_restore"), "--list", str(path)], f"{path} has no readable contents")
    except BackupError as error:
        format_number = _UNSUPPORTED.search(str(error))
        if format_number is None or (int(format_number[1]), int(format_number[2])) < _OLD_FORMAT:
            raise
        raise BackupError(f"{path} was made by {_newer(path)} than the pg_restore of this machine can read") from error
    ran([program("pg_restore"), "--file=/dev/null", str(path)], f"{path} cannot be read to its end")
    # `3301; 0 16389 TABLE DATA public Odd name owner`: the owner is the last word.
    rows = [line.partition(" TABLE DATA ")[2].split() for line in contents.splitlines() if " TABLE DATA " in line]
    tables = tuple(f"{row[0]}.{' '.join(row[1:-1])}" for row in rows if len(row) > 2)
    version = _LISTED_VERSION.search(contents)
    return Verified(path, kind, size, tables, version[1] if version else "")


def _newer(path: Path) -> str:
    """The archive's head names the server in plain text: dbname, its version, pg_dump's version."""
    file = path / "toc.dat" if path.is_dir() else path
    with file.open("rb") as head:
        found = _HEAD_VERSION.search(head.read(2048))
    return f"PostgreSQL {found[1].decode()}, newer" if found else "a newer PostgreSQL"


def _compressed(path: Path, size: int, progress: Progress | None) -> Verified:
    try:
        return _plain(path, size, "compressed", progress)
    except (OSError, EOFError, LZMAError, zlib.error) as error:
        raise BackupError(f"{path}: the compression is broken: {error}") from error


def _plain(path: Path, size: int, kind: str, progress: Progress | None) -> Verified:
    """In pieces: a backup is larger than memory."""
    tables: dict[str, None] = {}
    version, rest, tail = "", b"", b""
    with opened(path) as text:
        while chunk := text.read(_CHUNK):
            if progress:
                progress(len(chunk))
            piece = rest + chunk
            # What begins in the last line may go on in the next piece; a line of data may be longer than a piece.
            cut = piece.rfind(b"\n") + 1 or (len(piece) if len(piece) > _LONGEST_LINE else 0)
            tables |= {
                match[1].decode("utf-8", "replace").replace('"', ""): None for match in _COPY.finditer(piece, 0, cut)
            }
            if not version and (named := _VERSION.search(piece)):
                version = named[1].decode()
            tail = (tail + chunk)[-_TAIL:]
            rest = piece[cut:]
    if _PLAIN_END not in tail:
        raise BackupError(
            f"{path} does not end as pg_dump ends a dump: it was cut off, or it is no dump of one database"
        )
    return structs.replace(Verified(path, kind, size, tuple(tables)), made_by=version)
