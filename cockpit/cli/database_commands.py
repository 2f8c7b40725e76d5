"""The command line of migrations and backups; lazy like the rest of it."""

import sys
from pathlib import Path
from typing import Any

import click

SINCE = click.Choice(("keep", "lose"))
"""What becomes of rows that were written since a backup was made."""


@click.group()
def migrations() -> None:
    """Lint SQL migrations, or rehearse them on a scratch PostgreSQL."""


@migrations.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--since", default="", metavar="REF", help="only files added or changed since this commit")
@click.option("--single-transaction", "single", is_flag=True, help="your tool wraps each file in a transaction")
@click.option("--strict", is_flag=True, help="warnings are errors")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def migrations_lint(paths: tuple[Path, ...], since: str, single: bool, strict: bool, as_json: bool) -> None:
    """Find what blocks, fails or loses data (PATHS: files or directories; default: migrations/,
    supabase/migrations/ ...).

    \b
    Exit status: 0 no errors, 1 errors, 2 usage.
    """
    from cockpit.migrations.tool import run_lint

    sys.exit(run_lint(paths, since, single=single, strict=strict, as_json=as_json))


@migrations.command("rehearse")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--since", default="", metavar="REF", help="only files added or changed since this commit")
@click.option("--from", "source", default="", metavar="BACKUP", help="a backup; env:NAME: the schema of that database")
@click.option(
    "--scratch", "given", default="", metavar="env:NAME", help="an empty database (default: a scratch server)"
)
@click.option("--i-know", is_flag=True, help="confirm that the scratch database is not production")
@click.option("--rows-from", default="", metavar="env:NAME", help="database whose row counts to extrapolate to")
@click.option("--single-transaction", "single", is_flag=True, help="your tool wraps each file in a transaction")
@click.option("--down/--no-down", default=True, help="run the down migrations and compare the schemas (default: yes)")
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def migrations_rehearse(paths: tuple[Path, ...], **options: Any) -> None:
    """Apply PATHS to a scratch PostgreSQL: times, locks, blocked sessions, and the down migrations.

    \b
    Exit status: 0 all succeeded, 1 one failed or took too long, 2 usage.
    """
    from cockpit.migrations.rehearse.tool import run_rehearsal

    sys.exit(run_rehearsal(paths, **options))


@click.group()
def backup() -> None:
    """Verify or restore PostgreSQL backups."""


@backup.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--against", default="", metavar="env:NAME", help="production: its tables and estimated rows")
@click.option(
    "--restore/--no-restore", default=None, help="restore into a scratch server (default: if PostgreSQL is installed)"
)
@click.option(
    "--without-data", multiple=True, metavar="TABLE", help="table whose rows are excluded from the backup on purpose"
)
@click.option(
    "--written-since", type=SINCE, default="keep", help="lose: rows may be missing, fewer than half of a table"
)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def backup_verify(
    files: tuple[Path, ...],
    against: str,
    restore: bool | None,
    without_data: tuple[str, ...],
    written_since: str,
    as_json: bool,
) -> None:
    """Read each file in full, restore it into a scratch PostgreSQL and count its rows; fails if rows of production
    are missing.

    \b
    Exit status: 0 all verified, 1 one failed, 2 usage.
    """
    from cockpit.backup.tool import run_verify

    sys.exit(
        run_verify(files, against, restore=restore, as_json=as_json, but=without_data, written_since=written_since)
    )


@backup.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dsn", default="env:DATABASE_URL", help="env:NAME, the variable with the address (env:DATABASE_URL)")
@click.option(
    "--save-to", type=click.Path(path_type=Path), default=Path("backups"), help="directory for the previous state"
)
@click.option("--in-place", is_flag=True, help="restore over the current database instead of swapping in a new one")
@click.option("--confirm", default="", metavar="NAME", help="with --in-place: the database name")
@click.option("--written-since", type=SINCE, default="keep", help="lose: rows may be lost, fewer than half of a table")
@click.option(
    "--lose-rows", default="", metavar="NAME", help="allow losing rows that the backup lacks: the database name"
)
def backup_restore(
    file: Path, dsn: str, save_to: Path, in_place: bool, confirm: str, written_since: str, lose_rows: str
) -> None:
    """Verify FILE, save the current state, restore into a new database, compare the counts, swap.

    Exit status: 0 restored, 1 failed (says what is unchanged), 4 refused.
    """
    from cockpit.backup.tool import run_restore

    sys.exit(
        run_restore(
            file,
            dsn,
            save_to,
            in_place=in_place,
            confirm=confirm,
            lose_rows=lose_rows,
            written_since=written_since,
        )
    )
