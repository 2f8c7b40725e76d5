"""A step that no shell can read is told apart from one that waits: in the list, in plain lines, in the log."""

from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy.state import TaskState
from cockpit.deploy.tasks.scripts import CANNOT_RUN
from cockpit.report.deploy_log import render
from styles.roles import BLOCKED, STATUS
from tests.builders import Deploy, script, step
from widgets.task_list import role_of

WHY = "unclosed quotes"
TASK = replace(step("migrate"), title="Migrate", script=script(blocked=WHY))


def test_a_step_that_cannot_run_has_a_mark_and_a_word_of_its_own_until_it_is_skipped() -> None:
    assert role_of(TASK, TaskState()) is BLOCKED
    assert BLOCKED.word == CANNOT_RUN
    assert role_of(TASK, TaskState(status="skipped")) is STATUS["skipped"]
    assert role_of(step("build"), TaskState()) is STATUS["waiting"]
    assert BLOCKED.glyph not in {role.glyph for role in STATUS.values()}
    assert BLOCKED.ascii not in {role.ascii for role in STATUS.values()}


def test_the_log_says_which_step_cannot_run_and_why() -> None:
    deploy = Deploy.of(step("build"), TASK)
    deploy.passed("build")
    log = render(deploy.state, deploy.events, "d1")
    assert f"- Migrate: {CANNOT_RUN}, {WHY}" in log
    assert f"| Migrate | **{CANNOT_RUN}** |" in log
    deploy.do(c.SkipTask(task="migrate", reason="not needed"))
    assert CANNOT_RUN not in render(deploy.state, deploy.events, "d1").split("## Story")[0]
