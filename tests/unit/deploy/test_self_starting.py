"""Steps that start by themselves when they are due: once, past every guard, never without data."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Task
from cockpit.deploy.recommend import recommend
from tests.builders import START, Deploy, check, item, option, rule, step

T = START + 600


def _deploy(*tasks, **more) -> Deploy:  # type: ignore[no-untyped-def]
    return Deploy.of(*tasks, planned_at=T, **more)


def _self_starting(*more: Any, **settings: Any) -> Deploy:
    return _deploy(
        item("look"),
        step("ship", offset_seconds=0, start="due", **settings),
        *more,
        rollback=(option("back", step("undo")),),
        metrics=(rule(),),
        automatic=True,
        arm_task="ship",
    )


def test_a_step_starts_by_itself_when_it_is_due_in_its_phase_and_once() -> None:
    deploy = _self_starting().read(errors=0.1).tick("look")
    deploy.later(700).read(errors=0.1)
    assert deploy.status("ship") == "waiting", "the phase was not entered"
    deploy = _self_starting().read(errors=0.1).tick("look").do(c.EnterPhase(phase="deploy"))
    found = recommend(deploy.state, deploy.now)
    assert (found.words, found.command, found.waits) == ("Ship starts automatically (due T)", None, True)
    deploy.later(599.9).read(errors=0.1)
    assert deploy.status("ship") == "waiting"
    deploy.later(0.1)
    assert deploy.status("ship") == "running"
    assert deploy.state.of("ship").by == "cockpit"
    assert deploy.state.armed_at == deploy.now, "the triggers are armed as for a person"
    deploy.end("ship", "failed").later(60).read(errors=0.1).later(600)
    assert deploy.state.of("ship").attempt == 1, "what failed is for a person"


def test_a_person_may_start_it_before_its_time() -> None:
    deploy = _self_starting().read(errors=0.1).tick("look").do(c.EnterPhase(phase="deploy")).passed("ship")
    deploy.later(700).read(errors=0.1)
    assert deploy.state.of("ship").attempt == 1


def test_it_moves_with_t() -> None:
    deploy = _self_starting().read(errors=0.1).tick("look").do(c.EnterPhase(phase="deploy"))
    deploy.do(c.MoveTime(planned_at=T + 300, reason="x")).later(610).read(errors=0.1)
    assert deploy.status("ship") == "waiting"
    deploy.later(290).read(errors=0.1)
    assert deploy.status("ship") == "running"


def _stopped(name: str) -> Deploy:
    settings: dict[str, Any] = {"confirm": True} if name == "confirm" else {}
    if name == "variables":
        settings = {"body": "echo $NOBODY_SET\n", "variables": ("NOBODY_SET",)}
    if name == "placeholder":
        settings = {"body": "echo <word>\n"}
    if name == "interactive":
        settings = {"interactive": True}
    deploy = _self_starting(**settings).read(errors=0.1).tick("look").do(c.EnterPhase(phase="deploy"))
    if name == "hold":
        deploy.do(c.HoldDeploy(reason="x"))
    if name == "rollback":
        deploy.do(c.StartRollback(option="back", confirmation="production"))
    if name == "skipped":
        deploy.do(c.SkipTask(task="ship", reason="x"))
    return deploy


@pytest.mark.parametrize(
    "name", ["confirm", "interactive", "variables", "placeholder", "hold", "rollback", "skipped", "sick"]
)
def test_it_never_starts_past_a_guard(name: str) -> None:
    deploy = _stopped(name)
    deploy.read(errors=99.0 if name == "sick" else 0.1)
    deploy.later(700).read(errors=99.0 if name == "sick" else 0.1).later(1)
    assert deploy.state.of("ship").attempt == 0


def test_it_does_not_start_without_data() -> None:
    deploy = _self_starting().read(errors=0.1).tick("look").do(c.EnterPhase(phase="deploy")).later(700)
    assert deploy.state.level("errors") == "no data"
    assert deploy.status("ship") == "waiting"
    deploy.read(errors=0.1)
    assert deploy.status("ship") == "running"


def test_a_step_waits_for_the_one_before_it() -> None:
    deploy = _deploy(step("copy"), step("ship", offset_seconds=0, start="due"), step("after", offset_seconds=0))
    deploy.do(c.EnterPhase(phase="deploy")).later(900)
    assert deploy.status("ship") == "waiting"
    deploy.passed("copy")
    assert deploy.status("ship") == "running"
    deploy.end("ship").later(900)
    assert deploy.status("after") == "waiting", "only what the runbook says so of"


def test_a_way_back_never_starts_by_the_clock() -> None:
    deploy = _deploy(step("ship"), rollback=(option("back", step("undo", offset_seconds=0, start="due")),))
    deploy.do(c.EnterPhase(phase="deploy")).later(900)
    assert deploy.state.of("undo").attempt == 0


@pytest.mark.parametrize("offset", [-300, 120])
def test_it_starts_as_long_before_or_after_t_as_the_runbook_says(offset: int) -> None:
    deploy = _deploy(step("ship", offset_seconds=offset, start="due")).do(c.EnterPhase(phase="deploy"))
    deploy.later(600 + offset - 1)
    assert deploy.status("ship") == "waiting"
    deploy.later(1)
    assert deploy.status("ship") == "running"


def test_a_metric_that_decides_nothing_does_not_keep_it() -> None:
    deploy = _deploy(step("ship", offset_seconds=0, start="due"), metrics=(rule(observe_only=True),))
    deploy.do(c.EnterPhase(phase="deploy")).read(errors=99.0).later(700)
    assert deploy.state.level("errors") == "no data"
    assert deploy.status("ship") == "running"


def test_it_waits_for_a_check_that_runs() -> None:
    deploy = _deploy(check("look", "deploy", required=False), step("ship", offset_seconds=0, start="due"))
    deploy.do(c.EnterPhase(phase="deploy")).run("look").later(700)
    assert deploy.status("ship") == "waiting"
    deploy.end("look")
    assert deploy.status("ship") == "running"


@pytest.mark.parametrize(
    "task",
    [
        check("ship", "deploy", offset_seconds=0, start="due"),
        step("ship", start="due"),
        step("ship", offset_seconds=0, start="due", alternative="blue", section="Ship"),
        step("ship", offset_seconds=0, start="due", second_person=True),
        item("ship", "deploy", offset_seconds=0, start="due"),
    ],
)
def test_what_a_person_must_choose_confirm_or_answer_never_starts_by_itself(task: Task) -> None:
    deploy = _deploy(task).do(c.EnterPhase(phase="deploy")).later(900)
    assert (deploy.status("ship"), deploy.state.of("ship").attempt) == ("waiting", 0)
