"""An engine that stands still, loses its socket, or is asked from another session."""

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.deploy import events as e
from cockpit.engine.ipc import client as asking
from cockpit.engine.lock import read_holder
from cockpit.history.reading import events_of
from tests.integration.cockpit.helpers import Repository, repository, run, short_folder
from tests.waiting import wait_for

RUNBOOK = """\
# D

## Deploy

### Set

```bash
NAME=kept
```

### Wait

```bash {interpreter=sh}
until [ -e ../go ]; do sleep 0.05; done
```

### After

```bash
echo "name $NAME"
```

## Rollback

```bash
touch ../back
```
"""
DEPLOY = ("run", "docs/deploy.md", "--headless", "--yes")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of its own, as a login has it; its name is short enough for sockets."""
    with short_folder("run-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield folder


@pytest.fixture
def waiting(session: Path) -> Iterator[Repository]:
    """A deploy whose second step runs."""
    with repository(RUNBOOK) as repo:
        (repo.root / "cockpit.toml").write_text('watch = "1s"\n')
        with repo.cockpit_until(*DEPLOY, until="Wait: started") as running:
            try:
                yield repo
            finally:
                running.kill()


def _engine(repo: Repository) -> int:
    holder = read_holder(repo.layout.lock("production"))
    assert holder is not None
    return holder.pid


def _end(repo: Repository) -> str:
    (repo.root.parent / "go").touch()
    wait_for(lambda: repo.state.closed, "the end of the deploy", 30)
    return str(repo.state.closed)


OTHER_SESSIONS = {"su, cron": {"XDG_RUNTIME_DIR": ""}, "another one": {"XDG_RUNTIME_DIR": "/nowhere"}}


@pytest.mark.parametrize("other", OTHER_SESSIONS)
def test_a_running_deploy_is_reached_from_another_session(waiting: Repository, other: str) -> None:
    env = OTHER_SESSIONS[other]
    done = run(("rollback", "--yes", "--reason", "from elsewhere"), waiting.root, env)
    assert done.returncode == 3, done.stdout + done.stderr
    assert (waiting.root.parent / "back").exists()


@pytest.mark.parametrize("what", ["the socket", "the whole runtime folder"])
def test_a_socket_that_vanishes_is_bound_again_and_the_shells_state_is_not_lost(
    waiting: Repository, session: Path, what: str
) -> None:
    if what == "the socket":
        for path in session.rglob("*.sock"):
            path.unlink()
    else:
        shutil.rmtree(session)
    deploy = waiting.newest

    def noted() -> bool:
        return any("socket was removed" in note.text for note in waiting.state.notes)

    wait_for(noted, "the note", 20)
    assert waiting.layout.socket(deploy).exists()
    assert _end(waiting) == "succeeded"
    (log,) = waiting.layout.deploy(deploy).glob("steps/003-1/output.log")
    assert log.read_text() == "name kept\n"


def test_a_command_that_an_engine_was_too_stopped_to_take_is_not_carried_out_at_its_thaw(waiting: Repository) -> None:
    pid = _engine(waiting)
    os.kill(pid, signal.SIGSTOP)
    try:
        done = run(("rollback", "--yes", "--reason", "asked of a stopped engine"), waiting.root)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "stopped or hanging. Nothing was done" in done.stdout + done.stderr
    assert asking.PATIENCE_SECONDS < 10
    assert _end(waiting) == "succeeded"
    assert not (waiting.root.parent / "back").exists()
    bodies = [event.body for event in events_of(waiting.layout, waiting.newest)]
    assert not any(isinstance(body, e.RollbackRequested) for body in bodies)


def test_a_runtime_folder_with_too_long_a_name_is_not_used(tmp_path: Path) -> None:
    long = tmp_path / ("d" * 90)
    long.mkdir(mode=0o700)
    with repository("# D\n\n## Deploy\n\n```bash\necho hello\n```\n") as repo:
        (repo.root / "cockpit.toml").write_text('watch = "1s"\n')
        for env in ({"XDG_RUNTIME_DIR": str(long)}, {"XDG_RUNTIME_DIR": "", "TMPDIR": str(long)}):
            done = run(DEPLOY, repo.root, env)
            assert done.returncode == 0, done.stdout + done.stderr
            assert re.search(r"\| hello", done.stdout)
