"""One supervisor per running script: a process of its own that outlives the engine, the terminal and the network.

Started as `python -I -S supervisor.py DIRECTORY`, standard library only. Conversation on its pipes: one JSON line in
(the order), `READY` out, then `GO` in: end of file instead of `GO` and the command never runs. From then on everything
goes through the files of the run's folder (`files.py`). With `--adopt` it takes over a run whose supervisor died.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cockpit.runner import child, files, tree
from cockpit.runner.logfile import CAP, LogWriter
from cockpit.runner.redact import Redactor
from cockpit.runner.viewer import Viewer

CHUNK = 1 << 16
PIPE_SIZE = 1 << 20
F_SETPIPE_SZ = 1031
COOKIE = "COCKPIT_RUN"
"""Variable in the environment of everything that belongs to a run: finds what left its process group."""


class Supervisor:
    """Drains the output, ends the tree on a timeout or cancel, and leaves a durable exit record."""

    def __init__(self, directory: Path, order: dict[str, Any]) -> None:
        self.directory = directory
        self.order = order
        self.log = LogWriter(directory, int(order.get("cap_bytes") or CAP))
        self.redactor = Redactor([bytes.fromhex(one) for one in order.get("patterns", ())])
        self.out = self._fifo(files.OUT)
        self.control = self._fifo(files.CONTROL)
        self.listener: socket.socket | None = None
        self.viewers: list[Viewer] = []
        self.typed = bytearray()
        """What people typed and the command has not taken."""
        self.terminal = -1
        self.group = 0
        self.pid = 0
        self.wait_status: int | None = None
        self.began = time.time()
        self.began_monotonic = time.monotonic()
        self.ending = ""
        """`timed out` or `cancelled` once the tree is being ended."""
        self.kill_at = float("inf")
        self.wake, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
            signal.signal(ignored, signal.SIG_IGN)

    def _fifo(self, name: str) -> int:
        path = self.directory / name
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE)
        return fd

    def start(self) -> None:
        argv, cwd = self.order["argv"], self.order["cwd"]
        env = {**self.order["env"], COOKIE: str(self.directory)}
        if self.order.get("terminal_socket"):
            self._listen(self.order["terminal_socket"])
            self.pid, self.terminal = child.start_in_terminal(self.directory, argv, cwd, env)
            os.set_blocking(self.terminal, False)
        else:
            self.pid = child.start(self.directory, argv, cwd, env)
        self.group = self.pid
        self.began, self.began_monotonic = time.time(), time.monotonic()
        identity = {"pid": self.pid, "supervisor": os.getpid(), "began": self.began, "boot": files.boot_id()}
        with contextlib.suppress(OSError):
            (self.directory / "pid.json").write_text(json.dumps(identity))

    def adopt(self) -> None:
        """Take over where another supervisor died: the command is not our child, its status comes by file."""
        identity = files.read_json(self.directory / "pid.json") or {}
        self.pid = self.group = int(str(identity.get("pid", 0)))
        self.began = float(str(identity.get("began", self.began)))
        self.began_monotonic = time.monotonic() - max(0.0, time.time() - self.began)

    def _listen(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            Path(path).unlink()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(4)
        self.listener.setblocking(False)

    # -- the loop

    def run(self) -> None:
        timeout = self.order.get("timeout")
        deadline = self.began_monotonic + float(timeout) if timeout else float("inf")
        while not self._gone():
            now = time.monotonic()
            if now >= deadline and not self.ending:
                self._end("timed out")
            if now >= self.kill_at:
                tree.signal_tree(os.getpid(), self.group, signal.SIGKILL, self._cookie())
            if self.ending:
                self._wait(0.05)
            else:
                self._wait(min(max(0.0, deadline - now), 0.2 if self._adopted() else 1.0))
        self._linger()

    def _adopted(self) -> bool:
        return bool(self.order.get("adopt"))

    def _cookie(self) -> bytes:
        """What an adopted run's processes are known by; below their first supervisor there is no need for it."""
        return os.fsencode(f"{COOKIE}={self.directory}") if self._adopted() else b""

    def _gone(self) -> bool:
        """True when the command is over: its wrapper ended, or its status is written, or nothing of it is left."""
        for pid, status in tree.reap():
            if pid == self.pid:
                self.wait_status = status
        if self._adopted():
            over = (self.directory / files.STATUS).exists() or not files.locked(self.directory / files.ALIVE)
        else:
            over = self.wait_status is not None
        if over and self.ending:
            return not tree.descendants(os.getpid(), self._cookie()) and not tree.group_alive(self.group)
        return over

    def _linger(self) -> None:
        """Children that outlive the command and hold its output get a moment; then they are named, not killed."""
        until = time.monotonic() + float(self.order.get("linger", 1.0))
        while files.locked(self.directory / files.ALIVE) and time.monotonic() < until:
            self._wait(0.02)
            tree.reap()
        while self._drain():
            pass

    def _wait(self, seconds: float) -> None:
        source = self.terminal if self.terminal >= 0 else self.out
        watched: list[Any] = [source, self.control, self.wake, *self.viewers]
        if self.listener is not None:
            watched.append(self.listener)
        waiting: list[Any] = [viewer for viewer in self.viewers if viewer.behind]
        if self.typed and self.terminal >= 0:
            waiting.append(self.terminal)
        ready, writable, _ = select.select(watched, waiting, [], max(0.0, seconds))
        if source in ready:
            self._drain()
        if self.control in ready:
            self._obey()
        if self.wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self.wake, 4096)
        for one in (*writable, *ready):
            if one is self.listener:
                self._accept()
            elif isinstance(one, Viewer) and one in self.viewers:
                self._attend(one)
        self._type()

    def _drain(self) -> bool:
        """One chunk from the command to the log; False where nothing was there."""
        try:
            data = os.read(self.terminal if self.terminal >= 0 else self.out, CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            # The far side of a pseudo-terminal is closed: there is no more to come.
            if self.terminal >= 0:
                os.close(self.terminal)
                self.terminal = -1
            return False
        clean = self.redactor.feed(data)
        self.log.write(clean, time.time())
        for viewer in list(self.viewers):
            if not viewer.show(clean):
                self._forget(viewer)
        return bool(data)

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for line in os.read(self.control, 4096).splitlines():
                if line.startswith(b"cancel") and not self.ending:
                    self._end("cancelled")

    def _end(self, why: str) -> None:
        self.ending = why
        grace = float(self.order.get("grace", 5.0))
        for number in (signal.SIGTERM, signal.SIGCONT):
            tree.signal_tree(os.getpid(), self.group, number, self._cookie())
        self.kill_at = time.monotonic() + grace

    # -- people at the pseudo-terminal

    def _accept(self) -> None:
        assert self.listener is not None
        with contextlib.suppress(OSError):
            connection, _ = self.listener.accept()
            self.viewers.append(Viewer(connection))

    def _attend(self, viewer: Viewer) -> None:
        frames = viewer.frames()
        if frames is None or self.terminal < 0 or not viewer.show(b""):
            self._forget(viewer)
            return
        for kind, payload in frames:
            if kind == b"d":
                self.typed += payload
            elif kind == b"w" and len(payload) == 4:
                with contextlib.suppress(OSError):
                    child.resize(self.terminal, int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:], "big"))

    def _type(self) -> None:
        """As much of what was typed as the command's terminal takes now."""
        if not self.typed or self.terminal < 0:
            return
        try:
            del self.typed[: os.write(self.terminal, self.typed[:CHUNK])]
        except BlockingIOError:
            return
        except OSError:
            self.typed.clear()

    def _forget(self, viewer: Viewer) -> None:
        self.viewers.remove(viewer)
        viewer.close()

    # -- the record

    def record(self) -> None:
        now = time.time()
        self.log.write(self.redactor.feed(b"", final=True), now)
        self.log.close(now)
        status = self._exit_status()
        outcome = self.ending or ("lost" if status is None else "finished")
        leftover = tree.descendants(os.getpid(), self._cookie())
        record = {
            "outcome": outcome,
            "exit_status": status,
            "signal": status - 128 if status is not None and 128 < status < 193 else None,
            "began": self.began,
            "ended": now,
            "seconds": round(time.monotonic() - self.began_monotonic, 3),
            "log_bytes": self.log.size,
            "dropped_bytes": self.log.dropped,
            "leftover_pids": leftover[:50],
            "boot": files.boot_id(),
        }
        files.write_durably(self.directory / files.EXIT, json.dumps(record).encode())
        for viewer in list(self.viewers):
            self._forget(viewer)
        if self.listener is not None:
            with contextlib.suppress(OSError):
                Path(self.order["terminal_socket"]).unlink()

    def _exit_status(self) -> int | None:
        """What the wrapper wrote, or ended with where the disk refused; None where it was killed before it could."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.directory / files.STATUS).read_text())
        if self.wait_status is not None and os.WIFEXITED(self.wait_status):
            return os.WEXITSTATUS(self.wait_status)
        return None


def main() -> int:
    directory = Path(sys.argv[1])
    lock = files.take_lock(directory / files.LOCK)
    if lock is None:
        return 3
    order = json.loads(sys.stdin.buffer.readline())
    tree.become_subreaper()
    supervisor = Supervisor(directory, order)
    files.reserve(directory / files.EXIT, 2048)
    if not order.get("adopt"):
        files.reserve(directory / files.STATUS, 8)
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    if order.get("adopt"):
        supervisor.adopt()
    else:
        if sys.stdin.buffer.readline() != b"GO\n":
            return 4
        supervisor.start()
    supervisor.run()
    supervisor.record()
    return 0


if __name__ == "__main__":
    sys.exit(main())
