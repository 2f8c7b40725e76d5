"""The commands that look and write, without a deploy of their own: outline, init, status, export."""

import json
import sys
import time
from pathlib import Path

import click
import msgspec

from cockpit.client.session import find, open_deploys
from cockpit.client.team import follows
from cockpit.deploy.metrics.judge import seconds_words
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.guards import reads
from cockpit.deploy.state import State
from cockpit.engine.ipc.probe import engine_alive
from cockpit.errors import FAILED, REFUSED, USAGE, CockpitError
from cockpit.external import record_place as place
from cockpit.history.reading import events_of, state_of
from cockpit.journal.recover import recover, survey
from cockpit.journal.sqlite import JournalError
from cockpit.opening.deploy import OpeningError, locate, read_runbook
from cockpit.paths import Layout, find_root
from cockpit.report.deploy_log import render
from cockpit.report.log_tasks import Places
from cockpit.report.postmortem import postmortem
from cockpit.report.record import as_json
from cockpit.runbook.outline import outline, outline_text
from cockpit.settings.load import FILE, SettingsError

NO_ENGINE = "engine NOT running (cockpit attach)"


def show_outline(runbook: str | None, as_json_text: bool) -> int:
    try:
        path = Path(runbook) if runbook and Path(runbook).is_file() else locate(runbook, None)[2]
        _, read = read_runbook(path)
    except (OpeningError, SettingsError) as error:
        return _said(str(error), USAGE)
    if as_json_text:
        click.echo(json.dumps(outline(read), indent=2, ensure_ascii=False))
    else:
        click.echo(outline_text(read))
    return 0


def write_settings(runbook: str | None, *, force: bool) -> int:
    from cockpit.settings.scaffold import settings_text

    try:
        root, _, path = locate(runbook, None) if runbook else (find_root(Path.cwd()), None, None)
        read = read_runbook(path)[1] if path else None
    except (OpeningError, SettingsError) as error:
        return _said(str(error), USAGE)
    target = root / FILE
    if target.exists() and not force:
        return _said(f"{target} is there already; --force writes over it", USAGE)
    name = str(path.relative_to(root)) if path and path.is_relative_to(root) else ""
    try:
        target.write_text(settings_text(name, read), encoding="utf-8")
    except OSError as error:
        return _said(f"{target}: {error.strerror}", FAILED)
    click.echo(f"{target} written. Next: cockpit run")
    return 0


def show_status(as_json_text: bool) -> int:
    """One line per open deploy, or about the last one. 1 where a person is needed."""
    layout = Layout(find_root(Path.cwd()))
    try:
        rows = open_deploys(layout) or [find(layout, None)]
        states = [(row, state_of(layout, row.id)) for row in rows]
    except CockpitError as error:
        return _said(str(error), error.status)
    needs = False
    told = []
    for row, state in states:
        next_ = recommend(state, time.time())
        alive = row.closed_at is None and engine_alive(layout, row.id)
        needs = needs or (row.closed_at is None and bool(next_.key))
        told.append(
            {
                "deploy": row.id,
                "environment": row.environment,
                "outcome": row.outcome,
                "phase": state.phase,
                "engine": alive,
                "next": next_.words,
                "opened_at": row.opened_at,
            }
        )
        if not as_json_text:
            age = seconds_words((row.closed_at or time.time()) - row.opened_at)
            owner = state.team.host if state.team is not None and follows(layout, row.id) else ""
            engine = f"on {owner}, as far as is known here" if owner else "engine running" if alive else NO_ENGINE
            where = row.outcome or f"{_stands(state)}, {engine}"
            click.echo(f"{row.environment} {row.id}: {where}, {age}. next: {next_.words}")
    if as_json_text:
        click.echo(json.dumps(told, indent=2))
    return 1 if needs else 0


def _stands(state: State) -> str:
    """The phase of a deploy; of a rollout what its flag reads."""
    return f"the flag reads {reads(state)}" if state.rollout is not None else state.phase


def recover_journal(*, yes: bool, adopt: bool = False) -> int:
    """Say what survived of the journal; with `yes` write it anew and put the damaged file aside. `adopt`: a person says
    that a record from another place is theirs."""
    layout = Layout(find_root(Path.cwd()))
    if not layout.journal.exists():
        return _said(f"{layout.journal}: there is no journal", USAGE)
    if adopt:
        place.seal(layout.folder)
        click.echo(f"{layout.folder} counts as made here")
    found = survey(layout.journal)
    damaged = [one for one in found if one.damaged]
    for one in found:
        lost = f"; at least {one.missing} after them are lost" if one.missing else ""
        state = f"DAMAGED: {one.problem}" if one.damaged else "whole"
        click.echo(f"{one.deploy}: {state}; events 1 to {len(one.whole)} can be read{lost}")
    if not damaged:
        click.echo("nothing is damaged")
        return 0
    alive = [one.deploy for one in found if engine_alive(layout, one.deploy)]
    if alive:
        return _said(f"an engine has the journal open: deploy {alive[0]}; stop it first (kill -TERM its pid)", REFUSED)
    if not yes:
        return _said("nothing was done. Add --yes: what can be read is kept, the damaged file is put aside", REFUSED)
    try:
        aside = recover(layout.journal, found, time.time())
    except JournalError as error:
        return _said(str(error), FAILED)
    click.echo(f"written anew: {layout.journal}; the damaged file is {aside}")
    click.echo("Next: cockpit attach (what ran after the damage is marked unknown: look, then decide)")
    return 0


def write_export(deploy: str | None, formats: str, folder: Path) -> int:
    """The record of a deploy as files; says where they are."""
    layout = Layout(find_root(Path.cwd()))
    wanted = [one.strip() for one in formats.split(",") if one.strip()]
    unknown = [one for one in wanted if one not in ("md", "json", "svg", "postmortem")]
    if unknown:
        return _said(f"--format {unknown[0]}: md, json, svg or postmortem", USAGE)
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
                from cockpit.report.chart_svg import charts_svg
                from cockpit.tui.screenshot import picture

                path.write_text(picture(state, layout.deploy(row.id)), encoding="utf-8")
                drawn = charts_svg(state, events)
                if drawn:
                    charts = folder / f"charts-{row.id}.svg"
                    charts.write_text(drawn, encoding="utf-8")
                    click.echo(str(charts))
            click.echo(str(path))
    except CockpitError as error:
        return _said(str(error), error.status)
    except OSError as error:
        return _said(f"{folder}: {error.strerror}", FAILED)
    return 0


def _said(text: str, status: int) -> int:
    sys.stderr.write(f"cockpit: {text}\n")
    return status
