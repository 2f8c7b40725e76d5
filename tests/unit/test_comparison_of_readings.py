"""A machine that takes a deploy over reads the runbook with the roles that people gave it when it was opened."""

from pathlib import Path

from msgspec.structs import replace

from cockpit.engine.team.comparison import _as_reviewed, _reading, _settings
from cockpit.opening.deploy import open_plan
from tests.reading import review

RUNBOOK = "# Shop\n\n## Deploy\n\n### Build\n```bash\n./build\n```\n\n### Ship\n```bash\n./ship\n```\n"


def test_a_role_that_a_person_gave_is_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "RUNBOOK.md"
    path.write_text(RUNBOOK)
    review(path)
    record = tmp_path / "RUNBOOK.reading.toml"
    text = record.read_text()
    record.write_text(
        text.replace('title = "Build"\nrole = "step"', 'title = "Build"\nrole = "setup"\nread_as = "step"')
    )
    plan = open_plan(str(path)).plan
    assert [task.title for task in plan.tasks] == ["Ship"]
    assert list(plan.roles.values()) == ["setup"]
    assert list(_reading(plan, _as_reviewed(plan))) == []
    without = replace(plan, roles={})
    assert len(list(_reading(without, _as_reviewed(without)))) == 1


def test_what_the_prose_adds_is_read_with_the_roles_too(tmp_path: Path) -> None:
    """The health address stands in a script that a person calls setup: it is not taken, here nor there."""
    path = tmp_path / "RUNBOOK.md"
    path.write_text(RUNBOOK.replace("./build", "./build\ncurl -f https://shop.acme.io/health"))
    review(path)
    record = tmp_path / "RUNBOOK.reading.toml"
    text = record.read_text()
    record.write_text(
        text.replace('title = "Build"\nrole = "step"', 'title = "Build"\nrole = "setup"\nread_as = "step"')
    )
    plan = open_plan(str(path)).plan
    assert plan.metrics == ()
    assert list(_settings(plan, tmp_path, _as_reviewed(plan))) == []
