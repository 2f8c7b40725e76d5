"""The scratch server, with the system's programs and with the wheel's."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from cockpit.postgres.binaries import ORIGINS, Binaries, PostgresMissing, copy_wheel, find
from cockpit.postgres.server import ScratchServer, ServerError
from tests.integration.demo.helpers import is_running
from tests.waiting import wait_for


def binaries(kind: str) -> Binaries:
    origins = ("wheel",) if kind == "wheel" else tuple(origin for origin in ORIGINS if origin != "wheel")
    try:
        return find(origins)
    except PostgresMissing:
        pytest.skip(f"no PostgreSQL of the {kind} here")


@pytest.mark.parametrize("kind", ["system", "wheel"])
def test_a_server_starts_answers_and_leaves_nothing_behind(kind: str) -> None:
    with ScratchServer(binaries=binaries(kind), settings={"max_connections": "23"}) as server:
        pid, log = server.pid, server.log
        assert pid is not None
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("23",)
        assert server.password not in " ".join(psutil.Process(pid).cmdline())
        assert psutil.Process(pid).uids().real != 0
        assert all((server.bin_dir / tool).exists() for tool in ("psql", "pg_dump", "pg_restore"))
        held = psycopg.connect(server.dsn())  # a client that never leaves must not hold the end up
    assert not is_running(pid)
    assert not log.exists()
    held.close()
    server.stop()


def test_without_the_password_nobody_gets_in() -> None:
    with ScratchServer() as server:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.dsn(password="guess"))
        assert server.socket_dir is not None
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=str(server.socket_dir), port=server.port, user="postgres", dbname="postgres")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the programs to another user")
def test_a_wheel_that_the_servers_user_cannot_reach_is_copied() -> None:
    with tempfile.TemporaryDirectory() as closed:
        copied = copy_wheel(binaries("wheel"), Path(closed))
        with ScratchServer(binaries=copied) as server:
            assert Path(closed) not in server.bin_dir.parents
            copy = server.bin_dir
        assert not copy.exists()


def test_a_named_folder_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = binaries("wheel").bin_dir
    monkeypatch.setenv("COCKPIT_PG_BIN", str(wheel))
    assert find() == Binaries(wheel, "environment")


def test_a_folder_of_ones_own_is_kept() -> None:
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o711)
        with ScratchServer(Path(folder)) as server:
            assert server.log.parent == Path(folder).resolve()
        assert (Path(folder) / "data" / "PG_VERSION").exists()
        with pytest.raises(ServerError, match="already exists"):
            ScratchServer(Path(folder)).start()


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(ServerError, match="max_connections"):
        ScratchServer(settings={"max_connections": "nonsense"}).start()


def test_no_programs_is_said_with_what_to_install() -> None:
    with pytest.raises(PostgresMissing, match=r"`demo` extra, in its checkout: uv tool install"):
        find(())


def test_the_server_ends_when_its_owner_is_killed() -> None:
    code = (
        "import sys; from cockpit.postgres.server import ScratchServer; server = ScratchServer(); server.start();"
        "print(server.pid, server.log.parent, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdin
    assert owner.stdout
    with owner.stdin, owner.stdout:
        pid, folder = owner.stdout.readline().split()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    wait_for(lambda: not is_running(int(pid)) and not Path(folder).exists())
