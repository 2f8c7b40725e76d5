"""`cockpit backup verify` and `cockpit backup restore`: usable alone, and from a runbook's rollback section."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec

from cockpit.backup.content import ALL, FAR_OFF
from cockpit.backup.database import BackupError, Database, NotNamed
from cockpit.backup.proof import Proof, prove
from cockpit.backup.restore import Loses, restore
from cockpit.errors import said
from cockpit.text.amounts import bytes_text, seconds_text
from cockpit.text.sanitize import one_line

FINE, FINDINGS, USAGE, REFUSED = 0, 1, 2, 4
KEEP, LOSE = "keep", "lose"
"""What becomes of rows that were written since the backup was made."""
_PROGRESS_BYTES = 256 << 20


def run_verify(
    paths: tuple[Path, ...],
    against: str,
    *,
    restore: bool | None,
    as_json: bool,
    but: tuple[str, ...] = (),
    written_since: str = KEEP,
) -> int:
    """`against`: `env:NAME` or nothing; `but`: tables that are left out on purpose; `written_since`: KEEP or LOSE. One
    part per file; gives the exit status."""
    database: Database | None = None
    if against:
        try:
            database = Database.of_variable(against, "--against")
        except BackupError as error:
            return said(str(error), USAGE)

    def say(text: str) -> None:
        click.echo(one_line(text), err=True)

    share = FAR_OFF if written_since == LOSE else ALL
    proofs = [
        prove(path, database, say, restore=restore, progress=_progress(path), but=but, share=share) for path in paths
    ]
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(proofs), indent=2, ensure_ascii=False) + "\n")
    else:
        click.echo("\n".join(line for proof in proofs for line in _lines(proof)))
    return FINDINGS if any(proof.error for proof in proofs) else FINE


def _progress(path: Path) -> Callable[[int], None]:
    """A line every 256 MB on standard error: a backup of a terabyte is read for an hour."""
    done = 0

    def told(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        if before // _PROGRESS_BYTES != done // _PROGRESS_BYTES:
            click.echo(f"{path.name}: {bytes_text(done)} read", err=True)

    return told


def _lines(proof: Proof) -> Iterator[str]:
    name = Path(proof.file).name
    if proof.error:
        yield f"FAIL  {one_line(proof.error)}"
        yield from (f"      note: {one_line(note)}" for note in proof.notes)
        return
    made = f", of PostgreSQL {proof.made_by}" if proof.made_by else ""
    read = f"verified in {seconds_text(proof.read_seconds)}"
    yield f"ok    {name}: {proof.kind}, {bytes_text(proof.bytes)}{made}, {read}"
    if proof.restored:
        size = f"{len(proof.tables)} tables, {bytes_text(proof.restored_bytes)}"
        yield f"      restored in {seconds_text(proof.restore_seconds)}: {size}"
    for table in proof.tables:
        there = f"  (production about {table.production:,.0f})" if table.production is not None else ""
        yield f"      {table.rows:>14,}  {one_line(table.name)}{there}"
    yield from (f"      note: {one_line(note)}" for note in proof.notes)


def run_restore(
    path: Path, dsn: str, folder: Path, *, in_place: bool, confirm: str, lose_rows: str = "", written_since: str = KEEP
) -> int:
    """`lose_rows`: the database's name, where its rows may be lost; `written_since`: KEEP, or LOSE for fewer than half
    of each table. `dsn`: `env:NAME`; gives the exit status."""
    try:
        database = Database.of_variable(dsn, "--dsn")
        if in_place and confirm != database.name:
            why = f"--in-place overwrites {database.place()}"
            return said(f"{why}. Add --confirm {database.name}, the database name", REFUSED)
        if lose_rows and lose_rows != database.name:
            return said(f"--lose-rows {lose_rows}: the database is {database.name}; nothing was done", REFUSED)
        restore(
            database,
            path,
            folder,
            click.echo,
            in_place=in_place,
            lose_rows=bool(lose_rows),
            written_since=written_since == LOSE,
        )
    except Loses as error:
        if not error.most:
            return said(
                f"{error}. Take another backup, or add --written-since lose to lose what was written since", REFUSED
            )
        name = shlex.quote(Database.of_variable(dsn, "--dsn").name)
        return said(f"{error}. Take another backup, or add --lose-rows {name} to lose them", REFUSED)
    except NotNamed as error:
        return said(str(error), USAGE)
    except BackupError as error:
        return said(str(error), FINDINGS)
    return FINE
