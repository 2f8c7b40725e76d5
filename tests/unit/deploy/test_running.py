"""Scripts and checks: attempts, order, needs, cancelling, and keys that are pressed twice."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Task
from tests.builders import Deploy, check, item, option, step


def _deploy(*more: Task, **options: object) -> Deploy:
    return Deploy.of(
        item("look"),
        check("tests"),
        check("lint"),
        step("build", body="echo a\necho b\n"),
        item("seen", "deploy", parent="build"),
        step("ship"),
        *more,
        item("after", "verify"),
        rollback=(option("back", step("undo"), step("undo-2")),),
        **options,  # type: ignore[arg-type]
    )


def _shipping(*more: Task) -> Deploy:
    return _deploy(*more).tick("look").passed("tests", "lint").do(c.EnterPhase(phase="deploy"))


def test_a_key_pressed_twice_starts_one_attempt() -> None:
    deploy = _shipping()
    first = c.RunTask(task="build", attempt=1)
    deploy.do(first)
    assert "is already running, started by ann" in deploy.refusal(first)
    deploy.end("build", "failed")
    assert "has run again since (attempt 1)" in deploy.refusal(first)
    deploy.do(c.RunTask(task="build", attempt=2)).end("build")
    assert deploy.kinds().count("StepStarted") == 4


@pytest.mark.parametrize("attempt", [-1, 0, 2, 99])
def test_an_attempt_that_is_not_the_next_one_is_refused(attempt: int) -> None:
    assert "has run again since" in _shipping().refusal(c.RunTask(task="build", attempt=attempt))


def test_a_script_that_is_done_does_not_run_twice_but_a_check_may() -> None:
    deploy = _shipping().passed("build")
    assert "is already done" in deploy.refusal(c.RunTask(task="build", attempt=2))
    assert deploy.run("tests").status("tests") == "running"


def test_a_skipped_script_does_not_run() -> None:
    deploy = _shipping().do(c.SkipTask(task="build", reason="not today"))
    assert "is already done (skipped)" in deploy.refusal(c.RunTask(task="build", attempt=1))


ORDER = [
    ("ship", '"Build", "Seen" comes first'),
    ("look", "has nothing to run"),
    ("undo", "belongs to the rollback. Start the rollback with ⟦rollback⟧"),
    ("nowhere", "No step or item"),
]


@pytest.mark.parametrize(("task", "words"), ORDER)
def test_what_may_not_run_now_is_refused_in_words(task: str, words: str) -> None:
    assert words in _shipping().refusal(c.RunTask(task=task, attempt=1))


def test_scripts_run_in_the_order_of_the_runbook_and_sign_offs_count() -> None:
    deploy = _shipping().passed("build")
    assert '"Seen" comes first' in deploy.refusal(c.RunTask(task="ship", attempt=1))
    assert deploy.tick("seen").run("ship").status("ship") == "running"


def test_an_optional_step_does_not_hold_the_next_one_up() -> None:
    deploy = Deploy.of(step("maybe", required=False), step("ship"))
    assert deploy.run("ship").status("ship") == "running"


def test_one_script_at_a_time_but_checks_beside_it() -> None:
    deploy = Deploy.of(step("maybe", required=False), step("ship"), check("probe", "deploy"))
    deploy.run("maybe")
    assert '"Maybe" is still running, and only one script runs at a time' in deploy.refusal(
        c.RunTask(task="ship", attempt=1)
    )
    assert deploy.run("probe").status("probe") == "running"


def test_a_hold_keeps_scripts_from_starting_until_it_is_released() -> None:
    deploy = _shipping().do(c.HoldDeploy(reason="lunch"))
    assert "on hold (ann: lunch)" in deploy.refusal(c.RunTask(task="build", attempt=1))
    assert "on hold" in _deploy().do(c.HoldDeploy(reason="x")).refusal(c.EnterPhase(phase="deploy"))
    assert deploy.do(c.ReleaseDeploy()).run("build").status("build") == "running"


def test_a_hold_does_not_touch_what_runs() -> None:
    deploy = _shipping().run("build").do(c.HoldDeploy(reason="lunch"))
    assert deploy.status("build") == "running"
    assert deploy.end("build").status("build") == "pass"


def test_a_confirmation_is_asked_for_where_the_runbook_says_so() -> None:
    deploy = Deploy.of(step("ship", confirm=True))
    assert "must be confirmed first" in deploy.refusal(c.RunTask(task="ship", attempt=1))
    assert deploy.run("ship", confirmed=True).status("ship") == "running"


def test_a_placeholder_without_a_value_keeps_the_script_from_starting() -> None:
    deploy = Deploy.of(step("ship", body="deploy <commit-sha> --to '<region>'\n"))
    assert "<commit-sha>, <region> has no value yet." in deploy.refusal(c.RunTask(task="ship", attempt=1))
    deploy.do(c.GiveValue(name="commit-sha", value="abc123"))
    assert "<region> has no value" in deploy.refusal(c.RunTask(task="ship", attempt=1))
    deploy.do(c.GiveValue(name="region", value="eu west's; rm -rf /")).run("ship")
    assert deploy.state.of("ship").script == "deploy abc123 --to 'eu west'\\''s; rm -rf /'\n"


def test_a_value_that_cannot_be_quoted_safely_is_a_refusal_and_no_crash() -> None:
    deploy = Deploy.of(step("ship", body="echo $(( <count> + 1 ))\n"))
    deploy.do(c.GiveValue(name="count", value="x; rm y"))
    assert "only a plain word is allowed" in deploy.refusal(c.RunTask(task="ship", attempt=1))
    assert deploy.state.of("ship").attempt == 0


def test_a_variable_that_nobody_set_keeps_the_script_from_starting() -> None:
    body = "psql $PRODUCTION_DB_URL < dump.sql\n"
    assert "$PRODUCTION_DB_URL is not set" in Deploy.of(step("ship", body=body)).refusal(
        c.RunTask(task="ship", attempt=1)
    )
    assert Deploy.of(step("ship", body=body), variables=("PRODUCTION_DB_URL",)).run("ship").status("ship") == "running"


def test_what_a_script_exports_is_set_for_the_next() -> None:
    deploy = Deploy.of(step("build", body="TAG=1\n"), step("ship", body="push $TAG\n"))
    deploy.run("build").end("build", exports=("TAG",), cwd="/srv/app/sub")
    assert deploy.state.cwd == "/srv/app/sub"
    assert deploy.run("ship").status("ship") == "running"


def test_a_second_try_may_begin_at_a_command_and_nowhere_else() -> None:
    deploy = _shipping().run("build").end("build", "failed")
    assert "No command of this script starts at line" in deploy.refusal(
        c.RunTask(task="build", attempt=2, from_line=12)
    )
    assert deploy.run("build", from_line=11).state.of("build").from_line == 11


def test_an_edited_script_runs_for_this_attempt_only() -> None:
    deploy = _shipping().run("build", script="echo edited\n")
    assert deploy.state.of("build").script == "echo edited\n"
    deploy.end("build", "failed").run("build")
    assert deploy.state.of("build").script == "echo a\necho b\n"


def test_every_attempt_has_a_folder_of_its_own() -> None:
    deploy = _shipping().run("build").end("build", "failed").run("build").end("build").tick("seen").run("ship")
    started = [event.body for event in deploy.events if isinstance(event.body, e.StepStarted)]
    folders = [body.directory for body in started]
    assert len(set(folders)) == len(folders) == 5


OUTCOMES = [
    ("succeeded", "pass"),
    ("failed", "fail"),
    ("timed out", "fail"),
    ("cancelled", "fail"),
    ("lost", "unknown"),
]


@pytest.mark.parametrize(("outcome", "status"), OUTCOMES)
def test_an_end_has_its_status_and_an_unknown_one_is_never_invented(outcome: e.StepOutcome, status: str) -> None:
    assert _shipping().run("build").end("build", outcome).status("build") == status


def test_an_unknown_end_is_tried_again_only_by_a_person() -> None:
    deploy = _shipping().run("build").end("build", "lost").later(1000)
    assert deploy.kinds().count("StepStarted") == 3
    assert deploy.run("build").status("build") == "running"


def test_the_reason_of_a_failure_names_the_command_at_which_it_stopped() -> None:
    deploy = _shipping().run("build")
    deploy.do(c.RecordCommand(task="build", attempt=1, index=0, at=deploy.now), "cockpit")
    deploy.do(c.RecordCommand(task="build", attempt=1, index=1, at=deploy.now + 1), "cockpit")
    deploy.end("build", "failed")
    assert deploy.state.of("build").reason == "exit status 1 at line 11: echo b"


STALE = [
    c.RecordExit(task="build", attempt=2, outcome="succeeded"),
    c.RecordExit(task="ship", attempt=1, outcome="succeeded"),
    c.RecordExit(task="nowhere", attempt=1, outcome="failed"),
]


@pytest.mark.parametrize("command", STALE)
def test_the_end_of_another_attempt_changes_nothing(command: c.RecordExit) -> None:
    deploy = _shipping().run("build")
    before = deploy.state
    deploy.do(command)
    assert deploy.state is before


def test_an_end_is_recorded_once() -> None:
    deploy = _shipping().run("build").end("build", "failed")
    before = deploy.state
    deploy.do(c.RecordExit(task="build", attempt=1, outcome="succeeded"))
    assert deploy.state is before


def test_cancelling_is_asked_once_and_only_of_the_running_attempt() -> None:
    deploy = _shipping()
    assert "already finished" in deploy.refusal(c.CancelTask(task="build", attempt=1))
    deploy.run("build")
    assert "already finished" in deploy.refusal(c.CancelTask(task="build", attempt=2))
    deploy.do(c.CancelTask(task="build", attempt=1)).do(c.CancelTask(task="build", attempt=1))
    assert deploy.kinds().count("CancelRequested") == 1
    assert deploy.status("build") == "running"
    assert deploy.end("build", "cancelled").status("build") == "fail"


def test_all_open_checks_run_one_after_another() -> None:
    deploy = _deploy().do(c.RunChecks())
    assert (deploy.status("tests"), deploy.status("lint")) == ("running", "waiting")
    deploy.end("tests", "failed")
    assert (deploy.status("tests"), deploy.status("lint")) == ("fail", "running")
    deploy.end("lint")
    assert deploy.state.queue == ()
    deploy.do(c.RunChecks()).end("tests")
    assert "No open checks in this phase" in deploy.refusal(c.RunChecks())


def test_a_check_that_was_waived_meanwhile_does_not_start_from_the_queue() -> None:
    deploy = _deploy().do(c.RunChecks()).do(c.WaiveItem(task="lint", reason="broken linter")).end("tests")
    assert deploy.status("lint") == "waived"
    assert deploy.later(100).status("lint") == "waived"


def test_checks_that_lack_something_are_left_out_and_said_where_nothing_else_is_open() -> None:
    deploy = Deploy.of(check("tests"), check("ping", body="curl $URL\n"))
    deploy.do(c.RunChecks()).end("tests")
    assert deploy.state.queue == ()
    assert "$URL is not set" in deploy.refusal(c.RunChecks())


def test_checks_start_by_themselves_only_where_the_settings_say_so() -> None:
    assert Deploy.of(check("tests")).status("tests") == "waiting"
    assert Deploy.of(check("tests"), auto_checks=True).status("tests") == "running"


def test_what_has_ended_is_not_cancelled() -> None:
    deploy = _shipping().run("build").end("build")
    assert "already finished" in deploy.refusal(c.CancelTask(task="build", attempt=1))
    assert "CancelRequested" not in deploy.kinds()


def _ended(outcome: e.StepOutcome, reason: str, *, at: int | None) -> str:
    deploy = _shipping().run("build")
    if at is not None:
        deploy.do(c.RecordCommand(task="build", attempt=1, index=at, at=deploy.now))
    deploy.do(c.RecordExit(task="build", attempt=1, outcome=outcome, reason=reason))
    return deploy.state.of("build").reason


def test_only_a_bad_end_says_where_and_only_where_it_is_known() -> None:
    assert _ended("succeeded", "", at=1) == ""
    assert _ended("failed", "exit status 1", at=1) == "exit status 1 at line 11: echo b"
    assert _ended("failed", "exit status 1", at=None) == "exit status 1"


def test_nothing_starts_while_the_journal_cannot_be_written() -> None:
    deploy = _shipping().do(c.RecordStall(reason="no room"), "cockpit")
    assert "The journal is not writable (no room)" in deploy.refusal(c.RunTask(task="build", attempt=1))
    deploy.do(c.RecordResumption(events=0), "cockpit").run("build")


def test_a_queue_of_checks_ends_with_the_way_back() -> None:
    back = c.StartRollback(option="back", confirmation="production", despite=True, reason="x")
    deploy = _deploy().do(c.RunChecks()).do(back)
    deploy.end("tests", "cancelled")
    assert (deploy.status("undo"), deploy.status("lint")) == ("running", "waiting")
    deploy.end("undo", "failed").later(60)
    assert deploy.status("lint") == "waiting"


def test_a_script_may_start_while_a_check_runs() -> None:
    deploy = _shipping(check("look-again", "deploy", required=False)).run("look-again").run("build")
    assert (deploy.status("look-again"), deploy.status("build")) == ("running", "running")
