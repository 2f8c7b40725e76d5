"""`cockpit team ...`: each command asks the team's database once, and says what it found."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from cockpit.client.identity import who
from cockpit.client.session import Session, resume
from cockpit.deploy import commands as c
from cockpit.deploy.commands import Refusal
from cockpit.engine.ipc.client import EngineGone
from cockpit.engine.team.access import Access, access_of
from cockpit.engine.team.unsynced import owing, settle
from cockpit.errors import DONE, FAILED, REFUSED, USAGE, CockpitError, NoTeam, said
from cockpit.paths import Layout, find_root
from cockpit.runner.redact import redact
from cockpit.settings.load import SettingsError
from cockpit.team import joining, lock, prune, schema
from cockpit.team.base import Connection, TeamError, me, session_of
from cockpit.team.follower import NOT_FOR_THE_TEAM, Follower
from cockpit.text.amounts import seconds_words
from cockpit.text.sentences import fragment

T = TypeVar("T")


def _access(environment: str | None) -> tuple[Layout, Access]:
    layout = Layout(find_root(Path.cwd()))
    return layout, access_of(layout, environment)


def _with(environment: str | None, work: Callable[[Layout, Access], Coroutine[Any, Any, int]]) -> int:
    """The work's exit status; everything that can be expected to go wrong in one line."""
    try:
        layout, access = _access(environment)
        layout.make()
        return asyncio.run(work(layout, access))
    except (NoTeam, SettingsError) as error:
        return said(str(error), USAGE)
    except (TeamError, CockpitError) as error:
        return said(str(error), error.status if isinstance(error, CockpitError) else FAILED)


