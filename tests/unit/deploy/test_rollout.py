"""A rollout's rules: on when a person says so and the stage has held, back by itself, off whatever happens."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Destination, MetricRule
from cockpit.deploy.recommend import recommend
from cockpit.deploy.schedule.window import Stretch
from tests import builders as b
from tests.rollouts import Flag, plan


def test_a_stage_is_set_read_back_soaked_and_judged_and_only_then_the_next_one_may_come() -> None:
    flag = Flag.rolled().advance()
    assert (flag.last.kind, flag.last.percent, flag.last.status) == ("advance", 5.0, "asked")
    assert "is being set" in flag.refusal(c.AdvanceRollout(change=2))
    flag.obey()
    assert flag.statuses[0] == "soaking"
    assert "5 % is still soaking, 1 min left" in flag.refusal(c.AdvanceRollout(change=2))
    flag.measured(11)
    assert flag.statuses[0] == "passed"
    assert "25 % is due in" in flag.refusal(c.AdvanceRollout(change=2))
    flag.now = flag.state.opened_at + 200
    flag.measured(1).advance()
    assert (flag.last.percent, flag.have.stage) == (25.0, 1)


def test_all_four_stages_and_the_end() -> None:
    flag = Flag.rolled().to_stage(3)
    assert "has not passed yet" in flag.refusal(c.CloseDeploy(outcome="succeeded"))
    flag.measured(11)
    assert flag.statuses == ["passed"] * 4
    assert isinstance(recommend(flag.state, flag.now).command, c.CloseDeploy)
    assert "is the last stage" in flag.refusal(c.AdvanceRollout(change=5))
    flag.do(c.CloseDeploy(outcome="succeeded"))
    assert flag.state.closed == "succeeded"
    assert flag.state.closed_reason == "the flag keeps its value: 100 %"


def test_a_key_pressed_twice_acts_once() -> None:
    flag = Flag.rolled().advance()
    assert "Already requested by ann" in flag.refusal(c.AdvanceRollout(change=1))
    assert "No change 7" in flag.refusal(c.AdvanceRollout(change=7))
    flag.obey().held().advance().obey()
    flag.do(c.BackRollout(change=3))
    assert "Already requested" in flag.refusal(c.BackRollout(change=3))
    assert flag.have.stage == 0


def test_a_breach_goes_back_by_itself_and_waits_there_for_a_person() -> None:
    flag = Flag.rolled().to_stage(2)
    flag.measured(1, errors=6.0)
    assert (flag.last.kind, flag.last.percent, flag.last.by) == ("back", 25.0, "cockpit")
    assert flag.state.hold is not None
    assert flag.state.hold.reason == "50 % breached: errors 6 % > 5 % (1 sample: 6 %); going back to 25 %"
    flag.obey().measured(12)
    assert flag.statuses == ["passed", "passed", "breach", "waiting"]
    assert "on hold" in flag.refusal(c.AdvanceRollout(change=5))
    flag.do(c.ReleaseDeploy()).do(c.AdvanceRollout(change=5))
    assert flag.last.percent == 50.0


def test_a_breach_in_the_first_stage_goes_off() -> None:
    flag = Flag.rolled().to_stage(0)
    flag.measured(1, errors=9.0)
    assert (flag.last.kind, flag.last.percent, flag.have.stage) == ("off", 0.0, -1)


def test_a_breach_after_the_stage_has_held_goes_back_as_well() -> None:
    flag = Flag.rolled().to_stage(1).held()
    assert flag.statuses[1] == "passed"
    flag.measured(1, errors=9.0)
    assert (flag.last.kind, flag.last.percent) == ("back", 5.0)


def test_a_breach_goes_back_although_the_rollout_is_on_hold() -> None:
    flag = Flag.rolled().to_stage(1)
    flag.do(c.HoldDeploy(reason="lunch"))
    flag.measured(1, errors=9.0)
    assert flag.last.kind == "back"
    assert flag.state.hold is not None
    assert flag.state.hold.reason == "lunch"


def test_what_a_window_saw_before_the_way_back_does_not_go_back_once_more() -> None:
    flag = Flag.rolled().to_stage(2)

    def measured(errors: float) -> None:
        flag.now += 1
        taken = c.Reading(metric="errors", at=flag.now, value=errors, samples=900, window_seconds=60.0)
        flag.do(c.RecordReadings(readings=(taken,)), "cockpit")

    measured(8.0)
    flag.obey()
    for _ in range(50):
        measured(7.0)
    assert flag.have.stage == 1
    flag.now += 60
    measured(7.0)
    assert flag.have.stage == 0


@pytest.mark.parametrize("metrics", [(), (b.rule(),)], ids=["no metrics", "the source went silent"])
def test_without_data_it_holds_and_never_goes_on(metrics: tuple[MetricRule, ...]) -> None:
    flag = Flag.rolled(metrics=metrics)
    if not metrics:
        assert "No metrics are configured" in flag.refusal(c.AdvanceRollout(change=1))
        return
    flag.advance().obey()
    flag.later(16).later(50).later(60)
    assert flag.statuses[0] == "blind"
    assert flag.state.hold is not None
    assert "0 values during the soak" in flag.state.hold.reason
    flag.now = flag.state.opened_at + 500
    assert "on hold" in flag.refusal(c.AdvanceRollout(change=2))
    flag.do(c.ReleaseDeploy())
    assert flag.statuses[0] == "soaking", "what could not be judged soaks anew"
    flag.measured(11)
    assert flag.statuses[0] == "passed"


def test_a_person_may_go_on_without_a_judgement_and_says_why() -> None:
    flag = Flag.rolled().advance().obey()
    flag.later(16).later(120)
    assert flag.statuses[0] == "blind"
    flag.now = flag.state.opened_at + 400
    flag.do(c.AdvanceRollout(change=2, despite="the metrics are down, the shop is not"))
    assert flag.last.reason == "despite: the metrics are down, the shop is not"
    assert flag.state.hold is None


def test_an_error_of_the_source_is_no_good_news() -> None:
    flag = Flag.rolled().advance().obey()
    for _ in range(11):
        flag.now += 10
        flag.do(
            c.RecordReadings(readings=(c.Reading(metric="errors", at=flag.now, error="connection refused"),)),
            "cockpit",
        )
    assert flag.statuses[0] == "blind"
    (judged,) = [event.body for event in flag.events if isinstance(event.body, e.StageJudged)]
    assert judged.result == "error"
    assert "connection refused" in judged.reason


def test_a_read_back_that_says_something_else_is_shown_and_held_and_no_soak_begins() -> None:
    flag = Flag.rolled().advance()
    flag.do(c.RecordFlagSet(change=1), "cockpit")
    flag.reads(0.0)
    assert flag.statuses[0] == "setting"
    assert flag.state.hold is not None
    assert flag.state.hold.reason == "the flag does not say what was set: it reads 0 %, but 5 % was set"
    flag.measured(20)
    assert flag.statuses[0] == "setting"
    flag.reads(5.0)
    assert flag.state.hold is None, "the hold of the cockpit's own ends with its reason"
    assert flag.statuses[0] == "soaking"


def test_what_was_not_set_as_it_should_be_can_be_set_again() -> None:
    flag = Flag.rolled().advance()
    flag.do(c.RecordFlagSet(change=1), "cockpit")
    flag.reads(0.0).do(c.ReleaseDeploy())
    flag.do(c.AdvanceRollout(change=2))
    assert (flag.last.stage, flag.last.percent) == (0, 5.0)


def test_somebody_else_sets_the_flag_while_it_soaks() -> None:
    flag = Flag.rolled().to_stage(1).measured(3)
    flag.reads(100.0)
    assert flag.state.hold is not None
    assert "it reads 100 %, but 25 % was set" in flag.state.hold.reason
    flag.measured(9)
    assert flag.statuses[1] == "blind"
    assert "the flag reads 100 %, not 25 %" in flag.have.stages[1].reason


def test_a_set_that_failed_leaves_the_stage_before_and_says_why() -> None:
    flag = Flag.rolled().to_stage(0).held().advance()
    flag.do(c.RecordFlagFailure(change=2, reason="http://flags returned 500"), "cockpit")
    assert (flag.have.stage, flag.statuses[:2]) == (0, ["passed", "waiting"])
    assert flag.state.hold is not None
    assert flag.state.hold.reason == "25 % could not be set: http://flags returned 500"


def test_a_flag_that_cannot_be_read_before_is_not_set() -> None:
    flag = Flag.rolled()
    flag.reads(None, error="http://flags returned 401: the bearer token not accepted")
    assert "cannot be read: http://flags returned 401" in flag.refusal(c.AdvanceRollout(change=1))


def test_a_flag_that_more_people_have_already_is_not_taken_from_them_by_the_first_stage() -> None:
    flag = Flag.rolled()
    flag.reads(25.0)
    assert "already reads 25 %, more than 5 %. Turn it off first (⟦flag.off⟧)" in flag.refusal(
        c.AdvanceRollout(change=1)
    )
    flag.do(c.FlagOff()).obey().do(c.ReleaseDeploy()).advance()
    assert flag.last.percent == 5.0


def test_off_that_nobody_can_read_back_is_not_waited_for() -> None:
    flag = Flag.rolled(readable=False).advance()
    flag.do(c.RecordFlagSet(change=1), "cockpit")
    flag.reads(None).do(c.ConfirmFlag(change=1))
    flag.measured(1, errors=9.0)
    flag.do(c.RecordFlagSet(change=2), "cockpit")
    flag.reads(None)
    next_ = recommend(flag.state, flag.now)
    assert (next_.waits, next_.command) == (False, None)
    assert "once the flag reads its previous value" in flag.refusal(c.CloseDeploy(outcome="rolled back", reason="x"))
    flag.do(c.ConfirmFlag(change=2)).do(c.CloseDeploy(outcome="rolled back", reason="x"))


def test_off_that_reads_otherwise_is_set_again() -> None:
    flag = Flag.rolled().to_stage(1)
    flag.do(c.FlagOff()).do(c.RecordFlagSet(change=3), "cockpit")
    flag.reads(25.0).later(3)
    assert (flag.last.number, flag.last.kind, flag.last.by) == (4, "off", "cockpit")
    flag.obey()
    assert flag.have.confirmed


def test_a_stage_comes_only_in_the_window_and_back_and_off_always() -> None:
    stretches = (
        Stretch(b.START - 100, b.START + 150, "best", ("day",)),
        Stretch(b.START + 150, b.START + 1e6, "closed", ("night",)),
    )
    flag = Flag.rolled(more={"window_enforced": True, "window_stretches": stretches}).to_stage(0).held()
    assert flag.statuses[0] == "passed"
    assert "The deploy window is closed: night." in flag.refusal(c.AdvanceRollout(change=2))
    assert not [event for event in flag.events if isinstance(event.body, e.StageReminded)]
    flag.do(c.FlagOff())
    assert flag.last.kind == "off"


@pytest.mark.parametrize("moment", ["nothing", "setting", "soaking", "held", "on hold", "stalled", "failed"])
def test_off_is_refused_by_nothing(moment: str) -> None:
    flag = Flag.rolled()
    if moment != "nothing":
        flag.advance()
    if moment in ("soaking", "held", "on hold", "stalled"):
        flag.obey()
    if moment == "held":
        flag.measured(11)
    if moment == "on hold":
        flag.do(c.HoldDeploy(reason="lunch"))
    if moment == "stalled":
        flag.do(c.RecordStall(reason="no room"), "cockpit")
    if moment == "failed":
        flag.do(c.RecordFlagFailure(change=1, reason="no answer"), "cockpit")
    before = len(flag.have.changes)
    flag.do(c.FlagOff(reason="customers call"))
    assert (flag.last.kind, flag.last.percent, len(flag.have.changes)) == ("off", 0.0, before + 1)
    flag.do(c.FlagOff())
    assert len(flag.have.changes) == before + 1, "pressed again it does nothing more"
    flag.obey().do(c.FlagOff())
    assert len(flag.have.changes) == before + 1


def test_off_is_no_word_that_must_be_durable_first() -> None:
    assert e.FlagSetRequested.durable_first
    assert not e.FlagOffRequested.durable_first, "a full disk must not stop it"


def test_after_off_it_waits_and_can_begin_anew() -> None:
    flag = Flag.rolled().to_stage(1)
    flag.do(c.FlagOff()).obey().measured(3)
    assert flag.have.stage == -1
    assert "on hold (ann" in flag.refusal(c.AdvanceRollout(change=4))
    flag.do(c.ReleaseDeploy()).advance()
    assert flag.last.percent == 5.0


def test_an_engine_that_died_between_request_and_outcome_sets_nothing_again() -> None:
    flag = Flag.rolled().advance()
    flag.reads(5.0, found=True)
    assert flag.last.status == "set"
    assert flag.statuses[0] == "soaking"
    other = Flag.rolled().advance()
    other.reads(0.0, found=True)
    assert (other.last.status, len(other.have.changes)) == ("failed", 1)
    assert "the engine stopped while setting it; the flag reads: 0 %" in other.last.reason
    assert other.state.hold is not None


def test_a_read_back_of_an_earlier_change_says_nothing_about_this_one() -> None:
    flag = Flag.rolled().advance().obey()
    flag.do(c.FlagOff())
    seq = flag.state.seq
    flag.do(c.RecordFlagRead(change=1, percent=5.0, said="5"), "cockpit")
    flag.do(c.RecordFlagSet(change=1), "cockpit")
    assert flag.state.seq == seq


def test_a_secret_is_looked_at_by_a_person() -> None:
    flag = Flag.rolled(readable=False).advance()
    flag.do(c.RecordFlagSet(change=1), "cockpit")
    flag.reads(None).measured(20)
    assert flag.statuses[0] == "setting", "never done without a look"
    assert "cannot be read back" in recommend(flag.state, flag.now).words
    flag.do(c.ConfirmFlag(change=1))
    assert flag.statuses[0] == "soaking"
    assert "flag is read automatically" in Flag.rolled().advance().obey().refusal(c.ConfirmFlag(change=1))


def test_the_next_stage_is_announced_once_and_again_after_a_day() -> None:
    more = {"destinations": (Destination(name="team", type="slack", kinds=("rollout",)),)}
    flag = Flag.rolled(more=more, remind_seconds=1000.0).to_stage(0).held()
    assert [one.title for one in flag.state.notices] == ["checkout: 25 % is due"]
    assert "25 % is due, stage 2 of 4" in flag.state.notices[0].text
    for _ in range(20):
        flag.measured(1)
    assert len(flag.state.notices) == 1
    for _ in range(90):
        flag.measured(1)
    assert len(flag.state.notices) == 2


def test_production_that_is_ill_gets_no_new_stage() -> None:
    flag = Flag.rolled()
    flag.measured(1, errors=6.0)
    assert "Production is unhealthy: errors 6 % > 5 %." in flag.refusal(c.AdvanceRollout(change=1))


def test_a_baseline_comes_first() -> None:
    flag = Flag()
    flag.do(c.OpenDeploy(plan=plan())).do(c.RecordStart(pid=1, host="here", version="0", variables=()))
    flag.reads(0.0).measured(1)
    assert "Measuring the baseline" in flag.refusal(c.AdvanceRollout(change=1))
    assert recommend(flag.state, flag.now).waits
    flag.measured(4).advance()
    assert [type(event.body).__name__ for event in flag.events][-2:] == ["BaselineMeasured", "FlagSetRequested"]


def test_yes_ends_a_breach_with_off_and_rolled_back() -> None:
    flag = Flag.rolled().to_stage(1)
    flag.measured(1, errors=9.0).obey()
    off = recommend(flag.state, flag.now).command
    assert isinstance(off, c.FlagOff)
    flag.do(off).obey()
    end = recommend(flag.state, flag.now).command
    assert isinstance(end, c.CloseDeploy)
    flag.do(end)
    assert flag.state.closed == "rolled back"


def test_with_retries_yes_takes_the_stage_again_once_the_one_before_holds() -> None:
    flag = Flag.rolled(retries=1).to_stage(1)
    flag.measured(1, errors=9.0).obey()
    assert recommend(flag.state, flag.now).waits
    flag.measured(12)
    release = recommend(flag.state, flag.now).command
    assert isinstance(release, c.ReleaseDeploy)
    flag.do(release).advance().obey()
    flag.measured(1, errors=9.0).obey()
    assert isinstance(recommend(flag.state, flag.now).command, c.FlagOff)


def test_a_soak_that_the_machine_slept_through_does_not_pass() -> None:
    flag = Flag.rolled().advance().obey()
    flag.measured(3)
    soak = flag.state.plan.rollout.stages[0].soak_seconds  # type: ignore[union-attr]
    flag.now += soak
    flag.measured(1)
    assert flag.statuses[0] == "soaking", "nobody watched in that time"
    flag.measured(round(soak))
    assert flag.statuses[0] == "passed"
