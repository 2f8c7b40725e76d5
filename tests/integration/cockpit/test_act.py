"""`cockpit act`: every action of the screen as one command, with the same refusals."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cockpit.client.flows import FLOWS
from cockpit.settings.keymap import BY_ID
from tests.integration.cockpit.helpers import Repository, repository
from tests.waiting import wait_for

RUNBOOK = """\
# Bakery

## Pre-flight
- [ ] The oven is hot

## Deployment steps

### Bake
```bash
echo baking >> baked.txt
test -e oven
```

### Deliver
```bash {confirm=true}
echo brought to <street> > delivered.txt
```

## Rollback
```bash
echo the old bread > back.txt
```
"""


@contextmanager
def _open() -> Iterator[Repository]:
    with repository(RUNBOOK, "act") as made:
        process = made.cockpit_until("run", "docs/deploy.md", "--headless", until="engine started")
        try:
            yield made
        finally:
            process.kill()
            process.communicate()


def test_a_deploy_from_its_first_item_to_a_step_that_failed_and_was_retried() -> None:
    with _open() as made:
        listed = made.cockpit("act")
        assert listed.returncode == 0
        item = next(
            line.split()[0] for line in listed.stdout.splitlines() if "The oven is hot" in line and "wait" in line
        )
        nameless = made.cockpit("act", "tick")
        assert (nameless.returncode, item in nameless.stderr) == (2, True)
        assert made.cockpit("act", "phase.on").returncode == 4, "an item is open"
        assert made.cockpit("act", "tick", item).returncode == 0
        assert made.cockpit("act", "phase.on").returncode == 0
        bake, deliver = [task.id for task in made.state.plan.tasks if task.kind == "script"]  # type: ignore[union-attr]
        assert made.cockpit("act", "run", bake).returncode == 0
        wait_for(lambda: made.state.of(bake).status == "fail", "the failure")
        (made.root / "oven").touch()
        asked = made.cockpit("act", "retry", bake)
        assert (asked.returncode, "--choose" in asked.stderr, "top" in asked.stderr) == (2, True, True)
        assert made.cockpit("act", "retry", bake, "--choose", "top").returncode == 0
        wait_for(lambda: made.state.of(bake).status == "pass", "the second try")
        missing = made.cockpit("act", "run", deliver)
        assert (missing.returncode, "--set street=VALUE" in missing.stderr) == (2, True)
        shown = made.cockpit("act", "run", deliver, "--set", "street=Baker Street")
        assert (shown.returncode, "Baker Street" in shown.stdout) == (4, True)
        assert not (made.root / "delivered.txt").exists(), "what wants a confirmation is only shown"
        assert made.cockpit("act", "run", deliver, "--yes").returncode == 0
        wait_for((made.root / "delivered.txt").exists, "the delivery")


def test_a_rollback_wants_the_name_of_the_environment() -> None:
    with _open() as made:
        shown = made.cockpit("act", "rollback")
        assert (shown.returncode, "echo the old bread > back.txt" in shown.stdout) == (4, True)
        assert "`cockpit act close`" in shown.stdout, "no key is named where there are none"
        assert made.cockpit("act", "rollback", "--confirm", "prod").returncode == 4
        refused = made.cockpit("act", "rollback", "--confirm", "production")
        assert (refused.returncode, "changed nothing yet" in refused.stderr) == (4, True)
        insisted = made.cockpit("act", "rollback", "--confirm", "production", "--despite", "--reason", "the till burns")
        assert insisted.returncode == 0
        wait_for((made.root / "back.txt").exists, "the old bread")


def test_a_hold_and_its_end_and_a_refusal_that_names_the_command() -> None:
    with _open() as made:
        assert made.cockpit("act", "hold").returncode == 2, "a reason is wanted"
        assert made.state.hold is None
        assert made.cockpit("act", "hold", "--reason", "lunch").returncode == 0
        refused = made.cockpit("act", "phase.on")
        assert refused.returncode == 4
        assert made.cockpit("act", "hold").returncode == 0
        assert made.state.hold is None
        assert made.cockpit("act", "dance").returncode == 2


@pytest.mark.parametrize("action", sorted(FLOWS))
def test_every_flow_has_a_key_and_words(action: str) -> None:
    assert BY_ID[action].tooltip
    assert BY_ID[action].acts or action == "phase.on"
