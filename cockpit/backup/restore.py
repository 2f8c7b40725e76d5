"""A backup back into production: verified, the present state saved first, into a new database, counted, then swapped.

Until the swap nothing that customers use has changed; the swap is two renames, and the old database stays, under
another name. In place only on demand: then it is one transaction that stops at its first error.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from psycopg import sql

from cockpit.backup.content import ALL, FAR_OFF, in_words, lacking, since
from cockpit.backup.database import MAINTENANCE, BackupError, Database, free_bytes, program, ran
from cockpit.backup.likeness import create_like
from cockpit.backup.pour import pour
from cockpit.backup.source import ARCHIVES
from cockpit.backup.verify import Verified, verify

Say = Callable[[str], None]


class Loses(BackupError):
    """Rows of production would be gone; nothing was done. A person may insist. `most`: some table would lose most of
    them: more than was written since."""

    def __init__(self, words: str, *, most: bool) -> None:
        super().__init__(words)
        self.most = most


def restore(
    database: Database,
    path: Path,
    folder: Path,
    say: Say,
    *,
    in_place: bool = False,
    lose_rows: bool = False,
    written_since: bool = False,
) -> None:
    """`folder`: where the present state is saved. A person said that rows may go: `lose_rows`, any; `written_since`,
    fewer than half of each table. Raises Loses, BackupError; what had been done until then was said."""
    found = verify(path)
    say(f"verified: {found.words()}")
    hindered = "" if in_place else database.why_not_swapped()
    if hindered:
        raise BackupError(f"{hindered}: nothing was done. Use a role that may, or --in-place")
    before = database.counts()
    share = 0.0 if lose_rows else FAR_OFF if written_since else ALL
    _refuse_loss(database, before, found.rows, path, share)
    saved = save(database, folder, say)
    if in_place:
        _load(found, database, say, clean=True)
        _compare(before, database, found, say)
        say(f"{database.place()} is restored in place; its previous state is in {saved}")
        return
    stamp = time.strftime("%Y%m%d_%H%M%S", time.gmtime())
    fresh = database.beside(f"{database.name[:40]}_new_{stamp}")
    create_like(database, fresh.name)
    say(f"created {fresh.name}")
    try:
        _load(found, fresh, say, clean=False)
        after = _compare(before, fresh, found, say)
        # Counted again: a file may say more than it brings.
        _refuse_loss(database, before, after, path, share)
    except BackupError as error:
        _drop(fresh)
        words = f"{error}. {database.place()} was not touched; its copy is {saved}"
        raise (Loses(words, most=error.most) if isinstance(error, Loses) else BackupError(words)) from error
    old = f"{database.name[:40]}_before_{stamp}"
    swap(database, fresh.name, old, say)
    say(f"{database.place()} is restored; its previous state is the database {old}, and {saved}")


def _refuse_loss(
    database: Database, before: Mapping[str, int], after: Mapping[str, int], path: Path, share: float
) -> None:
    """Raises Loses where a table would keep fewer than this share of its rows."""
    lost = lacking(before, after, share=share)
    if lost:
        most = bool(lacking(before, after, share=FAR_OFF))
        raise Loses(f"{path} lacks rows that {database.place()} has: {in_words(lost)}{since(path)}", most=most)


def save(database: Database, folder: Path, say: Say) -> Path:
    """A verified dump of the present state. Raises BackupError."""
    folder.mkdir(parents=True, exist_ok=True)
    need = database.size()
    if free_bytes(folder) < need:
        raise BackupError(f"{folder} has no room for a copy of {database.place()} ({need:,} bytes); nothing was done")
    path = folder / f"before-restore-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.dump"
    partial = path.with_suffix(".partial")
    try:
        ran(
            [program("pg_dump"), "--format=custom", "--lock-wait-timeout=10s", f"--file={partial}"],
            f"the current state of {database.place()} could not be saved; nothing was done",
            database.environment(),
        )
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    say(f"saved the current state: {verify(path).words()}")
    return path


def _load(found: Verified, into: Database, say: Say, *, clean: bool) -> None:
    """All or nothing: one transaction, the first error stops."""
    if clean and found.kind not in ARCHIVES:
        raise BackupError(f"{found.path.name} is plain SQL, which needs a new database (without --in-place)")
    options = ("--no-owner", *(("--clean", "--if-exists") if clean else ()))
    try:
        skipped = pour(found.path, found.kind, into, *options, at_home=True)
    except BackupError as error:
        raise BackupError(f"{found.path.name} could not be restored into {into.name}: {error}") from error
    left_out = f", {skipped} statements about the server skipped" if skipped else ""
    say(f"restored {found.path.name} into {into.name}{left_out}")


def _compare(before: Mapping[str, int], restored: Database, found: Verified, say: Say) -> dict[str, int]:
    """The counts, said side by side; a table of the backup that is not there afterwards is an error."""
    missing = sorted({*found.tables} - restored.tables())
    if missing:
        raise BackupError(f"tables of the backup are missing after the restore: {', '.join(missing)}")
    after = restored.counts()
    for table in sorted({*before, *after}):
        was, now = before.get(table), after.get(table)
        if was == now:
            said = "the same"
        elif was is None or now is None:
            said = "did not exist" if was is None else "is not in the backup"
        else:
            said = f"{now - was:+,}"
        say(f"  {table}: {was if was is not None else '-':>10} -> {now if now is not None else '-':>10}  {said}")
    return after


def swap(database: Database, fresh: str, old: str, say: Say) -> None:
    """`fresh` becomes the database, which is kept as `old`. Everybody is disconnected. Raises BackupError; where the
    second rename fails the first is taken back."""
    name = database.name
    sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with database.beside(MAINTENANCE).connection() as connection:

        def run(text: str, **names: str) -> None:
            connection.execute(sql.SQL(text).format(**{key: sql.Identifier(one) for key, one in names.items()}))

        run("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", name=name)
        try:
            for one in (name, fresh):
                connection.execute(sessions, (one,))
            run("ALTER DATABASE {name} RENAME TO {old}", name=name, old=old)
            try:
                run("ALTER DATABASE {fresh} RENAME TO {name}", fresh=fresh, name=name)
            except BaseException:
                run("ALTER DATABASE {old} RENAME TO {name}", old=old, name=name)
                raise
        except BaseException:
            run("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", name=name)
            raise
        run("ALTER DATABASE {old} WITH ALLOW_CONNECTIONS true", old=old)
    say(f"swapped: {fresh} is now {name}, the previous one is {old}")


def _drop(fresh: Database) -> None:
    with fresh.beside(MAINTENANCE).connection() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(fresh.name)))
