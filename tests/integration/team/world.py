"""A team: one database, and machines that are homes of their own, each with its checkout, engine and processes."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from cockpit.journal.sqlite import Journal, JournalError
from cockpit.paths import Layout
from cockpit.postgres.server import ScratchServer
from cockpit.team import schema
from tests.integration.cockpit.helpers import accepting
from tests.waiting import wait_for

PASSWORDS = {
    "anna": "pw-of-anna-1",
    "ben": "pw-of-ben-22",
    "wendy": "pw-of-wendy-3",
    "stan": "pw-of-stan-4",
    "eve": "pw-of-eve-55",
}
RUNBOOK = """\
# Shop

## Pre-flight
- [ ] The till is open

## Deployment steps

### Build
```bash
echo building
until test -e "$GATE"; do read -t 0.02 <> <(:) || true; done
echo built
```

### Release
```bash
echo released > released.txt
```

## Rollback

**Option 1: The release before**
```bash
echo back > back.txt
echo rolled back
```
"""
SETTINGS = """\
runbook = "RUNBOOK.md"
project = "shop"
infer = false

[variables]
GATE = { from = "env:GATE", secret = false }

[team]
dsn = "env:TEAM_DSN"
dead_after = "2s"
"""


SAME_COMMIT = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Shop"), ("EMAIL", "shop@example.com"), ("DATE", "2026-01-01T00:00:00Z"))
}
"""Every machine has a clone of the same."""


def make_logins(connection: "psycopg.Connection[Any]") -> None:
    """The owner of the schema, and the team's logins."""
    connection.execute("CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'owner-of-the-schema'")
    for login, password in PASSWORDS.items():
        connection.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{password}'".encode())


class Team:
    """One database of the server."""

    def __init__(self, server: ScratchServer, name: str) -> None:
        self.server = server
        self.name = name

    def dsn(self, login: str = "anna") -> str:
        password = PASSWORDS.get(login, "owner-of-the-schema")
        return self.server.dsn(self.name, login, password)

    def prepare(self) -> None:
        async def work() -> None:
            async with await psycopg.AsyncConnection.connect(self.dsn("owner"), autocommit=True) as connection:
                await schema.init(connection)
                for login in ("anna", "ben"):
                    await schema.admit(connection, login, "operator", "*", "*")
                await schema.admit(connection, "wendy", "watcher", "*", "*")
                await schema.admit(connection, "stan", "watcher", "*", "staging")

        asyncio.run(work())

    def ask(self, query: str, *values: object, login: str = "owner") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn(login), autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def chain(self, deploy: str) -> list[bytes]:
        """The digests of the deploy's events, in order."""
        rows = self.ask("SELECT seq, digest FROM cockpit.events WHERE deploy = %s ORDER BY seq", deploy)
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
        return [bytes(row[1]) for row in rows]


class Machine:
    """A home with a checkout of its own. Whatever runs in it can be killed at once, as when the machine is gone."""

    def __init__(self, root: Path, person: str, dsn: str, settings: str = SETTINGS, runbook: str = RUNBOOK) -> None:
        self.root = root
        self.person = person
        self.gate = root / "gate"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "LANG": "C.UTF-8",
            "TEAM_DSN": dsn,
            "GATE": str(self.gate),
            "XDG_RUNTIME_DIR": "",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        (root / "shop").mkdir(parents=True)
        self.checkout = root / "shop"
        (self.checkout / "RUNBOOK.md").write_text(runbook)
        (self.checkout / "cockpit.toml").write_text(settings)
        for words in (
            ("init", "-q", "."), ("config", "user.name", person), ("config", "user.email", f"{person}@example.com"),
            ("add", "-A"), ("commit", "-q", "-m", "first"),
        ):  # fmt: skip
            subprocess.run(["git", *words], cwd=self.checkout, check=True, env={**self.env, **SAME_COMMIT})

    def start(self, *words: str) -> "subprocess.Popen[str]":
        argv = [sys.executable, "-m", "cockpit", *accepting(words)]
        return subprocess.Popen(
            argv, cwd=self.checkout, env=self.env, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def cockpit(self, *words: str, status: int | None = 0) -> str:
        """What the command said; its exit status must be that one (None: any)."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=60)
        assert status is None or process.returncode == status, (process.returncode, said)
        return said

    @property
    def layout(self) -> Layout:
        return Layout(self.checkout)

    def deploys(self) -> list[str]:
        with self.journal() as journal:
            return [row.id for row in journal.deploys()] if journal is not None else []

    @contextmanager
    def journal(self) -> Iterator[Journal | None]:
        try:
            journal = Journal(self.layout.journal, read_only=True)
        except JournalError:
            yield None
            return
        try:
            yield journal
        finally:
            journal.close()

    def chain(self, deploy: str) -> list[bytes]:
        """The digests of the deploy's events; the record is whole."""
        with self.journal() as journal:
            assert journal is not None
            journal.read(deploy)
            return [row.digest for row in journal.rows(deploy)]

    def kinds(self, deploy: str) -> list[str]:
        with self.journal() as journal:
            return [row.kind for row in journal.rows(deploy)] if journal is not None else []

    def opened(self) -> str:
        """The id of the deploy, once there is one."""
        return wait_for(lambda: next(iter(self.deploys()), None), f"a deploy on {self.person}'s machine")

    def has(self, deploy: str, kind: str, count: int = 1) -> None:
        """Wait until the record here has so many events of that kind."""
        wait_for(lambda: self.kinds(deploy).count(kind) >= count, f"{kind} on {self.person}'s machine")

    def processes(self) -> list[psutil.Process]:
        """Everything that was started in this home."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("HOME") == str(self.root):
                    found.append(process)
        return found

    def die(self) -> None:
        """The machine is gone: every process of it at once, none with a word."""
        for _ in range(3):
            for process in self.processes():
                with contextlib.suppress(psutil.Error):
                    process.kill()
        wait_for(lambda: not [one for one in self.processes() if one.status() != "zombie"] or None, "the end of all")


@contextmanager
def machines(folder: Path, *made: Callable[[Path], Machine]) -> Iterator[list[Machine]]:
    """Machines side by side; nothing of them is left afterwards."""
    homes = [make(folder / f"home{number}") for number, make in enumerate(made, 1)]
    try:
        yield homes
    finally:
        for home in homes:
            home.die()
