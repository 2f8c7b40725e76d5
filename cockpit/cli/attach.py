"""`cockpit attach` and `cockpit watch`: back to a running deploy, on this or a teammate's machine."""

import asyncio
from pathlib import Path
from socket import gethostname

from cockpit.client.identity import who
from cockpit.client.session import Session, find, resume
from cockpit.client.team import follows
from cockpit.deploy import commands as c
from cockpit.engine.ipc.client import EngineGone
from cockpit.errors import EXPECTED, FAILED, OF_OUTCOME, REFUSED, USAGE, CockpitError, refused, said
from cockpit.history.reading import events_of
from cockpit.launch import show, why_not_this_face
from cockpit.paths import Layout, find_root
from cockpit.text.sentences import fragment


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
            f"deploy {session.deploy_id} is closed: {closed} (cockpit replay {session.deploy_id}, cockpit export "
            f"{session.deploy_id}){_left(layout, session)}",
            OF_OUTCOME.get(closed, FAILED),
        )
    return show(session, headless=headless, yes=False, ascii_only=ascii_only, read_only=read_only, linear=linear)


def _left(layout: Layout, session: Session) -> str:
    """What this machine did alone while another one had the deploy, where the closed record does not say it."""
    if not follows(layout, session.deploy_id):
        return ""
    from cockpit.engine.team.late_ends import left_out

    try:
        left = left_out(session.folder, events_of(layout, session.deploy_id), gethostname())
    except (*EXPECTED, OSError) as error:
        left = f"what this machine did on its own cannot be read: {error}"
    return f". {left}" if left else ""


async def _take_over(session: Session, reason: str, *, accept: bool) -> None:
    """Raises CockpitError with why not."""
    try:
        refusal = await session.ask(c.TakeOver(reason=reason))
        if refusal is not None and refusal.differences and accept:
            said(f"accepted: {fragment(refusal.in_commands)}", 0)
            refusal = await session.ask(c.TakeOver(reason=reason, accept=refusal.differences))
    except EngineGone as error:
        raise CockpitError(f"engine stopped: {error}. Check with `cockpit attach`") from error
    if refusal is not None:
        raise CockpitError(fragment(refusal.in_commands), REFUSED)
