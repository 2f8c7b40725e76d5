"""The installed command as a user runs it: `python -m cockpit` in a git repository of the test's own."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from cockpit.client.session import deploys
from cockpit.deploy.actions import named
from cockpit.deploy.state import State
from cockpit.history.reading import state_of
from cockpit.paths import Layout
from tests.git import git

COMMAND = [sys.executable, "-m", "cockpit"]
SECONDS = 90


def accepting(arguments: Sequence[str]) -> list[str]:
    """`cockpit run` of a runbook that nobody has reviewed: most tests are about something else."""
    first, *rest = arguments
    return [first, *rest] if first != "run" or "--help" in rest else [first, "--accept-reading", *rest]


def run(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, *, accept: bool = True
) -> subprocess.CompletedProcess[str]:
    """The command to its end, without a terminal; standard error is apart. `accept`: scripts that were not reviewed
    are run all the same."""
    done = subprocess.run(
        [*COMMAND, *(accepting(arguments) if accept else arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert not named(done.stdout + done.stderr), "an action is named as what it is reached by"
    return done


@contextmanager
def short_folder(prefix: str = "ck-", place: Path | None = None) -> Iterator[Path]:
    """A folder with a short path (PostgreSQL's socket needs one); what still runs below it at the end is killed."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        try:
            yield folder
        finally:
            # Again and again: a watchdog brings back what was killed before it.
            for _ in range(10):
                for pid in processes_below(folder):
                    with contextlib.suppress(psutil.Error):
                        psutil.Process(pid).kill()


def processes_below(folder: Path) -> dict[int, str]:
    """Processes that name the folder or stand in it: pid -> what it is."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with contextlib.suppress(psutil.Error, OSError):
            words = " ".join(process.cmdline())
            if str(folder) in words or Path(process.cwd()).is_relative_to(folder):
                found[process.pid] = words
    return found


class Repository:
    """A git repository with `docs/deploy.md` and nothing else."""

    def __init__(self, root: Path, runbook: str) -> None:
        self.root = root
        (root / "docs").mkdir()
        (root / "docs" / "deploy.md").write_text(runbook)
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "the first version")

    def git(self, *arguments: str) -> None:
        git(self.root, *arguments)

    def cockpit(self, *arguments: str, accept: bool = True) -> subprocess.CompletedProcess[str]:
        return run(arguments, self.root, accept=accept)

    def cockpit_until(self, *arguments: str, until: str) -> subprocess.Popen[str]:
        """The command, running on, once it has printed that text. The caller ends it."""
        process = subprocess.Popen(
            [*COMMAND, *accepting(arguments)],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        said = ""
        while until not in said:
            line = process.stdout.readline()
            assert line, f"{until!r} never came: {said}"
            said += line
        return process

    @property
    def layout(self) -> Layout:
        return Layout(self.root)

    @property
    def newest(self) -> str:
        """Id of the newest deploy."""
        return deploys(self.layout)[0].id

    @property
    def state(self) -> State:
        """Of the newest deploy, from its journal."""
        return state_of(self.layout, self.newest)

    @property
    def log(self) -> Path:
        """The deploy log; there is exactly one file."""
        (path,) = (self.root / "reports" / "deploys").glob("*.md")
        return path


@contextmanager
def repository(runbook: str, name: str = "bakery") -> Iterator[Repository]:
    """One in a short path; its engine and scripts end with it."""
    with short_folder() as folder:
        (folder / name).mkdir()
        yield Repository(folder / name, runbook)
