"""The engine as a process of its own: detached, one per deploy, until the deploy is closed and was seen."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from cockpit import __version__
from cockpit.deploy.events import COCKPIT
from cockpit.engine import watchdog
from cockpit.engine.checker import Checker
from cockpit.engine.engine import Engine
from cockpit.engine.environment import inherited, resolve, settings_from
from cockpit.engine.lock import Holder, Lock, words
from cockpit.engine.sampler import Sampler
from cockpit.engine.server import Server
from cockpit.journal.sqlite import Journal, JournalError
from cockpit.layout import Layout
from cockpit.report.deploy_log import write_log

TICK_SECONDS = 0.25
OPEN_SECONDS = 30.0
"""An engine whose deploy is not opened within this time goes away again."""
LINGER_SECONDS = 3.0
"""After the deploy is closed and the last face has left."""
READY = "READY"
LOCKED = "LOCKED "
FAILED = "FAILED "


class EngineError(Exception):
    """The engine did not start; the text says why. `holder` is the deploy that holds the environment, if one does."""

    def __init__(self, text: str, *, holder: str = "") -> None:
        self.holder = holder
        super().__init__(text)


def spawn_engine(
    layout: Layout, deploy_id: str, environment: str, by: str, env: Mapping[str, str] | None = None
) -> None:
    """Start a detached engine and wait until it serves its socket. Raises EngineError."""
    folder = layout.deploy(deploy_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = [sys.executable, "-m", "cockpit.engine", str(layout.root), deploy_id, environment, by]
    argv = [sys.executable, "-I", "-S", watchdog.__file__, str(folder), *engine]
    with (folder / "engine.log").open("ab") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd=layout.root,
            env=dict(env) if env is not None else None,
        )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.readline().decode(errors="replace").strip()
    if said == READY:
        return
    if said.startswith(LOCKED):
        holder, _, text = said.removeprefix(LOCKED).partition(" ")
        raise EngineError(text, holder=holder)
    last = (folder / "engine.log").read_text(errors="replace").strip().splitlines()[-1:]
    raise EngineError(said.removeprefix(FAILED) or (last[0] if last else "it ended without a word"))


async def run_engine(layout: Layout, deploy_id: str, environment_name: str, by: str, because: str = "") -> int:
    """The life of an engine process; gives its exit status (`watchdog.ORDERLY`). `because`: why there is a new one."""
    lock = Lock(_lock_path(layout, deploy_id, environment_name))
    me = Holder(deploy_id, os.getpid(), socket.gethostname(), by, time.time(), __version__)
    holder = lock.take(me)
    if holder is not None:
        _say(f"{LOCKED}{holder.deploy} {environment_name} is locked by {words(holder)}")
        return 5
    try:
        journal = Journal(layout.journal)
        engine = Engine(
            journal,
            layout,
            deploy_id,
            lambda plan: resolve(settings_from(plan), layout.root, inherited()),
            time.time,
            lambda state, events: [str(path) for path in write_log(state, events, layout, deploy_id)],
        )
        await engine.load()
    except JournalError as error:
        _say(f"{FAILED}{error}")
        sys.stderr.write(f"{error}\n")
        lock.release()
        return 4
    server = Server(engine, layout.socket(deploy_id))
    await server.start()
    _say(READY)
    try:
        return await _live(engine, server, because or _gave_up(layout.deploy(deploy_id)), lock)
    finally:
        await server.stop()
        await engine.close()
        lock.release()


def _lock_path(layout: Layout, deploy_id: str, environment: str) -> Path:
    """The environment's lock; a deploy that is over holds no environment any more, only itself."""
    closed = False
    if layout.journal.exists():
        with contextlib.suppress(JournalError):
            journal = Journal(layout.journal, read_only=True)
            closed = any(row.id == deploy_id and row.closed_at is not None for row in journal.deploys())
            journal.close()
    return layout.deploy(deploy_id) / "closed.lock" if closed else layout.lock(environment)


async def _live(engine: Engine, server: Server, because: str, lock: Lock) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not await _opened(engine, stop):
        return 4
    plan = engine.state.plan
    assert plan is not None
    await engine.announce(because, words(lock.found) if lock.found is not None else "")
    sampler = Sampler(settings_from(plan), plan.metrics, engine.environment, time.time, engine.record_readings)
    sampler.start()
    checker = Checker(
        lambda: engine.state,
        settings_from(plan),
        lambda: engine.environment,
        time.time,
        lambda command: engine.handle(command, COCKPIT),
    )
    engine.once_more = checker.once_more
    checker.start()
    closed_since: float | None = None
    try:
        while not stop.is_set():
            await engine.tick()
            if engine.state.closed is not None:
                await sampler.stop()
                # The next deploy need not wait for those who still look at this one.
                lock.release()
                idle = server.faces == 0 and not engine.busy
                closed_since = (closed_since or loop.time()) if idle else None
                if closed_since is not None and loop.time() - closed_since > LINGER_SECONDS:
                    return 0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK_SECONDS)
    finally:
        await checker.stop()
        await sampler.stop()
    return 0


async def _opened(engine: Engine, stop: asyncio.Event) -> bool:
    loop = asyncio.get_running_loop()
    until = loop.time() + OPEN_SECONDS
    while engine.state.plan is None and loop.time() < until and not stop.is_set():
        engine.changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(engine.changed.wait(), TICK_SECONDS)
    return engine.state.plan is not None


def _gave_up(folder: Path) -> str:
    """What the watchdog of an earlier engine said when it gave up; it is told once."""
    path = folder / watchdog.GAVE_UP
    try:
        said = path.read_text(errors="replace")
        path.unlink()
    except OSError:
        return ""
    return said


def _say(line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(1, line.encode() + b"\n")
    if line != READY:
        return
    # Nobody reads any more: a later print must not fail on a closed pipe.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def engine_alive(layout: Layout, deploy_id: str) -> bool:
    """True where a socket answers."""
    path = layout.socket(deploy_id)
    if not path.exists():
        return False
    probe = socket.socket(socket.AF_UNIX)
    probe.settimeout(2)
    try:
        probe.connect(str(path))
    except OSError:
        return False
    finally:
        probe.close()
    return True


def main(argv: list[str]) -> int:
    root, deploy_id, environment, by, because = argv
    return asyncio.run(run_engine(Layout(Path(root)), deploy_id, environment, by, because))
