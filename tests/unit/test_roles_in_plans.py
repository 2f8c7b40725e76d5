"""The roles of a runbook's scripts become a plan: what is required, offered, a way back, or only at hand."""

from typing import Any

import pytest

from cockpit.deploy.plan import Plan, Task
from cockpit.planning.build import make_plan
from cockpit.planning.needs import missing_values
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.unit.runbook import SHARED


def _plan(text: str, **settings: Any) -> Plan:
    given = Settings.model_validate(settings)
    return make_plan(parse(text), given, root="/srv", runbook_path="RUNBOOK.md", runbook_text="")


def _scripts(plan: Plan) -> list[tuple[str, bool]]:
    return [(task.script.body.strip(), task.required) for task in plan.tasks if task.script is not None]


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

## Warm the cache (optional)
```bash
./warm
```

**Rollback:**
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
"""


def test_only_steps_are_required_and_what_may_be_left_out_is_offered() -> None:
    assert _scripts(_plan(RUNBOOK)) == [("./ship new", True), ("./warm", False)]


def test_a_way_back_below_a_label_is_in_the_drawer() -> None:
    (option,) = _plan(RUNBOOK).rollback
    assert (option.title, [task.script.body for task in option.tasks if task.script]) == ("Rollback", ["./ship old\n"])


def test_the_others_are_at_hand_with_role_and_reason() -> None:
    hands = _plan(RUNBOOK).at_hand
    assert [(one.role, one.body) for one in hands] == [
        ("setup", "./bucket create\n"), ("contingency", "./queue empty\n"), ("reference", "./workers list\n"),
    ]  # fmt: skip
    assert all(one.why and one.section for one in hands)


def test_the_settings_promote_what_the_reader_keeps_at_hand() -> None:
    plan = _plan(RUNBOOK, tasks={"troubleshooting:script-1": {"promote": True}})
    assert ("./queue empty", True) in _scripts(plan)
    assert "contingency" not in [one.role for one in plan.at_hand]


WAYS = "## Option A{0}\n```bash\n./a\n```\n\n## Option B\n```bash\n./b\n```\n"


def test_the_way_that_the_text_recommends_is_the_step_and_the_others_are_at_hand() -> None:
    plan = _plan(WAYS.format(" (recommended)"))
    assert _scripts(plan) == [("./a", True)]
    assert [(one.role, one.alternative) for one in plan.at_hand] == [("alternative", "Option B")]


def test_without_a_recommendation_a_person_is_asked_and_a_deploy_without_one_is_told() -> None:
    plan = _plan(WAYS.format(""))
    assert _scripts(plan) == [("./a", False), ("./b", False)]
    (asks,) = (task for task in plan.tasks if task.choice and task.script is None)
    assert (asks.kind, asks.required, asks.title) == ("manual", True, "One of these has run: Option A, Option B")
    (missing,) = missing_values(plan, (), ())
    assert "Option A = option-a:script-1, Option B = option-b:script-1" in missing


def test_the_settings_choose_a_way() -> None:
    plan = _plan(WAYS.format(""), tasks={"option-b:script-1": {"promote": True}})
    assert _scripts(plan) == [("./b", True)]
    assert not missing_values(plan, (), ())


def test_lines_for_another_shell_are_beside_the_command_that_opens_it() -> None:
    plan = _plan("## Deploy\n```bash\nssh host\nrm -rf /x\n```\n\n```bash\n./there\n```\n")
    assert _scripts(plan) == [("ssh host", True)]
    assert [(one.role, one.body.strip(), one.beside) for one in plan.at_hand] == [
        ("remote", "rm -rf /x", "deploy:script-1"), ("remote", "./there", ""),
    ]  # fmt: skip


def test_a_command_of_a_box_that_may_change_something_is_offered_with_it() -> None:
    plan = _plan(
        "## Before\n- [ ] Old is gone (`rm -rf ./old`)\n- [ ] Green (`npm test`)\n\n## Deploy\n```sh\n./ship\n```\n"
    )
    assert [(task.kind, task.title, task.required) for task in plan.tasks[:3]] == [
        ("manual", "Old is gone (`rm -rf ./old`)", True), ("script", "rm -rf ./old", False), ("check", "Green", True),
    ]  # fmt: skip
    assert plan.tasks[1].parent == plan.tasks[0].id
    assert plan.checks("preflight") == (plan.tasks[2],)


def _phases(plan: Plan) -> list[tuple[str, str]]:
    return [(task.title, task.phase) for task in plan.tasks]


def test_boxes_above_the_script_of_their_section_ask_for_what_it_did() -> None:
    text = "## Before\n- [ ] Green\n\n## Migrate\n- [ ] It has run\n\n```sh\n./migrate\n```\n"
    text += "\n## Ship\n```sh\n./ship\n```\n"
    assert _phases(_plan(text)) == [
        ("Green", "preflight"), ("Migrate", "deploy"), ("It has run", "deploy"), ("Ship", "deploy"),
    ]  # fmt: skip


def test_numbered_chapters_keep_the_order_of_the_file() -> None:
    text = "".join(
        f"## {number}. {title}\n```sh\n./{title.split()[0].lower()}\n```\n\n"
        for number, title in enumerate(["Ship", "Prepare the switch", "Switch"], 1)
    )
    assert [phase for _, phase in _phases(_plan(text))] == ["deploy"] * 3


def test_a_post_deploy_chapter_is_no_step_of_the_deploy_though_other_chapters_stand_behind_it() -> None:
    text = "## Deploy\n```sh\n./ship\n```\n\n## Post-deploy\n```sh\n./warm\n```\n"
    text += "\n## Troubleshooting\n```sh\n./look\n```\n"
    assert _phases(_plan(text)) == [("Deploy", "deploy"), ("Post-deploy", "close")]


def test_comments_that_ask_are_asked_only_where_their_script_would_be_run() -> None:
    text = "## Deploy\n```sh\n./ship\n```\n\n```sh\n# Verify the tiles\n```\n\n"
    text += "## Troubleshooting\n```sh\n# Check the graphs\n```\n\n```sh\n./look\n# Check the queue\n```\n"
    assert [task.title for task in _plan(text).tasks if task.kind == "manual"] == ["Verify the tiles"]


def test_a_broken_script_stays_a_visible_step_that_blocks() -> None:
    (task,) = _plan('## Deploy\n```bash\necho "a\n./ship\n```\n').tasks
    assert isinstance(task, Task)
    assert task.script is not None
    assert task.required
    assert task.script.blocked


BROKEN = '```bash\necho "a\n./ship\n```\n'


def test_a_broken_script_of_a_way_back_blocks_that_and_one_for_trouble_nothing() -> None:
    plan = _plan(f"## Deploy\n```sh\n./ship\n```\n\n## Rollback\n{BROKEN}\n## Troubleshooting\n{BROKEN}")
    assert _scripts(plan) == [("./ship", True)]
    (option,) = plan.rollback
    assert [bool(task.script and task.script.blocked) for task in option.tasks] == [True]
    assert [one.role for one in plan.at_hand] == ["broken"]
    assert len({task.id for task in plan.every_task()}) == 2


@pytest.mark.skipif(not (SHARED / "cases" / "reading").exists(), reason="no shared cases")
def test_a_box_beside_the_first_script_is_no_preflight() -> None:
    plan = _plan((SHARED / "cases" / "reading" / "70-box-beside-the-first-script.md").read_text())
    assert [phase for _, phase in _phases(plan)] == ["preflight"] + ["deploy"] * 4
    assert [task.line for task in plan.tasks] == [5, 12, 9, 10, 18]


PROSE = "# Ship\n\n## Steps\n\n1. Stop the pool:\n   - `Stop`\n2. Copy the files back\n\n## Rollback\n\n1. Copy again\n"


def test_a_runbook_that_is_all_prose_asks_what_it_numbers_and_runs_nothing() -> None:
    plan = _plan(PROSE)
    assert [(task.kind, task.title) for task in plan.tasks] == [
        ("manual", "Stop the pool"),
        ("manual", "Copy the files back"),
    ]
    assert "nothing can be ticked or run here: the 2 numbered lines are the checklist" in plan.inferred
    boxed = _plan(PROSE.replace("## Rollback", "- [ ] All is well\n\n## Rollback"))
    assert [task.title for task in boxed.tasks] == ["All is well"], "where there are boxes, they are the checklist"
    back = _plan("# Roll back\n\n## Rollback\n\n1. Copy the old files back\n2. Start the pool\n")
    assert [task.title for task in back.tasks] == ["Copy the old files back", "Start the pool"]


def test_numbered_commands_are_items_where_no_script_runs_forward() -> None:
    steps = "## Pasos\n\n1. Trae el código: `git pull --ff-only`\n2. Ejecuta `python manage.py migrate`\n\n"
    rest = "## Vuelta atrás\n\n```bash\ngit checkout v1\n```\n"
    boxes = "## Requisitos previos\n\n- [ ] El cambio está aprobado por el equipo de la base\n\n"
    plan = _plan(boxes + steps + rest)
    assert [(task.line, task.phase) for task in plan.tasks if task.line] == [
        (3, "preflight"), (7, "deploy"), (8, "deploy")
    ]  # fmt: skip
    # With a script that runs forward the numbered lines tell of it, or `cockpit check` says that nothing runs them.
    plan = _plan(boxes + steps + "## Despliegue\n\n```bash\n./ship\n```\n" + rest)
    assert [task.line for task in plan.tasks if task.line] == [3, 12]


@pytest.mark.parametrize(
    ("says", "deploy", "verify", "after"),
    [
        (
            "Die Schritte werden bei jeder neuen Version der Reihe nach ausgeführt und geprüft.",
            "Bereitstellung",
            "Überprüfung",
            "Nachbereitung",
        ),
        (
            "Ces étapes sont exécutées pour chaque version.",
            "Déploiement",
            "Vérifications",
            "Après la mise en production",
        ),
        ("Estos pasos se ejecutan para cada versión.", "Despliegue", "Verificación", "Limpieza"),
        ("リリースのたびに実行します。", "デプロイ", "動作確認", "後片付け"),
    ],
)
def test_a_chapter_that_looks_back_is_known_in_its_own_language(
    says: str, deploy: str, verify: str, after: str
) -> None:
    text = (
        f"# X\n\n{says}\n\n## {deploy}\n\n```bash\n./ship\n```\n\n"
        f"## {verify}\n\n```bash\ncurl -f https://a.io/\n```\n\n## {after}\n\n- [ ] x\n"
    )
    assert [phase for _, phase in _phases(_plan(text))] == ["deploy", "verify", "close"]
