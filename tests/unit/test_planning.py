"""Runbook and settings become a plan: phases, tasks, ways back, what is measured."""

from collections import Counter
from typing import Any

import pytest

from cockpit.deploy.plan import METRICS_TASK, WATCH_TASK, Plan
from cockpit.planning.build import make_plan
from cockpit.planning.presets import metric_rules, metrics_of, problems_of
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.unit.runbook import SHARED

SEED = SHARED / "seed" / "production_deployment.md"


def _plan(text: str | bytes, **settings: Any) -> Plan:
    raw = text.encode() if isinstance(text, str) else text
    given = Settings.model_validate(settings)
    return make_plan(parse(raw), given, root="/srv", runbook_path="RUNBOOK.md", runbook_text="")


@pytest.mark.skipif(not SEED.exists(), reason="no shared seed")
def test_the_seed_becomes_the_plan_that_its_readers_expect() -> None:
    plan = _plan(SEED.read_bytes())
    assert Counter((task.phase, task.kind) for task in plan.tasks) == {
        ("preflight", "manual"): 14,
        ("preflight", "check"): 12,
        ("deploy", "script"): 5,
        ("deploy", "manual"): 4,
        ("verify", "manual"): 5,
        ("close", "manual"): 3,
        ("close", "check"): 3,
    }
    assert [task.line for task in plan.tasks if task.kind == "script"] == [58, 75, 85, 98, 111]
    assert [option.touches_database for option in plan.rollback] == [False, False, True]
    assert [option.title for option in plan.rollback] == [
        "Option 1: Rollback via GitHub Actions",
        "Option 2: Manual Rollback",
        "If Database Migration Fails",
    ]
    assert len({task.id for task in plan.tasks}) == len(plan.tasks)
    sign_offs = [task for task in plan.tasks if task.parent and task.phase == "deploy"]
    assert [task.line for task in sign_offs] == [77, 115, 116, 117]
    assert not any(task.phase == "deploy" for task in plan.tasks if task.section == "Pre-Deployment Checklist")


@pytest.mark.skipif(not SEED.exists(), reason="no shared seed")
def test_the_seed_with_metrics_gets_the_two_questions_of_the_cockpit() -> None:
    plan = _plan(SEED.read_bytes(), sources={"app": {"type": "openmetrics"}, "health": {"type": "health"}})
    assert (plan.tasks[0].id, plan.tasks[0].phase) == (METRICS_TASK, "preflight")
    assert (plan.tasks[-1].id, plan.tasks[-1].phase) == (WATCH_TASK, "watch")
    assert [rule.name for rule in plan.metrics] == ["errors", "p95", "health"]


SMALL = """\
# Release

## Before you deploy
- [ ] Tests are green (`make test`)
- [ ] Somebody is on call
  - [ ] and knows it

## Deploy
- [ ] Tell the channel
```bash {name=ship confirm=true timeout=10m}
make ship
```
- [ ] Looks right

## After the deploy
- [ ] Close the ticket

## Rollback
```bash
make unship
```
"""


def _phases(plan: Plan) -> list[tuple[str, str]]:
    return [(task.title, task.phase) for task in plan.tasks]


def test_where_a_task_stands_says_to_which_phase_it_belongs() -> None:
    plan = _plan(SMALL)
    assert _phases(plan) == [
        ("Tests are green", "preflight"),
        ("Somebody is on call", "preflight"),
        ("and knows it", "preflight"),
        ("Tell the channel", "preflight"),
        (plan.tasks[4].title, "deploy"),
        ("Looks right", "verify"),
        ("Close the ticket", "close"),
    ]
    shipping = plan.tasks[4].script
    assert shipping is not None
    assert (shipping.confirm, shipping.timeout_seconds, shipping.body) == (True, 600, "make ship\n")
    assert plan.tasks[2].parent == plan.tasks[1].id
    assert [option.tasks[0].script.body for option in plan.rollback if option.tasks[0].script] == ["make unship\n"]


AFTERWARDS = """\
# Release

## Deploy
```bash
make ship
```

## Post-deploy
```bash
make warm-cache
```
- [ ] Close the ticket

### Verification
```bash
curl -f localhost
```
"""


