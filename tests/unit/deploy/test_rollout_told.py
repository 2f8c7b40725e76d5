"""What people hear of a flag that goes back, and of one that is not where it was set."""

from itertools import pairwise

from cockpit.deploy import commands as c
from cockpit.deploy.plan import Destination
from cockpit.deploy.recommend import recommend
from tests.rollouts import Flag


def _told(flag: Flag) -> list[str]:
    return [one.title for one in flag.state.notices]


TOLD = {"destinations": (Destination(name="team", type="slack", kinds=("rollout",)),)}


def test_a_way_back_that_does_not_arrive_is_tried_on_and_people_hear_what_became_of_it() -> None:
    """The vendor's server fails for minutes: the flag stays where it must not be, and "it went back" is not true."""
    flag = Flag.rolled(more=TOLD).to_stage(1)
    before = len(_told(flag))
    flag.measured(1, errors=9.0)
    assert _told(flag)[before:] == ["checkout: going back to 5 %"]
    for _ in range(20):
        if flag.have.under_way is not None:
            flag.do(c.RecordFlagFailure(change=flag.last.number, reason="no answer"), "cockpit")
        flag.later(10)
    backs = [change for change in flag.have.changes if change.kind == "back"]
    assert {change.percent for change in backs} == {5.0}
    times = [change.asked_at for change in backs]
    assert len(times) > 5
    assert all(later - before >= 60 for before, later in pairwise(times[5:]))
    assert _told(flag)[before + 1 :] == ["checkout COULD NOT BE SET BACK to 5 %: set it manually"]
    next_ = recommend(flag.state, flag.now)
    assert next_.urgent
    assert "could NOT be set: no answer" in next_.words
    assert not next_.waits
    while flag.have.under_way is None:
        flag.later(10)
    flag.obey()
    flag.later(1)
    assert _told(flag)[before + 2 :] == ["checkout is back at 5 %"]
    flag.later(5)
    assert len(_told(flag)) == before + 3


def test_what_a_server_asks_for_before_the_next_try_is_kept() -> None:
    flag = Flag.rolled().to_stage(1)
    flag.measured(1, errors=9.0)
    failed = c.RecordFlagFailure(change=flag.last.number, reason="429", retry_after=120.0)
    flag.do(failed, "cockpit")
    number = flag.last.number
    flag.later(110)
    assert flag.last.number == number
    flag.later(20)
    assert flag.last.number == number + 1


def test_a_flag_that_was_not_set_forward_is_told() -> None:
    flag = Flag.rolled(more=TOLD).to_stage(0).held()
    flag.now = flag.state.opened_at + 1000
    flag.advance()
    flag.do(c.RecordFlagFailure(change=flag.last.number, reason="403"), "cockpit")
    flag.later(1)
    assert _told(flag)[-1] == "checkout was not set to 25 %"
