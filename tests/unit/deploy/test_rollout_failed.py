"""A rollout after a stage could not be set: what may be tried again, and how."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.recommend import recommend
from tests.rollouts import Flag


@pytest.mark.parametrize("stage", [0, 1])
def test_what_could_not_be_set_again_can_be_tried_once_more(stage: int) -> None:
    flag = Flag.rolled() if stage == 0 else Flag.rolled().to_stage(0).held()
    flag.advance().do(c.RecordFlagSet(change=flag.last.number), "cockpit")
    flag.reads(0.0).do(c.ReleaseDeploy()).advance()
    flag.do(c.RecordFlagFailure(change=flag.last.number, reason="500"), "cockpit").do(c.ReleaseDeploy())
    told = recommend(flag.state, flag.now)
    percent = (5.0, 25.0)[stage]
    assert told.words == f"set checkout to {percent:g} % (stage {stage + 1} of 4)"
    assert told.command is not None
    flag.do(told.command)
    assert (flag.last.stage, flag.last.percent) == (stage, percent)
    assert flag.obey().statuses[stage] == "soaking"


def test_after_a_set_that_failed_a_stage_without_a_judgement_is_left_with_a_reason_again() -> None:
    flag = Flag.rolled().advance().obey()
    for _ in range(30):
        flag.later(10).read(errors=None)
    assert flag.statuses[0] == "blind"
    flag.later(1).read(errors=0.1)
    flag.advance(despite="I looked")
    flag.do(c.RecordFlagFailure(change=2, reason="500"), "cockpit").do(c.ReleaseDeploy())
    assert flag.statuses[:2] == ["blind", "waiting"]
    assert "5 % is inconclusive: errors: 0 values" in flag.refusal(c.AdvanceRollout(change=3))
    flag.advance(despite="I looked again")
    assert (flag.last.stage, flag.statuses[:2]) == (1, ["left", "setting"])
