"""A backup restored into a scratch server and counted: the only proof that it can be. Against production's estimates
where those are known."""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import psycopg
from msgspec import Struct, structs

from cockpit.backup.content import ALL, FAR_OFF, in_words, lacking, poorer, since
from cockpit.backup.database import BackupError, Database
from cockpit.backup.load import load, room_for
from cockpit.backup.verify import Progress, Verified, verify
from cockpit.postgres.binaries import PostgresMissing
from cockpit.postgres.server import ScratchServer, ServerError

_NAME = "restored"
_SETTINGS = {"shared_buffers": "128MB", "max_wal_size": "4GB", "maintenance_work_mem": "256MB", "autovacuum": "off"}
Say = Callable[[str], None]


class Table(Struct, frozen=True):
    """`rows` of the restored table; `production`: the planner's estimate there, None where it has no such table."""

    name: str
    rows: int
    production: float | None = None


class Proof(Struct, frozen=True):
    """What was proven. `error`: the reason why it is no backup to rely on; empty where it is one."""

    file: str
    kind: str = ""
    bytes: int = 0
    made_by: str = ""
    read_seconds: float = 0.0
    restored: bool = False
    restore_seconds: float = 0.0
    restored_bytes: int = 0
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""


def prove(
    path: Path,
    against: Database | None,
    say: Say,
    *,
    restore: bool | None = True,
    progress: Progress | None = None,
    but: Collection[str] = (),
    share: float = ALL,
) -> Proof:
    """Never raises for what is wrong with the file: that is `error`. `restore` None: where PostgreSQL is installed.
    `but`: tables of which it holds no rows on purpose. `share`: of production's rows that each other must hold."""
    began = time.monotonic()
    try:
        found = verify(path, progress)
    except BackupError as error:
        return Proof(str(path), error=str(error), read_seconds=time.monotonic() - began)
    read = time.monotonic() - began
    say(f"verified: {found.words()}")
    plain = Proof(str(path), found.kind, found.bytes, found.made_by, read)
    try:
        production: Mapping[str, float] | None = against.rows_about() if against else None
        if against is not None and production is not None:
            production = compare(found, against, production, but, share)
        elif found.without_rows:
            raise BackupError(found.without_rows)
        if restore is False:
            return plain
        return _restored(plain, found, production, say, but, share)
    except (PostgresMissing, ServerError) as error:
        note = f"not restored: {error}"
        return structs.replace(plain, error=note) if restore else structs.replace(plain, notes=(note,))
    except BackupError as error:
        return structs.replace(plain, error=str(error))


def compare(
    found: Verified,
    against: Database,
    production: Mapping[str, float],
    but: Collection[str] = (),
    share: float = ALL,
) -> Mapping[str, float]:
    """Production's rows, as `production` says or, where rows seem to be missing, as they are counted. Raises
    BackupError where rows of it are not in the file, or it is of another database."""
    if found.tables and not {*found.tables} & {*production}:
        raise BackupError(f"{found.path} is from another database: no table in common with {against.place()}")
    doubtful = poorer(production, found.rows, but, share)
    if not doubtful:
        return production
    counted = {**production, **against.counts(doubtful)}
    lost = lacking(counted, found.rows, but, share)
    if lost:
        most = lacking(counted, found.rows, but, FAR_OFF)
        how = (
            "--without-data TABLE, or without_data in [database], for tables excluded on purpose"
            if most
            else "--written-since lose, if data written since then may be lost"
        )
        said = f"{found.path} lacks rows that {against.place()} has: {in_words(lost)}{since(found.path)}"
        raise BackupError(f"{said}. Make a new backup ({how})")
    return counted


def _restored(
    plain: Proof,
    found: Verified,
    production: Mapping[str, float] | None,
    say: Say,
    but: Collection[str],
    share: float,
) -> Proof:
    with ScratchServer(settings=_SETTINGS) as server:
        hindered = room_for(found, server.log.parent)
        if hindered:
            raise BackupError(hindered)
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {_NAME} TEMPLATE template0")
            version = admin.info.server_version // 10000
        made = int(found.made_by.partition(".")[0] or 0)
        newer = f"made by PostgreSQL {made}, this is {version}" if made > version else ""
        say(f"restoring into a scratch PostgreSQL {version}{f' ({newer})' if newer else ''}")
        database, began = Database(server.dsn(_NAME)), time.monotonic()
        try:
            skipped = load(found, database, bin_dir=server.bin_dir)
        except BackupError as error:
            raise BackupError(f"{error}{f' ({newer})' if newer else ''}") from error
        taken = time.monotonic() - began
        counts = database.counts()
        missing = sorted({*found.tables} - database.tables())
        size = database.size()
    tables = tuple(
        Table(name, counts.get(name, 0), production.get(name) if production is not None else None)
        for name in sorted(counts)
    )
    wrong = f"tables are missing after the restore: {', '.join(missing)}" if missing else ""
    lost = lacking(production or {}, counts, but, share)
    if lost and not wrong:
        wrong = f"rows of production are missing after the restore: {in_words(lost)}"
    left_out = (f"skipped: {skipped} statements about the server and its roles",) if skipped else ()
    return structs.replace(
        plain,
        restored=True,
        restore_seconds=taken,
        restored_bytes=size,
        tables=tables,
        notes=((newer,) if newer else ()) + left_out + _against(tables, counts, production),
        error=wrong,
    )


def _against(
    tables: tuple[Table, ...], counts: Mapping[str, int], production: Mapping[str, float] | None
) -> tuple[str, ...]:
    """What differs so much from production that somebody should look."""
    if production is None:
        return ()
    notes = [f"{name} of production is not in the backup" for name in sorted({*production} - {*counts})]
    notes += [f"{one.name} is not in production" for one in tables if one.production is None]
    return tuple(notes)