async def _bare(access: Access, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Before the schema is there, or whatever its version. Raises TeamError."""
    from cockpit.postgres.session import NoAnswer

    session = session_of(access.dsn, timeout=30.0)
    try:
        return await session.within(work)
    except NoAnswer as error:
        raise TeamError(str(error)) from None
    finally:
        await session.close()


def run_init(environment: str | None) -> int:
    async def work(layout: Layout, access: Access) -> int:
        applied = await _bare(access, schema.init)
        if applied:
            click.echo(f"team schema at version {schema.NEWEST} (applied: {', '.join(map(str, applied))})")
            aside = await _bare(access, schema.set_aside)
            if aside:
                click.echo(
                    f"{aside} rows named a different environment than their deploy and are now in "
                    "cockpit.set_aside; they were written beyond their login's rights. Review them before the next "
                    "deploy"
                )
            click.echo("Next: cockpit team member LOGIN --operator")
        else:
            click.echo(f"team schema already at version {schema.NEWEST}; nothing to do")
        return DONE

    return _with(environment, work)


def run_member(login: str, role: str, project: str, only: str, environment: str | None) -> int:
    async def work(layout: Layout, access: Access) -> int:
        await joining.once(access.dsn, lambda connection: schema.admit(connection, login, role, project, only))
        where = f"{'every environment' if only == '*' else only} of {'every project' if project == '*' else project}"
        click.echo(f"{login} is {'an operator' if role == 'operator' else 'a watcher'} in {where}")
        return DONE

    return _with(environment, work)


def run_status(environment: str | None, *, as_json: bool) -> int:
    async def work(layout: Layout, access: Access) -> int:
        held = await joining.held(access.dsn, access.project, access.environment)
        rows = await joining.look(access.dsn, access.project, access.environment, 20)
        running = [row for row in rows if row.closed_at is None]
        owed = owing(layout)
        if as_json:
            told = {
                "project": access.project,
                "environment": access.environment,
                "held": None if held is None else {name: getattr(held, name) for name in held.__struct_fields__},
                "open": [row.id for row in running],
                "owed": owed,
            }
            click.echo(json.dumps(told, indent=2))
            return FAILED if held is not None else DONE
        words = held.words(access.team.dead_after) if held is not None else ""
        click.echo(f"{access.project} {access.environment}: {words or 'free'}")
        for row in running:
            click.echo(f"  open: {row.id} (cockpit watch {row.id})")
        for row in [row for row in rows if row.closed_at is not None][:5]:
            took = seconds_words((row.closed_at or row.opened_at) - row.opened_at)
            click.echo(f"  {row.id}: {row.outcome} after {took}")
        for deploy in owed:
            click.echo(f"  unsynced: {deploy} (cockpit team sync)")
        return FAILED if held is not None else DONE

    return _with(environment, work)


def run_ask(reason: str, environment: str | None, person: str | None) -> int:
    async def work(layout: Layout, access: Access) -> int:
        held = await joining.held(access.dsn, access.project, access.environment)
        if held is None:
            click.echo(f"{access.environment} is free; no request needed")
            return DONE
        if held.kind != "deploy":
            return said(f"{access.environment} is {held.words(access.team.dead_after)}", REFUSED)
        here = me(layout.folder)
        follower = Follower(
            access.dsn, held.deploy, here, listen=False, dead_after=access.team.dead_after, secrets=access.secrets
        )
        try:
            asked = c.AskForDeploy(reason=reason)
            refusal = await follower.command(asked, f"{who(layout.root, person)} on {here.host}")
        finally:
            await follower.close()
        return _answered(refusal, f"request sent to {held.holder} on {held.host}")

    return _with(environment, work)


def run_offer(to: str, note: str, deploy: str | None, person: str | None) -> int:
    try:
        layout = Layout(find_root(Path.cwd()))
        session = resume(layout, deploy, who(layout.root, person))
        refusal = asyncio.run(_ask(session, c.OfferDeploy(to=to, note=note)))
    except (CockpitError, ValueError) as error:
        return said(str(error), error.status if isinstance(error, CockpitError) else USAGE)
    there = f"cockpit attach {session.deploy_id} --take-over REASON"
    return _answered(
        refusal, f"handed over to {to}, on hold until they take over: {there}" if to else "handover withdrawn"
    )


async def _ask(session: Session, command: c.PublicCommand) -> Refusal | None:
    try:
        return await session.ask(command)
    except EngineGone as error:
        raise CockpitError(f"engine stopped: {error}") from error


def run_lock(reason: str, environment: str | None, person: str | None) -> int:
    async def work(layout: Layout, access: Access) -> int:
        by = who(layout.root, person)
        if redact(reason.encode("utf-8", "replace"), access.secrets) != reason.encode("utf-8", "replace"):
            return said(NOT_FOR_THE_TEAM, REFUSED)

        async def take(connection: Connection) -> lock.Held | None:
            space = await lock.space_of(connection, access.project, access.environment)
            return await lock.lock_by_hand(connection, space, by, me(layout.folder).host, reason)

        held = await joining.once(access.dsn, take)
        if held is not None:
            return said(f"{access.environment} is {held.words(access.team.dead_after)}", 5)
        click.echo(f"{access.environment} is locked: {reason} (unlock with `cockpit unlock REASON`)")
        return DONE

    return _with(environment, work)


def run_sync(environment: str | None) -> int:
    async def work(layout: Layout, access: Access) -> int:
        status = DONE
        for deploy in owing(layout):
            left = await settle(layout, deploy, access.dsn)
            click.echo(f"{deploy}: {f'incomplete: {left}' if left else 'synced'}")
            status = FAILED if left else status
        if status == DONE:
            click.echo("everything is synced")
        return status

    return _with(environment, work)


def run_prune(keep_days: int, environment: str | None, *, output_only: bool, yes: bool) -> int:
    async def work(layout: Layout, access: Access) -> int:
        count = await joining.once(
            access.dsn, lambda connection: prune.prune(connection, keep_days, output_only=output_only, do=yes), 300.0
        )
        what = "the output of " if output_only else ""
        many = f"{what}{count} deploys that were closed more than {keep_days} days ago"
        if not yes:
            return said(f"{many} would be deleted. Add --yes", REFUSED if count else DONE)
        click.echo(f"deleted: {many}")
        return DONE

    return _with(environment, work)


def _answered(refusal: Refusal | None, done: str) -> int:
    if refusal is not None:
        return said(fragment(refusal.in_commands), REFUSED)
    click.echo(done)
    return DONE
