"""The plan is made of the roles that people gave."""

import pytest

from cockpit.deploy.plan import Plan
from cockpit.planning.build import make_plan
from cockpit.runbook.model import Role
from cockpit.runbook.parse import parse
from cockpit.runbook.review.harm import harm_of
from cockpit.runbook.review.roles import with_roles
from cockpit.runbook.review.subjects import subjects
from cockpit.settings.load import Settings

RUNBOOK = """\
# Bread

## Pre-flight
- [ ] The tests pass (`npm test`)

## Deployment steps

### Bake
```bash
./bake
```

### Serve
```bash
./serve
```

## Troubleshooting

### The oven is cold
```bash
./heat
```

## Notes
```text
./note
```
"""


def plan_of(settings: Settings | None = None, **roles: Role) -> Plan:
    """`roles`: by a word of the script's text."""
    runbook = parse(RUNBOOK)
    given = {one.id: role for one in subjects(runbook) for word, role in roles.items() if word in one.text}
    assert len(given) == len(roles)
    read = with_roles(runbook, given)
    return make_plan(read, settings or Settings(), root="/", runbook_path="", runbook_text="")


def forward(plan: Plan) -> list[str]:
    return [task.script.body.strip() for task in plan.tasks if task.script is not None]


def test_what_is_read_is_what_runs_where_nobody_said_otherwise() -> None:
    assert forward(plan_of()) == ["npm test", "./bake", "./serve"]


@pytest.mark.parametrize("role", ["content", "contingency", "setup", "reference"])
def test_a_step_that_a_person_called_something_else_does_not_run(role: Role) -> None:
    plan = plan_of(bake=role)
    assert "./bake" not in forward(plan)
    assert ("./bake" in [one.body.strip() for one in plan.at_hand]) is (role != "content")


def test_a_contingency_that_a_person_called_a_step_runs() -> None:
    assert "./heat" in forward(plan_of(heat="step"))


def test_text_that_a_person_called_a_step_runs_as_bash() -> None:
    plan = plan_of(note="step")
    (task,) = [task for task in plan.tasks if task.script is not None and "note" in task.script.body]
    assert (task.kind, task.required, task.script and task.script.interpreter) == ("script", True, "bash")


def test_optional_is_offered_and_not_required() -> None:
    (task,) = [task for task in plan_of(bake="optional").tasks if task.script and "bake" in task.script.body]
    assert not task.required


def test_a_rollback_goes_into_the_drawer() -> None:
    plan = plan_of(heat="rollback")
    assert [task.script.body for option in plan.rollback for task in option.tasks if task.script] == ["./heat\n"]


def test_a_command_of_a_check_box_that_is_none_leaves_the_box() -> None:
    (task,) = [task for task in plan_of(npm="content").tasks if "tests pass" in task.title]
    assert (task.kind, task.script) == ("manual", None)


def test_what_no_shell_can_read_stays_blocked_whatever_it_is_called() -> None:
    runbook = parse(RUNBOOK.replace("```text\n./note", "```text\nif ./note"))
    (name,) = [one.id for one in subjects(runbook) if "./note" in one.text]
    read = with_roles(runbook, {name: "step"})
    plan = make_plan(read, Settings(), root="/", runbook_path="", runbook_text="")
    (task,) = [task for task in plan.tasks if task.script is not None and "./note" in task.script.body]
    assert task.script is not None
    assert task.script.blocked


def test_settings_win() -> None:
    (name,) = [one.id for one in subjects(parse(RUNBOOK)) if "./bake" in one.text]
    settings = Settings.model_validate({"tasks": {name: {"ignore": True}}})
    assert "./bake" not in forward(plan_of(settings, bake="step"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rm -rf build", "deletes files: `rm -rf build`"),
        ("echo a\nterraform apply && terraform destroy", "destroys infrastructure"),
        ("psql -c 'DROP TABLE orders'", "drops from a database"),
        ("psql -c 'delete from orders'", "deletes rows"),
        ("git push --force origin main", "throws away"),
        ("gh release delete v1", "deletes what a service keeps"),
        ("kubectl -n shop delete pod x", "deletes what a service keeps"),
        ("docker compose down -v", "deletes volumes"),
        ("pg_restore -d shop dump", "writes over data"),
        ("pg_restore --list dump", ""),
        ("# rm -rf /\necho harmless", ""),
        ("kubectl get pods", ""),
        ("make form", ""),
        ("docker compose run --rm web rake db:migrate", ""),
        ("docker run --rm alpine true", ""),
        ("docker rm shop", "deletes"),
        ("dotnet restore", ""),
        ("php artisan migrate:fresh --force", "destroys data"),
    ],
)
def test_what_destroys_is_found(text: str, words: str) -> None:
    found = harm_of(text)
    assert found.startswith(words)
    assert bool(found) is bool(words)
