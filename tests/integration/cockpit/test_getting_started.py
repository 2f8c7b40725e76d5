"""The page for beginners does what it says: its own commands, in a repository with a runbook and nothing else."""

import re
import shlex
from pathlib import Path

from tests.integration.cockpit.helpers import repository

PAGE = Path(__file__).resolve().parents[3] / "docs" / "getting-started.md"
RUNBOOK = """\
# Shipping

## Before
- [ ] Somebody looked

## Deploy
```bash
npm run build
kubectl apply --filename site.yaml
```

## Rollback
```bash
kubectl rollout undo deployment/site
```
"""


def test_a_dry_run_by_the_page_ends_well_and_runs_nothing() -> None:
    chapter = PAGE.read_text().partition("## 4. A dry run")[2].partition("\n## ")[0]
    commands = [shlex.split(line)[1:] for line in re.findall(r"`(cockpit run .* --dry-run --headless --yes)`", chapter)]
    assert len(commands) == 1
    with repository(RUNBOOK) as made:
        assert made.cockpit("outline", "docs/deploy.md").returncode == 0
        assert made.cockpit("check", "docs/deploy.md").returncode == 0
        assert made.cockpit("init", "docs/deploy.md").returncode == 0
        done = made.cockpit(*commands[0])
        assert done.returncode == 0, done.stdout + done.stderr
        said = [line.partition("| ")[2] for line in done.stdout.splitlines() if "| " in line]
        assert {"npm run build", "kubectl apply --filename site.yaml"} <= set(said)
