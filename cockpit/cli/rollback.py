"""`cockpit rollback` on the command line: shows the way back; with --yes goes it; rehearses it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from cockpit.cli.run import pair
from cockpit.client.session import Session, find, open_deploys, resume
from cockpit.deploy import commands as c
from cockpit.deploy.dry import is_dry_run
from cockpit.deploy.plan import RollbackOption
from cockpit.deploy.rollback.briefing import warnings
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.rollout.plan import is_rollout
from cockpit.deploy.state import State
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import EXPECTED, FAILED, REFUSED, USAGE, CockpitError, refused, said
from cockpit.external import git
from cockpit.history.reading import state_of
from cockpit.launch import show_lines
from cockpit.paths import Layout, find_root
from cockpit.text.sanitize import visible
from cockpit.text.sentences import fragment


def start_rehearsal(deploy: str | None, number: int | None, values: Sequence[str]) -> int:
    """`cockpit rollback --rehearse`: of the open deploy, else of one that would be opened now."""
    from cockpit.cli.rehearse import rehearse
    from cockpit.opening.deploy import open_plan

    try:
        given = dict(pair(value) for value in values)
        layout = Layout(find_root(Path.cwd()))
        row = (
            next((one for one in open_deploys(layout) if not is_aside(one.environment)), None)
            if deploy is None
            else find(layout, deploy)
        )
        state = state_of(layout, row.id) if row is not None else State()
        plan = state.plan or open_plan(None).plan
        only = _chosen(State(plan=plan), number) if number is not None else None
    except EXPECTED as error:
        return refused(error)
    if not plan.rollback:
        return said(f'{plan.runbook_path} has no rollback section. Add a heading that contains "rollback"', FAILED)
    return rehearse(plan, state, layout, given, only)


def start_rollback(
    deploy: str | None, number: int | None, values: Sequence[str], reason: str, *, yes: bool, despite: bool
) -> int:
    """`cockpit rollback`: shows the commands; with --yes carries them out."""
    try:
        given = dict(pair(value) for value in values)
        layout = Layout(find_root(Path.cwd()))
        session = resume(layout, deploy, git.user(layout.root))
        state = state_of(layout, session.deploy_id)
        option = _chosen(state, number)
    except EXPECTED as error:
        return refused(error)
    if state.closed is not None:
        return said(f"deploy {session.deploy_id} is closed as {state.closed}; nothing to roll back here", REFUSED)
    show_option(option, state, given)
    if not yes:
        return said("nothing was run. Add --yes to roll back", REFUSED)
    if despite and not reason.strip():
        return said("--despite requires --reason", USAGE)
    command = c.StartRollback(
        option=option.id,
        confirmation=state.plan.environment if state.plan else "",
        reason=reason or "requested on the command line",
        values=given,
        despite=despite,
    )
    return asyncio.run(_roll_back(session, command))


async def _roll_back(session: Session, command: c.StartRollback) -> int:
    try:
        refusal = await session.ask(command)
        if refusal is not None:
            return said(fragment(refusal.in_commands), REFUSED)
        return await show_lines(session, yes=True)
    except EngineGone as error:
        return said(f"engine stopped: {error}. Reattach with `cockpit attach`", FAILED)


def is_aside(environment: str) -> bool:
    """Not what somebody means who names no deploy."""
    return is_rollout(environment) or is_dry_run(environment)


def _chosen(state: State, number: int | None) -> RollbackOption:
    options = state.plan.rollback if state.plan else ()
    if not options:
        raise CockpitError("the runbook has no rollback section", REFUSED)
    if number is not None and not 1 <= number <= len(options):
        raise CockpitError(f"--option {number}: there are {len(options)} options", USAGE)
    return options[(number or 1) - 1]


def show_option(option: RollbackOption, state: State, given: dict[str, str]) -> None:
    """The exact commands, on standard output."""
    from cockpit.runbook.placeholders import fill_placeholders

    click.echo(f"{option.title} (line {option.line})")
    for warning in warnings(state, option):
        click.echo(f"  ! {warning}")
    running = scripts_of(state, option)
    for task in option.tasks:
        if task.script is None:
            click.echo(f"  [ ] {task.title}")
            continue
        if task not in running:
            continue
        for line in visible(fill_placeholders(task.script.body, {**state.values, **given}).rstrip()).split("\n"):
            click.echo(f"    {line}")
