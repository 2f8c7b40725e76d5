"""The running releases: one process each on the shared public socket, handed over without a lost request."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cockpit.demo.unavailable import Unavailable

DRAIN_SECONDS = 12.0
_END_SECONDS = 3.0


class InstanceError(ValueError):
    """A release cannot be started or handed over to; the text is for a person."""


@dataclass
class Instance:
    """One process of the shop. `role`: candidate, live, draining, discarded, dead."""

    id: str
    commit: str
    process: subprocess.Popen[bytes]
    health: str
    role: str = "candidate"
    since: float = field(default_factory=time.time)

    def tell(self, word: str) -> None:
        """Say `live` or `drain`; a process that is gone hears nothing, which its waiter notices."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(f"{word}\n".encode())
            self.process.stdin.flush()

    def end(self) -> None:
        """Make sure that the process is gone."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()  # its leash: the shop ends when its input ends
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Instances:
    """Starts, switches and ends the shop's processes; every method may be called from any thread."""

    def __init__(self, public: socket.socket, home: Path, env: Mapping[str, str], changed: Callable[[], None]) -> None:
        self._public = public
        self._home = home
        self._env = dict(env)
        self._changed = changed
        self._lock = threading.RLock()
        self._all: dict[str, Instance] = {}
        self._count = 0
        self._closing = False
        self._history: list[str] = []
        self._unavailable = Unavailable(public)

    def start(self, commit: str) -> Instance:
        """Start a candidate from `releases/<commit>`. Raises InstanceError."""
        folder = self._home / "releases" / commit
        if not commit.isalnum() or not (folder / "app").is_dir():
            raise InstanceError(f"releases/{commit} not found")
        with self._lock, socket.create_server(("127.0.0.1", 0)) as admin:
            if self._closing:
                raise InstanceError("the platform is stopping")
            self._count += 1
            name = f"shop-{self._count}"
            process = self._spawn(folder, commit, admin, name)
            health = f"http://127.0.0.1:{admin.getsockname()[1]}/health"
            instance = self._all[name] = Instance(name, commit, process, health)
        threading.Thread(target=self._watch, args=(instance,), daemon=True).start()
        self._changed()
        return instance

    def wait_until_healthy(self, instance: Instance, seconds: float) -> None:
        """Return when its health endpoint says 200. Raises InstanceError when it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while instance.process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(instance.health, timeout=2):  # noqa: S310  (our own, on loopback)
                    return
            except OSError:
                time.sleep(0.02)
        raise InstanceError(f"{instance.id} did not become healthy; see logs/{instance.id}.log")

    def switch(self, name: str) -> tuple[str, float]:
        """Make a candidate live and drain the one before: its name (empty if none) and the seconds it took."""
        with self._lock:
            new = self._all.get(name)
            if new is None or new.role != "candidate":
                raise InstanceError(f"{name} is not a running candidate")
            old = self.live()
            self._unavailable.stop()
            new.role = "live"
            new.tell("live")
            # Going back forgets what came after: the next way back is further back, never the bad release again.
            kept = self._history.index(new.commit) if new.commit in self._history else len(self._history)
            self._history = [*self._history[:kept], new.commit]
            if old is not None:
                old.role = "draining"
                old.tell("drain")
        self._changed()
        if old is None:
            return "", 0.0
        started = time.monotonic()
        try:
            old.process.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            old.end()
        return old.id, time.monotonic() - started

    def discard(self, name: str) -> None:
        """End a candidate that nobody wants. Raises InstanceError for any other."""
        with self._lock:
            instance = self._all.get(name)
            if instance is None or instance.role != "candidate":
                raise InstanceError(f"{name} is not a candidate")
            instance.role = "discarded"
        instance.end()

    def live(self) -> Instance | None:
        """The one that answers customers."""
        with self._lock:
            return next((one for one in self._all.values() if one.role == "live"), None)

    def running(self) -> list[Instance]:
        """Every process that has not ended."""
        with self._lock:
            return [one for one in self._all.values() if one.process.poll() is None]

    def remember(self, commit: str) -> None:
        """A release that was live before this platform began: something to go back to."""
        self._history.insert(0, commit)

    def current(self) -> str:
        """The commit that was made live last, dead or not; empty at first."""
        return self._history[-1] if self._history else ""

    def previous(self) -> str:
        """The commit that was live before it, empty if none."""
        return self._history[-2] if len(self._history) > 1 else ""

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closing = True
        self._unavailable.stop()
        for instance in self.running():
            instance.end()

    def _spawn(self, folder: Path, commit: str, admin: socket.socket, name: str) -> subprocess.Popen[bytes]:
        descriptors = (self._public.fileno(), admin.fileno())
        logs = self._home / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app.server", *map(str, descriptors)],
                cwd=folder,
                env=os.environ | self._env | {"SHOP_COMMIT": commit, "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=descriptors,
            )

    def _watch(self, instance: Instance) -> None:
        instance.process.wait()
        with self._lock:
            was_live, instance.role = instance.role == "live", "dead"
            self._all.pop(instance.id, None)
            if was_live and not self._closing:
                self._unavailable.start()
        self._changed()