def test_scripts_of_a_last_chapter_that_says_after_are_no_steps_of_the_deploy() -> None:
    assert [phase for _, phase in _phases(_plan(AFTERWARDS))] == ["deploy", "close", "close", "verify"]


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        (f"{AFTERWARDS}\n## Publish\n```bash\nmake publish\n```\n", ["deploy"] * 5),
        (AFTERWARDS.replace("## Deploy\n```bash\nmake ship\n```\n", ""), ["deploy"] * 3),
        (AFTERWARDS.replace("## Post-deploy", "## Smoke tests"), ["deploy", "verify", "verify", "verify"]),
    ],
    ids=["a step stands behind it", "nothing else is a step", "a chapter that verifies"],
)
def test_where_a_chapter_says_after_the_order_of_the_file_is_kept(text: str, phases: list[str]) -> None:
    assert [phase for _, phase in _phases(_plan(text))] == phases


INSIDE = """\
# Release

## Deploy
- [ ] Tell the channel
- [ ] Ship it
  ```bash
  make ship
  # Verify that it is there
  ```
- [ ] Warm it
  ```bash
  # Fill the cache
  make warm
  ```
"""


def test_a_script_inside_an_item_stands_below_it_and_does_not_repeat_its_words() -> None:
    plan = _plan(INSIDE)
    assert [(task.title, task.phase, task.depth, task.group) for task in plan.tasks] == [
        ("Tell the channel", "preflight", 0, "Deploy"),
        ("Ship it", "deploy", 0, "Deploy"),
        ("make ship", "deploy", 1, "Deploy"),
        ("Verify that it is there", "deploy", 2, "Deploy"),
        ("Warm it", "deploy", 0, "Deploy"),
        ("Fill the cache", "deploy", 1, "Deploy"),
    ]


def test_a_command_in_brackets_makes_a_check_that_carries_no_state() -> None:
    check = _plan(SMALL).tasks[0]
    assert check.kind == "check"
    assert check.script is not None
    assert (check.script.body, check.script.carries_state) == ("make test", False)


def test_a_runbook_of_boxes_alone_has_no_script_to_wait_for() -> None:
    plan = _plan("# X\n## Before\n- [ ] a\n## Doing\n- [ ] b\n## Verify\n- [ ] c\n## Follow-up\n- [ ] d\n")
    assert [phase for _, phase in _phases(plan)] == ["preflight", "deploy", "verify", "close"]


@pytest.mark.parametrize("text", ["", "# Only a title\n", "Some prose.\n\nMore prose.\n", "```text\nx\n```\n"])
def test_prose_alone_gives_no_tasks_even_with_metrics(text: str) -> None:
    assert _plan(text, sources={"app": {"type": "openmetrics"}}).tasks == ()


def _id(plan: Plan, title: str) -> str:
    return next(task.id for task in plan.tasks if task.title == title)


def test_settings_win_over_what_was_inferred() -> None:
    before = _plan(SMALL)
    ticket, call, looks = (_id(before, title) for title in ("Close the ticket", "Somebody is on call", "Looks right"))
    plan = _plan(
        SMALL,
        tasks={
            ticket: {"phase": "verify", "required": False},
            call: {"ignore": True},
            looks: {"check": "curl -f localhost", "timeout": "5s", "critical": True},
        },
    )
    assert call not in [task.id for task in plan.tasks]
    moved, checked = plan.task(ticket), plan.task(looks)
    assert moved is not None
    assert (moved.phase, moved.required) == ("verify", False)
    assert checked is not None
    assert checked.script is not None
    assert (checked.kind, checked.critical, checked.script.timeout_seconds) == ("check", True, 5)


def test_a_built_in_check_has_no_script() -> None:
    before = _plan(SMALL)
    plan = _plan(SMALL, tasks={_id(before, "Looks right"): {"check": "health"}})
    task = plan.task(_id(before, "Looks right"))
    assert task is not None
    assert (task.kind, task.builtin, task.script) == ("check", "health", None)


@pytest.mark.parametrize(
    ("body", "touches"),
    [
        ("pg_restore -d app dump\n", True),
        ("psql $URL < dump.sql\n", True),
        ("supabase db restore\n", True),
        ("git revert HEAD\n", False),
        ("psql -c 'select 1'\n", False),
    ],
)
def test_a_way_back_that_restores_data_is_marked(body: str, touches: bool) -> None:
    (option,) = _plan(f"# X\n- [ ] a\n## Rollback\n```bash\n{body}```\n").rollback
    assert option.touches_database is touches


