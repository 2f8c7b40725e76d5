"""`cockpit backup verify` and `cockpit backup restore`: usable alone, and from a runbook's rollback section."""

import os
from pathlib import Path

import click

from cockpit.backup.database import BackupError, Database
from cockpit.backup.restore import restore
from cockpit.backup.verify import verify

FINE, FINDINGS, USAGE, REFUSED = 0, 1, 2, 4


def run_verify(paths: tuple[Path, ...]) -> int:
    """One line per file; gives the exit status."""
    status = FINE
    for path in paths:
        try:
            click.echo(f"ok    {verify(path).words()}")
        except BackupError as error:
            click.echo(f"FAIL  {error}")
            status = FINDINGS
    return status


def run_restore(path: Path, dsn: str, folder: Path, *, in_place: bool, confirm: str) -> int:
    """`dsn`: `env:NAME`; gives the exit status."""
    name = dsn.removeprefix("env:")
    if name == dsn:
        return _said("--dsn: write env:NAME, the variable with the address: a command line is seen by everybody", USAGE)
    if not os.environ.get(name):
        return _said(f"${name} is not set", USAGE)
    try:
        database = Database(os.environ[name])
        if in_place and confirm != database.name:
            why = f"--in-place replaces what is in {database.place()}"
            return _said(f"{why}: add --confirm {database.name}, the database's name", REFUSED)
        restore(database, path, folder, click.echo, in_place=in_place)
    except BackupError as error:
        return _said(str(error), FINDINGS)
    return FINE


def _said(text: str, status: int) -> int:
    click.echo(f"cockpit: {text}", err=True)
    return status
