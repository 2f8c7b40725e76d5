"""Is this file a whole backup? Read to its end: its contents are listed also where the data behind them is cut off."""

import re
import shlex
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from lzma import LZMAError
from pathlib import Path

from msgspec import Struct

from cockpit.backup.compressed import is_compressed, opened
from cockpit.backup.database import BackupError, program
from cockpit.backup.source import archive, script
from cockpit.backup.statements import Readable, Statements

Progress = Callable[[int], None]
"""Told how many bytes more have been read."""
_PLAIN_END = b"PostgreSQL database dump complete"
_CLUSTER_END = b"PostgreSQL database cluster dump complete"
_IDENTIFIER = rb'(?:"(?:[^"]|"")*"|[\w$\x80-\xff]+)'
_NAME = rb"(" + _IDENTIFIER + rb"(?:\s*\.\s*" + _IDENTIFIER + rb")?)"
_TABLE = re.compile(rb"(?:CREATE\s+(?:UNLOGGED\s+)?TABLE|INSERT\s+INTO)\s+" + _NAME, re.I)
_PARTITION = re.compile(
    rb"(?:ALTER\s+TABLE\s+(?:ONLY\s+)?(?P<of>" + _IDENTIFIER + rb"(?:\." + _IDENTIFIER + rb")?)\s+ATTACH\s+PARTITION\s+"
    rb"|CREATE\s+TABLE\s+)(?P<one>" + _IDENTIFIER + rb"(?:\." + _IDENTIFIER + rb")?)"
    rb"(?:\s+PARTITION\s+OF\s+(?P<parent>" + _IDENTIFIER + rb"(?:\." + _IDENTIFIER + rb")?))?",
    re.I,
)
_PART = re.compile(_IDENTIFIER)
_VERSION = re.compile(rb"^-- Dumped from database version (\d+(?:\.\d+)?)", re.M)
_HEAD_VERSION = re.compile(rb"[\x00-\x20](\d{1,2}\.\d{1,2})(?= [(]|[\x00-\x20])")
_UNSUPPORTED = re.compile(r"unsupported version [(](\d+)\.(\d+)")
_OLD_FORMAT = (1, 13)
"""Of PostgreSQL 10 to 12: what is unsupported and below it is no newer archive but a damaged one."""
_TAIL = 4096
_HEAD = 8192


class Verified(Struct, frozen=True):
    """`kind`: archive, directory and compressed archive (pg_restore reads them), plain or compressed (a script).
    `tables`: all that it makes or fills; `rows` of each as they stand in the file, absent where there is none, those
    of partitions with the table that they are of.
    `made_by`: version of the server that it comes from, empty where it does not say."""

    path: Path
    kind: str
    bytes: int
    tables: tuple[str, ...] = ()
    made_by: str = ""
    rows: Mapping[str, int] = {}

    @property
    def filled(self) -> tuple[str, ...]:
        """The tables with rows in it."""
        return tuple(name for name in self.tables if self.rows.get(name))

    @property
    def without_rows(self) -> str:
        """Why nothing can be brought back from it; empty where it has rows."""
        if self.rows and any(self.rows.values()):
            return ""
        what = f"{len(self.tables)} tables and not one row" if self.tables else "no table and no row"
        return f"{self.path} contains {what}: schema-only dump, or an empty database. Back up the data (pg_dump)"

    def words(self) -> str:
        rows = sum(self.rows.values())
        return (
            f"{self.path.name}: {self.kind}, {self.bytes:,} bytes, {rows:,} rows in {len(self.filled)} of "
            f"{len(self.tables)} tables, verified"
        )


def verify(path: Path, progress: Progress | None = None) -> Verified:
    """Raises BackupError with what is wrong with it. A schema without rows is whole: see `without_rows`."""
    try:
        kind, size = _kind(path)
        if kind in ("archive", "directory", "compressed archive"):
            _readable(path, kind)
        return _read(path, kind, size, progress)
    except (OSError, EOFError, LZMAError, zlib.error) as error:
        if isinstance(error, OSError) and error.strerror:
            raise BackupError(f"{path}: {error.strerror}") from error
        raise BackupError(f"{path}: corrupt compression: {error}") from error


def _kind(path: Path) -> tuple[str, int]:
    if path.is_dir():
        if not (path / "toc.dat").is_file() and not (path / "toc.dat.gz").is_file():
            raise BackupError(f"{path} is a directory without toc.dat: not a directory-format dump, or a failed one")
        return "directory", sum(one.stat().st_size for one in path.iterdir())
    if not path.is_file():
        path.stat()  # says why
        raise BackupError(f"{path} is neither a file nor a directory")
    with path.open("rb") as file:
        head = file.read(512)
    size = path.stat().st_size
    if not size:
        raise BackupError(f"{path} is empty, as a failed dump leaves it")
    if is_compressed(head):
        with opened(path) as text:
            head = text.read(512)
        _refuse_packed(path, head)
        return ("compressed archive" if _is_archive(head) else "compressed"), size
    _refuse_packed(path, head)
    return ("archive" if _is_archive(head) else "plain"), size