def test_the_settings_travel_with_the_plan_and_can_be_read_back() -> None:
    settings = Settings.model_validate(
        {"watch": "90s", "variables": {"A": {"from": "env:B", "secret": True}}, "sources": {"h": {"type": "health"}}}
    )
    plan = make_plan(parse(SMALL.encode()), settings, root="/", runbook_path="x", runbook_text="")
    again = Settings.model_validate(plan.settings)
    assert (again.watch, again.variables, again.sources) == (90, settings.variables, settings.sources)


def _settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


def test_each_type_of_source_brings_its_metrics_in_the_screens_order() -> None:
    sources = {
        "host": {"type": "host"},
        "db": {"type": "postgres"},
        "up": {"type": "health"},
        "app": {"type": "openmetrics", "interval": "5s"},
    }
    rules = metric_rules(_settings(sources=sources))
    assert [(rule.name, rule.source) for rule in rules] == [
        ("errors", "app"),
        ("p95", "app"),
        ("connections", "db"),
        ("cpu", "host"),
        ("memory", "host"),
        ("health", "up"),
    ]
    assert (rules[0].breach, rules[0].interval_seconds, rules[-1].unit) == (5, 5, "up")


def test_a_second_health_source_has_a_metric_of_its_own_name() -> None:
    settings = _settings(sources={"web": {"type": "health"}, "api": {"type": "health"}})
    assert [(rule.name, rule.source, rule.unit) for rule in metric_rules(settings)] == [
        ("health", "web", "up"),
        ("api", "api", "up"),
    ]


def test_a_metric_can_be_moved_to_another_source() -> None:
    settings = _settings(
        sources={"a": {"type": "openmetrics"}, "b": {"type": "openmetrics"}},
        metrics={"errors": {"source": "b"}, "p95": {"source": "b"}, "orders": {"source": "a", "unit": ""}},
    )
    assert metrics_of(settings, "a") == ("orders",)
    assert metrics_of(settings, "b") == ("errors", "p95")


def test_overrides_lie_over_the_presets() -> None:
    settings = _settings(
        sources={"app": {"type": "openmetrics"}},
        metrics={"p95": {"watch": "500 ms", "alert": "1 s", "breach": "2 s", "observe_only": True, "label": "slow"}},
    )
    rule = metric_rules(settings)[1]
    assert (rule.watch, rule.alert, rule.breach, rule.label, rule.judged) == (0.5, 1, 2, "slow", False)
    assert rule.top == pytest.approx(2.4)


def test_levels_that_only_the_presets_put_out_of_order_are_an_error() -> None:
    muddled = _settings(sources={"app": {"type": "openmetrics"}}, metrics={"p95": {"breach": "2 s"}})
    assert problems_of(muddled) == [(("metrics", "p95", "breach"), "metrics.p95: breach 2 s is below alert 10 s")]
    assert problems_of(_settings(sources={"app": {"type": "openmetrics"}})) == []


DUE = """\
# Release

## Deploy

### Copy (T-10min)
```bash {start=due}
./copy
```

### Ship (T-5min)
<!-- cockpit: start=due -->
```bash
./ship
```

### Look
- [ ] Looked at (T+5min) <!-- cockpit: start=due -->
  ```bash
  ./look
  ```

### Tell (T+10min)
```bash
./tell
```
"""


def test_a_step_starts_by_itself_where_the_fence_the_section_the_item_or_the_settings_say_so() -> None:
    plan = _plan(DUE)
    starts = {task.script.body.strip(): task.start for task in plan.tasks if task.script is not None}
    assert starts == {"./copy": "due", "./ship": "due", "./look": "due", "./tell": "person"}
    ids = {task.script.body.strip(): task.id for task in plan.tasks if task.script is not None}
    over = _plan(DUE, tasks={ids["./copy"]: {"start": "person"}, ids["./tell"]: {"start": "due"}})
    starts = {task.script.body.strip(): task.start for task in over.tasks if task.script is not None}
    assert (starts["./copy"], starts["./tell"]) == ("person", "due")
