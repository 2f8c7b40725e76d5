"""The deploy log is there while the deploy runs: after a crash it is true, only shorter."""

import os
import signal

from tests.integration.cockpit.helpers import repository
from tests.waiting import wait_for

RUNBOOK = """\
# Baking

## Deployment steps

### Step 1: Knead
```bash
echo kneading
```

### Step 2: Bake
```bash
sleep 600
```

## Rollback

```bash
echo back
```
"""


def test_what_has_happened_is_in_the_log_when_everything_is_killed() -> None:
    with repository(RUNBOOK) as here:
        face = here.cockpit_until("run", "--headless", "--yes", until="Step 2: Bake: started")
        try:
            wait_for(lambda: list((here.root / "reports" / "deploys").glob("*.md")), "a log")
            wait_for(lambda: "| Step 1: Knead | done |" in here.log.read_text(), "the first step in the log")
            wait_for(lambda: "| Step 2: Bake | running |" in here.log.read_text(), "the second step in the log")
            assert "**Outcome**: still open" in here.log.read_text()
            wait_for(lambda: here.state.exports == (str(here.log),), "its path in the record")
            os.kill(here.state.engine_pid, signal.SIGKILL)
            assert "| Step 1: Knead | done |" in here.log.read_text()
        finally:
            face.kill()
            face.wait()


def test_nothing_is_written_before_the_deploy_phase() -> None:
    waiting = RUNBOOK.replace("## Deployment steps", "## Pre-flight\n\n- [ ] The oven is hot\n\n## Deployment steps")
    with repository(waiting) as here:
        face = here.cockpit_until("run", "--headless", until="phase Preflight")
        try:
            assert here.cockpit("status").returncode == 1
            assert not (here.root / "reports").exists()
        finally:
            face.kill()
            face.wait()


def test_a_log_that_cannot_be_written_is_said_once_and_stops_nothing() -> None:
    with repository(RUNBOOK.replace("sleep 600", "sleep 3")) as here:
        (here.root / "reports").write_text("a file where the folder should be\n")
        done = here.cockpit("run", "--headless", "--yes")
        assert done.returncode == 0, done.stdout
        said = [note.text for note in here.state.notes if "could not be written" in note.text]
        assert len(said) in (1, 2), "while it ran, and at the end"
        assert (here.root / "reports").is_file()
