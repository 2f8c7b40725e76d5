"""The local journal: one SQLite file for all deploys of a repository, WAL, synchronous=FULL.

One writer connection at a time, held together by a file lock around each transaction: SQLite before 3.51.3 can corrupt
a WAL that two connections write or checkpoint (runner.md, Journal, 1). Readers open the file read-only.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, ValidationError, convert

from cockpit.deploy.events import FORMAT, Event, StepStarted, decode_body
from cockpit.external.record_place import read_uri as read_uri
from cockpit.journal import anchors
from cockpit.journal.chain import GENESIS, Row, broken_at, link
from cockpit.journal.files import identity

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
  deploy TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL,
  v INTEGER NOT NULL, body BLOB NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (deploy, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deploys (
  deploy TEXT PRIMARY KEY, environment TEXT NOT NULL, opened_at REAL NOT NULL, closed_at REAL, outcome TEXT
) WITHOUT ROWID;
"""
BUSY_SECONDS = 5.0
"""How long another process may hold the journal before that is an error."""
_POLL_SECONDS = 0.005


class JournalError(Exception):
    """The journal cannot be read or written; the text names the file and what survived."""


class JournalDamaged(JournalError):
    """The record of one deploy is not whole: events 1 to `whole` can be trusted, what came after cannot."""

    def __init__(self, text: str, whole: int) -> None:
        self.whole = whole
        super().__init__(f"{text} (`cockpit recover` keeps what is intact and sets the damaged file aside)")


class JournalGone(JournalError):
    """The file was removed or moved away under its writer: what is written on would be in no folder."""


class DeployRow(Struct, frozen=True):
    id: str
    environment: str
    opened_at: float
    closed_at: float | None
    outcome: str | None


