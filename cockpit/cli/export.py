"""`cockpit export`: the record of a deploy as files."""

from pathlib import Path

import click
import msgspec

from cockpit.client.session import find
from cockpit.errors import FAILED, USAGE, CockpitError, said
from cockpit.history.reading import events_of, state_of
from cockpit.paths import Layout, find_root
from cockpit.report.deploy_log import render
from cockpit.report.log_tasks import Places
from cockpit.report.postmortem import postmortem
from cockpit.report.record import as_json


def write_export(deploy: str | None, formats: str, folder: Path) -> int:
    """The record of a deploy as files; says where they are."""
    layout = Layout(find_root(Path.cwd()))
    wanted = [one.strip() for one in formats.split(",") if one.strip()]
    unknown = [one for one in wanted if one not in ("md", "json", "svg", "postmortem")]
    if unknown:
        return said(f"--format {unknown[0]}: md, json, svg or postmortem", USAGE)
    try:
        row = find(layout, deploy)
        events = events_of(layout, row.id)
        state = state_of(layout, row.id)
        folder.mkdir(parents=True, exist_ok=True)
        for kind in wanted:
            path = folder / (f"postmortem-{row.id}.md" if kind == "postmortem" else f"deploy-{row.id}.{kind}")
            if kind == "postmortem":
                places = Places(layout.deploy(row.id), folder)
                path.write_text(postmortem(state, events, row.id, places), encoding="utf-8")
            elif kind == "md":
                path.write_text(render(state, events, row.id, layout.deploy(row.id), folder) + "\n", encoding="utf-8")
            elif kind == "json":
                path.write_bytes(msgspec.json.format(as_json(state, events, row.id)) + b"\n")
            else:
                from cockpit.tui.chart_svg import charts_svg
                from cockpit.tui.screenshot import picture

                path.write_text(picture(state, layout.deploy(row.id)), encoding="utf-8")
                drawn = charts_svg(state, events)
                if drawn:
                    charts = folder / f"charts-{row.id}.svg"
                    charts.write_text(drawn, encoding="utf-8")
                    click.echo(str(charts))
            click.echo(str(path))
    except CockpitError as error:
        return said(str(error), error.status)
    except OSError as error:
        return said(f"{folder}: {error.strerror}", FAILED)
    return 0
