"""The way back: first everything is dead, then it runs, a failure stops it, health decides how it ends."""

import pytest
from msgspec import structs

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import RollbackOption
from tests.builders import Deploy, item, option, rule, step

OPTIONS = (
    option("back", step("undo"), item("undo-look", "deploy"), step("undo-2")),
    option("restore", step("restore", body="restore <backup-file>\n"), touches_database=True),
    option("by-hand", item("read-it", "deploy")),
)


def _deploy(*metrics: str, options: tuple[RollbackOption, ...] = OPTIONS) -> Deploy:
    return Deploy.of(
        item("ready"),
        step("ship"),
        item("after", "verify"),
        rollback=options,
        metrics=tuple(rule(name) for name in metrics),
    )


def _shipping(*metrics: str) -> Deploy:
    return _deploy(*metrics).tick("ready").run("ship")


def _back(option_id: str = "back", **more: object) -> c.StartRollback:
    return c.StartRollback(option=option_id, confirmation="production", **more)  # type: ignore[arg-type]


REFUSED = [
    (_back("nowhere"), "No rollback option 'nowhere'. Choose one of: back, restore, by-hand"),
    (c.StartRollback(option="back", confirmation=""), 'Type the environment name, "production"'),
    (c.StartRollback(option="back", confirmation="Production"), "Type the environment name"),
    (c.StartRollback(option="back", confirmation="staging"), "Type the environment name"),
    (_back("by-hand"), "has nothing to run: follow line 90 of the runbook manually"),
    (_back("restore"), '"Restore": <backup-file> has no value yet.'),
    (_back("restore", values={"backup-file": "a\0b"}), "holds a NUL"),
]


@pytest.mark.parametrize(("command", "words"), REFUSED)
def test_a_rollback_that_cannot_work_is_refused_before_it_begins(command: c.StartRollback, words: str) -> None:
    assert words in _shipping().refusal(command)


def test_without_a_rollback_section_the_refusal_says_what_to_add() -> None:
    assert "has no rollback section. Add a heading" in _deploy(options=()).refusal(_back())


def test_a_running_script_is_cancelled_first_and_the_way_back_waits_for_its_end() -> None:
    deploy = _shipping().do(_back())
    assert deploy.kinds()[-2:] == ["RollbackRequested", "CancelRequested"]
    deploy.later(600)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "stopping"
    assert deploy.status("undo") == "waiting"
    deploy.end("ship", "cancelled")
    assert deploy.kinds()[-3:] == ["StepFinished", "RollbackStarted", "StepStarted"]
    assert deploy.status("undo") == "running"


def test_nobody_can_start_the_way_back_by_hand_while_the_script_is_being_stopped() -> None:
    deploy = _shipping().do(_back())
    assert "is being stopped" in deploy.refusal(c.RunTask(task="undo", attempt=1))


def test_a_script_that_was_cancelled_already_is_not_cancelled_again() -> None:
    deploy = _shipping().do(c.CancelTask(task="ship", attempt=1)).do(_back())
    assert deploy.kinds().count("CancelRequested") == 1


def test_with_nothing_running_it_starts_at_once_and_runs_in_order() -> None:
    deploy = _shipping().end("ship").do(_back())
    assert (deploy.status("undo"), deploy.status("undo-2")) == ("running", "waiting")
    deploy.end("undo")
    assert (deploy.status("undo"), deploy.status("undo-2")) == ("pass", "running")


def test_while_it_runs_nothing_goes_forward() -> None:
    deploy = _shipping().do(_back()).end("ship", "cancelled")
    assert "deploy steps are disabled" in deploy.refusal(c.RunTask(task="ship", attempt=2))
    assert "deploy steps are disabled" in deploy.refusal(c.EnterPhase(phase="verify"))
    assert "deploy steps are disabled" in deploy.refusal(c.RunChecks())
    assert "already in progress, started by ann" in deploy.refusal(_back())
    assert (
        "A rollback is in progress" in deploy.refusal(c.CloseDeploy(outcome="failed", reason="x"))
        or deploy.state.running
    )


def test_a_hold_does_not_keep_anybody_from_rolling_back() -> None:
    deploy = _shipping().do(c.HoldDeploy(reason="thinking")).do(_back()).end("ship", "cancelled")
    assert deploy.status("undo") == "running"


def test_an_option_gets_its_values_with_the_command() -> None:
    deploy = _shipping().end("ship").do(_back("restore", values={"backup-file": "a b.sql"}))
    assert deploy.state.of("restore").script == "restore 'a b.sql'\n"


def _failed() -> Deploy:
    deploy = _shipping().do(_back()).end("ship", "cancelled").end("undo", "failed")
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "failed"
    return deploy


def test_a_failure_stops_it_and_says_which_script() -> None:
    deploy = _failed()
    assert deploy.state.rollback is not None
    assert '"Undo" exit status 1' in deploy.state.rollback.summary
    assert deploy.later(600).status("undo-2") == "waiting"
    assert deploy.state.closed is None


