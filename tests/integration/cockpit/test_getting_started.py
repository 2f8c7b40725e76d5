"""The page for beginners does what it says: its own commands, in a repository with a runbook and nothing else."""

import re
import subprocess
import textwrap
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


def test_a_dry_run_by_the_page_ends_well_and_runs_no_program_that_it_pretends() -> None:
    chapter = PAGE.read_text().partition("## 4. A dry run")[2].partition("\n## ")[0]
    commands = textwrap.dedent(re.findall(r"(?:^    .+\n)+", chapter, re.MULTILINE)[0])
    settings = chapter.partition("```toml\n")[2].partition("```")[0]
    with repository(RUNBOOK) as made:
        assert made.cockpit("outline", "docs/deploy.md").returncode == 0
        assert made.cockpit("check", "docs/deploy.md").returncode == 0
        assert made.cockpit("init", "docs/deploy.md").returncode == 0
        subprocess.run(["bash", "-euc", commands], cwd=made.root, check=True)
        with (made.root / "cockpit.toml").open("a") as file:
            file.write(f"\n{settings}")
        done = made.cockpit("run", "--env", "dry", "--headless", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        said = [line.partition("| ")[2] for line in done.stdout.splitlines() if "| " in line]
        assert said == ["would run: npm run build", "would run: kubectl apply --filename site.yaml"]
