"""Runs an example against its stand-in on this machine: `uv run python examples/try.py static-site`.

The example is copied into a temporary git repository, its stand-in for production starts, and the cockpit opens there.
What follows the name goes to `cockpit run`: `examples/try.py static-site --headless --yes`. When this ends, all ends.
"""

import contextlib
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from cockpit.client.session import open_deploys
from cockpit.paths import Layout

EXAMPLES = Path(__file__).resolve().parent
COCKPIT = [sys.executable, "-m", "cockpit"]


def names() -> list[str]:
    """Examples that can run here; the others are only read (`cockpit outline`, `cockpit check`)."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/stand_in.py"))


@contextlib.contextmanager
def world(name: str, folder: Path) -> Iterator[Path]:
    """A git repository with a copy of the example, its stand-in running. Nothing of it runs afterwards."""
    root = folder / name
    shutil.copytree(EXAMPLES / name, root, ignore=shutil.ignore_patterns("run", ".cockpit", "__pycache__"))
    (root / "stand_in.py").unlink()
    _git(root, "init", "-q")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", f"{name}: as in the examples")
    (root / "run").mkdir(mode=0o700)
    stand_in = runpy.run_path(str(EXAMPLES / name / "stand_in.py"))["stand_in"]
    try:
        with stand_in(root) as variables:
            env = root / "run" / "env"
            env.touch(mode=0o600)
            env.write_text("".join(f"{key}={value}\n" for key, value in variables.items()))
            yield root
    finally:
        _end_all_below(root)


def _git(root: Path, *words: str) -> None:
    who = ["-c", "user.name=Example", "-c", "user.email=example@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=root, check=True)


def _running_below(root: Path) -> list[psutil.Process]:
    """The engine of a deploy there, and the scripts that it started."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            below = Path(process.cwd()).is_relative_to(root) or str(root) in " ".join(process.cmdline())
            if below and process.pid != os.getpid():
                found.append(process)
    return found


def _end_all_below(root: Path) -> None:
    # Again and again: a watchdog brings back what was ended before it.
    for _ in range(10):
        for process in _running_below(root):
            with contextlib.suppress(psutil.Error):
                process.kill()


def main(arguments: list[str]) -> int:
    """The exit status of the deploy; 2 where the example is not one that runs."""
    if not arguments or arguments[0] not in names():
        print(f"usage: try.py {'|'.join(names())} [options of cockpit run]", file=sys.stderr)
        return 2
    name, *options = arguments
    with (
        tempfile.TemporaryDirectory(prefix="ck-", ignore_cleanup_errors=True) as folder,
        world(name, Path(folder)) as root,
    ):
        print(f"{name} runs in {root}", file=sys.stderr)
        status = subprocess.run([*COCKPIT, "run", "--env", "rehearsal", *options], cwd=root, check=False).returncode
        layout = Layout(root)
        if open_deploys(layout):
            print(f"The deploy goes on: cd {root} && cockpit attach\nCtrl-C: end it, and the stand-in", file=sys.stderr)
        while open_deploys(layout):
            time.sleep(0.5)
        for log in (root / "reports").rglob("*.md"):
            print(f"\n{log.read_text()}")
        return status


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
    sys.exit(130)
