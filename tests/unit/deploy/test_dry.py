"""What a dry run keeps of a plan, and what it leaves out."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.dry import REPORTS, dry_run_of, is_dry_run
from cockpit.planning.build import make_plan
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.builders import Deploy, check, item, live, option, plan, rule, step

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
        f"checks are not run in a dry run: {what}" for what in ("make test", "metrics", "watch")
    ]
    (ship,) = (task.script for task in dry.tasks if task.script is not None)
    assert (ship.body, ship.confirm, ship.interactive) == ("make ship\n", True, False)


def _plan(*more: Any, **fields: Any) -> Any:
    """A plan in which everything is switched on that a dry run must not do."""
    hard: dict[str, Any] = {"interactive": True, "ok_statuses": (0, 3), "interrupt": "wait", "timeout_seconds": 9.0}
    return plan(
        check("tests", body="\nmake test\n", outside=True, inferred=True),
        live("canary", "gate:canary"),
        item("ready"),
        step("ship", second_person=True, start="due", **hard),
        rollback=(option("back", step("undo", second_person=True, **hard), live("health", "metrics")),),
        metrics=(rule(), rule("health")),
        automatic=True,
        auto_checks=True,
        arm_task="ship",
        settings={name: {} for name in ("team", "sources", "metrics", "gates", "notices", "flags", "database", "keys")},
        **fields,
    )


def test_a_dry_run_says_so_to_everybody_and_begins_nothing_by_itself() -> None:
    dry = dry_run_of(_plan())
    assert dry.dry_run
    assert (dry.automatic, dry.auto_checks, dry.arm_task, dry.watch_seconds) == (False, False, "", 0.0)
    assert dry.report_dir == REPORTS
    assert dry.settings == {"keys": {}}
    assert dry.waived == {
        "tests": "checks are not run in a dry run: make test", "canary": "checks are not run in a dry run: gate:canary",
    }  # fmt: skip


def test_scripts_are_read_alone_and_without_a_terminal_those_of_the_way_back_too() -> None:
    dry = dry_run_of(_plan())
    for task_id in ("ship", "undo"):
        task = dry.task(task_id)
        assert task is not None
        assert task.script is not None
        assert (task.second_person, task.start) == (False, "person")
        read = task.script
        assert (read.interactive, read.ok_statuses, read.interrupt, read.timeout_seconds) == (False, (0,), "stop", None)
    for task_id in ("tests", "canary", "health"):
        task = dry.task(task_id)
        assert task is not None
        assert (task.kind, task.script, task.builtin, task.outside, task.inferred) == ("manual", None, "", False, False)


@pytest.mark.parametrize(
    ("outcome", "reason", "words"),
    [
        ("succeeded", "", "would run; not executed"),
        ("failed", "exit status 2", "bash cannot parse it; the deploy would fail here"),
        ("cancelled", "asked for", "asked for"),
    ],
)
def test_the_end_of_a_script_that_was_only_read_says_what_it_means(
    outcome: e.StepOutcome, reason: str, words: str
) -> None:
    deploy = Deploy().do(c.OpenDeploy(plan=dry_run_of(_plan())))
    deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=()))
    assert deploy.status("tests") == "waived"
    deploy.tick("ready").run("ship").end("ship", outcome, reason=reason)
    assert deploy.state.of("ship").reason == words
