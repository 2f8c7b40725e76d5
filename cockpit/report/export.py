"""The record as files, from the screen or the command line."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cockpit.deploy.events import Event
from cockpit.deploy.state import State
from cockpit.report.deploy_log import render
from cockpit.report.record import as_json


def write_all(
    state: State, events: Sequence[Event], deploy_id: str, folder: Path, target: Path, svg: str
) -> list[Path]:
    """Markdown, JSON and the picture below `target`; gives the paths. Raises OSError."""
    target.mkdir(parents=True, exist_ok=True)
    parts = {
        "md": render(state, events, deploy_id, folder, target) + "\n",
        "json": msgspec.json.format(as_json(state, events, deploy_id)).decode() + "\n",
        "svg": svg,
    }
    paths: list[Path] = []
    for kind, text in parts.items():
        path = target / f"deploy-{deploy_id}.{kind}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
