"""The commands of a run as it was: of the runbook, with values filled in, or edited for one attempt."""

from cockpit.deploy import commands as c
from cockpit.deploy.state import CommandRun, TaskState
from cockpit.deploy.tasks.scripts import commands_of, stopped_at
from tests.builders import Deploy, item, step

BODY = "git fetch\n# Ship it\nbin/ship <region>\n"


def _texts(deploy: Deploy) -> list[tuple[int, str]]:
    task = deploy.state.plan.task("ship") if deploy.state.plan else None
    assert task is not None
    return [(command.line, command.text) for command in commands_of(task, deploy.state.of("ship"))]


def test_before_the_first_run_they_are_those_of_the_runbook() -> None:
    assert _texts(Deploy.of(step("ship", body=BODY))) == [(10, "git fetch"), (12, "bin/ship <region>")]


def test_what_ran_has_its_values_in_its_places() -> None:
    deploy = Deploy.of(step("ship", body=BODY)).do(c.GiveValue(name="region", value="eu")).run("ship")
    assert _texts(deploy) == [(10, "git fetch"), (12, "bin/ship eu")]


def test_what_was_edited_for_one_attempt_has_its_own_commands() -> None:
    deploy = Deploy.of(step("ship", body="a\nb\n")).run("ship", script="a\nb --slowly\nd\n")
    assert _texts(deploy) == [(10, "a"), (11, "b --slowly"), (12, "d")]


def test_a_script_stopped_at_the_command_that_it_had_reached_where_that_is_known() -> None:
    task = step("ship", body="a\nb\n")
    assert stopped_at(task, TaskState()) is None
    found = [stopped_at(task, TaskState(commands=(CommandRun(index, 1.0),))) for index in (0, 1, 2)]
    assert [one.text if one else None for one in found] == ["a", "b", None]
    assert commands_of(item("look"), TaskState()) == ()
    assert stopped_at(item("look"), TaskState(commands=(CommandRun(0, 1.0),))) is None
