"""A frontend whose engine says nothing: what it shows grows old, and a standstill lets no old breach fire."""

from cockpit.deploy import commands as c
from cockpit.deploy.metrics.aging import aged
from tests.builders import Deploy, option, rule, step


def test_a_value_is_no_data_once_it_is_too_old_whoever_says_so() -> None:
    deploy = Deploy.of(step("ship"), metrics=(rule(),)).read(errors=0.1)
    stale = deploy.state.plan.metrics[0].stale_seconds if deploy.state.plan else 0.0
    assert aged(deploy.state, deploy.now + stale - 1).level("errors") == "ok"
    old = aged(deploy.state, deploy.now + stale + 1)
    assert old.level("errors") == "no data"
    assert "no sample for" in old.metrics["errors"].latest.reason


def test_after_a_standstill_a_trigger_wants_fresh_samples_and_counts_down_anew() -> None:
    deploy = Deploy.of(
        step("go"),
        rollback=(option("back", step("undo")),),
        metrics=(rule("errors"),),
        automatic=True,
        arm_task="go",
        countdown_seconds=15.0,
    )
    deploy.read(errors=0.1).run("go").later(1).read(errors=9)
    assert deploy.state.countdown is not None
    deploy.now += 600
    deploy.do(c.RecordStandstill(seconds=600.0), "cockpit")
    after = deploy.state
    assert after.countdown is None
    assert after.rollback is None
    assert deploy.state.metrics["errors"].pending is None
    deploy.read(errors=0.1).later(1)
    assert deploy.state.countdown is None
    deploy.read(errors=9)
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.due_at == deploy.now + 15
