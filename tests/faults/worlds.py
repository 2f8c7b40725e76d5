"""What is deployed while things are killed: a small repository, or the whole demo production."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from cockpit.client.session import open_deploy
from cockpit.demo.production import build
from cockpit.opening.deploy import open_plan
from tests.faults.kills import COUNTING, LEDGER
from tests.git import git
from tests.integration.cockpit.helpers import short_folder

SMALL = f"""\
# Counting

## Pre-flight

- [ ] The first numbers (`bash count.sh`)
- [ ] Somebody looked

## Deployment steps

### Step 1: Count
{COUNTING}
### Step 2: Count on

- [ ] The first count was right
{COUNTING}
### Step 3: Count to the end
{COUNTING}
"""


@contextlib.contextmanager
def small(place: Path | None = None, more: str = "") -> Iterator[Path]:
    """A deploy that is open in a repository of three counting steps; gives the repository. `place`: below this; `more`:
    behind its runbook."""
    with short_folder(place=place) as folder, _variables({"LEDGER": str(folder / "count" / LEDGER)}):
        root = folder / "count"
        (root / "docs").mkdir(parents=True)
        (root / "docs" / "deploy.md").write_text(SMALL + more)
        (root / "count.sh").write_text("for n in 1 2 3; do echo $n; done\n")
        (root / "cockpit.toml").write_text('runbook = "docs/deploy.md"\n')
        git(root, "init", "-q")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "the first version")
        _open(root)
        yield root


@contextlib.contextmanager
def demo() -> Iterator[Path]:
    """The demo's production, its deploy open, with counting steps among its own; gives its repository."""
    with short_folder() as folder:
        production = build(folder / "demo", "good", quick=True)
        try:
            with _variables({**production.env, "LEDGER": str(production.root / LEDGER)}):
                _add_counting(production.runbook)
                git(production.root, "commit", "-qam", "count")
                _open(production.root)
                yield production.root
        finally:
            production.stop()


def _add_counting(runbook: Path) -> None:
    text = runbook.read_text()
    for before in ("### Step 3:", "### Step 5:"):
        text = text.replace(before, f"### Count before {before.removeprefix('### ')}\n{COUNTING}\n{before}", 1)
    runbook.write_text(text)


def _open(root: Path) -> None:
    before = Path.cwd()
    os.chdir(root)
    try:
        asyncio.run(open_deploy(open_plan(None), "person", time.time()))
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _variables(more: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