def _refuse_packed(path: Path, head: bytes) -> None:
    """Raises BackupError for what others have packed: the dump is in it."""
    if head[:4] == b"PK\x03\x04":
        raise BackupError(f"{path} is a zip archive. Unpack it and give the directory or file inside")
    if head[257:262] == b"ustar" and not _is_archive(head):
        unpack = f"tar -xf {shlex.quote(str(path))}"
        raise BackupError(f"{path} is a tar archive. Unpack it ({unpack}) and give the directory or file inside")


def _is_archive(head: bytes) -> bool:
    """Custom format, or tar format as pg_dump writes it."""
    return head[:5] == b"PGDMP" or head[:8] == b"toc.dat\0"


def _readable(path: Path, kind: str) -> None:
    """Its contents can be listed by this machine's pg_restore."""
    try:
        with archive([program("pg_restore"), "--list"], path, kind) as listing:
            while listing.read(1 << 16):
                pass
    except BackupError as error:
        number = _UNSUPPORTED.search(str(error))
        if number is None or (int(number[1]), int(number[2])) < _OLD_FORMAT:
            raise BackupError(str(error).replace("cannot be read in full", "has no readable contents")) from error
        raise BackupError(f"{path} was made by {_newer(path)} than this machine's pg_restore can read") from error


def _newer(path: Path) -> str:
    """The archive's head names the server in plain text: dbname, its version, pg_dump's version."""
    with opened(path / "toc.dat" if path.is_dir() else path) as head:
        found = _HEAD_VERSION.search(head.read(2048))
    return f"PostgreSQL {found[1].decode()}, newer" if found else "a newer PostgreSQL"


class _Watched:
    """A stream that remembers its beginning and its end, and tells how far it was read."""

    def __init__(self, source: Readable, progress: Progress | None) -> None:
        self._source, self._progress = source, progress
        self.head = self.tail = b""

    def read(self, size: int, /) -> bytes:
        chunk = self._source.read(size)
        if len(self.head) < _HEAD:
            self.head += chunk[:_HEAD]
        self.tail = (self.tail + chunk[-_TAIL:])[-_TAIL:]
        if self._progress:
            self._progress(len(chunk))
        return chunk


def _read(path: Path, kind: str, size: int, progress: Progress | None) -> Verified:
    """In pieces: a backup is larger than memory. Rows are counted on the way."""
    rows: Counter[str] = Counter()
    tables: dict[str, None] = {}
    parents: dict[str, str] = {}
    unfinished: BackupError | None = None
    with script(path, kind) as source:
        watched = _Watched(source, progress)
        try:
            statements = Statements(watched)
            for one in statements:
                if one.table:
                    rows[_named(one.table)] += sum(piece.count(b"\n") for piece in statements.data())
                    tables[_named(one.table)] = None
                elif found := _TABLE.match(one.text):
                    tables[_named(found[1])] = None
                    if one.rows:
                        rows[_named(found[1])] += one.rows
                if (part := _PARTITION.match(one.text)) and (of := part["of"] or part["parent"]):
                    parents[_named(part["one"])] = _named(of)
        except BackupError as error:
            unfinished = error
            while watched.read(1 << 20):
                pass
    if _CLUSTER_END in watched.tail:
        raise BackupError(f"{path} is a dump of a whole server. Dump only this database (pg_dump, not pg_dumpall)")
    if _PLAIN_END not in watched.tail:
        raise BackupError(f"{path} does not end like a pg_dump: truncated, or not a dump of one database")
    if unfinished is not None:
        raise BackupError(f"{path}, {unfinished}")
    version = _VERSION.search(watched.head)
    made_by = version[1].decode() if version else ""
    return Verified(path, kind, size, tuple(tables), made_by, _with_their_partitions(rows, parents))


def _with_their_partitions(rows: Mapping[str, int], parents: Mapping[str, str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, count in rows.items():
        seen = {name}
        while name in parents and parents[name] not in seen:
            name = parents[name]
            seen.add(name)
        found[name] += count
    return dict(found)


def _named(raw: bytes) -> str:
    """`schema.table`, without quotes; `public` where none is named (pg_dump always names one)."""
    parts = [one[1:-1].replace(b'""', b'"') if one[:1] == b'"' else one for one in _PART.findall(raw)]
    text = [part.decode("utf-8", "replace") for part in parts]
    return ".".join(text) if len(text) > 1 else f"public.{text[0]}"