def test_an_unknown_end_stops_it_too() -> None:
    deploy = _shipping().do(_back()).end("ship", "cancelled").end("undo", "lost").later(60)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "failed"
    assert deploy.status("undo-2") == "waiting"


def test_the_failed_script_is_tried_again_and_the_rest_follows() -> None:
    deploy = _failed().run("undo").end("undo")
    assert deploy.status("undo-2") == "running"
    deploy.end("undo-2")
    assert deploy.state.closed == "rolled back"


def test_a_second_try_of_the_way_back_does_not_enter_a_forward_phase() -> None:
    deploy = _deploy().do(_back(despite=True, reason="as I say")).end("undo", "failed").run("undo")
    assert deploy.state.phase == "preflight"


@pytest.mark.parametrize("option_id", ["back", "restore"])
def test_before_the_deploy_a_rollback_would_take_back_the_good_release(option_id: str) -> None:
    command = _back(option_id, values={"backup-file": "x.sql"})
    refused = _deploy().refusal(command)
    assert "this deploy has changed nothing yet: the previous release is still running" in refused
    assert "(close the deploy with ⟦close⟧)" in refused
    assert "override" in refused
    assert "Enter a reason" in _deploy().refusal(structs.replace(command, despite=True))
    deploy = _deploy().do(structs.replace(command, despite=True, reason="the release before was broken as well"))
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.despite[0].startswith("this deploy has changed nothing yet")
    assert _deploy().tick("ready").do(c.EnterPhase(phase="deploy")).do(command).state.rollback is not None


@pytest.mark.parametrize(
    "command", [c.SkipTask(task="undo", reason="did it"), c.AcceptTask(task="undo", reason="did it")]
)
def test_the_failed_script_is_passed_over_by_word_and_the_rest_follows(command: c.Command) -> None:
    deploy = _shipping().do(_back()).end("ship", "cancelled").end("undo", "failed").do(command)
    assert deploy.status("undo-2") == "running"


def test_a_later_script_does_not_run_before_the_failed_one_is_settled() -> None:
    assert '"Undo" comes first' in _failed().refusal(c.RunTask(task="undo-2", attempt=1))


def test_after_a_failure_another_option_may_be_tried() -> None:
    deploy = _failed().do(_back("restore", values={"backup-file": "x.sql"}))
    assert deploy.status("restore") == "running"
    assert deploy.end("restore").state.closed == "rolled back"


def test_the_same_option_again_runs_all_its_scripts_again() -> None:
    deploy = _shipping().do(_back()).end("ship", "cancelled").end("undo").end("undo-2", "failed").later(5).do(_back())
    assert (deploy.status("undo"), deploy.state.of("undo").attempt) == ("running", 2)
    deploy.end("undo")
    assert (deploy.status("undo-2"), deploy.state.of("undo-2").attempt) == ("running", 2)


def test_after_a_failure_the_deploy_is_closed_as_failed_and_never_as_succeeded() -> None:
    assert "Close this deploy as failed or aborted" in _failed().refusal(c.CloseDeploy(outcome="succeeded"))
    assert _failed().do(c.CloseDeploy(outcome="failed", reason="by hand")).state.closed == "failed"


def _undone(*metrics: str) -> Deploy:
    return _shipping(*metrics).do(_back()).end("ship", "cancelled").end("undo").end("undo-2")


def test_without_a_health_source_it_ends_with_health_not_verified() -> None:
    deploy = _undone()
    finished = next(event.body for event in deploy.events if isinstance(event.body, e.RollbackFinished))
    assert finished.healthy is None
    assert "not verified" in finished.summary
    assert deploy.state.closed == "rolled back"


def test_two_good_answers_after_the_scripts_prove_health() -> None:
    deploy = _undone("health").later(1).read(health=1)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "verifying"
    deploy.later(1).read(health=1)
    assert (deploy.state.rollback.status, deploy.state.closed) != ("verifying", None)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.healthy is True
    assert deploy.state.closed == "rolled back"


def test_answers_from_before_prove_nothing() -> None:
    deploy = _shipping("health").read(health=1).later(1).read(health=1)
    deploy.do(_back()).end("ship", "cancelled").end("undo").end("undo-2")
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "verifying"


def test_a_good_answer_between_bad_ones_proves_nothing() -> None:
    deploy = _undone("health")
    for value in (1, 0, 1, 0, 1):
        deploy.later(1).read(health=value)
    assert deploy.state.closed is None


def test_an_unhealthy_production_keeps_the_deploy_open_for_another_option() -> None:
    deploy = _undone("health")
    for _ in range(40):
        deploy.later(1).read(health=0)
    assert deploy.state.rollback is not None
    assert (deploy.state.rollback.status, deploy.state.rollback.healthy) == ("finished", False)
    assert deploy.state.closed is None
    deploy.do(_back("restore", values={"backup-file": "x.sql"}))
    assert deploy.status("restore") == "running"


