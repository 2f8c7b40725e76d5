"""The command `cockpit check`: the runbook by its rules, then the settings against the world where there are any."""

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Literal

import click
import msgspec
from msgspec import Struct

from cockpit.errors import said
from cockpit.linting import proposal
from cockpit.linting.found import Found, of_finding
from cockpit.linting.inspection import Inspected, inspect
from cockpit.linting.output import plain, sarif
from cockpit.paths import LayoutError, find_root
from cockpit.runbook.lint.model import Finding
from cockpit.runbook.lint.registry import RULES
from cockpit.runbook.model import Runbook
from cockpit.text.sanitize import one_line

FAILED, USAGE = 1, 2
_FILE = "cockpit.toml"


class Options(Struct, frozen=True):
    """What was asked for on the command line."""

    environment: str | None = None
    form: Literal["plain", "json", "sarif"] = "plain"
    strict: bool = False
    """Warnings fail as well."""
    tools: bool = True
    """Ask installed tools, and list what this machine lacks."""
    runbook_only: bool = False
    """The settings are not looked at."""
    fix: bool = False


class UsageError(Exception):
    """There is nothing to check."""


def run_check(runbook: str | None, options: Options) -> int:
    """Print what was found. Exit status: 0 no errors, 1 errors (with `strict`: or warnings), 2 nothing to check."""
    try:
        path, root, found = _locate(runbook, options)
        data = path.read_bytes() if path is not None else b""
    except UsageError as error:
        return said(str(error), USAGE)
    except OSError as error:
        return said(f"{runbook}: cannot be read: {error.strerror}", USAGE)
    notes: tuple[str, ...] = ()
    if path is not None:
        name = _name(path)
        strange: list[Found] = []
        inspected = inspect(
            data, root, tools=options.tools, given=_given(root, options), reading=partial(_reviewed, path, strange)
        )
        notes = inspected.notes
        found = [*strange, *(of_finding(one, name) for one in inspected.findings), *_shell(name, options), *found]
        if options.fix and not _propose(path, data, inspected, options):
            return FAILED
        if not options.runbook_only and (root / _FILE).exists():
            from cockpit.opening.preflight import check

            found += check(str(path), options.environment)
    _print(found, notes, options)
    worst = {one.severity for one in found}
    return FAILED if "error" in worst or (options.strict and "warning" in worst) else 0


def _locate(runbook: str | None, options: Options) -> tuple[Path | None, Path, list[Found]]:
    """(the runbook, the folder its scripts run in, what is wrong with the settings that should name it)."""
    try:
        if runbook and Path(runbook).is_file():
            return Path(runbook), find_root(Path(runbook).resolve().parent), []
        # Only now: reading the settings costs more than all the rules together.
        from cockpit.opening.deploy import OpeningError, locate
        from cockpit.opening.preflight import of_settings
        from cockpit.settings.load import SettingsError
    except LayoutError as error:
        raise UsageError(str(error)) from error
    try:
        root, _, path = locate(runbook, options.environment)
    except SettingsError as error:
        return None, Path(), of_settings(error)
    except (OpeningError, LayoutError) as error:
        raise UsageError(str(error)) from error
    return path, root, []


def _given(root: Path, options: Options) -> frozenset[str]:
    """Variables that the settings give a value to; none where they cannot be read, which is told elsewhere."""
    if options.runbook_only or not options.tools or not (root / _FILE).exists():
        return frozenset()
    from cockpit.settings.load import SettingsError, load

    try:
        return frozenset(load(root / _FILE, options.environment).variables)
    except SettingsError:
        return frozenset()


def _reviewed(path: Path, strange: list[Found], runbook: Runbook) -> list[Finding]:
    """Scripts that were not reviewed: each of them where there is a record, one finding where there is none. What keeps
    the record from being used is put into `strange`."""
    from cockpit.opening.reading import ReadingError, read_as_reviewed, why

    rule = RULES["not-reviewed"]
    try:
        reading = read_as_reviewed(path, runbook)
    except ReadingError as error:
        strange.append(Found("error", _name(error.path), error.line, "reading", error.words))
        return []
    pending = reading.pending
    if pending and not reading.record.entries:
        words = f"none of its {len(pending)} scripts is reviewed" if len(pending) > 1 else "its script is not reviewed"
        return [Finding(rule.code, rule.severity, pending[0].subject.line, 0, words, rule.safer)]
    return [Finding(rule.code, rule.severity, one.subject.line, 0, why(one), rule.safer) for one in pending]


def _shell(name: str, options: Options) -> list[Found]:
    """The bash of this machine, where it cannot run steps."""
    from cockpit.runner.shell import why_no_shell

    why = why_no_shell(os.environ.get("PATH", os.defpath)) if options.tools else ""
    return [Found("error", name, 0, "bash", why)] if why else []


def _propose(path: Path, data: bytes, inspected: Inspected, options: Options) -> bool:
    """Write the proposal and show the difference; False where that could not be done.

    Beside a machine's form the difference goes where people read.
    """
    try:
        target, diff, made = proposal.write(path, data, inspected.findings)
    except proposal.ProposalError as error:
        said(str(error), USAGE)
        return False
    judged = [one for one in inspected.findings if one.severity != "info"]
    words = "nothing can be fixed automatically"
    if target is not None:
        words = f"{target}: {made} fixed; {len(judged) - made} of {len(judged)} findings need manual work"
    click.echo(f"{diff}\n{words}" if diff else words, err=options.form != "plain")
    return True


def _print(found: list[Found], notes: tuple[str, ...], options: Options) -> None:
    if options.form == "json":
        sys.stdout.write(json.dumps([msgspec.to_builtins(one) for one in found], indent=2, ensure_ascii=False) + "\n")
    elif options.form == "sarif":
        sys.stdout.write(sarif(found, notes))
    else:
        click.echo(plain(found, notes))
    for note in notes if options.form == "json" else ():
        click.echo(f"cockpit: {note}", err=True)


def _name(path: Path) -> str:
    """As short as it can be opened from where the command was given."""
    here, whole = Path.cwd(), path.resolve()
    return one_line(str(whole.relative_to(here) if whole.is_relative_to(here) else path))
