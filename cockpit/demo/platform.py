"""The demo's platform, a process of its own: database, running releases, customers. `python -m cockpit.demo.platform`.

Started by `production.build()` with the open public socket and, on standard input, one line of JSON (see `Order`);
answers with one line of JSON on standard output: `{"dsn": ...}` when everything runs, `{"error": ...}` if it does not.
It ends by itself when told, on SIGTERM or SIGINT, or when its leash is over, and takes everything with it.
"""

import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from cockpit.demo.control import Control
from cockpit.demo.database import Database
from cockpit.demo.instances import Instances
from cockpit.demo.leash import Leash, started_at
from cockpit.demo.order import Order
from cockpit.demo.traffic import Traffic
from cockpit.paths import Layout

_START_SECONDS = 15.0
_TICK_SECONDS = 0.5


class Platform:
    """Everything that runs, from start() to close()."""

    def __init__(self, order: Order) -> None:
        self.home = Path(order.home)
        self._order = order
        self._public = socket.socket(fileno=order.public)
        self._public.setblocking(False)  # two releases accept on it during a handover
        self._ending = threading.Event()
        self._closing = threading.Lock()
        self._database = Database(self.home)
        self._traffic = Traffic(*self._public.getsockname())
        self._instances: Instances | None = None
        self._control: Control | None = None

    def start(self) -> str:
        """Bring production up; returns the shop's DSN."""
        self._database.start()
        self._record()
        environment = {"DATABASE_URL": self._database.dsn, "PATH": self._order.path}
        running, before = self._order.commits
        self._database.fill(self.home / "releases" / running, environment)
        self._instances = Instances(self._public, self.home, environment, self._record)
        self._instances.remember(before)
        first = self._instances.start(running)
        self._instances.wait_until_healthy(first, _START_SECONDS)
        self._instances.switch(first.id)
        self._traffic.start()
        self._open_control(self._instances)
        return self._database.dsn

    def end(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Ask run() to return; safe in a signal handler."""
        self._ending.set()

    def run(self) -> None:
        """Wait until told to end or nobody needs us."""
        locks = Layout(self.home / "shop").folder / "locks"
        leash = Leash(self._order.parent, self._order.parent_started, locks, self._order.leash_seconds)
        while not self._ending.wait(_TICK_SECONDS) and not leash.is_over():
            pass

    def close(self) -> None:
        """End everything."""
        with self._closing:
            if self._control is not None:
                self._control.stop()
            self._traffic.stop()
            if self._instances is not None:
                self._instances.close()
            self._database.stop()
            self._record()

    def _open_control(self, instances: Instances) -> None:
        def start(body: dict[str, Any]) -> dict[str, Any]:
            instance = instances.start(str(body["commit"]))
            return {"id": instance.id, "pid": instance.process.pid, "health": instance.health}

        def switch(body: dict[str, Any]) -> dict[str, Any]:
            old, seconds = instances.switch(str(body["id"]))
            return {"old": old, "seconds": seconds}

        def discard(body: dict[str, Any]) -> dict[str, Any]:
            instances.discard(str(body["id"]))
            return {}

        def stop(_body: dict[str, Any]) -> dict[str, Any]:
            self.end()
            return {}

        token = secrets.token_hex(16)
        actions = {"GET /status": self._status, "POST /instances": start, "POST /switch": switch}
        self._control = Control(token, actions | {"POST /discard": discard, "POST /stop": stop})
        self._control.start()
        _write_private(self.home / "platform.json", {"control": self._control.url, "token": token, "pid": os.getpid()})

    def _status(self, _body: dict[str, Any]) -> dict[str, Any]:
        assert self._instances is not None
        running = {one.id: {"pid": one.process.pid, "role": one.role} for one in self._instances.running()}
        status = {"instances": running, "current": self._instances.current(), "previous": self._instances.previous()}
        return status | {"traffic": self._traffic.counts()}

    def _record(self) -> None:
        """Who runs, for the one who has to clear up when we are killed."""
        pids = [one.process.pid for one in self._instances.running()] if self._instances else []
        if self._database.server.pid is not None:
            pids.append(self._database.server.pid)
        _write_private(self.home / "processes.json", {str(pid): started_at(pid) for pid in pids})


def main() -> int:
    """0 when it ended in order, 1 when production did not come up."""
    line = sys.stdin.readline()
    sys.stdin.close()
    platform = Platform(Order(**json.loads(line)))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, platform.end)
    started = time.monotonic()
    try:
        answer = {"dsn": platform.start(), "seconds": time.monotonic() - started}
    except Exception as error:  # whatever it was: nothing may be left running, and the builder wants the words
        answer = {"error": f"{type(error).__name__}: {error}"}
    _tell(answer)
    if "error" not in answer:
        platform.run()
    platform.close()
    return 1 if "error" in answer else 0


def _tell(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    # The builder's end may close now; nothing that we or a library print later may end us.
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _write_private(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_name(f"{path.name}.{threading.get_ident()}")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content))
    partial.replace(path)


if __name__ == "__main__":
    code = main()
    # Customers still waiting for an answer would hold a normal exit back.
    os._exit(code)
