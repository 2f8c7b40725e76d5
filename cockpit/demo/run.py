"""`cockpit demo`: build the production, open the cockpit on its runbook, take everything down at the end."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import click
import psutil

from cockpit.client.session import Session, find, open_deploy
from cockpit.demo.leftovers import PREFIX, megabytes, size
from cockpit.demo.production import BuildError, Production, build
from cockpit.demo.scenarios import SCENARIOS
from cockpit.deploy.state import State
from cockpit.errors import FAILED, USAGE, CockpitError, refused, said
from cockpit.history.reading import state_of
from cockpit.launch import show, why_not_this_face
from cockpit.opening.deploy import OpeningError, open_plan
from cockpit.opening.rollout import open_rollout
from cockpit.postgres.binaries import PostgresMissing
from cockpit.settings.load import SettingsError

ENGINE_SECONDS = 10.0
READ_TRIES = 10
BY = "demo"


def run_demo(
    scenario: str, *, headless: bool, yes: bool, directory: Path | None, ascii_only: bool, linear: bool = False
) -> int:
    """The whole demo; gives the exit status of its deploy."""
    wrong = why_not_this_face(headless=headless, linear=linear, yes=yes, instead="--headless --yes")
    if wrong:
        return said(wrong, USAGE)
    signal.signal(signal.SIGTERM, _as_interrupt)
    signal.signal(signal.SIGHUP, _as_interrupt)
    folder = directory.resolve() if directory else Path(tempfile.mkdtemp(prefix=PREFIX))
    click.echo(f"building a small production in {folder} ...", err=True)
    production: Production | None = None
    session: Session | None = None
    status = FAILED
    try:
        production = build(folder, scenario, quick=headless and yes)
        click.echo(f"running: {production.url} ({scenario})", err=True)
        session = _open(production, SCENARIOS[scenario].flag)
        status = show(session, headless=headless, yes=yes, ascii_only=ascii_only, linear=linear)
        while not headless and _still_open(session) and _asked_back(session):
            status = show(session, headless=False, yes=False, ascii_only=ascii_only, linear=linear)
    except KeyError as error:
        status = said(str(error.args[0]), USAGE)
    except KeyboardInterrupt:
        click.echo("stopping the demo", err=True)
        status = 130
    except (BuildError, PostgresMissing, CockpitError, OpeningError, SettingsError) as error:
        status = refused(error)
    except OSError as error:
        status = said(f"{folder}: {error.strerror or error}", FAILED)
    finally:
        _take_down(production, session)
    _last_line(folder, session)
    if folder.is_dir() and not directory:
        click.echo(f"{megabytes(size(folder))} left in {folder}; remove them with `cockpit demo --clean`", err=True)
    return status


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _open(production: Production, flag: str) -> Session:
    os.environ.update(production.env)
    os.chdir(production.root)
    now = time.time()
    if flag:
        return asyncio.run(open_deploy(open_rollout(flag, root=production.root), BY, now))
    opened = open_plan(str(production.runbook), planned_at=now + 600)
    return asyncio.run(open_deploy(opened, BY, now))


def _still_open(session: Session) -> bool:
    with contextlib.suppress(CockpitError):
        return find(session.layout, session.deploy_id).closed_at is None
    return False


def _asked_back(session: Session) -> bool:
    """After a detach the production and the deploy go on until the person says otherwise."""
    click.echo(
        "\nThe deploy and its production keep running. From another terminal:\n"
        f"  cd {session.layout.root} && cockpit status\n"
        "Enter: back to the cockpit.  Ctrl-C: end the demo."
    )
    return bool(sys.stdin.readline())


def _take_down(production: Production | None, session: Session | None) -> None:
    """Everything that was started here ends: the engine with its scripts, then the production."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if session is not None:
        _end_scripts_and_engine(session)
    if production is not None:
        production.stop()


def _end_scripts_and_engine(session: Session) -> None:
    """An open deploy of the demo is abandoned: nobody can come back to a production that is gone."""
    from cockpit.runner import spawn

    with contextlib.suppress(CockpitError):
        state = _known(session)
        for task in state.running:
            spawn.cancel(session.folder / state.of(task.id).directory)
        with contextlib.suppress(psutil.Error):
            engine = psutil.Process(state.engine_pid)
            if session.deploy_id in engine.cmdline():
                if state.running:
                    _wait_for_scripts(session)
                engine.terminate()
                try:
                    engine.wait(ENGINE_SECONDS)
                except psutil.TimeoutExpired:
                    _kill(engine)


def _known(session: Session) -> State:
    """The deploy's state; a journal that is busy for a moment must not leave the engine behind. Raises CockpitError."""
    for _ in range(READ_TRIES):
        with contextlib.suppress(CockpitError):
            return state_of(session.layout, session.deploy_id)
        time.sleep(0.2)
    return state_of(session.layout, session.deploy_id)


def _kill(engine: psutil.Process) -> None:
    """An engine that does not end by itself on a busy machine: its watchdog first, which would bring it back."""
    for process in (engine.parent(), engine):
        if process is not None and "cockpit" in " ".join(process.cmdline()):
            process.kill()
            process.wait(ENGINE_SECONDS)


def _wait_for_scripts(session: Session) -> None:
    until = time.monotonic() + ENGINE_SECONDS
    while time.monotonic() < until and state_of(session.layout, session.deploy_id).running:
        time.sleep(0.05)


def _last_line(folder: Path, session: Session | None) -> None:
    """Where the record is."""
    if session is None:
        return
    logs = sorted((session.layout.root / "reports" / "deploys").glob("*.md"))
    outcome = None
    with contextlib.suppress(CockpitError):
        outcome = find(session.layout, session.deploy_id).outcome
    words = f"{outcome or 'not finished'}; " + (f"deploy log: {logs[-1]}" if logs else f"its journal is in {folder}")
    click.echo(f"demo {words}")