class Journal:
    """Append and read. One instance per process; use it from one thread."""

    def __init__(self, path: Path, *, read_only: bool = False, anchored: bool = True) -> None:
        self.path = path
        self.read_only = read_only
        self._anchored = anchored
        self.patience = BUSY_SECONDS  # seconds that an append waits for another process
        self._lock = -1
        self._file = (0, 0)
        """Device and inode of the file that is written."""
        self._tips: dict[str, tuple[int, bytes]] = {}
        self._open()

    def _open(self) -> None:
        path = self.path
        try:
            if self.read_only:
                self._db = sqlite3.connect(read_uri(path), uri=True, timeout=BUSY_SECONDS)
                # The file may come from anywhere: what it defines is not run.
                self._db.execute("PRAGMA trusted_schema=OFF")
            else:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                self._lock = os.open(path.with_name("journal.lock"), flags, 0o600)
                with self._alone():
                    if not path.exists():
                        _create(path)
                self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
                with self._alone():
                    self._db.execute("PRAGMA trusted_schema=OFF")
                    self._db.execute("PRAGMA journal_mode=WAL")
                    self._db.execute("PRAGMA synchronous=FULL")
                    self._db.executescript(_SCHEMA)
                    self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._file = identity(path)
        except (sqlite3.Error, OSError) as error:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1
            raise JournalError(f"{path}: the journal cannot be opened: {error}") from error

    def begin_again(self, deploy: str, events: Sequence[Event]) -> None:
        """After JournalGone: a new file in the old place, with this deploy's events as far as the file there lacks
        them. Raises JournalError."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        os.close(self._lock)
        self._lock = -1
        self._tips.clear()
        self._open()
        for folder in (
            folder_of(self.path, deploy),
            *{folder_of(self.path, deploy) / directory_of(event) for event in events},
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        have, _ = self._end(deploy)
        self.append(deploy, events[have:])

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes. Raises TimeoutError (an OSError) where somebody holds the journal for too long."""
        until = time.monotonic() + self.patience
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError("another process holds the journal") from None
                time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it is on the disk afterwards, or nothing. Raises JournalError."""
        try:
            with self._alone():
                if identity(self.path) != self._file:
                    raise JournalGone(f"{self.path} was removed or moved while this engine was writing to it")
                self._db.execute(f"PRAGMA busy_timeout={int(self.patience * 1000)}")
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        self._db.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            raise JournalError(f"{self.path}: cannot be written: {error}") from error

    def append(self, deploy: str, events: Sequence[Event]) -> None:
        """All of them or none, on the disk when this returns. Raises JournalError; nothing is appended then."""
        if not events:
            return
        seq, before = self._end(deploy)
        rows: list[Row] = []
        for event in events:
            row = link(before, event)
            if row.seq != seq + 1:
                raise JournalError(f"{self.path}: event {row.seq} of {deploy} does not follow {seq}; another writer?")
            seq, before = row.seq, row.digest
            rows.append(row)
        self._write(deploy, events, rows)

    def append_rows(self, deploy: str, rows: Sequence[Row]) -> list[Event]:
        """Rows that another journal has, as they are: they must continue this one's chain. Gives their events. Raises
        JournalError; nothing is appended then."""
        if not rows:
            return []
        seq, before = self._end(deploy)
        broken = broken_at(list(rows), before, seq + 1)
        if broken is not None:
            raise JournalError(f"{self.path}: event {broken} of {deploy} does not continue the record")
        newer = next((row for row in rows if row.v > FORMAT), None)
        if newer is not None:
            raise JournalError(f"{self.path}: event {newer.seq} was written in format {newer.v}; update the cockpit")
        try:
            events = [event_of(row) for row in rows]
        except ValueError as error:
            raise JournalError(f"{self.path}: {error}") from error
        self._write(deploy, events, rows)
        return events

    def _end(self, deploy: str) -> tuple[int, bytes]:
        """Number and digest of the deploy's last event. Raises JournalError."""
        if self.read_only:
            raise JournalError(f"{self.path}: was opened for reading only")
        try:
            return self._tip(deploy)
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error

    def _write(self, deploy: str, events: Sequence[Event], rows: Sequence[Row]) -> None:
        self._insert(deploy, events, rows)
        self._tips[deploy] = (rows[-1].seq, rows[-1].digest)
        self._anchor(deploy, events, rows)

    def cut(self, deploy: str, after: int) -> None:
        """Take back what comes behind event `after`: another engine went on from there. The caller has kept it
        elsewhere. Raises JournalError; nothing is taken back then."""
        for anchor in anchors.found(folder_of(self.path, deploy)):
            if anchor.seq > after:
                anchor.path.unlink(missing_ok=True)
        self._tips.pop(deploy, None)
        with self._transaction():
            self._db.execute("DELETE FROM events WHERE deploy=? AND seq>?", (deploy, after))
            closed = "SELECT 1 FROM events WHERE deploy=? AND kind='DeployClosed'"
            if self._db.execute(closed, (deploy,)).fetchone() is None:
                self._db.execute("UPDATE deploys SET closed_at=NULL, outcome=NULL WHERE deploy=?", (deploy,))
        self.anchor_tip(deploy)

    def _insert(self, deploy: str, events: Sequence[Event], rows: Sequence[Row]) -> None:
        values = [(deploy, r.seq, r.at, r.by, r.kind, r.v, r.body, r.digest) for r in rows]
        try:
            with self._transaction():
                self._db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?)", values)
                for event in events:
                    self._note_deploy(deploy, event)
        except JournalError:
            self._tips.pop(deploy, None)
            raise

    def _anchor(self, deploy: str, events: Sequence[Event], rows: Sequence[Row]) -> None:
        """After the commit: an anchor is never ahead of the journal."""
        if not self._anchored:
            return
        folder = folder_of(self.path, deploy)
        anchors.drop(folder, rows[-1].seq, rows[-1].digest)
        for event, row in zip(events, rows, strict=True):
            if isinstance(event.body, StepStarted) and event.body.directory:
                anchors.drop(folder / event.body.directory, row.seq, row.digest)

    def anchor_tip(self, deploy: str) -> None:
        """Write the deploy's anchor as its journal stands now. Raises JournalError."""
        try:
            seq, digest = self._tip(deploy)
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error
        if seq:
            anchors.drop(folder_of(self.path, deploy), seq, digest)

    def _note_deploy(self, deploy: str, event: Event) -> None:
        kind = type(event.body).__name__
        if kind == "DeployOpened":
            environment = event.body.plan.key  # type: ignore[attr-defined]
            self._db.execute("INSERT INTO deploys VALUES (?,?,?,NULL,NULL)", (deploy, environment, event.at))
        elif kind == "DeployClosed":
            outcome = event.body.outcome  # type: ignore[attr-defined]
            self._db.execute("UPDATE deploys SET closed_at=?, outcome=? WHERE deploy=?", (event.at, outcome, deploy))

    def _tip(self, deploy: str) -> tuple[int, bytes]:
        if deploy not in self._tips:
            query = "SELECT seq, digest FROM events WHERE deploy=? ORDER BY seq DESC LIMIT 1"
            row = self._db.execute(query, (deploy,)).fetchone()
            self._tips[deploy] = (row[0], row[1]) if row else (0, GENESIS)
        return self._tips[deploy]

    def read(self, deploy: str, after: int = 0) -> list[Event]:
        """Events with a higher number than `after`, checked against the chain. Raises JournalError where it breaks."""
        known = anchors.found(folder_of(self.path, deploy))  # before the rows: an engine may be writing more of both
        query = "SELECT seq, at, actor, kind, v, body, digest FROM events WHERE deploy=? AND seq>=? ORDER BY seq"
        try:
            rows = [Row(*row) for row in self._db.execute(query, (deploy, max(after, 1)))]
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error
        before = GENESIS
        if after and rows and rows[0].seq == after:
            before, rows = rows[0].digest, rows[1:]
        broken = broken_at(rows, before, after + 1)
        if broken is not None:
            last = broken - 1
            raise JournalDamaged(
                f"{self.path}: the record of {deploy} is damaged at event {broken}: "
                f"{_whole(last)}, {len(rows) - (last - after)} after them cannot be trusted",
                last,
            )
        self._check_anchors(deploy, known, rows, after)
        newer = next((row for row in rows if row.v > FORMAT), None)
        if newer is not None:
            raise JournalError(f"{self.path}: event {newer.seq} was written in format {newer.v}; update the cockpit")
        try:
            return [event_of(row) for row in rows]
        except ValueError as error:
            raise JournalError(f"{self.path}: {error}") from error

    def rows(self, deploy: str, after: int = 0, limit: int = -1) -> list[Row]:
        """The deploy's rows behind event `after` as they are stored, not checked. Raises JournalError."""
        query = "SELECT seq, at, actor, kind, v, body, digest FROM events WHERE deploy=? AND seq>? ORDER BY seq LIMIT ?"
        try:
            return [Row(*row) for row in self._db.execute(query, (deploy, after, limit))]
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error

    def read_kinds(self, deploy: str, kinds: Sequence[str]) -> list[Row]:
        """The deploy's rows of these kinds, undecoded and not checked against the chain: for figures over many
        deploys, never for a decision. 1.7 ms for 4,000 events; `read` takes 60. Raises JournalError."""
        marks = ",".join("?" * len(kinds))
        query = f"SELECT seq, at, actor, kind, v, body, digest FROM events WHERE deploy=? AND kind IN ({marks})"  # noqa: S608
        try:
            return [Row(*row) for row in self._db.execute(f"{query} ORDER BY seq", (deploy, *kinds))]
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error

    def why_cut(self, deploy: str) -> str:
        """What the anchors say against the deploy's record, without reading all of it; empty where nothing. `read`
        checks everything. Raises JournalError."""
        for anchor in anchors.found(folder_of(self.path, deploy)):
            query = "SELECT digest FROM events WHERE deploy=? AND seq=?"
            try:
                row = self._db.execute(query, (deploy, anchor.seq)).fetchone()
            except sqlite3.Error as error:
                raise JournalError(f"{self.path}: cannot be read: {error}") from error
            if row is None:
                return f"the record is truncated: event {anchor.seq} was on disk"
            if row[0] != anchor.digest:
                return f"event {anchor.seq} is not the one that was written"
        return ""

    def _check_anchors(self, deploy: str, known: Sequence[anchors.Anchor], rows: Sequence[Row], after: int) -> None:
        last = rows[-1].seq if rows else after
        for anchor in known:
            if anchor.seq > last:
                raise JournalDamaged(
                    f"{self.path}: the record of {deploy} is truncated: it ends at event {last}, but event "
                    f"{anchor.seq} was on disk ({anchor.path}): {_whole(last)}, {anchor.seq - last} missing",
                    last,
                )
            if anchor.seq > after and rows[anchor.seq - after - 1].digest != anchor.digest:
                raise JournalDamaged(
                    f"{self.path}: the record of {deploy} is not the one that was written: event {anchor.seq} does "
                    f"not match {anchor.path}",
                    0,
                )

    def deploys(self) -> list[DeployRow]:
        """All deploys, the newest first."""
        columns = "deploy, environment, opened_at, closed_at, outcome"
        query = f"SELECT {columns} FROM deploys ORDER BY opened_at DESC, deploy DESC"  # noqa: S608 - a constant
        try:
            return [convert(row, DeployRow, strict=True) for row in map(_named, self._db.execute(query))]
        except (sqlite3.Error, ValidationError) as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error

    def open_deploys(self, environment: str | None = None) -> list[DeployRow]:
        """Deploys that were not closed, the newest first."""
        rows = (row for row in self.deploys() if row.closed_at is None)
        return [row for row in rows if environment in (None, row.environment)]

    def close(self) -> None:
        if self.read_only:
            self._db.close()
            return
        with self._alone():
            self._db.close()
        os.close(self._lock)


def directory_of(event: Event) -> str:
    """The folder of the run that the event starts, below its deploy's; empty for other events."""
    return event.body.directory if isinstance(event.body, StepStarted) else ""


def _named(row: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(DeployRow.__struct_fields__, row, strict=True))


def _whole(last: int) -> str:
    return f"events 1 to {last} are intact" if last else "no event is intact"


def _create(path: Path) -> None:
    """An empty journal, whole from the moment it has its name: a reader never meets one without its tables."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(_SCHEMA)
    fresh.rename(path)


def event_of(row: Row) -> Event:
    """The event of a stored row. Raises ValueError where its body is none."""
    try:
        return Event(seq=row.seq, at=row.at, by=row.by, v=row.v, body=decode_body(row.body))
    except ValueError as error:
        raise ValueError(f"event {row.seq} cannot be read: {error}") from error


def folder_of(journal: Path, deploy: str) -> Path:
    """Where the deploy's files lie, beside its journal."""
    return journal.parent / "deploys" / deploy
