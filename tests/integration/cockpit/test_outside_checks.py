"""Checks that look outside, in a whole deploy: measured while waited for, and once more at the start."""

import time

from cockpit.client.session import Session
from cockpit.deploy import commands as c
from cockpit.engine.effects.checks import FRESH_SECONDS
from tests.integration.cockpit.helpers import Repository, repository
from tests.waiting import soon

RUNBOOK = """\
# Baking

## Pre-flight

- [ ] Everything is committed <!-- cockpit: check=git.clean -->

## Deployment steps

```bash
echo baked
```
"""


def _task(here: Repository) -> str:
    return next(task.id for task in here.state.plan.tasks if task.builtin == "git.clean")  # type: ignore[union-attr]


def _checked(here: Repository) -> str:
    return here.state.of(_task(here)).status


def _measured_at(here: Repository) -> float:
    return here.state.of(_task(here)).finished_at or 0.0


def test_a_deploy_with_a_clean_tree_goes_through() -> None:
    with repository(RUNBOOK) as here:
        done = here.cockpit("run", "--headless", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Everything is committed: pass, the working tree is clean" in done.stdout


async def test_a_tree_that_became_dirty_meanwhile_stops_the_start() -> None:
    with repository(RUNBOOK) as here:
        face = here.cockpit_until("run", "--headless", until="Everything is committed: pass")
        try:
            session = Session(here.layout, here.newest, "ann")
            client = await session.connect()
            # By itself it is asked every 15 s; at the start an answer of 5 s is too old.
            await soon(lambda: time.time() - _measured_at(here) > FRESH_SECONDS + 1, seconds=30)
            (here.root / "docs" / "deploy.md").write_text(f"{RUNBOOK}\nchanged\n")
            refusal = await client.ask(c.EnterPhase(phase="deploy"))
            assert refusal is not None
            assert '"Everything is committed" is still open in Preflight' in refusal.reason
            assert _checked(here) == "fail"
            await client.close()
        finally:
            face.kill()
            face.wait()


def test_an_unknown_check_is_refused_with_its_line_and_the_nearest_name() -> None:
    with repository(RUNBOOK.replace("git.clean", "git.cleen")) as here:
        done = here.cockpit("run", "--headless", "--yes")
        assert done.returncode == 2
        assert "docs/deploy.md:5: check=git.cleen: no such check; did you mean 'git.clean'?" in done.stderr
