"""Items and checks as a person answers them: tick, untick, fail, waive, skip, accept."""

import pytest

from cockpit.deploy import commands as c
from tests.builders import Deploy, check, item, live, option, plan, rule, step


def _deploy() -> Deploy:
    return Deploy.of(
        item("look"),
        item("other"),
        check("tests"),
        live("answers", "metrics"),
        step("ship"),
        item("after", "verify"),
        rollback=(option("back", step("undo")),),
        metrics=(rule(),),
    )


def _shipping() -> Deploy:
    deploy = _deploy().tick("look", "other").passed("tests").read(errors=0.1)
    return deploy.do(c.EnterPhase(phase="deploy"))


REFUSED_IN_PREFLIGHT = [
    (c.TickItem(task="nowhere"), "No step or item with the ID 'nowhere'"),
    (c.TickItem(task="tests"), "cannot be ticked: its script answers it"),
    (c.TickItem(task="answers"), "cannot be ticked: it is measured automatically"),
    (c.TickItem(task="ship"), "cannot be ticked"),
    (c.TickItem(task="after"), "Cannot enter Verify yet"),
    (c.UntickItem(task="look"), "has no answer yet"),
    (c.UntickItem(task="ship"), "cannot be unticked"),
    (c.UntickItem(task="nowhere"), "No step or item"),
    (c.FailItem(task="look", reason=" "), 'To fail "Look", enter a reason'),
    (c.FailItem(task="tests", reason="no"), "answered by its own check"),
    (c.FailItem(task="after", reason="no"), "Cannot enter Verify yet"),
    (c.WaiveItem(task="look", reason=""), 'To waive "Look", enter a reason'),
    (c.WaiveItem(task="ship", reason="no"), "Cannot enter Deploy"),
    (c.WaiveItem(task="nowhere", reason="no"), "No step or item"),
    (c.SkipTask(task="look", reason="no"), "is an item. Waive it (⟦waive⟧)"),
    (c.SkipTask(task="tests", reason=""), 'To skip "Tests", enter a reason'),
    (c.SkipTask(task="ship", reason="no"), "Cannot enter Deploy"),
    (c.SkipTask(task="nowhere", reason="no"), "No step or item"),
    (c.AcceptTask(task="tests", reason="fine"), "has not failed. Run it"),
    (c.AcceptTask(task="tests", reason="\t"), "enter a reason"),
    (c.AcceptTask(task="nowhere", reason="x"), "No step or item"),
]


@pytest.mark.parametrize(("command", "words"), REFUSED_IN_PREFLIGHT)
def test_what_may_not_be_answered_in_preflight_is_refused_in_words(command: c.Command, words: str) -> None:
    assert words in _deploy().refusal(command)


REFUSED_IN_DEPLOY = [
    (c.UntickItem(task="look"), "preflight phase is over"),
    (c.WaiveItem(task="ship", reason="no"), "is a step. Skip it (⟦skip⟧)"),
    (c.TickItem(task="look"), "was already ticked by ann"),
    (c.WaiveItem(task="look", reason="no"), "is already done"),
    (c.SkipTask(task="tests", reason="no"), "is already done"),
    (c.AcceptTask(task="ship", reason="no"), "has not failed"),
]


@pytest.mark.parametrize(("command", "words"), REFUSED_IN_DEPLOY)
def test_what_may_not_be_answered_later_is_refused_in_words(command: c.Command, words: str) -> None:
    assert words in _shipping().refusal(command)


@pytest.mark.parametrize(
    "command",
    [
        c.SkipTask(task="ship", reason="no"),
        c.AcceptTask(task="ship", reason="no"),
        c.WaiveItem(task="ship", reason="no"),
    ],
)
def test_a_running_script_is_not_settled_by_word(command: c.Command) -> None:
    assert "is running. Cancel it first (⟦cancel⟧)." in _shipping().run("ship").refusal(command)


ANSWERS = [
    (c.TickItem(task="look", note="saw it"), "pass", "saw it", ""),
    (c.FailItem(task="look", reason=" broken "), "fail", "", "broken"),
    (c.WaiveItem(task="look", reason=" holiday "), "waived", "", "holiday"),
    (c.WaiveItem(task="tests", reason="flaky"), "waived", "", "flaky"),
    (c.WaiveItem(task="answers", reason="no metrics yet"), "waived", "errors: no sample yet", "no metrics yet"),
    (c.SkipTask(task="tests", reason=" slow "), "skipped", "", "slow"),
]


@pytest.mark.parametrize(("command", "status", "summary", "reason"), ANSWERS)
def test_an_answer_stands_with_who_and_why(command: c.Command, status: str, summary: str, reason: str) -> None:
    task = command.task  # type: ignore[attr-defined]
    have = _deploy().do(command).state.of(task)
    assert (have.status, have.summary, have.reason, have.by) == (status, summary, reason, "ann")


