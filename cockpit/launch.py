"""From the command line to a face: open or find the deploy, choose screen or lines, give the exit status."""

import asyncio
import gc
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cockpit.client.connection import Line
from cockpit.client.identity import who
from cockpit.client.session import Session, find, open_deploy, resume
from cockpit.client.team import unlock_for_team
from cockpit.deploy import commands as c
from cockpit.deploy.approvals.second_person import same_person
from cockpit.deploy.events import Event
from cockpit.deploy.metrics.judge import seconds_words
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import FAILED, OF_OUTCOME, REFUSED, USAGE, CockpitError
from cockpit.history.reading import events_of
from cockpit.paths import Layout, find_root
from cockpit.text.times import parse_moment, parse_time

if TYPE_CHECKING:
    from cockpit.opening.deploy import Opened

EXPECTED = (CockpitError, ValueError)
"""What ends a command with one line; a ValueError is a usage error."""


def start_run(
    runbook: str | None,
    *,
    environment: str | None = None,
    ref: str | None = None,
    at: str | None = None,
    emergency: bool = False,
    approved_by: str | None = None,
    reason: str | None = None,
    unlock: str | None = None,
    headless: bool = False,
    yes: bool = False,
    ascii_only: bool = False,
    person: str | None = None,
    without_team_lock: str | None = None,
    wait: bool = False,
    linear: bool = False,
    dry_run: bool = False,
    values: Sequence[str] = (),
) -> int:
    """`cockpit run`."""
    if without_team_lock is not None and not without_team_lock.strip():
        return said("--without-team-lock needs a reason: it goes into the log", USAGE)
    if dry_run and unlock is not None:
        return said("--unlock does not go with --dry-run: a dry run needs no unlocking and must not do it", USAGE)
    if emergency and not ((approved_by or "").strip() and (reason or "").strip()):
        return said("--emergency needs --approved-by NAME and --reason TEXT", USAGE)
    wrong = why_not_this_face(headless=headless, linear=linear, yes=yes)
    if wrong:
        return said(wrong, USAGE)
    try:
        given = dict(pair(value) for value in values)
        now = time.time()
        # What reads runbooks and settings takes 250 ms: who only comes back does not pay.
        from cockpit.opening.deploy import open_plan

        opened = open_plan(
            runbook,
            environment=environment,
            ref=ref,
            planned_at=parse_time(at, now) if at else now,
            emergency=emergency,
            approved_by=approved_by or "",
            emergency_reason=reason or "",
            unlock=bool((unlock or "").strip()),
            dry_run=dry_run,
        )
        by = who(opened.layout.root, person)
        if emergency and same_person(approved_by or "", by):
            return said(f"--approved-by {approved_by}: an emergency is approved by somebody else than {by}", USAGE)
        if opened.refusal:
            return said(opened.refusal, REFUSED)
        if unread := _unread(opened):
            return said("\n  ".join(("nothing was opened, env_file has lines that cannot be read:", *unread)), USAGE)
        if headless and yes and not dry_run and (missing := _missing(opened, given)):
            return said(
                f"nobody is here to give {_these(missing)}, nothing was opened:\n  " + "\n  ".join(missing), USAGE
            )
        for warning in opened.warnings:
            said(warning, 0)
        if unlock:
            _unlock(opened, unlock, by)
        if moved := opened.layout.make():
            said(moved, 0)
        opening = open_deploy(
            opened, by, now, without_team_lock=without_team_lock or "", wait=_say_once() if wait else None
        )
        session = asyncio.run(opening)
        asyncio.run(_give(session, given))
    except EXPECTED as error:
        return refused(error)
    return show(session, headless=headless, yes=yes, ascii_only=ascii_only, linear=linear)


def _unread(opened: "Opened") -> list[str]:
    """Lines of the `env_file` that are in no value: what they hold would be missing, and seen in the log."""
    from cockpit.engine.config.env_files import read_env_file

    if not opened.settings.env_file:
        return []
    path = opened.layout.root / opened.settings.env_file
    try:
        return [f"{path}:{line}: {why}" for line, why in read_env_file(path).unread]
    except OSError as error:
        said(f"env_file {path}: {error.strerror}; its variables are not set", 0)
        return []


