"""What the screen recommends in a rollout, word for word, and what it only waits for."""

from cockpit.deploy import commands as c
from cockpit.deploy.recommend import recommend
from cockpit.deploy.recommendation import Recommendation
from tests.rollouts import Flag


def _told(flag: Flag) -> Recommendation:
    return recommend(flag.state, flag.now)


def test_while_a_stage_soaks_its_rate_so_far_and_the_time_left_are_said() -> None:
    flag = Flag.rolled().advance().obey()
    assert (_told(flag).words, _told(flag).waits) == ("5 % soaking, 1 min left", True)
    flag.measured(5)
    assert _told(flag).words == "5 % soaking, 50 s left: errors 0.1 % over 250 requests so far"
    bare = Flag.rolled().advance().obey().measured(6, samples=None)
    assert _told(bare).words == "5 % soaking, 40 s left: errors 0.1 % so far"
    other = Flag.rolled(metric="latency").advance().obey().measured(5)
    assert _told(other).words == "5 % soaking, 50 s left"


def test_a_stage_that_has_held_waits_for_its_hour_and_then_for_a_person() -> None:
    flag = Flag.rolled().advance().obey().measured(11)
    told = _told(flag)
    assert told.words.startswith("25 % is due in ")
    assert (told.waits, told.command) == (True, None)
    flag.now = flag.state.opened_at + 200
    flag.measured(1)
    told = _told(flag)
    assert told.words == "5 % passed: set checkout to 25 % (stage 2 of 4)"
    assert told.command == c.AdvanceRollout(change=2)


def test_an_ill_production_is_not_only_waited_for() -> None:
    # Before the first stage what is missing may never come.
    flag = Flag.rolled()
    for _ in range(3):
        flag.later(10).read(errors=9.0)
    told = _told(flag)
    assert told.words.startswith("production is unhealthy: ")
    assert not told.waits
    assert not _told(Flag.rolled().reads(None, error="401")).waits


def test_what_was_set_and_reads_otherwise_is_urgent() -> None:
    flag = Flag.rolled().advance().do(c.RecordFlagSet(change=1), "cockpit")
    assert (_told(flag).words, _told(flag).waits) == ("5 % set, reading it back", True)
    flag.reads(0.0).do(c.ReleaseDeploy())
    told = _told(flag)
    assert told.words == (
        "5 % set, but the flag reads 0 %. ⟦flag.advance⟧: set again, ⟦flag.back⟧: previous stage, ⟦flag.off⟧: turn off"
    )
    assert told.urgent


def test_a_hold_of_a_person_is_released_by_a_person() -> None:
    flag = Flag.rolled().do(c.HoldDeploy(reason="lunch"))
    assert _told(flag) == Recommendation("on hold: lunch. ⟦hold⟧: resume, ⟦close⟧: close", "hold")
    flag = Flag.rolled().to_stage(0).do(c.HoldDeploy(reason="lunch"))
    assert _told(flag) == Recommendation("on hold: lunch", "hold")
    breached = Flag.rolled().to_stage(1).measured(1, errors=9.0).obey()
    breached.do(c.ReleaseDeploy()).do(c.HoldDeploy(reason="lunch"))
    assert _told(breached) == Recommendation("on hold: lunch", "hold")


def test_off_that_could_not_be_set_is_named_and_tried_again_before_it_is_a_persons() -> None:
    flag = Flag.rolled().to_stage(1).do(c.FlagOff())
    flag.do(c.RecordFlagFailure(change=3, reason="500"), "cockpit")
    told = _told(flag)
    assert told.words == "off could NOT be set: 500. ⟦flag.off⟧: try off, or set it manually"
    assert (told.urgent, told.waits) == (True, True)
    back = Flag.rolled().to_stage(1).do(c.BackRollout(change=3))
    back.do(c.RecordFlagFailure(change=3, reason="500"), "cockpit")
    assert _told(back).words == "5 % could NOT be set: 500. ⟦flag.off⟧: try off, or set it manually"


def test_after_a_breach_off_is_waited_for_only_where_it_can_be_read_back() -> None:
    for readable in (True, False):
        flag = Flag.rolled(readable=readable).advance()
        flag.do(c.RecordFlagSet(change=1), "cockpit").reads(5.0 if readable else None)
        if not readable:
            flag.do(c.ConfirmFlag(change=1))
        flag.measured(1, errors=9.0)
        flag.do(c.RecordFlagSet(change=2), "cockpit")
        told = _told(flag)
        assert told.words.endswith("⟦hold⟧: resume, ⟦flag.off⟧: turn off")
        assert (told.command, told.waits) == (None, readable)


def test_the_last_stage_that_has_held_is_closed_as_done() -> None:
    flag = Flag.rolled().to_stage(3).measured(11)
    told = _told(flag)
    assert told.words.startswith("100 % passed: ")
    assert told.words.endswith("Close the rollout as done")
    assert told.command == c.CloseDeploy(outcome="succeeded")