def test_a_failed_item_can_be_ticked_waived_and_taken_back() -> None:
    deploy = _deploy().do(c.FailItem(task="look", reason="broken"))
    assert deploy.tick("look").status("look") == "pass"
    assert deploy.do(c.UntickItem(task="look")).status("look") == "waiting"
    assert deploy.do(c.FailItem(task="look", reason="again")).status("look") == "fail"
    assert deploy.do(c.WaiveItem(task="look", reason="so be it")).status("look") == "waived"
    assert deploy.do(c.UntickItem(task="look")).status("look") == "waiting"


def test_a_ticked_item_may_turn_out_not_to_be_so() -> None:
    deploy = _deploy().tick("look").do(c.FailItem(task="look", reason="I was wrong"))
    assert deploy.status("look") == "fail"
    assert "Cannot enter Deploy" in deploy.refusal(c.EnterPhase(phase="deploy"))


def test_a_failed_step_is_accepted_with_a_reason_and_counts_as_settled() -> None:
    deploy = _shipping().run("ship").end("ship", "failed")
    assert deploy.status("ship") == "fail"
    deploy.do(c.AcceptTask(task="ship", reason="done by hand"))
    assert deploy.state.of("ship").settled
    assert deploy.state.phase == "verify"


def test_a_waiver_of_a_measured_check_stays_whatever_is_measured() -> None:
    deploy = _deploy().do(c.WaiveItem(task="answers", reason="known"))
    deploy.read(errors="down").later(60).read(errors=0.1)
    assert deploy.status("answers") == "waived"


def test_an_empty_plan_is_refused_with_its_path() -> None:
    deploy = Deploy()
    assert "no items and no runnable scripts" in deploy.refusal(c.OpenDeploy(plan=plan()))


@pytest.mark.parametrize(
    "command", [c.TickItem(task="x"), c.Tick(), c.AddNote(text="x"), c.EnterPhase(phase="deploy"), c.RunChecks()]
)
def test_without_a_deploy_nothing_is_accepted(command: c.Command) -> None:
    assert Deploy().refusal(command) == "No deploy is open here. Start one with `cockpit run`."


def test_a_second_deploy_is_refused_while_one_is_open() -> None:
    assert "already open" in _deploy().refusal(c.OpenDeploy(plan=plan(item("x"))))


VALUES = [
    (c.GiveValue(name="sha", value=" "), "sha needs a value"),
    (c.GiveValue(name="sha", value="a\nb"), "must be a single line"),
    (c.GiveValue(name="sha", value="a\0b"), "must be a single line"),
]


@pytest.mark.parametrize(("command", "words"), VALUES)
def test_a_value_that_is_none_is_refused(command: c.Command, words: str) -> None:
    assert words in _deploy().refusal(command)


def test_a_value_is_written_once_and_again_only_where_it_changes() -> None:
    deploy = _deploy().do(c.GiveValue(name="sha", value="abc")).do(c.GiveValue(name="sha", value="abc"))
    assert deploy.kinds().count("ValueGiven") == 1
    assert deploy.do(c.GiveValue(name="sha", value="def")).state.values == {"sha": "def"}


def test_holds_and_notes() -> None:
    deploy = _deploy()
    assert "Enter a reason" in deploy.refusal(c.HoldDeploy(reason=" "))
    assert "not on hold" in deploy.refusal(c.ReleaseDeploy())
    deploy.do(c.HoldDeploy(reason="lunch"))
    assert "already on hold: lunch" in deploy.refusal(c.HoldDeploy(reason="again"))
    assert deploy.do(c.ReleaseDeploy()).state.hold is None
    assert "is empty" in deploy.refusal(c.AddNote(text=" \n"))
    assert deploy.do(c.AddNote(text=" hm ")).state.notes[0].text == "hm"


def test_an_item_of_a_phase_that_has_not_begun_is_not_answered_although_it_could_begin() -> None:
    deploy = Deploy.of(item("look"), item("watch-it", "deploy"), step("ship")).tick("look")
    for command in (
        c.TickItem(task="watch-it"),
        c.WaiveItem(task="watch-it", reason="x"),
        c.SkipTask(task="ship", reason="x"),
    ):
        assert "deploy phase has not started" in deploy.refusal(command)
    deploy.do(c.EnterPhase(phase="deploy")).tick("watch-it")


def test_the_answer_of_a_check_is_taken_back_so_that_it_counts_as_open() -> None:
    deploy = _deploy().passed("tests").do(c.UntickItem(task="tests"))
    assert deploy.status("tests") == "waiting"
