"""`cockpit outline`: what was read from a runbook."""

import json
from pathlib import Path

import click

from cockpit.errors import USAGE, said
from cockpit.opening.deploy import OpeningError, locate, read_runbook
from cockpit.opening.reading import ReadingError, read_as_reviewed
from cockpit.planning.build import make_plan
from cockpit.runbook.model import Runbook
from cockpit.runbook.outline import outline, outline_text
from cockpit.settings.load import Settings, SettingsError


def show_outline(runbook: str | None, as_json_text: bool) -> int:
    try:
        path = Path(runbook) if runbook and Path(runbook).is_file() else locate(runbook, None)[2]
        read = read_as_reviewed(path, read_runbook(path)[1]).read
    except (OpeningError, ReadingError, SettingsError) as error:
        return said(str(error), USAGE)
    if as_json_text:
        click.echo(json.dumps(outline(read, _phases(read)), indent=2, ensure_ascii=False))
    else:
        click.echo(outline_text(read))
    return 0


def _phases(runbook: Runbook) -> dict[str, str]:
    """Id of a script -> the phase that it is run in, without settings; empty where no plan is possible."""
    try:
        plan = make_plan(runbook, Settings(), root="", runbook_path="", runbook_text="")
    except ValueError:
        return {}
    return {task.id: task.phase for task in plan.tasks}
