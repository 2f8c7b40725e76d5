"""Which frontend shows a deploy: the screen or plain lines, and what this terminal can show."""

import asyncio
import gc
import os
import sys

import click

from cockpit.client.connection import Line
from cockpit.client.session import Session


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
            return await Linear(
                line, session.folder, keyboard, root=session.layout.root, me=session.by, read_only=read_only
            ).run()
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
        click.echo(f"detached; the deploy keeps running. Reattach: cockpit attach {session.deploy_id}")
        raise KeyboardInterrupt from None
    finally:
        await line.close()


def why_not_this_face(*, headless: bool, linear: bool = False, yes: bool = False, instead: str = "--headless") -> str:
    """What is wrong with the choice between screen and lines; empty where nothing is."""
    if linear and headless:
        return "--linear and --headless are mutually exclusive"
    if yes and not headless:
        return "--yes requires --headless"
    if not headless and not has_terminal():
        return f"no terminal here; add {instead} for plain lines"
    return ""


def has_terminal() -> bool:
    # Textual draws on standard error.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


def is_unicode() -> bool:
    """Glyphs beyond ASCII arrive: the locale says UTF-8."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return "utf-8" in named.lower() or "utf8" in named.lower()
