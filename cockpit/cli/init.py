"""`cockpit init`: a commented cockpit.toml beside the runbook, with what the runbook itself states."""

import sys
from pathlib import Path

import click

from cockpit.errors import FAILED, USAGE, said
from cockpit.opening.deploy import OpeningError, locate, read_runbook
from cockpit.paths import find_root
from cockpit.runbook.stated import Stated, read_stated
from cockpit.settings.load import FILE, SettingsError
from cockpit.settings.stated_tables import Answer, question


def write_settings(runbook: str | None, *, force: bool, prometheus: str | None, metrics: str | None) -> int:
    from cockpit.settings.scaffold import settings_text

    try:
        root, _, path = locate(runbook, None) if runbook else (find_root(Path.cwd()), None, None)
        data, read = read_runbook(path) if path else (b"", None)
    except (OpeningError, SettingsError) as error:
        return said(str(error), USAGE)
    target = root / FILE
    if target.exists() and not force:
        return said(f"{target} already exists; --force overwrites it", USAGE)
    stated = read_stated(data.decode("utf-8", "replace"), read) if read else Stated()
    answer: Answer | None = None
    if prometheus or metrics:
        answer = ("prometheus", prometheus) if prometheus else ("openmetrics", str(metrics))
    elif question(stated) and sys.stdin.isatty() and sys.stdout.isatty():
        answer = _ask(stated)
    name = str(path.relative_to(root)) if path and path.is_relative_to(root) else ""
    try:
        target.write_text(settings_text(name, read, stated, answer), encoding="utf-8")
    except OSError as error:
        return said(f"{target}: {error.strerror}", FAILED)
    click.echo(f"{target} written. Next: cockpit check {name}".rstrip())
    return 0


def _ask(stated: Stated) -> Answer | None:
    """The one thing that no runbook says."""
    lines = " and ".join(str(line) for line in question(stated))
    click.echo(f"The runbook states levels for errors and response times (line {lines}). Where are they measured?")
    click.echo("  1  Prometheus\n  2  the application's own /metrics page\n  3  elsewhere, or not yet")
    choice = click.prompt("", type=click.Choice(["1", "2", "3"]), default="3", prompt_suffix="> ", show_choices=False)
    if choice == "3":
        return None
    url = click.prompt("URL", type=str).strip()
    return ("prometheus", url) if choice == "1" else ("openmetrics", url)
