"""Scripts for trouble, for once, to look up: they run when a person wants it, each confirmed, and hold nothing up."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.dry import dry_run_of
from cockpit.deploy.plan import AT_HAND, Plan
from cockpit.planning.build import make_plan
from cockpit.report.log_tasks import Places, log_tasks
from cockpit.report.story import tell
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.builders import Deploy, option, step

RUNBOOK = """\
# Shop

## One-time setup
```bash
./bucket create
```

## Deploy
```bash
./ship new
```

## Rollback
```bash
./ship old
```

## Troubleshooting
```bash
./queue empty
```

## Useful commands
```bash
./workers list
```

## Output
```json
{"a": 1}
```
"""


def planned(**settings: Any) -> Plan:
    given = Settings.model_validate(settings)
    return make_plan(parse(RUNBOOK), given, root="/srv", runbook_path="RUNBOOK.md", runbook_text="")


def deploy(*more: Any) -> Deploy:
    heat = step("heat", confirm=True, role="contingency", required=False, group=AT_HAND)
    return Deploy.of(step("knead"), step("bake"), *more, rollback=(option("back", step("old")),), aside=(heat,))


def test_a_plan_has_them_in_the_order_of_the_document() -> None:
    plan = planned()
    assert [(task.role, task.script and task.script.body) for task in plan.aside] == [
        ("setup", "./bucket create\n"), ("contingency", "./queue empty\n"), ("reference", "./workers list\n"),
    ]  # fmt: skip
    assert all(task.script is not None and task.script.confirm and not task.required for task in plan.aside)
    assert {task.group for task in plan.aside} == {AT_HAND}
    assert [task.id for task in plan.aside] == [task.id for task in plan.every_task()][-3:]


def test_what_the_settings_promote_or_ignore_is_not_among_them() -> None:
    ids = [task.id for task in planned().aside]
    plan = planned(tasks={ids[0]: {"promote": True}, ids[1]: {"ignore": True}})
    assert [task.id for task in plan.aside] == ids[2:]


def test_one_runs_in_any_phase_and_on_hold_and_again() -> None:
    here = deploy()
    here.do(c.HoldDeploy(reason="we look"))
    for attempt in (1, 2):
        here.do(c.RunTask(task="heat", attempt=attempt, confirmed=True))
        here.end("heat")
    assert here.state.of("heat").status == "pass"
    assert here.state.of("heat").attempt == 2


def test_one_runs_only_after_it_was_shown_and_alone() -> None:
    here = deploy()
    assert "must be confirmed first" in here.refusal(c.RunTask(task="heat", attempt=1))
    here.do(c.RunTask(task="knead", attempt=1))
    assert "one script at a time" in here.refusal(c.RunTask(task="heat", attempt=1, confirmed=True))


def test_one_that_failed_holds_nothing_up() -> None:
    here = deploy()
    here.do(c.RunTask(task="heat", attempt=1, confirmed=True))
    here.end("heat", "failed")
    assert here.state.of("heat").status == "fail"
    here.do(c.RunTask(task="knead", attempt=1))
    here.end("knead")
    here.do(c.RunTask(task="bake", attempt=1))
    here.end("bake")
    assert here.state.holding("deploy") == ()


def test_a_rollback_stops_the_one_that_runs_and_none_starts_meanwhile() -> None:
    here = deploy().passed("knead")
    here.do(c.RunTask(task="heat", attempt=1, confirmed=True))
    here.do(c.StartRollback(option="back", confirmation="production", reason="it burns"))
    assert here.state.rollback is not None
    assert here.state.rollback.status == "stopping"
    assert here.state.of("heat").cancel_requested
    here.end("heat", "cancelled")
    assert "a rollback is under way" in here.refusal(c.RunTask(task="heat", attempt=2, confirmed=True))
    here.end("old")
    assert here.state.of("old").status == "pass"


def test_the_record_says_what_it_is() -> None:
    here = deploy()
    here.do(c.RunTask(task="heat", attempt=1, confirmed=True))
    started = next(event for event in here.events if isinstance(event.body, e.StepStarted))
    assert tell(here.state, started) == "Heat (contingency, at hand): started"
    here.end("heat")
    assert here.state.plan is not None
    lines = log_tasks(here.state, here.state.plan, Places(None, None))
    assert lines[lines.index("### At hand") + 4].startswith("| Heat (contingency) | done |")


def test_a_log_without_one_has_no_section() -> None:
    here = deploy()
    assert here.state.plan is not None
    assert "### At hand" not in log_tasks(here.state, here.state.plan, Places(None, None))


def test_in_a_dry_run_they_can_be_walked_through() -> None:
    assert [task.role for task in dry_run_of(planned()).aside] == ["setup", "contingency", "reference"]


@pytest.mark.parametrize("name", ["step", "content"])
def test_no_step_is_at_hand(name: str) -> None:
    assert name not in [task.role for task in planned().aside]
