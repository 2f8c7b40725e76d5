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