def _missing(opened: "Opened", given: dict[str, str]) -> list[str]:
    from cockpit.engine.config.environment import inherited, resolve
    from cockpit.engine.effects.runs import GIVEN
    from cockpit.planning.needs import missing_values

    environment = resolve(opened.settings, opened.layout.root, inherited())
    return missing_values(opened.plan, given, {*environment.values, *(f"COCKPIT_{name}" for name in GIVEN)})


def _these(missing: Sequence[str]) -> str:
    return "this value" if len(missing) == 1 else f"these {len(missing)} values"


def _unlock(opened: "Opened", reason: str, by: str) -> None:
    """Take back what an earlier rollback has locked, the team's lock first. Raises CockpitError."""
    from cockpit.client.session import unlock_after

    if opened.settings.team is not None:
        unlock_for_team(opened.layout, opened.plan.environment, reason, by)
    if opened.locked_by:
        unlock_after(opened.layout, opened.locked_by, reason, by)


async def _give(session: Session, values: dict[str, str]) -> None:
    """What fills the runbook's placeholders from the start. Raises CockpitError: the deploy is open, and waits."""
    try:
        for name, value in values.items():
            refusal = await session.ask(c.GiveValue(name=name, value=value))
            if refusal is not None:
                raise CockpitError(f"--set {name}: {refusal.reason}. The deploy is open: cockpit attach", REFUSED)
    except EngineGone as error:
        raise CockpitError(f"the engine is gone: {error}; come back with `cockpit attach`") from error


def _say_once() -> Callable[[str], None]:
    """Says what one waits for when it is another thing than before; how long ago something was, is no news."""
    before: list[str] = []

    def say(words: str) -> None:
        holder = words.partition(" for ")[0]
        if holder not in before:
            before[:] = [holder]
            said(f"waiting: {words}", 0)

    return say


def start_attach(
    deploy: str | None,
    *,
    headless: bool,
    ascii_only: bool,
    read_only: bool,
    person: str | None = None,
    take_over: str | None = None,
    accept_differences: bool = False,
    linear: bool = False,
) -> int:
    """`cockpit attach` and `cockpit watch`. `take_over`: why this machine is to own a deploy of another one."""
    wrong = why_not_this_face(headless=headless, linear=linear)
    if wrong:
        return said(wrong, USAGE)
    try:
        layout = Layout(find_root(Path.cwd()))
        session = resume(layout, deploy, who(layout.root, person))
        closed = find(layout, session.deploy_id).outcome
        if take_over is not None and closed is None:
            asyncio.run(_take_over(session, take_over, accept=accept_differences))
    except EXPECTED as error:
        return refused(error)
    if closed is not None:
        return said(
            f"deploy {session.deploy_id} is closed: {closed} "
            f"(cockpit replay {session.deploy_id}, cockpit export {session.deploy_id})",
            OF_OUTCOME.get(closed, FAILED),
        )
    return show(session, headless=headless, yes=False, ascii_only=ascii_only, read_only=read_only, linear=linear)


async def _take_over(session: Session, reason: str, *, accept: bool) -> None:
    """Raises CockpitError with why not."""
    try:
        refusal = await session.ask(c.TakeOver(reason=reason))
        if refusal is not None and refusal.differences and accept:
            said(f"accepted: {refusal.reason}", 0)
            refusal = await session.ask(c.TakeOver(reason=reason, accept=refusal.differences))
    except EngineGone as error:
        raise CockpitError(f"the engine went away: {error}; look with `cockpit attach`") from error
    if refusal is not None:
        raise CockpitError(refusal.reason, REFUSED)


