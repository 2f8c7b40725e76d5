"""A machine that takes a deploy over reads the runbook with the roles that people gave it when it was opened."""

from pathlib import Path

from msgspec.structs import replace

from cockpit.engine.team.comparison import _reading
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
    assert list(_reading(plan)) == []
    assert len(list(_reading(replace(plan, roles={})))) == 1
