"""`cockpit notice`: a notice on standard output, or on its way, without the screen."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import click

from cockpit.client.session import Session, find, wake
from cockpit.deploy import commands as c
from cockpit.deploy.fold import apply
from cockpit.deploy.plan import Destination
from cockpit.deploy.state import NoticeState, State
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import DONE, FAILED, REFUSED, USAGE, CockpitError, said
from cockpit.external import git
from cockpit.history.reading import state_of
from cockpit.paths import Layout, LayoutError, find_root
from cockpit.report.notices import Notice, due, notices
from cockpit.runbook.names import fold
from cockpit.text.sentences import fragment


def run_notice(kind: str | None, *, send: bool, to: Sequence[str], values: Sequence[str], deploy: str | None) -> int:
    """Exit status: 0 shown or sent, 1 not sent, 2 usage, 4 refused, 5 another deploy holds the environment."""
    if to and not send:
        return said("--to requires --send", USAGE)
    try:
        given = dict(_pair(value) for value in values)
        layout = Layout(find_root(Path.cwd()))
        session = Session(layout, find(layout, deploy).id, git.user(layout.root))
        state = state_of(layout, session.deploy_id)
        one = _chosen(notices(state, time.time(), given), kind, state)
        _check_names(one, given)
    except (CockpitError, LayoutError) as error:
        return said(str(error), getattr(error, "status", USAGE))
    click.echo(one.text, nl=False)
    names = list(dict.fromkeys(field.name for field in one.missing))
    if names:
        hint = " ".join(f"--set {fold(name)}=..." for name in names)
        many = "fields are" if len(names) > 1 else "field is"
        said(f"{len(names)} {many} missing: {', '.join(names)} ({hint})", DONE)
    if not send:
        return DONE
    if names:
        return said("nothing was sent", REFUSED)
    places = tuple(to) or tuple(place.name for place in _places(state) if place.wants(one.kind))
    if not places:
        return said(f"no destination: no [notices.NAME] in cockpit.toml takes {one.kind}", REFUSED)
    try:
        wake(session)
        command = c.SendNotice(kind=one.kind, title=one.title, text=one.text, to=places)
        return asyncio.run(_send(session, command, len(state.notices)))
    except CockpitError as error:
        return said(str(error), error.status)
    except EngineGone as error:
        return said(f"engine stopped: {error}. The deploy log shows whether it was sent", FAILED)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise CockpitError(f"--set {text}: use FIELD=VALUE", USAGE)
    return fold(name), value


def _chosen(found: Sequence[Notice], kind: str | None, state: State) -> Notice:
    """By its kind, else by its title; without a name the one that is due. Raises CockpitError."""
    wanted = fold(kind) if kind is not None else fold(due(state))
    for names in ([fold(one.kind) for one in found], [fold(one.title) for one in found]):
        if wanted in names:
            return found[names.index(wanted)]
    known = ", ".join(dict.fromkeys([fold(one.kind) for one in found] + [f'"{one.title}"' for one in found]))
    raise CockpitError(f"no notice {kind!r}; known: {known}", USAGE)


def _check_names(one: Notice, given: dict[str, str]) -> None:
    """A misspelt field would silently stay open. Raises CockpitError."""
    names = {fold(field.name) for field in one.fields}
    also = {fold(field.token.strip("<>[]")) for field in one.fields}
    for name in given:
        if name not in names | also:
            raise CockpitError(f"--set {name}: no such field; fields of this notice: {', '.join(sorted(names))}", USAGE)


def _places(state: State) -> tuple[Destination, ...]:
    return state.plan.destinations if state.plan is not None else ()


async def _send(session: Session, command: c.SendNotice, before: int) -> int:
    """Ask the engine, then wait for what becomes of each. `before`: how many were sent already."""
    client = await session.connect()
    try:
        state = State()
        refusal = await client.ask(command)
        if refusal is not None:
            return said(fragment(refusal.in_commands), REFUSED)
        async for events in client.follow():
            for event in events:
                state = apply(state, event)
            asked = _asked(state.notices[before:], command, session.by)
            if len(asked) == len(set(command.to)) and all(one.status != "sending" for one in asked):
                return _told(asked)
        raise EngineGone("it ended")
    finally:
        with contextlib.suppress(EngineGone):
            await client.close()


def _asked(new: Sequence[NoticeState], command: c.SendNotice, by: str) -> list[NoticeState]:
    """What the command has set in motion, per destination. Not found by its text: the engine masks secrets in it."""
    mine = [one for one in new if (one.kind, one.by) == (command.kind, by) and one.to in command.to]
    return list({one.to: one for one in reversed(mine)}.values())


def _told(asked: Sequence[NoticeState]) -> int:
    for one in asked:
        if one.status == "sent":
            said(f"sent to {one.to}" + (f" ({one.reason})" if one.reason else ""), DONE)
        else:
            said(f"not sent to {one.to}: {one.reason}", FAILED)
    return DONE if all(one.status == "sent" for one in asked) else FAILED
