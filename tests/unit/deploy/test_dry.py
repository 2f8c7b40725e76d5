"""What a dry run keeps of a plan, and what it leaves out."""

from cockpit.deploy.dry import dry_run_of, is_dry_run
from cockpit.planning.build import make_plan
from cockpit.runbook.parse import parse
from cockpit.settings import Settings

RUNBOOK = b"""\
# Shipping

## Before
- [ ] Tests (`make test`)
- [ ] Somebody is on call

## Deploy
```bash {confirm=true interactive=true confirm_by=second start=due timeout=5m}
make ship
```

## Rollback
```bash
make unship
```
"""
SETTINGS = {
    "sources": {"health": {"type": "health", "url": "http://h"}},
    "notices": {"mail": {"type": "command", "command": "true"}},
    "team": {"dsn": "env:TEAM"},
    "env_file": ".env",
}


def test_what_would_leave_the_machine_is_not_in_the_plan_of_a_dry_run() -> None:
    plan = make_plan(
        parse(RUNBOOK),
        Settings.model_validate(SETTINGS),
        root="/srv",
        runbook_path="R.md",
        runbook_text="",
        window_enforced=True,
    )
    assert plan.metrics
    dry = dry_run_of(plan)
    assert (dry.metrics, dry.gates, dry.destinations, dry.automatic, dry.window_enforced) == ((), (), (), False, False)
    assert not {"sources", "notices", "team"} & dry.settings.keys()
    assert dry.settings["env_file"] == ".env"
    assert (dry.title, dry.environment, dry.key) == ("DRY RUN: Shipping",) + ("production/dry-run",) * 2
    assert is_dry_run(dry.key)
    assert not is_dry_run(plan.key)


def test_every_task_can_be_settled_by_one_person_and_no_check_is_asked() -> None:
    plan = make_plan(
        parse(RUNBOOK), Settings.model_validate(SETTINGS), root="/srv", runbook_path="R.md", runbook_text=""
    )
    dry = dry_run_of(plan)
    assert [task.id for task in dry.tasks] == [task.id for task in plan.tasks]
    assert [task.kind for task in dry.every_task()] == ["manual", "manual", "manual", "script", "manual", "script"]
    assert not any(task.builtin or task.second_person or task.start == "due" for task in dry.tasks)
    assert sorted(dry.waived.values()) == [
        f"a dry run asks no checks: {what}" for what in ("make test", "metrics", "watch")
    ]
    (ship,) = (task.script for task in dry.tasks if task.script is not None)
    assert (ship.body, ship.confirm, ship.interactive) == ("make ship\n", True, False)
