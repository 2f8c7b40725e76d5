"""`cockpit run --dry-run`: the whole deploy is walked through, and nothing of it is executed."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit.engine.effects.dry_run import only_read
from cockpit.runner import files
from cockpit.runner.spawn import Order
from tests.integration.cockpit.helpers import Repository, short_folder

RUNBOOK = """\
# Shipping

## Before
- [ ] Tests are green (`touch ran-check`)
- [ ] The tree is clean <!-- cockpit: check=git.clean -->

## Deploy
```bash
touch ran-one
export RELEASE=$(date)
```
```bash
echo "$RELEASE" > ran-two
deploy-now --to <target-host> --key "$DEPLOY_KEY"
```

## Rollback
```bash
touch ran-back
```
"""
SETTINGS = """\
watch = "1h"

[sources.health]
type = "health"
url = "http://127.0.0.1:1/"

[variables]
DEPLOY_KEY = {}
"""
KEY = "hunter2-hunter2"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with short_folder() as root:
        (root / "evil").write_text("touch ran-environment\n")
        (root / "cockpit.toml").write_text(SETTINGS)
        # What the environment would have every bash do is not done either.
        monkeypatch.setenv("BASH_ENV", str(root / "evil"))
        monkeypatch.setenv("BASH_FUNC_printf%%", "() { touch ran-function; }")
        monkeypatch.setenv("DEPLOY_KEY", KEY)
        yield Repository(root, RUNBOOK)


def _ran(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("ran-*"))


def test_a_dry_run_goes_through_every_step_and_executes_none(shop: Repository) -> None:
    done = shop.cockpit("run", "docs/deploy.md", "--dry-run", "--headless", "--yes", "--set", "target-host=web-1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _ran(shop.root) == []
    assert "DRY RUN of a deploy" in done.stdout
    assert "| deploy-now --to web-1 --key" in done.stdout
    assert "$RELEASE is not set here; an earlier step may set it" in done.stdout
    assert "touch ran-check" in done.stdout
    state = shop.state
    assert state.plan is not None
    assert [(state.of(task.id).status, state.of(task.id).reason) for task in state.plan.in_phase("deploy")] == [
        ("pass", "would run; not executed")
    ] * 2
    # The command of the first box is not known to look only: it is offered, and a person ticks the box.
    required = [task for task in state.plan.in_phase("preflight") if task.required]
    assert [state.of(task.id).status for task in required] == ["waived", "pass", "waived"]
    assert [task.title for task in state.plan.tasks if not task.required and task.script] != []


def test_what_is_kept_of_a_dry_run_says_so_and_holds_no_secret(shop: Repository) -> None:
    shop.cockpit("run", "docs/deploy.md", "--dry-run", "--headless", "--yes", "--set", "target-host=web-1")
    assert not (shop.root / "reports").exists()
    (log,) = (shop.layout.folder / "dry-runs").glob("*.md")
    assert log.read_text().splitlines()[1].startswith("# Production/dry-run DRY RUN, nothing was executed")
    told = json.loads(shop.cockpit("history", "--json").stdout)
    assert [one["environment"] for one in told["deploys"]] == ["production/dry-run"]
    assert [one["touched_production"] for one in told["deploys"]] == [False]
    assert told["figures"] == []
    assert all(KEY.encode() not in path.read_bytes() for path in shop.layout.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("script", "interpreter", "status", "said"),
    [
        ("touch ran-it\nif true; then\n", "bash", 2, "syntax error"),
        ("touch ran-it\n", "bash", 0, "touch ran-it"),
        ("import os; os.mkdir('ran-it')\n", "python3", 0, "its syntax was not checked"),
    ],
)
def test_a_script_is_read_and_never_run(script: str, interpreter: str, status: int, said: str, tmp_path: Path) -> None:
    (tmp_path / files.SCRIPT).write_text(script)
    order = only_read(Order(tmp_path, (interpreter, str(tmp_path / files.SCRIPT)), str(tmp_path), {}), interpreter, ())
    done = subprocess.run(order.argv, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True)
    assert _ran(tmp_path) == []


def test_a_dry_run_keeps_no_deploy_out_and_unlocks_nothing(shop: Repository) -> None:
    process = shop.cockpit_until("run", "docs/deploy.md", "--dry-run", "--headless", until="needs attention")
    try:
        assert shop.cockpit("run", "docs/deploy.md", "--dry-run", "--headless").returncode == 5
        refused = shop.cockpit("run", "docs/deploy.md", "--dry-run", "--unlock", "why not", "--headless")
        assert (refused.returncode, "--unlock and --dry-run are mutually exclusive" in refused.stderr) == (2, True)
        (shop.root / "cockpit.toml").write_text("")
        real = shop.cockpit_until("run", "docs/deploy.md", "--headless", until="needs attention")
        real.kill()
        real.wait()
        environments = {one["environment"] for one in json.loads(shop.cockpit("history", "--json").stdout)["deploys"]}
        assert environments == {"production", "production/dry-run"}
    finally:
        process.kill()
        process.wait()
    assert _ran(shop.root) == []


def test_the_way_back_is_walked_through_as_well_and_locks_nothing(shop: Repository) -> None:
    process = shop.cockpit_until("run", "docs/deploy.md", "--dry-run", "--headless", until="needs attention")
    try:
        back = shop.cockpit("rollback", "--yes", "--reason", "to see it")
        assert back.returncode == 3, back.stdout + back.stderr
        assert "| touch ran-back" in back.stdout
    finally:
        process.kill()
        process.wait()
    assert _ran(shop.root) == []
    (shop.root / "cockpit.toml").write_text("")
    real = shop.cockpit_until("run", "docs/deploy.md", "--headless", until="needs attention")
    real.kill()
    real.wait()
