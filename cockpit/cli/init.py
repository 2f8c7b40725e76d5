"""`cockpit init`: a commented cockpit.toml beside the runbook."""

from pathlib import Path

import click

from cockpit.errors import FAILED, USAGE, said
from cockpit.opening.deploy import OpeningError, locate, read_runbook
from cockpit.paths import find_root
from cockpit.settings.load import FILE, SettingsError


def write_settings(runbook: str | None, *, force: bool) -> int:
    from cockpit.settings.scaffold import settings_text

    try:
        root, _, path = locate(runbook, None) if runbook else (find_root(Path.cwd()), None, None)
        read = read_runbook(path)[1] if path else None
    except (OpeningError, SettingsError) as error:
        return said(str(error), USAGE)
    target = root / FILE
    if target.exists() and not force:
        return said(f"{target} already exists; --force overwrites it", USAGE)
    name = str(path.relative_to(root)) if path and path.is_relative_to(root) else ""
    try:
        target.write_text(settings_text(name, read), encoding="utf-8")
    except OSError as error:
        return said(f"{target}: {error.strerror}", FAILED)
    click.echo(f"{target} written. Next: cockpit run")
    return 0
