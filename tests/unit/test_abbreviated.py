"""An emergency's checklist: what is marked critical, else tests, secrets, backups and health; the rest is named."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Plan
from cockpit.deploy.recommend import recommend
from cockpit.planning.build import make_plan
from cockpit.report.story import tell
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.builders import START, Deploy
from tests.unit.runbook import SHARED

SEED = SHARED / "seed" / "production_deployment.md"
RUNBOOK = """\
# Release

## Pre-deployment

### Quality
- [ ] Unit tests are green (`make test`)
- [ ] Types are right (`make types`)
- [ ] The change was read

### Secrets
- [ ] None is older than 90 days

### Database
- [ ] A backup was taken
- [ ] Migrations have a way back

### Monitoring
- [ ] The health endpoint answers
- [ ] The dashboard is open

## Deploy
```bash
./ship
```

## After the deploy
- [ ] The ticket is closed
"""
NOT_ASKED = ["Types are right", "The change was read", "Migrations have a way back", "The dashboard is open"]


def _plan(
    text: str | bytes = RUNBOOK, *, emergency: bool = True, settings: dict[str, Any] | None = None, **more: Any
) -> Plan:
    return make_plan(
        parse(text.encode() if isinstance(text, str) else text),
        Settings.model_validate(settings or {}),
        root="/srv",
        runbook_path="RUNBOOK.md",
        runbook_text="",
        emergency=emergency,
        approved_by="eve",
        emergency_reason="the shop is down",
        **more,
    )


def _asked(plan: Plan) -> list[str]:
    return [task.title for task in plan.in_phase("preflight") if task.required]


def _left_out(plan: Plan) -> list[str]:
    return [task.title for task in plan.tasks if task.not_asked]


def test_without_an_emergency_everything_is_asked() -> None:
    plan = _plan(emergency=False)
    assert len(_asked(plan)) == 8
    assert (_left_out(plan), plan.bypassed, plan.whole_list) == ([], (), "")


def test_where_nothing_is_marked_the_words_decide_and_what_is_left_out_is_named() -> None:
    plan = _plan(bypassed=("the deploy window was closed: night",))
    assert _left_out(plan) == NOT_ASKED
    assert plan.bypassed == (
        "the deploy window was closed: night",
        f"preflight: 4 items not required: {'; '.join(NOT_ASKED)}",
    )
    assert all(task.required for task in plan.tasks if task.phase != "preflight"), "only preflight is abbreviated"


MARKED = RUNBOOK.replace("The change was read", "The change was read <!-- cockpit: critical -->")


def test_marked_items_alone_are_asked() -> None:
    assert _asked(_plan(MARKED)) == ["The change was read"]


def test_a_marked_section_asks_all_of_its_items() -> None:
    marked = RUNBOOK.replace("### Monitoring\n", "### Monitoring\n<!-- cockpit: critical -->\n")
    assert _asked(_plan(marked)) == ["The health endpoint answers", "The dashboard is open"]


def test_settings_can_mark_an_item() -> None:
    plan = _plan(emergency=False)
    task_id = next(task.id for task in plan.tasks if task.title == "The dashboard is open")
    assert _asked(_plan(settings={"tasks": {task_id: {"critical": True}}})) == ["The dashboard is open"]


def test_what_was_optional_before_is_not_counted_as_passed_over() -> None:
    optional = RUNBOOK.replace("The dashboard is open", "The dashboard is open <!-- cockpit: optional -->")
    plan = _plan(optional)
    assert "The dashboard is open" not in plan.bypassed[0]
    assert plan.bypassed[0].startswith("preflight: 3 items not required")


def test_where_nothing_matches_the_whole_list_is_asked_and_that_is_said() -> None:
    plan = _plan("# R\n## Before\n- [ ] Coffee is there\n- [ ] The team knows\n## Deploy\n```bash\n./ship\n```\n")
    assert _asked(plan) == ["Coffee is there", "The team knows"]
    assert plan.bypassed == ()
    assert "so the full checklist is required" in plan.whole_list
    deploy = Deploy(now=START).do(c.OpenDeploy(plan=plan))
    assert "so the full checklist is required" in tell(deploy.state, deploy.events[0])


@pytest.mark.parametrize("text", ["# R\n## Deploy\n```bash\n./ship\n```\n"])
def test_without_a_checklist_there_is_nothing_to_say(text: str) -> None:
    plan = _plan(text)
    assert (plan.bypassed, plan.whole_list) == ((), "")


def test_the_cockpits_own_question_is_always_asked() -> None:
    plan = _plan(MARKED, settings={"sources": {"app": {"type": "openmetrics"}}})
    assert _asked(plan) == ["All metrics report and production is healthy", "The change was read"]


def test_the_deploy_goes_on_when_what_is_asked_is_done_and_the_rest_does_not_run_by_itself() -> None:
    plan = _plan()
    deploy = Deploy(now=START).do(c.OpenDeploy(plan=plan))
    deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=()))
    assert recommend(deploy.state, START).words == "run 1 check"
    ids = {task.title: task.id for task in plan.tasks}
    deploy.do(c.RunChecks()).end(ids["Unit tests are green"])
    assert not deploy.state.of(ids["Types are right"]).attempt
    for title in ("None is older than 90 days", "A backup was taken", "The health endpoint answers"):
        deploy.tick(ids[title])
    deploy.do(c.EnterPhase(phase="deploy"))
    assert all(name in tell(deploy.state, deploy.events[0]) for name in NOT_ASKED)


@pytest.mark.skipif(not SEED.exists(), reason="no shared seed")
def test_the_seeds_list_becomes_short() -> None:
    plan = _plan(SEED.read_bytes())
    assert 3 <= len(_asked(plan)) <= 12
    assert len(_asked(plan)) + len(_left_out(plan)) == 26
