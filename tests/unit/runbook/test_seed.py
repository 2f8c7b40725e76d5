"""The runbook that this product was asked for: the exact figures that the dialect promises for it."""

import pytest

from cockpit.runbook.model import Runbook
from cockpit.runbook.outline import outline
from cockpit.runbook.parse import parse
from tests.unit.runbook import SHARED

SOUND = SHARED / "seed" / "production_deployment.md"
DAMAGED = SHARED / "seed" / "000_3275d5f7afb74fea.txt"
pytestmark = pytest.mark.skipif(not SOUND.exists(), reason="no shared seed")


@pytest.fixture(scope="module")
def seed() -> Runbook:
    return parse(SOUND.read_bytes())


def test_it_has_eleven_sections_of_which_four_are_actionable(seed: Runbook) -> None:
    top = [section for section in seed.sections if section.parent is None]
    assert len(top) == seed.counts.h2 == 11
    assert [(section.title, section.kind) for section in top if section.actionable] == [
        ("Pre-Deployment Checklist", "checklist"),
        ("Deployment Steps", "steps"),
        ("Rollback Procedure", "rollback"),
        ("Post-Deploy Tasks", "checklist"),
    ]


def test_its_boxes_are_26_in_6_groups_5_and_6(seed: Runbook) -> None:
    assert seed.counts.tasks == 37
    items = {top: [i for s in seed.sections if s.id.split("/")[0] == top for i in s.items] for top in _tops(seed)}
    assert {top: len(found) for top, found in items.items() if found} == {
        "pre-deployment-checklist": 26,
        "deployment-steps": 5,
        "post-deploy-tasks": 6,
    }
    assert len({item.group for item in items["pre-deployment-checklist"]}) == 6
    assert items["pre-deployment-checklist"][0].group == "1. Code Quality"


def _tops(seed: Runbook) -> list[str]:
    return [section.id for section in seed.sections if section.parent is None]


def test_its_scripts_stand_where_they_stand_and_hold_17_commands(seed: Runbook) -> None:
    steps = [step for section in seed.sections for step in section.steps]
    assert {step.line: len(step.commands) for step in steps} == {
        58: 5, 75: 1, 85: 3, 98: 3, 111: 1, 134: 1, 140: 2, 150: 1,
    }  # fmt: skip
    assert all(step.runnable for step in steps)
    assert (seed.counts.shell_fences, seed.counts.runnable) == (8, 8)


def test_the_drawer_holds_three_alternatives(seed: Runbook) -> None:
    drawer = [step for s in seed.sections if s.kind == "rollback" for step in s.steps]
    assert [step.alternative for step in drawer] == [
        "Option 1: Rollback via GitHub Actions",
        "Option 2: Manual Rollback",
        "If Database Migration Fails",
    ]


def test_four_items_answer_themselves_and_one_refers_to_a_file(seed: Runbook) -> None:
    items = [item for section in seed.sections for item in section.items]
    assert [(i.line, i.check) for i in items if i.check] == [
        (13, "npm run test:ci"),
        (14, "npm run lint"),
        (15, "npm run fmt"),
        (38, "npm audit"),
    ]
    assert [(i.line, i.reference) for i in items if i.reference] == [(30, "docs/runbooks/required_env_vars.md")]


def test_its_placeholders_and_outside_variables(seed: Runbook) -> None:
    steps = [step for section in seed.sections for step in section.steps]
    assert {s.line: [(h.token, h.kind) for h in s.placeholders] for s in steps if s.placeholders} == {
        140: [("<commit-sha>", "commit")],
        150: [("YYYYMMDD-HHMMSS", "backup")],
    }
    assert next(s for s in steps if s.line == 150).placeholders[0].pattern == "backups/pre-deploy-*.sql"
    assert {name for step in steps for name in step.variables} == {"DATABASE_URL", "PRODUCTION_DB_URL"}


def test_its_sign_offs_are_the_backup_and_three_smoke_tests(seed: Runbook) -> None:
    lines = [(step.line, [s.line for s in step.sign_offs]) for section in seed.sections for step in section.steps]
    assert [(line, found) for line, found in lines if found] == [(75, [77]), (111, [115, 116, 117])]


def test_its_timeline_is_sorted_by_time(seed: Runbook) -> None:
    assert [(entry.line, entry.offset_seconds // 60) for entry in seed.timeline] == [
        (238, -60), (56, -30), (73, -15), (83, -10), (96, -5), (109, 5), (120, 15), (254, 30),
    ]  # fmt: skip
    step = next(step for section in seed.sections for step in section.steps if step.line == 85)
    assert (step.title, step.offset_seconds) == ("Step 3: Apply Migrations", -600)


def test_its_templates_are_three_messages_and_the_log(seed: Runbook) -> None:
    assert [(t.line, t.kind) for t in seed.templates] == [
        (160, "rollback"),
        (242, "pre_deploy"),
        (256, "post_deploy"),
        (373, "log"),
    ]


def test_the_damaged_copy_has_the_same_ids_and_repaired_text(seed: Runbook) -> None:
    damaged = parse(DAMAGED.read_bytes())

    def ids(runbook: Runbook) -> list[str]:
        return [i for s in runbook.sections for i in (s.id, *(i.id for i in s.items), *(step.id for step in s.steps))]

    assert ids(damaged) == ids(seed)
    assert [t.body for t in damaged.templates] == [t.body for t in seed.templates]
    assert [i.line for i in damaged.inferred if "double-encoded" in i.what] == [155]


def test_the_outline_has_the_keys_of_the_contract(seed: Runbook) -> None:
    told = outline(seed)
    assert set(told) >= {"title", "sections", "templates", "timeline", "counts", "inferred", "problems"}
    section = next(s for s in told["sections"] if s["steps"])
    assert set(section) >= {"id", "title", "level", "line", "parent", "kind", "items", "steps"}
    assert set(section["steps"][0]) >= {
        "id", "title", "line", "offset_seconds", "runnable", "reason", "commands", "sign_offs", "placeholders",
        "variables", "interactive",
    }  # fmt: skip
