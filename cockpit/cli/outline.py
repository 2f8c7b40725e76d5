"""`cockpit outline`: what was read from a runbook."""

import json
from pathlib import Path

import click

from cockpit.errors import USAGE, said
from cockpit.opening.deploy import OpeningError, locate, read_runbook
from cockpit.runbook.outline import outline, outline_text
from cockpit.settings.load import SettingsError


def show_outline(runbook: str | None, as_json_text: bool) -> int:
    try:
        path = Path(runbook) if runbook and Path(runbook).is_file() else locate(runbook, None)[2]
        _, read = read_runbook(path)
    except (OpeningError, SettingsError) as error:
        return said(str(error), USAGE)
    if as_json_text:
        click.echo(json.dumps(outline(read), indent=2, ensure_ascii=False))
    else:
        click.echo(outline_text(read))
    return 0
