"""What a rollout takes from people and from the flag, word for word, and what it refuses or passes over."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Destination
from cockpit.deploy.recommend import recommend
from cockpit.deploy.rollout.plan import Stage
from tests import builders as b
from tests.rollouts import Flag, plan

SWITCH = (Stage(0.0, 100.0), Stage(100.0, 100.0))


@pytest.mark.parametrize("status", ["soaking", "breach"])
def test_a_reason_passes_over_a_missing_judgement_and_over_nothing_else(status: str) -> None:
    flag = Flag.rolled().to_stage(0).measured(3)
    if status == "breach":
        # As where nothing can be written down any more: it has not gone back yet.
        flag._add([e.StageJudged(stage=0, result="breach", reason="errors 9 %")], "cockpit")
    assert flag.statuses[0] == status
    words = (
        "still soaking"
        if status == "soaking"
        else "5 % breached: errors 9 %. Go back a stage (⟦flag.back⟧), or turn the flag off (⟦flag.off⟧)."
    )
    assert words in flag.refusal(c.AdvanceRollout(change=2, despite="I know better"))


def test_a_first_stage_without_a_baseline_needs_a_reason() -> None:
    flag = Flag()
    flag.do(c.OpenDeploy(plan=plan(), version="1.2")).reads(0.0).measured(1)
    opened = flag.events[0].body
    assert isinstance(opened, e.DeployOpened)
    assert opened.version == "1.2"
    assert "Measuring the baseline" in flag.refusal(c.AdvanceRollout(change=1))
    flag.do(c.AdvanceRollout(change=1, despite="  nobody is awake "))
    assert flag.last.reason == "despite: nobody is awake"
    assert "DeployReleased" not in flag.kinds()
    assert "BaselineRefused" in flag.kinds()


def test_where_nothing_measures_production_a_stage_needs_a_reason() -> None:
    flag = Flag()
    flag.do(c.OpenDeploy(plan=plan(metrics=()))).reads(0.0)
    assert "No metrics are configured" in flag.refusal(c.AdvanceRollout(change=1))
    flag.do(c.AdvanceRollout(change=1, despite="a page of text"))
    assert flag.last.percent == 5.0
    assert not {"BaselineMeasured", "BaselineRefused"} & set(flag.kinds())


def test_back_from_the_first_stage_is_off_and_has_its_reason() -> None:
    flag = Flag.rolled().to_stage(0)
    flag.do(c.BackRollout(change=2, reason=" the till is slow "))
    assert (flag.last.kind, flag.last.reason) == ("off", "the till is slow")
    assert flag.state.hold is not None
    assert flag.state.hold.reason == "going back from 5 %: the till is slow"
    flag.obey()
    assert "The flag is off; there is no previous stage" in flag.refusal(c.BackRollout(change=3))


@pytest.mark.parametrize(("reason", "said"), [("", "asked for"), ("  ", "asked for"), (" it burns ", "it burns")])
def test_off_says_why(reason: str, said: str) -> None:
    flag = Flag.rolled().to_stage(1)
    flag.do(c.FlagOff(reason=reason))
    assert flag.last.reason == said
    assert flag.state.hold is not None
    assert flag.state.hold.reason == f"the flag was turned off: {said}"


def test_without_a_record_the_first_stage_goes_off_and_others_wait() -> None:
    flag = Flag.rolled().to_stage(1).do(c.RecordStall(reason="no room"), "cockpit")
    assert "continues automatically. Turning the flag off still works (⟦flag.off⟧)." in flag.refusal(
        c.BackRollout(change=3)
    )
    first = Flag.rolled().to_stage(0).do(c.RecordStall(reason="no room"), "cockpit")
    first.do(c.BackRollout(change=2))
    assert first.last.kind == "off"
    assert recommend(flag.state, flag.now).urgent
    assert "Turning the flag off still works (⟦flag.off⟧)" in recommend(flag.state, flag.now).words


@pytest.mark.parametrize(("reads", "matches"), [(5.0, True), (5.0005, True), (5.1, False), (5.9, False), (0.0, False)])
def test_a_flag_reads_as_it_was_set_or_it_does_not(reads: float, matches: bool) -> None:
    flag = Flag.rolled().advance().do(c.RecordFlagSet(change=1), "cockpit")
    flag.reads(reads)
    assert flag.have.reading is not None
    assert flag.have.reading.matches is matches
    assert (flag.state.hold is None) is matches


def test_an_error_when_it_is_read_is_no_difference_but_nothing_soaks() -> None:
    flag = Flag.rolled().advance().do(c.RecordFlagSet(change=1), "cockpit")
    assert recommend(flag.state, flag.now).words == "5 % set, reading it back"
    flag.reads(None, error="no answer")
    assert flag.have.reading is not None
    assert (flag.have.reading.matches, flag.have.differs, flag.statuses[0]) == (None, False, "setting")
    assert flag.state.hold is not None
    assert flag.state.hold.reason.endswith("5 % was set, but the flag cannot be read: no answer")
    flag.reads(5.0)
    assert flag.statuses[0] == "soaking"
    # Once it was read, a silence is only a silence.
    flag.reads(None, error="no answer")
    assert flag.state.hold is None


def test_what_a_person_says_of_a_flag_is_about_the_newest_change_and_only_where_nobody_can_read_it() -> None:
    flag = Flag.rolled(readable=False).advance()
    assert "No change is waiting to be confirmed" in flag.refusal(c.ConfirmFlag(change=1))
    flag.do(c.RecordFlagSet(change=1), "cockpit").reads(None)
    assert recommend(flag.state, flag.now).words == "5 % set, cannot be read back. Check it, then confirm (⟦tick⟧)"
    assert "No change is waiting to be confirmed" in flag.refusal(c.ConfirmFlag(change=2))
    flag.do(c.ConfirmFlag(change=1), "ben")
    assert flag.have.reading is not None
    assert (flag.have.reading.said, flag.have.reading.percent) == ("confirmed by ben: 5 %", 5.0)
    before = flag.state.seq
    flag.do(c.ConfirmFlag(change=1))
    assert flag.state.seq == before
    assert "This flag is read automatically" in Flag.rolled().to_stage(0).refusal(c.ConfirmFlag(change=1))


def test_answers_to_another_change_are_passed_over() -> None:
    flag = Flag.rolled().advance()
    before = flag.state.seq
    for command in (c.RecordFlagSet(change=7), c.RecordFlagFailure(change=7, reason="500")):
        flag.do(command, "cockpit")
    flag.obey()
    after = flag.state.seq
    for command in (c.RecordFlagSet(change=1), c.RecordFlagFailure(change=1, reason="500")):
        flag.do(command, "cockpit")
    assert (after > before, flag.state.seq) == (True, after)


def test_what_an_engine_finds_after_another_one_ended_is_in_the_record() -> None:
    flag = Flag.rolled().advance()
    flag.reads(5.0)
    assert flag.last.status == "asked", "nobody asked what the other engine did"
    flag.reads(25.0, found=True)
    assert flag.have.reading is not None
    assert (flag.have.reading.percent, flag.have.reading.said) == (25.0, "25")
    assert flag.state.hold is not None
    assert flag.state.hold.reason.startswith("5 % may not be set: the engine stopped while setting it")
    found = Flag.rolled().advance()
    found.reads(5.0, found=True)
    said = [event.body.detail for event in found.events if isinstance(event.body, e.FlagSet)]
    assert said == ["found set after the engine had stopped"]


def test_a_rollout_is_not_closed_while_something_is_being_set_or_reads_otherwise() -> None:
    flag = Flag.rolled().to_stage(2).held().advance()
    assert "100 % is being set" in flag.refusal(c.CloseDeploy(outcome="aborted", reason="x"))
    flag.obey()
    assert "100 % has not passed yet" in flag.refusal(c.CloseDeploy(outcome="succeeded"))
    flag.measured(11)
    flag.reads(50.0)
    assert "The flag reads 50 %. Set it again" in flag.refusal(c.CloseDeploy(outcome="succeeded"))
    assert "Enter a reason" in flag.refusal(c.CloseDeploy(outcome="aborted"))
    flag.do(c.CloseDeploy(outcome="aborted", reason=" enough "))
    assert flag.state.closed_reason == "enough; the flag keeps its value: 50 %"
    hold = flag.state.hold
    flag.reads(25.0)
    assert flag.state.hold == hold
    assert recommend(flag.state, flag.now).words == "closed: aborted. enough; the flag keeps its value: 50 %"


def test_by_itself_it_goes_on_and_ends_only_while_nothing_is_on_hold_or_reads_otherwise() -> None:
    flag = Flag.rolled(advance="auto").advance().obey()
    flag.do(c.HoldDeploy(reason="lunch")).held()
    flag.now += 1000
    flag.measured(1)
    assert (flag.have.stage, flag.statuses[0]) == (0, "passed")
    assert "StageReminded" not in flag.kinds()
    flag.do(c.ReleaseDeploy())
    assert (flag.last.stage, flag.last.by) == (1, "cockpit")
    for stage in (1, 2, 3):
        assert (flag.have.stage, flag.state.closed) == (stage, None)
        flag.obey().measured(10)
    assert (flag.state.closed, flag.state.closed_reason) == ("succeeded", "every stage passed")


def test_a_stage_that_could_not_be_judged_is_told_to_those_who_asked_to_hear() -> None:
    places = (Destination(name="mail", type="smtp"), Destination(name="slack", type="slack", kinds=("deploy",)),
              Destination(name="pager", type="command", kinds=("rollout",)))  # fmt: skip
    flag = Flag.rolled(more={"destinations": places}).advance().obey()
    for _ in range(12):
        flag.later(10).read(errors=None)
    told = [(one.id, one.to, one.kind, one.title) for one in flag.state.notices]
    assert told == [
        ("1", "mail", "rollout", "checkout is not reporting"),
        ("2", "pager", "rollout", "checkout is not reporting"),
    ]
    assert flag.state.notices[0].text.startswith("Rollout of checkout in production: 5 % is inconclusive: ")


def test_the_next_try_of_off_comes_later_each_time_and_says_why() -> None:
    flag = Flag.rolled().to_stage(0).do(c.FlagOff())
    waited = []
    for _ in range(3):
        flag.do(c.RecordFlagFailure(change=flag.last.number, reason="500"), "cockpit")
        failed, number = flag.now, flag.last.number
        for _ in range(20):
            if flag.last.number == number:
                flag.later(1)
        waited.append(flag.now - failed)
    assert waited == [2.0, 4.0, 8.0]
    reasons = [event.body.reason for event in flag.events if isinstance(event.body, e.FlagOffRequested)]
    assert reasons == ["asked for", "try 2: 500", "try 3: 500", "try 4: 500"]


def test_a_switch_is_off_or_on_in_words() -> None:
    flag = Flag.rolled(form="switch", stages=SWITCH)
    assert recommend(flag.state, flag.now).words == "set checkout to off (stage 1 of 2)"
    flag.advance()
    assert recommend(flag.state, flag.now).words == "off is being set"
    assert recommend(Flag.rolled().state, b.START + 60).words == "set checkout to 5 % (stage 1 of 4)"
