"""What a deploy leaves locked: the worse its end, the surer."""

import pytest
from msgspec.structs import replace

from cockpit.deploy.base import DeployOutcome
from cockpit.deploy.rollback.locking import lock_of
from cockpit.deploy.state import Countdown, RollbackState, RollbackStatus, State

BACK = RollbackState(option="a", status="finished", reason="errors 6%", by="ann", requested_at=1.0)
COUNT = Countdown(at=1.0, due_at=9.0, option="a", reasons=("errors 6%",))


@pytest.mark.parametrize("outcome", ["rolled back", "failed", "aborted"])
@pytest.mark.parametrize("status", ["stopping", "running", "verifying", "failed", "finished"])
def test_whatever_became_of_a_rollback_the_environment_stays_locked(
    outcome: DeployOutcome, status: RollbackStatus
) -> None:
    state = State(closed=outcome, rollback=replace(BACK, status=status, summary='"Back" exit status 7'))
    lock = lock_of(state)
    assert lock is not None
    assert "errors 6%" in lock.why
    assert ("exit status 7" in lock.why) is (status == "failed")
    assert (lock.how == "was rolled back") is (outcome == "rolled back")
    assert lock_of(replace(state, unlocked="understood")) is None


def test_a_trigger_that_nobody_could_follow_locks_too() -> None:
    lock = lock_of(State(closed="failed", unable=("no option is safe",)))
    assert lock is not None
    assert lock.words == (
        "was closed as failed after a trigger had fired, and nothing was rolled back: no option is safe"
    )
    assert lock_of(State(closed="aborted", countdown=COUNT)) is not None


@pytest.mark.parametrize(
    "state", [State(closed="succeeded"), State(closed="failed"), State(closed="aborted"), State(rollback=BACK)]
)
def test_without_a_rollback_or_while_it_is_open_the_deploy_leaves_nothing(state: State) -> None:
    assert lock_of(state) is None
