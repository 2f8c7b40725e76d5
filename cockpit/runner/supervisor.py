"""One supervisor per running script: a process of its own that outlives the engine, the terminal and the network.

Started as `python -I -S supervisor.py DIRECTORY`, standard library only. Conversation on its pipes: one JSON line in
(the order), `READY` out, then `GO` in: end of file instead of `GO` and the command never runs. From then on everything
goes through the files of the run's folder (`files.py`). With `--adopt` it takes over a run whose supervisor died.
"""

import contextlib
import errno
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cockpit.external.locks import is_locked
from cockpit.runner import child, files, tree
from cockpit.runner.drain import CHUNK, Drain, pipe, system_tee, widen
from cockpit.runner.handed_on import HandedOn
from cockpit.runner.leftovers import read_on
from cockpit.runner.logfile import CAP, LogWriter
from cockpit.runner.redact import Redactor
from cockpit.runner.viewer import Terminal

COOKIE = "COCKPIT_RUN"
"""Variable in the environment of everything that belongs to a run: finds what left its process group."""
SOON = 0.05
"""Seconds between two looks at what nothing wakes us for."""
TRIES = 20


class Supervisor:
    """Drains the output, ends the tree on a timeout or cancel, and leaves a durable exit record."""

    def __init__(self, directory: Path, order: dict[str, Any]) -> None:
        self.directory = directory
        self.order = order
        self.adopted = bool(order.get("adopt"))
        self.log = LogWriter(directory, int(order.get("cap_bytes") or CAP))
        handed_on, state = (Path(one) for one in order.get("hand_on") or (os.devnull, os.devnull))
        self.handed_on = HandedOn(handed_on, state, order.get("env") or {})
        self.redactor = Redactor([bytes.fromhex(one) for one in order.get("patterns", ())], self._news)
        self.out = self._fifo(files.OUT)
        self.control = self._fifo(files.CONTROL)
        self.drain = self._careful_drain()
        self.terminal: Terminal | None = None
        self.group = 0
        self.pid = 0
        """The wrapper; 0 where an adopted run does not say, or its number may belong to another process by now."""
        self.wait_status: int | None = None
        self.told: int | None = None
        """The exit status, by the wrapper, which then waits until all output is in the log."""
        self.began = time.time()
        self.began_monotonic = time.monotonic()
        self.ending = ""
        """`timed out` or `cancelled` once the tree is being ended."""
        self.kill_at = float("inf")
        self.wake, wake_write = pipe()
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
            signal.signal(ignored, signal.SIG_IGN)

    def _news(self) -> tuple[bytes, ...]:
        """What the script, or another one beside it, has handed on by now: whatever it says behind that is masked."""
        news = self.handed_on.news()
        if not news:
            return ()
        from cockpit.runner.secrets import patterns

        return patterns(news)

    def _fifo(self, name: str) -> int:
        path = self.directory / name
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        widen(fd)
        return fd

    def _careful_drain(self) -> Drain | None:
        """None for a terminal, and where the system cannot do it: what is read there is in our hands alone."""
        tee = None if self.order.get("terminal_socket") else system_tee()
        if tee is None:
            return None
        with contextlib.suppress(FileExistsError):
            os.mkfifo(self.directory / files.RELEASE, 0o600)
        try:
            drain = Drain(self.out, self._fifo(files.PENDING), self.redactor, self.log, tee)
        except OSError as error:
            if error.errno in (errno.ENOSYS, errno.EPERM):
                return None
            raise
        return drain if drain.fits else None

    def start(self) -> None:
        argv, cwd = self.order["argv"], self.order["cwd"]
        env = {**self.order["env"], COOKIE: str(self.directory)}
        self.began, self.began_monotonic = time.time(), time.monotonic()
        try:
            if self.order.get("terminal_socket"):
                self.terminal = Terminal(Path(self.order["terminal_socket"]))
                self.pid, self.terminal.fd = child.start_in_terminal(self.directory, argv, cwd, env)
            else:
                self.pid = child.start(self.directory, argv, cwd, env)
        except OSError as error:
            self.told = 127
            self.log.write(f"cockpit: the script cannot be started: {error}\n".encode(), self.began)
        self.group = self.pid

    def adopt(self) -> None:
        """Take over where another supervisor died: the command is not our child, its status comes by file."""
        identity = files.read_json(self.directory / files.IDENTITY) or {}
        with contextlib.suppress(ValueError):
            self.began = float(str(identity.get("began")))
            # From before another boot there is nothing to measure from, and every pid means something else.
            if identity.get("boot") == files.boot_id():
                self.began_monotonic = float(str(identity.get("monotonic")))
                pid = int(str(identity.get("pid")))
                self.pid = self.group = pid if identity.get("start") == tree.started(pid) else 0

    # -- the loop

    def run(self) -> None:
        timeout = self.order.get("timeout")
        deadline = self.began_monotonic + float(timeout) if timeout else float("inf")
        over = False
        while not over:
            try:
                over = self._turn(deadline)
            except OSError as error:
                # No descriptor left, no memory: the command runs on, and so do we.
                sys.stderr.write(f"supervisor: {error}\n")
                time.sleep(SOON)
        self._linger()

    def _turn(self, deadline: float) -> bool:
        """Wait for what comes next and act on it; true once the command is over. Raises OSError."""
        if self._gone():
            return True
        now = time.monotonic()
        if now >= deadline and not self.ending:
            self._end("timed out")
        if now >= self.kill_at:
            self._signal(signal.SIGKILL)
        if self.ending:
            self._wait(SOON)
        else:
            self._wait(min(max(0.0, deadline - now), 0.2 if self.adopted else 1.0))
        return False

    def _mark(self) -> Callable[[int], bool] | None:
        """What an adopted run's processes are known by; below their first supervisor there is no need for it."""
        return self._belongs if self.adopted else None

    def _belongs(self, pid: int) -> bool:
        """By the cookie; by the lock that it inherited, for who has an environment of its own (`env -i`)."""
        cookie = os.fsencode(f"{COOKIE}={self.directory}")
        return tree.carries(pid, cookie) or tree.holds(pid, files.ALIVE_FD, self.directory / files.ALIVE)

    def _others(self, group: int = 0) -> list[int]:
        """The run's processes beside the wrapper."""
        return [pid for pid in tree.members(os.getpid(), group, self._mark()) if pid != self.pid]

    def _reap(self) -> None:
        self.wait_status = dict(tree.reap()).get(self.pid, self.wait_status)

    def _gone(self) -> bool:
        """True when the command is over: its status is there, or nobody is left who could write it."""
        self._reap()
        over = self.told is not None or (self.directory / files.STATUS).exists()
        if not over and self.adopted:
            over = not is_locked(self.directory / files.ALIVE)
        elif not over and self.wait_status is not None:
            # A wrapper that was killed says nothing about the command beside it.
            over = os.WIFEXITED(self.wait_status) or not tree.group_alive(self.group)
        if over and self.ending:
            return not self._others(self.group)
        return over

    def _linger(self) -> None:
        """Children that outlive the command and hold its output get a moment; then they are named, not killed."""
        until = time.monotonic() + float(self.order.get("linger", 1.0))
        with contextlib.suppress(OSError):
            while self._held_on() and time.monotonic() < until:
                self._wait(0.02)
                self._reap()
        if self.drain is not None:
            self.drain.finish()
        else:
            while self._drain():
                pass

    def _held_on(self) -> bool:
        alive = self.directory / files.ALIVE
        if not sys.platform.startswith("linux"):
            return is_locked(alive)
        return any(tree.holds(pid, files.ALIVE_FD, alive) for pid in self._others())

    def _wait(self, seconds: float) -> None:
        watched, waiting = [self.control, self.wake], []
        source = self.out
        if self.terminal is not None:
            watched += self.terminal.watched()
            waiting = self.terminal.waiting()
            source = self.terminal.fd if self.terminal.fd >= 0 else self.out
        if self.drain is not None and self.drain.held:
            # What is held back stays in the FIFO, which is ready without end.
            seconds = min(seconds, SOON)
            self.drain.step()
        else:
            watched.append(source)
        ready, writable, _ = select.select(watched, waiting, [], max(0.0, seconds))
        if source in ready:
            self._drain()
        if self.control in ready:
            self._obey()
        if self.wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self.wake, 4096)
        if self.terminal is not None:
            self.terminal.serve([*writable, *ready])

    def _drain(self) -> bool:
        """One chunk from the command to the log; False where nothing was there."""
        if self.drain is not None:
            return self.drain.step()
        try:
            if self.terminal is not None and self.terminal.fd >= 0:
                data = self.terminal.read()
            else:
                data = os.read(self.out, CHUNK)
        except BlockingIOError:
            return False
        clean = self.redactor.feed(data)
        self.log.write(clean, time.time())
        if self.terminal is not None:
            self.terminal.show(clean)
        return bool(data)

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError, ValueError):
            for line in os.read(self.control, 4096).splitlines():
                if line.startswith(b"cancel") and not self.ending:
                    self._end("cancelled")
                elif line.startswith(b"ended "):
                    self.told = int(line[6:])

    def _end(self, why: str) -> None:
        self.ending = why
        self.kill_at = time.monotonic() + float(self.order.get("grace", 5.0))
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if not tree.group_alive(self.group):
            # Its number is free for others from now on.
            self.group = 0
        tree.signal_tree(os.getpid(), self.group, number, self._mark())

    # -- the record

    def record(self) -> None:
        now = time.time()
        self.log.write(self.redactor.feed(b"", final=True), now)
        self.log.close(now)
        self._release()
        status = self._exit_status()
        leftover: list[int] = []
        with contextlib.suppress(OSError):
            leftover = self._others()
        record = {
            "outcome": self.ending or ("lost" if status is None else "finished"),
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
        self._keep(json.dumps(record).encode())
        if self.terminal is not None:
            self.terminal.close()

    def look_after_the_rest(self) -> None:
        """What the script has started and left behind must never wait for a reader."""
        if self.terminal is None:
            if self.drain is not None:
                self.drain.close()
            read_on(self.directory, self.redactor, self.out)

    def _release(self) -> None:
        """Everything is in the log: the wrapper may go, and has gone when this returns."""
        until = time.monotonic() + 1.0
        start, opened = tree.started(self.pid), False
        while start and tree.started(self.pid) == start and time.monotonic() < until:
            if not opened:
                # Again where it failed: nobody else lets the wrapper go. Open until we end, it may come to it later.
                with contextlib.suppress(OSError):
                    os.open(self.directory / files.RELEASE, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                    opened = True
            time.sleep(0.001)
        self._reap()

    def _keep(self, record: bytes) -> None:
        """A disk that refuses is asked again; then whoever adopts the run goes on asking. Raises OSError."""
        for attempt in range(TRIES):
            try:
                # The script may have removed its own run's folder.
                self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                return files.write_durably(self.directory / files.EXIT, record)
            except OSError:
                if attempt == TRIES - 1:
                    raise
                time.sleep(SOON)
        return None

    def _exit_status(self) -> int | None:
        """What the wrapper wrote, or said where the disk refused; None where it was killed before it could."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.directory / files.STATUS).read_text())
        if self.told is None and self.wait_status is not None and os.WIFEXITED(self.wait_status):
            return os.WEXITSTATUS(self.wait_status)
        return self.told


def main() -> int:
    directory = Path(sys.argv[1])
    lock = files.take_lock(directory / files.LOCK)
    if lock is None:
        return 3
    if (directory / files.EXIT).exists():
        # Another one adopted the run and brought it to its end while we came.
        return 5
    order = json.loads(sys.stdin.buffer.readline())
    tree.become_subreaper()
    supervisor = Supervisor(directory, order)
    try:
        files.reserve(directory / files.EXIT, 2048)
        if not supervisor.adopted:
            files.reserve(directory / files.STATUS, 8)
    except OSError:
        # A command that runs already is looked after with or without it.
        if not supervisor.adopted:
            raise
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    if supervisor.adopted:
        supervisor.adopt()
    else:
        if sys.stdin.buffer.readline() != b"GO\n":
            return 4
        supervisor.start()
    supervisor.run()
    supervisor.record()
    os.close(lock)
    supervisor.look_after_the_rest()
    return 0


if __name__ == "__main__":
    sys.exit(main())
