"""`cockpit status`: one line per open deploy, or about the last one."""

import json
import time
from pathlib import Path

import click

from cockpit.client.session import find, open_deploys
from cockpit.client.team import follows
from cockpit.deploy.metrics.judge import seconds_words
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.guards import reads
from cockpit.deploy.state import State
from cockpit.engine.ipc.probe import engine_alive
from cockpit.errors import CockpitError, said
from cockpit.history.reading import state_of
from cockpit.paths import Layout, find_root

NO_ENGINE = "engine NOT running (cockpit attach)"


def show_status(as_json_text: bool) -> int:
    """One line per open deploy, or about the last one. 1 where a person is needed."""
    layout = Layout(find_root(Path.cwd()))
    try:
        rows = open_deploys(layout) or [find(layout, None)]
        states = [(row, state_of(layout, row.id)) for row in rows]
    except CockpitError as error:
        return said(str(error), error.status)
    needs = False
    told = []
    for row, state in states:
        next_ = recommend(state, time.time())
        alive = row.closed_at is None and engine_alive(layout, row.id)
        needs = needs or (row.closed_at is None and bool(next_.action))
        told.append(
            {
                "deploy": row.id,
                "environment": row.environment,
                "outcome": row.outcome,
                "phase": state.phase,
                "engine": alive,
                "next": next_.in_commands,
                "opened_at": row.opened_at,
            }
        )
        if not as_json_text:
            age = seconds_words((row.closed_at or time.time()) - row.opened_at)
            owner = state.team.host if state.team is not None and follows(layout, row.id) else ""
            engine = f"on {owner}, last known state" if owner else "engine running" if alive else NO_ENGINE
            where = row.outcome or f"{_stands(state)}, {engine}"
            click.echo(f"{row.environment} {row.id}: {where}, {age}. next: {next_.in_commands}")
    if as_json_text:
        click.echo(json.dumps(told, indent=2))
    return 1 if needs else 0


def _stands(state: State) -> str:
    """The phase of a deploy; of a rollout what its flag reads."""
    return f"the flag reads {reads(state)}" if state.rollout is not None else state.phase
