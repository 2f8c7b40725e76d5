"""After a rollback, whatever became of it, nothing is let in before a person's word."""

from pathlib import Path

import pytest

from cockpit.deploy import commands as c
from cockpit.history.releases import past_of
from tests.builders import Deploy, option, plan, step
from tests.past import keep, opened

PLAN = plan(step("ship"), rollback=(option("back", step("undo")),), commit="c" * 40)


def _back(deploy: Deploy) -> Deploy:
    return deploy.do(c.StartRollback(option="back", confirmation="production", reason="it is broken"))


def _failed(at: float = 0.0) -> Deploy:
    return _back(opened(PLAN, at)).end("undo", "failed")


def _aborted(at: float = 0.0) -> Deploy:
    return opened(PLAN, at).do(c.CloseDeploy(outcome="aborted", reason="emergency given up"))


def _closed(deploy: Deploy, outcome: str) -> Deploy:
    return deploy.do(c.CloseDeploy(outcome=outcome, reason="so"))  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["failed", "aborted"])
def test_a_failed_rollback_locks_until_it_is_unlocked(tmp_path: Path, outcome: str) -> None:
    past = past_of(keep(tmp_path, d1=_closed(_failed(), outcome)), "production")
    assert (past.locked_by, past.how) == ("d1", "could not be rolled back")
    assert "it is broken" in past.locked
    assert [one.commit for one in past.bad] == ["c" * 40]
    unlocked = _closed(_failed(), outcome).do(c.Unlock(reason="understood"))
    assert past_of(keep(tmp_path / "other", d1=unlocked), "production").locked == ""


def test_a_deploy_that_was_given_up_in_between_frees_nothing(tmp_path: Path) -> None:
    layout = keep(tmp_path, d1=_closed(_failed(1.0), "failed"), d2=_aborted(1000.0), d3=_aborted(2000.0))
    assert past_of(layout, "production").locked_by == "d1"
    assert past_of(layout, "staging").locked == ""


def test_a_later_deploy_that_went_well_stands_for_the_persons_word(tmp_path: Path) -> None:
    good = opened(PLAN, 1000.0).run("ship").end("ship").do(c.CloseDeploy(outcome="succeeded"))
    assert past_of(keep(tmp_path, d1=_closed(_failed(1.0), "failed"), d2=good), "production").locked == ""
