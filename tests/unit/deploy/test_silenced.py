"""A hold stops what people start. It leaves the triggers armed, but for the one whose countdown it answers."""

from typing import Any

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.events import COCKPIT
from cockpit.deploy.recommend import recommend
from cockpit.report.story import tell
from tests.builders import Deploy, live, option, rule, step


def made(**more: Any) -> Deploy:
    """Errors, requests and health; the step that changes production runs."""
    given: dict[str, Any] = {
        "rollback": (option("back", step("undo")),),
        "metrics": (rule("errors"), rule("p95", unit="s"), rule("health")),
        "automatic": True,
        "arm_task": "go",
        "countdown_seconds": 15.0,
    }
    deploy = Deploy.of(step("go"), step("on"), live("watch", "watch", "watch"), **{**given, **more})
    return deploy.read(errors=0.1, p95=0.1, health=1).run("go").later(1)


def held() -> Deploy:
    """Errors breach, and a person holds the countdown."""
    return made().read(errors=9).do(c.HoldDeploy(reason="a known spike"))


def test_a_hold_for_any_other_reason_leaves_the_triggers_armed() -> None:
    deploy = made().do(c.HoldDeploy(reason="lunch"))
    deploy.later(1).read(errors=9)
    assert deploy.state.countdown is not None
    deploy.later(15)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.automatic


def test_a_hand_over_leaves_them_armed() -> None:
    deploy = made().end("go").do(c.RecordTeam(epoch=1), COCKPIT)
    deploy.do(c.OfferDeploy(to="bob", note="all yours"))
    assert deploy.state.hold is not None
    deploy.later(1).read(errors=9)
    assert deploy.state.countdown is not None


def test_a_wait_for_data_leaves_the_other_triggers_armed() -> None:
    deploy = made(metrics=(rule("errors"), rule("p95", unit="s"))).read(errors=0.1, p95=0.1)
    for _ in range(7):
        deploy.later(1).read(errors=0.1, p95=None)
    assert deploy.state.hold is not None
    assert deploy.state.hold.by == COCKPIT
    deploy.later(1).read(errors=9, p95=None)
    assert deploy.state.countdown is not None
    deploy.do(c.HoldDeploy(reason="I am looking"))
    assert deploy.state.countdown is None
    assert deploy.state.hold.by == COCKPIT or deploy.state.hold.reason == "I am looking"


def test_the_answer_to_a_countdown_silences_that_breach_and_says_so() -> None:
    deploy = held()
    for _ in range(60):
        deploy.later(1).read(errors=9, p95=0.1, health=1)
    assert deploy.state.countdown is None
    assert [one.metric for one in deploy.state.silenced] == ["errors"]
    said = recommend(deploy.state, deploy.now).words
    assert said == ("on hold: a known spike. errors: its trigger is silenced by ann until recovery or resume (⟦hold⟧)")


def test_another_metric_fires_all_the_same() -> None:
    deploy = held().later(1).read(errors=9, p95=9)
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.metrics == ("p95",)
    deploy.later(15)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.reason.startswith("trigger: p95")


def test_a_second_breach_during_the_countdown_is_not_answered_by_the_hold() -> None:
    deploy = made().read(errors=9).later(1).read(errors=9, p95=9).do(c.HoldDeploy(reason="a known spike"))
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.metrics == ("p95",)
    deploy.do(c.HoldDeploy(reason="that too"))
    assert deploy.state.countdown is None
    assert {one.metric for one in deploy.state.silenced} == {"errors", "p95"}


def test_the_same_metric_fires_again_after_it_was_well() -> None:
    deploy = held().later(1).read(errors=0.1)
    assert deploy.state.silenced == ()
    assert deploy.state.hold is not None
    deploy.later(1).read(errors=9)
    assert deploy.state.countdown is not None


def test_silence_of_the_source_and_its_errors_are_no_recovery() -> None:
    deploy = held()
    for value in (None, "refused", 9, None, 9):
        deploy.later(1).read(errors=value, p95=0.1, health=1)
    assert deploy.state.countdown is None
    deploy.later(30).read(errors=9, p95=0.1, health=1)
    assert deploy.state.countdown is None


def test_releasing_the_hold_arms_it_again() -> None:
    deploy = held().later(1).read(errors=9).do(c.ReleaseDeploy())
    assert deploy.state.silenced == ()
    assert deploy.state.countdown is not None


def test_a_breach_that_was_silenced_still_fires_for_want_of_data_where_that_rolls_back() -> None:
    deploy = made(metrics=(rule("errors", no_data="rollback"), rule("health"))).read(errors=9)
    deploy.do(c.HoldDeploy(reason="a known spike")).later(1).read(errors=None)
    assert deploy.state.countdown is not None
    assert "no data" in deploy.state.countdown.reason


def test_the_record_says_which_trigger_was_silenced() -> None:
    deploy = made().read(errors=9)
    before = deploy.state
    deploy.do(c.HoldDeploy(reason="a known spike"))
    event = next(one for one in deploy.events if isinstance(one.body, e.DeployHeld))
    assert tell(before, event) == (
        "on hold: a known spike (the trigger of errors is silenced until recovery or resume)"
    )


def test_a_hold_is_refused_only_where_there_is_nothing_to_answer() -> None:
    assert "already on hold" in held().refusal(c.HoldDeploy(reason="twice"))
    deploy = made().do(c.HoldDeploy(reason="lunch")).later(1).read(errors=9)
    deploy.do(c.HoldDeploy(reason="a known spike"))
    assert deploy.state.countdown is None


def test_a_way_back_that_becomes_possible_is_taken() -> None:
    """A trigger fired while a value was missing; the value comes, and the breach goes on."""
    needs = option("back", step("undo", body="bin/release <commit-sha>\n"))
    deploy = made(rollback=(needs,)).read(errors=9)
    assert deploy.state.unable
    deploy.later(1).read(errors=9)
    assert deploy.kinds().count("TriggerFired") == 1, "said once"
    deploy.do(c.GiveValue(name="commit-sha", value="abc1234"))
    assert deploy.state.countdown is not None
    assert deploy.state.unable == ()


def test_two_labels_that_begin_alike_are_both_told() -> None:
    deploy = made(metrics=(rule("a", label="queue a"), rule("b", label="queue b", for_seconds=60.0)))
    deploy.read(a=9, b=9).later(15)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.breaches == ("queue a 9 % > 5 % (1 sample: 9 %)", "queue b 9 % > 5 %")


def test_a_metric_is_told_once_however_its_words_have_changed() -> None:
    deploy = made().read(errors=9, p95=0.1).later(5).read(errors=12, p95=0.1).later(10)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.breaches == ("errors 9 % > 5 % (1 sample: 9 %)",)


def test_releasing_a_hold_of_ones_own_does_not_accept_a_metric_that_fell_silent_meanwhile() -> None:
    deploy = made(metrics=(rule("errors"),)).do(c.HoldDeploy(reason="lunch"))
    for _ in range(8):
        deploy.later(1).read(errors=None)
    deploy.do(c.ReleaseDeploy())
    assert deploy.state.hold is not None
    assert deploy.state.hold.by == COCKPIT
    deploy.do(c.ReleaseDeploy())
    assert deploy.state.hold is None