def start_replay(deploy: str | None, *, speed: float, at: str | None, ascii_only: bool) -> int:
    """`cockpit replay`: the screen of a deploy from its journal alone."""
    if not has_terminal():
        return said("a replay needs a terminal; cockpit export writes the record of a deploy without one", USAGE)
    if not (math.isfinite(speed) and speed > 0):
        return said(f"--speed {speed:g}: write a number above 0; 4 is four times as fast as it was", USAGE)
    try:
        layout = Layout(find_root(Path.cwd()))
        session = Session(layout, find(layout, deploy).id, "")
        events = events_of(layout, session.deploy_id)
        if not events:
            raise CockpitError(f"{layout.journal}: nothing is recorded of {session.deploy_id}")
        begin = _moment(at, events) if at is not None else None
    except EXPECTED as error:
        return refused(error)
    from cockpit.replay.app import run_replay

    ascii_only = ascii_only or not is_unicode()
    return run_replay(session, events, begin=begin, speed=speed, ascii_only=ascii_only)


def _moment(text: str, events: Sequence[Event]) -> float:
    """Unix time of `--at`. Raises ValueError where it is none, or the deploy was not under way then."""
    start, end = events[0].at, max(event.at for event in events)
    at = parse_moment(text, start)
    if not start <= at <= end:
        first, last = (datetime.fromtimestamp(one).astimezone() for one in (start, end))
        raise ValueError(
            f"--at {text}: the record goes from {first:%Y-%m-%dT%H:%M:%S%z} to {last:%Y-%m-%dT%H:%M:%S%z}, "
            f"{seconds_words(end - start)}"
        )
    return at


def show(
    session: Session,
    *,
    headless: bool,
    yes: bool,
    ascii_only: bool,
    read_only: bool = False,
    linear: bool = False,
) -> int:
    """The face of this deploy until it is left; gives the exit status."""
    if headless:
        return asyncio.run(show_lines(session, yes=yes))
    if linear:
        return asyncio.run(_show_linear(session, read_only=read_only))
    # What is made now is here to stay: to search it for garbage costs a tenth of the start. The screen allows it again.
    gc.disable()
    # The screen's libraries take 150 ms: only who wants the screen pays.
    from cockpit.tui.app import run_app

    return run_app(session, ascii_only=ascii_only or not is_unicode(), read_only=read_only)


async def _show_linear(session: Session, *, read_only: bool) -> int:
    """Plain lines, with keys. Ctrl-C leaves; the deploy goes on."""
    from cockpit.console.keyboard import Keyboard
    from cockpit.console.linear import LEFT, LEFT_WATCHING, Linear

    line = Line(session)
    try:
        with Keyboard(sys.stdin.fileno()).open() as keyboard:
            return await Linear(line, session.folder, keyboard, read_only=read_only).run()
    except asyncio.CancelledError:
        click.echo(LEFT_WATCHING if read_only else LEFT)
        raise KeyboardInterrupt from None
    finally:
        await line.close()


async def show_lines(session: Session, *, yes: bool) -> int:
    """Plain lines until the deploy is closed. Ctrl-C leaves; the deploy goes on."""
    from cockpit.console.headless import Headless

    line = Line(session)
    try:
        return await Headless(line, session.folder, yes=yes).run()
    except asyncio.CancelledError:
        click.echo(f"left; the deploy goes on. Come back: cockpit attach {session.deploy_id}")
        raise KeyboardInterrupt from None
    finally:
        await line.close()


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: write NAME=VALUE")
    return name.strip().lower().replace("_", "-").replace(" ", "-"), value


def refused(error: Exception) -> int:
    """Print an expected error; gives its exit status."""
    status = error.status if isinstance(error, CockpitError) else USAGE if isinstance(error, ValueError) else FAILED
    return said(str(error), status)


def said(text: str, status: int) -> int:
    click.echo(f"cockpit: {text}", err=True)
    return status


def why_not_this_face(*, headless: bool, linear: bool = False, yes: bool = False, instead: str = "--headless") -> str:
    """What is wrong with the choice between screen and lines; empty where nothing is."""
    if linear and headless:
        return "--linear is for a person with keys, --headless for nobody: one of the two"
    if yes and not headless:
        return "--yes goes with --headless"
    if not headless and not has_terminal():
        return f"there is no terminal here: add {instead} for plain lines"
    return ""


def has_terminal() -> bool:
    # Textual draws on standard error.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


def is_unicode() -> bool:
    """Glyphs beyond ASCII arrive: the locale says UTF-8."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return "utf-8" in named.lower() or "utf8" in named.lower()
