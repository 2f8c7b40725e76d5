"""From the command line to the server: find the deploy, listen, say the address, serve until somebody ends it."""

import asyncio
import contextlib
import logging
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

import click

from cockpit.client.connection import Line
from cockpit.client.identity import who
from cockpit.client.session import Session, find, resume
from cockpit.client.team import follows
from cockpit.deploy.fold import fold
from cockpit.deploy.state import State
from cockpit.errors import DONE, EXPECTED, FAILED, OF_OUTCOME, USAGE, refused, said
from cockpit.history.reading import state_of
from cockpit.paths import Layout, find_root

NOWHERE = ("192.0.2.1", 9)
"""An address that is nobody's (RFC 5737): the way to it tells which of our own others see. Nothing is sent."""


def start_web(deploy: str | None, *, host: str, port: int, ascii_only: bool) -> int:
    """`cockpit watch --web`."""
    if find_spec("textual_serve") is None:
        return said("--web needs one more package: pip install 'deploy-cockpit[web]'", USAGE)
    try:
        layout = Layout(find_root(Path.cwd()))
        session = resume(layout, deploy, who(layout.root, None))
        closed = find(layout, session.deploy_id).outcome
    except EXPECTED as error:
        return refused(error)
    if closed is not None:
        return said(
            f"deploy {session.deploy_id} is closed: {closed}. Replay it with `cockpit replay {session.deploy_id}`",
            OF_OUTCOME.get(closed, FAILED),
        )
    try:
        listening = _listen(host, port)
    except OSError as error:
        return said(f"cannot listen on --host {host} --port {port}: {error.strerror or error}", USAGE)
    with listening, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(session, listening, host, ascii_only=ascii_only))
    _say(f"browser access stopped; deploy {session.deploy_id} is unaffected")
    return DONE


def _listen(host: str, port: int) -> socket.socket:
    """Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # All addresses means those of the old kind too.
    both = address[0] == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(address[:2], family=family, dualstack_ipv6=both)


async def _serve(session: Session, listening: socket.socket, host: str, *, ascii_only: bool) -> None:
    # aiohttp takes 200 ms, and Textual's themes as long: only who serves pays.
    from cockpit.web.files import page, static_files
    from cockpit.web.guard import Guard, new_token
    from cockpit.web.server import Server, Shown
    from styles.theme import THEMES

    # A request that fails inside must not be described: its address has the token.
    for name in ("aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    plan = state_of(session.layout, session.deploy_id).plan
    title = f"{plan.project} → {plan.environment} · cockpit" if plan is not None else "cockpit"
    named = str(plan.settings.get("theme", "dark")) if plan is not None else "dark"
    theme = THEMES.get(named, THEMES["dark"])
    token = new_token()
    arguments = [str(session.layout.root), session.deploy_id, *(["--ascii"] if ascii_only else [])]
    shown = Shown(page(title, session.deploy_id, token), static_files(theme, token), arguments, session.layout.root)
    bound, bound_port = listening.getsockname()[:2]
    for line in _words(session.deploy_id, bound, bound_port, token):
        _say(line)
    staying = asyncio.create_task(_stay(session)) if follows(session.layout, session.deploy_id) else None
    try:
        await Server(shown, Guard(token, bound, host), _say).serve(listening, stop)
    finally:
        if staying is not None:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)


async def _stay(session: Session) -> None:
    """Keep the copy of another machine's deploy growing while no browser is open: it would end without a face."""
    seen = [State()]
    line = Line(session)
    try:
        async for events in line.events(lambda: seen[-1], lambda: seen.append(State())):
            seen[:] = [fold(events, seen[-1])]
    finally:
        await line.close()


def _say(line: str) -> None:
    """To whoever reads it; where nobody does any more, the server goes on."""
    with contextlib.suppress(OSError):
        click.echo(line)


def _words(deploy_id: str, bound: str, port: int, token: str) -> list[str]:
    """What whoever starts it is told: the address, and who can look."""
    from cockpit.web.guard import is_loopback

    name = _seen_from_outside(bound) if bound in ("0.0.0.0", "::") else bound  # noqa: S104 - asked for with --host
    shown = f"[{name}]" if ":" in name else name
    lines = [f"deploy {deploy_id}, read-only: http://{shown}:{port}/?token={token}"]
    if is_loopback(bound):
        lines.append("anyone with the URL can watch, from this machine only; no actions are possible")
    else:
        lines += [
            f"! not only this machine: anyone with the URL who can reach {shown} can see everything on the screen, "
            "including logs and runbook; no actions are possible",
            "! not encrypted: anyone on the network path can read it, including the URL. Safer: omit --host, and on "
            f"the other machine run: ssh -L {port}:127.0.0.1:{port} {socket.gethostname()}",
        ]
    return [*lines, "Ctrl-C stops it; the deploy keeps running"]


def _seen_from_outside(bound: str) -> str:
    """The address of this machine on the way out; its name where there is no way."""
    if bound == "::":
        return socket.gethostname()
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(NOWHERE)
        return str(probe.getsockname()[0])
    return socket.gethostname()
