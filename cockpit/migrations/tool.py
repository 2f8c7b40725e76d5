"""`cockpit migrations lint`: what stands on the screen, and the exit status."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from cockpit.migrations.files import NoMigrations, found, load, shown
from cockpit.migrations.lint import lint
from cockpit.migrations.model import Finding
from cockpit.text.sanitize import plain

FINE, FINDINGS, USAGE = 0, 1, 2


def run_lint(paths: Sequence[Path], since: str, *, single: bool, strict: bool, as_json: bool) -> int:
    """Prints the findings; 1 where one is an error, with `strict` where there is any."""
    try:
        chosen = found(paths, Path.cwd(), since)
        scripts = [load(path, name, single=single) for path, name in shown(chosen)]
    except NoMigrations as error:
        click.echo(f"cockpit: {error}", err=True)
        return USAGE
    findings, notes = lint(scripts)
    for note in notes:
        click.echo(plain(f"note: {note}"), err=True)
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(findings), indent=2, ensure_ascii=False) + "\n")
    else:
        click.echo(plain(in_words(findings, len(scripts))))
    return FINDINGS if any(strict or one.level == "error" for one in findings) else FINE


def in_words(findings: Sequence[Finding], files: int) -> str:
    """One line per finding, its mending under it, and the sum."""
    lines = []
    for one in findings:
        lines.append(f"{one.file}:{one.line}:{one.column}: {one.level}: {one.message} [{one.rule}]")
        if one.fix:
            lines.append(f"    {one.fix}")
    errors = sum(one.level == "error" for one in findings)
    what = f"{files} {'migration' if files == 1 else 'migrations'}"
    return "\n".join([*lines, f"{what}: {errors} errors, {len(findings) - errors} warnings"])
