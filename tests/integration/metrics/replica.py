"""A streaming replica of a scratch server."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from cockpit.postgres.server import SUPERUSER, ScratchServer
from cockpit.postgres.user import unprivileged
from tests.integration.metrics.programs import free_port, running


@contextmanager
def replica(server: ScratchServer) -> Iterator[str]:
    """Running for as long as the block; the replica's own dsn."""
    user = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="replica-"))
    if user is not None:
        os.chown(folder, user.uid, user.gid)
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder)}
    port, tools = free_port(), server.bin_dir
    dsn = f"postgresql://{SUPERUSER}:{server.password}@127.0.0.1:{port}/postgres"
    copy = [str(tools / "pg_basebackup"), "-d", server.dsn(), "-D", str(folder / "data"), "-R", "-c", "fast"]
    start = [str(tools / "postgres"), "-D", str(folder / "data"), "-c", f"port={port}", "-c", "fsync=off"]
    start += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]

    def ready() -> bool:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        subprocess.run(
            [*copy, "--no-sync"],
            env=environment,
            cwd=folder,
            check=True,
            capture_output=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
        with running(start, ready, folder / "replica.log", user.uid if user else None) as process:
            try:
                yield dsn
            finally:
                process.send_signal(signal.SIGINT)  # SIGTERM would wait for every client to leave
    finally:
        shutil.rmtree(folder, ignore_errors=True)