def test_an_unhealthy_end_can_only_be_closed_as_failed_or_aborted() -> None:
    deploy = _undone("health")
    for _ in range(40):
        deploy.later(1).read(health=0)
    assert "failed or aborted" in deploy.refusal(c.CloseDeploy(outcome="succeeded"))
    assert deploy.do(c.CloseDeploy(outcome="failed", reason="page the database team")).state.closed == "failed"


def test_silence_after_the_scripts_is_never_called_healthy() -> None:
    deploy = _undone("health").later(1).read(health=None).later(31)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.healthy is None
    assert deploy.state.closed is None


def test_a_silent_production_that_comes_back_closes_the_deploy() -> None:
    deploy = _undone("health").later(1).read(health=None).later(31)
    deploy.later(1).read(health=1).later(1).read(health=1)
    assert deploy.state.closed == "rolled back"
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.healthy is True


def test_a_metric_that_stays_in_breach_is_not_called_healthy() -> None:
    deploy = _undone("health", "errors")
    for _ in range(40):
        deploy.later(1).read(health=1, errors=9)
    assert deploy.state.closed is None
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.healthy is False


def test_a_person_may_close_a_finished_way_back_that_nobody_can_prove() -> None:
    deploy = _undone("health").later(1).read(health=None).later(31)
    assert "Enter a reason" in deploy.refusal(c.CloseDeploy(outcome="rolled back"))
    assert deploy.do(c.CloseDeploy(outcome="rolled back", reason="seen by eye")).state.closed == "rolled back"


def test_every_endpoint_must_answer_well() -> None:
    deploy = Deploy.of(
        step("ship"),
        rollback=OPTIONS,
        metrics=(rule("health"), rule("web", unit="up", watch=None, alert=None, breach=None)),
    )
    deploy.do(_back()).end("undo").end("undo-2")
    deploy.later(1).read(health=1, web=0).later(1).read(health=1, web=1)
    assert deploy.state.closed is None
    assert deploy.later(1).read(health=1, web=1).state.closed == "rolled back"


def test_the_record_says_what_was_wrong_when_it_was_asked_for() -> None:
    deploy = _shipping("errors").read(errors=6.2).do(_back(reason="errors"))
    asked = next(event.body for event in deploy.events if isinstance(event.body, e.RollbackRequested))
    assert asked.breaches == ("errors 6.2 % > 5 %",)
    assert asked.reason == "errors"


def test_a_way_back_that_failed_or_is_not_over_is_not_closed_as_rolled_back() -> None:
    close = c.CloseDeploy(outcome="rolled back", reason="it looks fine")
    assert "only be closed as rolled back after a rollback" in _failed().refusal(close)
    assert "A rollback is in progress" in _undone("health").refusal(close)


def test_no_phase_opens_by_itself_once_the_way_back_was_taken() -> None:
    deploy = Deploy.of(step("ship"), item("look", "verify"), rollback=OPTIONS).run("ship").do(_back()).end("ship")
    assert deploy.later(60).state.phases.keys() == {"deploy"}


def test_where_the_ways_back_lead_is_no_longer_asked_once_one_is_taken() -> None:
    deploy = _shipping().do(_back())
    asked = deploy.kinds().count("TargetAsked")
    deploy.later(3600).later(3600)
    assert deploy.kinds().count("TargetAsked") == asked > 0


def test_a_way_back_with_variables_that_are_set_is_taken() -> None:
    back = option("back", step("undo", body="echo $RELEASE\n"))
    assert "$RELEASE is not set" in Deploy.of(step("ship"), rollback=(back,)).refusal(_back())
    Deploy.of(step("ship"), rollback=(back,), variables=("RELEASE",)).do(_back())


def test_no_way_back_begins_while_the_journal_cannot_be_written() -> None:
    deploy = _shipping().do(c.RecordStall(reason="no room"), "cockpit")
    assert "The journal is not writable (no room)" in deploy.refusal(_back())


def test_the_end_has_the_reason_of_the_way_back() -> None:
    assert _undone().state.closed_reason == "asked for"
    deploy = _shipping().do(_back(reason="slow pages")).end("ship", "cancelled").end("undo").end("undo-2")
    assert (deploy.state.closed, deploy.state.closed_reason) == ("rolled back", "slow pages")


def test_a_proven_way_back_is_finished_once() -> None:
    deploy = _undone("health").later(1).read(health=1).later(1).read(health=1)
    assert deploy.kinds().count("RollbackFinished") == 1


def test_an_answer_of_the_moment_of_the_end_proves_nothing() -> None:
    deploy = _shipping("health").do(_back()).end("ship", "cancelled").end("undo")
    deploy.read(health=1).read(health=1).end("undo-2")
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "verifying"


def test_a_lost_script_of_the_way_back_is_named_with_its_state() -> None:
    deploy = _shipping().do(_back()).end("ship", "cancelled").end("undo", "lost")
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.summary == '"Undo" unknown'


def test_a_later_script_is_tried_again_where_those_before_it_are_done() -> None:
    deploy = _shipping().do(_back()).end("ship", "cancelled").end("undo").end("undo-2", "failed").run("undo-2")
    assert deploy.end("undo-2").state.closed == "rolled back"
