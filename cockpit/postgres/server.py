"""A scratch PostgreSQL server: own data folder, loopback port, password, and an end that is certain."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from cockpit.postgres import binaries as programs
from cockpit.postgres.binaries import Binaries
from cockpit.postgres.user import unprivileged

SUPERUSER = "postgres"

# The kernel's limit for a socket's path is 104 (macOS) to 108 bytes; the name of PostgreSQL's socket takes 20.
_SOCKET_FOLDER_LIMIT = 83
_PORT_ATTEMPTS = 5
_POLL_SECONDS = 0.02
_STOP_SIGNALS = (
    (signal.SIGINT, 5.0),  # "fast": SIGTERM would wait for every client to leave
    (signal.SIGQUIT, 3.0),  # "immediate": no checkpoint
    (signal.SIGKILL, 5.0),
)


class ServerError(Exception):
    """The server did not start or did not stop; the text ends with the last lines of its log."""


class ScratchServer:
    """A PostgreSQL server that lives as long as this object wants; use it as a context manager or start() and stop().

    `directory` keeps data and log (None: a temporary folder, removed by stop()). As root the server runs as an
    unprivileged user, and if that user cannot reach `directory` the data go to a temporary folder as well.
    `settings` are server parameters; `durable` False switches fsync off, which is right for data nobody keeps.
    A guard process ends the server when this process dies without stop().
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        binaries: Binaries | None = None,
        settings: Mapping[str, str] | None = None,
        durable: bool = False,
        start_timeout: float = 30.0,
    ) -> None:
        self.binaries = binaries or programs.find()
        self.settings = dict(settings or {})
        self.durable = durable
        self.start_timeout = start_timeout
        self.password = secrets.token_hex(16)
        self.port = 0
        self.socket_dir: Path | None = None
        self._directory = directory
        self._home: Path | None = None
        self._temporary: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._user = unprivileged()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bin_dir(self) -> Path:
        """The folder of the programs that fit this server (psql, pg_dump, pg_restore)."""
        return self.binaries.bin_dir

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """The server's log file. Raises ServerError before start()."""
        if self._home is None:
            raise ServerError("the server was not started")
        return self._home / "server.log"

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """A connection URI over TCP. It holds the password: environment and memory only, never argv or a log."""
        word = quote(self.password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{word}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def start(self) -> None:
        """Create the data folder and return when the server answers a query. Raises ServerError, PostgresMissing."""
        if self._process is not None:
            raise ServerError("the server is already running")
        try:
            self._prepare()
            self._initdb()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server: fast, then immediate, then by force; returns when it is gone. May be called twice."""
        if self._guard is not None:
            self._guard.kill()
            self._guard.wait()
            if self._guard.stdin:
                self._guard.stdin.close()
            self._guard = None
        if self._process is not None:
            _end(self._process)
            self._process = None
        for folder in self._temporary:
            shutil.rmtree(folder, ignore_errors=True)
        self._temporary.clear()

    def _prepare(self) -> None:
        home = self._directory
        if home is not None:
            home.mkdir(parents=True, exist_ok=True)
        if home is None or (self._user and not self._user.can_reach(home)):
            home = self._temporary_folder()
        self._home = home.resolve()
        if self._user and not self._user.can_reach(self.bin_dir):
            if self.binaries.bin_dir.parent.parent.name != programs.WHEEL:
                raise ServerError(f"the user {self._user.name} cannot reach {self.bin_dir}")
            self.binaries = programs.copy_wheel(self.binaries, self._temporary_folder())
        sockets = self._home / "run"
        if len(os.fsencode(sockets)) > _SOCKET_FOLDER_LIMIT:
            sockets = self._temporary_folder()
        sockets.mkdir(mode=0o700, exist_ok=True)
        self.socket_dir = sockets
        self._give(sockets)

    def _initdb(self) -> None:
        assert self._home is not None
        data = self._home / "data"
        if data.exists():
            raise ServerError(f"{data} already exists; a scratch server starts empty")
        data.mkdir(mode=0o700)
        self._give(data)
        secret = self._home / "initial-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self._give(secret)
        command = [str(self.binaries.tool("initdb")), "-D", str(data), "-U", SUPERUSER, "--pwfile", str(secret)]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        try:
            done = self._spawn(command if self.durable else [*command, "--no-sync"], subprocess.PIPE)
            output, _ = done.communicate(timeout=self.start_timeout)
        finally:
            secret.unlink()
        if done.returncode != 0:
            raise ServerError(f"initdb failed: {_tail(output.decode(errors='replace'))}")

    def _launch(self) -> None:
        # Between choosing a port and using it somebody else may take it; PostgreSQL then ends at once, and we retry.
        for _ in range(_PORT_ATTEMPTS):
            self.port = _free_port()
            with self.log.open("wb") as log:
                self._process = self._spawn(self._command(), log.fileno())
            if self._wait():
                self._guard = _guard(self._process.pid, self._temporary)
                return
            self._process.wait()
            self._process = None
            if "Address already in use" not in self._log_text():
                break
        raise ServerError(f"PostgreSQL did not start: {_tail(self._log_text())}")

    def _command(self) -> list[str]:
        assert self._home is not None
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "logging_collector": "off"}
        settings |= {"unix_socket_directories": str(self.socket_dir), "max_connections": "40", "shared_buffers": "16MB"}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= self.settings
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.binaries.tool("postgres")), "-D", str(self._home / "data"), *options]

    def _wait(self) -> bool:
        """True when the server answers, False when it ended; raises ServerError when neither happens in time."""
        import psycopg  # 200 ms, only where a server really runs

        assert self._process is not None
        deadline = time.monotonic() + self.start_timeout
        while self._process.poll() is None:
            try:
                psycopg.connect(self.dsn(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise ServerError(f"no answer from PostgreSQL: {_tail(self._log_text())}") from None
                time.sleep(_POLL_SECONDS)
            else:
                return True
        return False

    def _spawn(self, command: list[str], output: int) -> subprocess.Popen[bytes]:
        # A bare environment: PGDATA, PGPORT and their like are not ours. English, because its messages are read.
        environment = {"PATH": os.defpath, "HOME": str(self._home), "LC_ALL": "C"}
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=self._home,
            start_new_session=True,  # Ctrl-C in the terminal is for the cockpit
            user=self._user.uid if self._user else None,
            group=self._user.gid if self._user else None,
            extra_groups=[] if self._user else None,
        )

    def _temporary_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="cpg-"))
        self._temporary.append(folder)
        # Passable, not listable: what lies in it belongs to the server's user and has its own modes.
        folder.chmod(0o711 if self._user else 0o700)
        return folder

    def _give(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user.uid, self._user.gid)

    def _log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_GUARD = """
cat >/dev/null; pid=$1; shift
kill -INT "$pid"; tries=0
while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf -- "$@"
"""


def _guard(pid: int, folders: list[Path]) -> subprocess.Popen[bytes]:
    """A shell that waits for the end of its input, which comes when we die, and then clears up in our place."""
    command = ["/bin/sh", "-c", _GUARD, "sh", str(pid), *map(str, folders)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, patience in _STOP_SIGNALS:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        raise ServerError(f"PostgreSQL (pid {process.pid}) cannot be stopped")


def _tail(text: str, lines: int = 6) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])
