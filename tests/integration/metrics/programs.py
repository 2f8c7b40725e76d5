"""Real monitoring programs on loopback: started with their own settings, ended by their process id."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.waiting import wait_for

PROMETHEUS = shutil.which("prometheus")
NODE_EXPORTER = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")


def needs(program: str | None, name: str) -> pytest.MarkDecorator:
    """Skips, with the reason, where the program is not installed."""
    return pytest.mark.skipif(program is None, reason=f"{name} is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    argv: list[str], ready: Callable[[], bool], log: Path, user: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program for as long as the block, from when it is ready. Its log is in the failure."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=log.parent,
            start_new_session=True,
            user=user,
            group=user and pwd.getpwuid(user).pw_gid,
            extra_groups=[] if user else None,
        )

    def up() -> bool:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        return ready()

    try:
        wait_for(up, argv[0])
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def prometheus(folder: Path, jobs: Mapping[str, int], interval: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Prometheus that scrapes these ports of loopback; the process and its address."""
    assert PROMETHEUS is not None
    lines = ["global:", f"  scrape_interval: {interval}", f"  scrape_timeout: {interval}", "scrape_configs:"]
    for job, port in jobs.items():
        lines += [f"  - job_name: {job}", "    static_configs:", f"      - targets: ['127.0.0.1:{port}']"]
    config = folder / "prometheus.yml"
    config.write_text("\n".join(lines) + "\n")
    port = free_port()
    argv = [PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=warn"]
    argv.append(f"--web.listen-address=127.0.0.1:{port}")
    url = f"http://127.0.0.1:{port}"
    with running(argv, lambda: answers(f"{url}/-/ready"), folder / "prometheus.log") as process:
        yield process, url


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """A node exporter; the address of its page."""
    assert NODE_EXPORTER is not None
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    argv = [NODE_EXPORTER, f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults"]
    argv += ["--collector.loadavg", "--collector.cpu"]
    with running(argv, lambda: answers(url), folder / "node.log"):
        yield url


@contextmanager
def pgbouncer(server: str, users: Mapping[str, str], **settings: str) -> Iterator[Callable[[str, str], str]]:
    """A PgBouncer before the server (`host=... port=...`), transactions pooled; gives dsn(user, database)."""
    assert PGBOUNCER is not None
    port = free_port()
    # As root it refuses to run, and a user without rights has to reach its settings.
    nobody = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bouncer-") as name:
        folder = Path(name)
        quoted = [f'"{user}" "{password}"' for user, password in users.items()]
        (folder / "users.txt").write_text("\n".join(quoted) + "\n")
        said = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(port),
            "unix_socket_dir": "",
            "auth_type": "plain",
            "auth_file": str(folder / "users.txt"),
            "pool_mode": "transaction",
            "stats_users": next(iter(users)),
            **settings,
        }
        lines = ["[databases]", f"* = {server}", "[pgbouncer]", *(f"{key} = {value}" for key, value in said.items())]
        (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
        if nobody is not None:
            for path in (folder, *folder.iterdir()):
                os.chown(path, nobody, -1)

        def dsn(user: str, database: str) -> str:
            return f"postgresql://{user}:{users[user]}@127.0.0.1:{port}/{database}"

        def ready() -> bool:
            try:
                psycopg.connect(dsn(next(iter(users)), "pgbouncer"), connect_timeout=2, autocommit=True).close()
            except psycopg.OperationalError:
                return False
            return True

        with running([PGBOUNCER, str(folder / "pgbouncer.ini")], ready, folder / "bouncer.log", nobody):
            yield dsn
