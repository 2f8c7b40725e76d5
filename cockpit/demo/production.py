"""Building a demo production and taking it down again."""

import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from msgspec.json import encode

from cockpit.demo import history
from cockpit.demo.database import tools_folder
from cockpit.demo.leash import is_alive, started_at
from cockpit.demo.order import Order
from cockpit.demo.scenarios import scenario as find_scenario
from cockpit.external.interpreter import own_module
from cockpit.runner.shell import why_no_shell

LEASH_SECONDS = 120.0

_BUILD_SECONDS = 60.0
_STOP_SECONDS = 20.0


class BuildError(Exception):
    """The production did not come up; nothing is left running. The text is for a person."""


@dataclass
class Production:
    """A running production. `env` is what the engine and its scripts need in their environment; it holds the
    database's password, so it belongs nowhere else."""

    directory: Path
    root: Path
    runbook: Path
    settings: Path
    url: str
    dsn: str = field(repr=False)
    env: dict[str, str] = field(repr=False)
    platform_pid: int
    platform_started: float
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def stop(self) -> None:
        """End every process of this production and make sure of it; the files stay. May be called again."""
        others = _recorded(self.directory)
        if is_alive(self.platform_pid, self.platform_started):
            _end(self.platform_pid, self.platform_started)
        if self._process is not None:
            self._process.wait(_STOP_SECONDS)
        # Normally none is left; after a kill of the platform the database may be.
        for pid, started in (others | _recorded(self.directory)).items():
            _end(pid, started)

    def is_running(self) -> bool:
        """Whether the platform, and with it all of production, is alive."""
        return is_alive(self.platform_pid, self.platform_started)


def build(directory: Path, scenario: str, *, quick: bool, leash_seconds: float = LEASH_SECONDS) -> Production:
    """Make a production below `directory` (created if need be; must be empty) and return when it answers customers.

    `quick` shortens every pause, for runs nobody watches. `leash_seconds`: how long it outlives this process when no
    engine works on it. Raises BuildError, KeyError for an unknown scenario, PostgresMissing.
    """
    chosen = find_scenario(scenario)
    directory = _prepared(directory)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as public:
        url = f"http://127.0.0.1:{public.getsockname()[1]}"
        root = directory / "shop"
        times = {"WATCH": "2m", "WINDOW": "10s", "COUNTDOWN": "15s", "FOR": "5s", "SOAK": "30s"}
        if quick:
            times = {"WATCH": "8s", "WINDOW": "4s", "COUNTDOWN": "2s", "FOR": "2s", "SOAK": "8s"}
        try:
            (directory / "flags.json").write_text('{\n  "free_delivery": 0\n}\n')
            history.create(root, chosen, {"URL": url, **times})
            commits = (history.commit_of(root, history.RUNNING), history.commit_of(root, history.OLDER))
            history.export(root, commits[0], directory / "releases")
        except (OSError, subprocess.CalledProcessError) as error:
            raise BuildError(f"the demo needs git: {error}") from error
        # The scripts' `python3` is ours (it has psycopg), and psql fits the server.
        path = os.pathsep.join([str(Path(sys.executable).parent), str(tools_folder()), os.environ.get("PATH", "")])
        order = Order(
            home=str(directory),
            public=public.fileno(),
            parent=os.getpid(),
            parent_started=started_at(os.getpid()) or 0.0,
            leash_seconds=leash_seconds,
            commits=commits,
            path=path,
        )
        process, dsn = _launch(order, directory, public)
    env = {"DATABASE_URL": dsn, "PATH": path, "SHOP_PACE": "0.1" if quick else "1"}
    return Production(
        directory=directory,
        root=root,
        runbook=root / "docs" / "deploy.md",
        settings=root / "cockpit.toml",
        url=url,
        dsn=dsn,
        env=env,
        platform_pid=process.pid,
        platform_started=started_at(process.pid) or 0.0,
        _process=process,
    )


def _prepared(directory: Path) -> Path:
    if directory.is_dir() and any(directory.iterdir()):
        raise BuildError(f"{directory} is not empty")
    if shutil.which("git") is None:
        raise BuildError("the demo needs git")
    if why := why_no_shell(os.environ.get("PATH", os.defpath)):
        raise BuildError(f"the demo cannot run its steps: {why}")
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        directory.chmod(directory.stat().st_mode | 0o011)  # the database's user has to pass, not to read
    return directory.resolve()


def _launch(order: Order, directory: Path, public: socket.socket) -> tuple[subprocess.Popen[bytes], str]:
    with (directory / "platform.log").open("wb") as log:
        process = subprocess.Popen(
            own_module("cockpit.demo.platform"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[public.fileno()],
            start_new_session=True,  # it outlives the cockpit and its terminal
        )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin as orders, process.stdout as answers:
        orders.write(encode(order) + b"\n")
        orders.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            line = answers.readline() if selector.select(_BUILD_SECONDS) else b""
    answer = json.loads(line) if line else {"error": "no answer; see platform.log"}
    if "error" in answer:
        process.terminate()
        process.wait(_STOP_SECONDS)
        raise BuildError(f"the demo production did not start: {answer['error']}")
    return process, str(answer["dsn"])


def _recorded(directory: Path) -> dict[int, float]:
    try:
        table = json.loads((directory / "processes.json").read_text())
    except (OSError, ValueError):
        return {}
    return {int(pid): float(started) for pid, started in table.items() if started is not None}


def _end(pid: int, started: float) -> None:
    """Ask, wait, force: only the very process that was meant."""
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        if not is_alive(pid, started):
            return
        try:
            ask(psutil.Process(pid))
        except psutil.NoSuchProcess:
            return
        deadline = time.monotonic() + _STOP_SECONDS
        while is_alive(pid, started) and time.monotonic() < deadline:
            time.sleep(0.02)
