"""From the trigger to production back on the old release, with everything that can come between."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.automatic import ASKING_SECONDS
from cockpit.deploy.recommend import recommend
from tests.builders import Deploy, check, item, live, option, rule, script, step


def made(**more: Any) -> Deploy:
    """Errors breach as soon as they are over 5 %; 15 s of countdown; the second step changes production."""
    given: dict[str, Any] = {
        "rollback": (option("back", step("undo")), option("older", step("older"))),
        "metrics": (rule("errors"), rule("health")),
        "automatic": True,
        "arm_task": "go",
        "countdown_seconds": 15.0,
    }
    tasks = more.pop("tasks", (step("copy"), step("go"), step("on"), live("watch", "watch", "watch")))
    return Deploy.of(*tasks, **{**given, **more}).read(errors=0.1, health=1)


def fired(**more: Any) -> Deploy:
    return made(**more).passed("copy").run("go").later(1).read(errors=9, health=1)


def test_armed_from_the_step_that_changes_production() -> None:
    deploy = made().passed("copy")
    assert deploy.state.armed_at is None
    deploy.run("go")
    assert deploy.state.armed_at == deploy.now
    assert deploy.kinds()[-2:] == ["TriggersArmed", "StepStarted"]


def test_a_skipped_step_does_not_leave_the_rest_unarmed() -> None:
    deploy = made().passed("copy").do(c.SkipTask(task="go", reason="done by hand")).run("on")
    assert deploy.state.armed_at is not None


def test_nobody_there_means_go_after_the_countdown() -> None:
    deploy = fired()
    assert deploy.state.countdown is not None
    deploy.later(14.9)
    assert deploy.state.rollback is None
    deploy.later(0.2)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.automatic
    assert deploy.state.rollback.option == "back"
    assert deploy.state.rollback.reason.startswith("trigger: errors 9 % > 5 %")
    assert deploy.state.of("go").cancel_requested


def test_a_countdown_of_nothing_goes_at_once() -> None:
    deploy = fired(countdown_seconds=0.0)
    assert deploy.state.rollback is not None


def test_the_way_back_begins_only_when_the_script_is_dead_and_ends_with_health_proven() -> None:
    deploy = fired().later(15)
    assert deploy.state.rollback is not None
    assert deploy.status("undo") == "waiting"
    deploy.end("go", "cancelled")
    assert deploy.status("undo") == "running"
    deploy.end("undo")
    for _ in range(2):
        assert deploy.state.closed is None
        deploy.later(1).read(errors=0.1, health=1)
    assert deploy.state.closed == "rolled back"
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.healthy is True


def test_now_does_not_wait() -> None:
    deploy = fired()
    assert deploy.state.countdown is not None
    deploy.do(c.RollBackNow(due_at=deploy.state.countdown.due_at))
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.reason.endswith("(now, by hand)")


def test_now_of_a_countdown_that_is_gone_is_refused() -> None:
    assert "No countdown" in made().refusal(c.RollBackNow(due_at=1.0))
    deploy = fired()
    assert "No countdown" in deploy.refusal(c.RollBackNow(due_at=1.0))


def test_hold_stops_the_countdown_and_release_begins_it_anew_while_it_is_still_bad() -> None:
    deploy = fired().do(c.HoldDeploy(reason="I am looking")).later(60).read(errors=9)
    assert deploy.state.countdown is None
    assert deploy.state.rollback is None
    deploy.do(c.ReleaseDeploy())
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.due_at == deploy.now + 15


def test_after_a_hold_nothing_fires_where_it_is_well_again() -> None:
    deploy = fired().do(c.HoldDeploy(reason="I am looking")).later(5).read(errors=0.1).do(c.ReleaseDeploy())
    assert deploy.state.countdown is None


def test_nothing_new_starts_while_it_counts_down() -> None:
    deploy = fired().end("go")
    assert "Automatic rollback pending" in deploy.refusal(c.RunTask(task="on", attempt=1))


def test_a_migration_is_waited_for() -> None:
    deploy = fired(tasks=(step("copy"), step("go", interrupt="wait"), step("on"))).later(16)
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "stopping"
    assert not deploy.state.of("go").cancel_requested
    assert "waiting for Go to finish" in recommend(deploy.state, deploy.now).words
    deploy.later(600)
    assert deploy.status("undo") == "waiting"
    deploy.end("go")
    assert deploy.status("undo") == "running"


def test_a_person_may_still_end_what_the_rollback_waits_for() -> None:
    deploy = fired(tasks=(step("copy"), step("go", interrupt="wait"))).later(16)
    deploy.do(c.CancelTask(task="go", attempt=1))
    assert deploy.state.of("go").cancel_requested


def test_a_failed_rollback_says_so_and_does_not_loop() -> None:
    deploy = fired().later(16).end("go", "cancelled").end("undo", "failed")
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.status == "failed"
    starts = deploy.kinds().count("StepStarted")
    for _ in range(5):
        deploy.later(30).read(errors=9, health=0)
    assert deploy.kinds().count("StepStarted") == starts
    assert deploy.kinds().count("TriggerFired") == 1
    assert "⟦rollback⟧: another option" in recommend(deploy.state, deploy.now).words
    deploy.do(c.StartRollback(option="older", confirmation="production"))
    assert deploy.status("older") == "running"


def test_the_triggers_stay_armed_to_the_end_of_the_watch_and_no_longer() -> None:
    tasks = (step("go"), live("watch", "watch", "watch"), item("end", "close"))
    deploy = made(tasks=tasks, watch_seconds=60.0)
    for _ in range(3):
        deploy.later(1).read(errors=0.08, health=1)
    deploy.passed("go")
    assert deploy.state.phase == "watch"
    for _ in range(61):
        deploy.later(1).read(errors=0.1, health=1)
    assert deploy.status("watch") == "pass"
    assert "errors 0.1 % (baseline 0.08 %)" in deploy.state.of("watch").summary
    assert deploy.state.armed_at is None
    deploy.later(1).read(errors=50, health=0)
    assert deploy.state.countdown is None


def test_a_breach_in_the_watch_rolls_back() -> None:
    deploy = made(tasks=(step("go"), live("watch", "watch", "watch"))).passed("go").later(5).read(errors=9, health=1)
    assert deploy.state.countdown is not None


def test_what_cannot_run_by_itself_is_not_counted_down_but_said() -> None:
    holes = script("bin/release <commit-sha>\n")
    cannot = option("pick", step("pick", body=holes.body))
    restores = option("dump", step("restore"), touches_database=True)
    deploy = fired(rollback=(cannot, restores))
    assert deploy.state.countdown is None
    assert deploy.state.rollback is None
    words = recommend(deploy.state, deploy.now)
    assert words.action == "rollback"
    assert "automatic rollback is not possible" in words.words
    assert '"Pick": <commit-sha> has no value' in words.words
    assert '"Dump": restores data, which is never automatic' in words.words
    deploy.later(60).read(errors=9)
    assert deploy.kinds().count("TriggerFired") == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"body": "echo $RELEASE\n", "variables": ("RELEASE",)}, "$RELEASE is not set"),
        ({"interactive": True}, "needs confirmation"),
        ({"confirm": True}, "needs confirmation"),
    ],
)
def test_the_first_way_back_that_can_run_is_taken(more: dict[str, Any], why: str) -> None:
    deploy = fired(rollback=(option("first", step("first", **more)), option("back", step("undo"))))
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.option == "back"
    alone = fired(rollback=(option("first", step("first", **more)),))
    assert alone.state.countdown is None
    assert any(why in said for said in alone.state.unable)


def test_the_chosen_way_back_may_restore_data() -> None:
    restores = option("dump", step("restore"), touches_database=True)
    deploy = fired(rollback=(option("back", step("undo")), restores), default_option="dump")
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.option == "dump"


def test_without_a_rollback_section_the_trigger_says_so() -> None:
    deploy = fired(rollback=())
    assert deploy.state.unable == ("RUNBOOK.md has no rollback section",)


def test_switched_off_nothing_fires() -> None:
    deploy = fired(automatic=False)
    assert deploy.state.countdown is None
    assert deploy.state.armed_at is None


def test_a_sick_production_is_not_touched_unless_somebody_says_so() -> None:
    deploy = made(tasks=(live("ask", "metrics"), step("go"))).read(errors=9)
    assert deploy.status("ask") == "fail"
    assert "production is already unhealthy" in deploy.state.of("ask").summary
    assert "Cannot enter Deploy" in deploy.refusal(c.EnterPhase(phase="deploy"))
    deploy.do(c.WaiveItem(task="ask", reason="this deploy is the cure")).do(c.EnterPhase(phase="deploy")).run("go")
    assert "BaselineRefused" in deploy.kinds()
    assert deploy.state.armed_at is not None


def test_the_baseline_is_the_median_of_the_set_time() -> None:
    deploy = made(tasks=(step("go"),), baseline_seconds=10.0)
    for value in (8.0, 4.0, 0.2, 0.3, 0.1, 0.2):
        deploy.later(3).read(errors=min(value, 4.9))
    for value in (0.2, 0.3, 0.1):
        deploy.later(3).read(errors=value)
    deploy.do(c.RunTask(task="go", attempt=1))
    assert deploy.state.metrics["errors"].baseline == pytest.approx(0.2)


def _quiet(deploy: Deploy, seconds: int, **values: float | None) -> Deploy:
    for _ in range(seconds):
        deploy.later(1).read(**{"errors": None, "health": 1, **values})
    return deploy


def test_a_metric_that_falls_silent_holds_the_deploy_and_releases_it_when_it_answers() -> None:
    deploy = _quiet(made().passed("copy").run("go"), 7)
    assert deploy.state.hold is not None
    assert deploy.state.hold.reason.startswith("no data: errors: no data for 5 s")
    deploy.end("go")
    assert "on hold" in deploy.refusal(c.RunTask(task="on", attempt=1))
    deploy.later(1).read(errors=0.1, health=1)
    assert deploy.state.hold is None
    deploy.run("on")


def test_silence_holds_and_does_not_roll_back() -> None:
    deploy = _quiet(made().passed("copy").run("go"), 60)
    assert deploy.state.hold is not None
    assert deploy.state.countdown is None
    assert deploy.state.rollback is None


def test_another_metrics_breach_rolls_back_although_the_deploy_waits_for_data() -> None:
    deploy = _quiet(made().passed("copy").run("go"), 10)
    deploy.later(1).read(health=0)
    assert deploy.state.countdown is not None
    assert deploy.state.hold is not None
    deploy.later(16)
    assert deploy.state.rollback is not None


def test_a_person_may_go_on_without_data_until_it_has_come_back_once() -> None:
    deploy = _quiet(made().passed("copy").run("go"), 10).end("go").do(c.ReleaseDeploy(reason="I look by hand"))
    _quiet(deploy, 20)
    assert deploy.state.hold is None
    deploy.run("on").later(1).read(errors=0.1, health=1)
    _quiet(deploy, 10)
    assert deploy.state.hold is not None


def test_silence_may_be_ignored_and_a_single_error_is_none() -> None:
    ignored = made(metrics=(rule("errors", no_data="ignore"), rule("health"))).passed("copy").run("go")
    assert _quiet(ignored, 30).state.hold is None
    deploy = made().passed("copy").run("go")
    for _ in range(10):
        deploy.later(1).read(errors="refused", health=1).later(1).read(errors=0.1, health=1)
    assert deploy.state.hold is None


def test_during_a_stall_nothing_fires_and_afterwards_it_does() -> None:
    deploy = made().passed("copy").run("go").do(c.RecordStall(reason="no room"), "cockpit").later(1).read(errors=9)
    deploy.later(60)
    assert deploy.state.countdown is None
    deploy.do(c.RecordResumption(events=3), "cockpit").later(1).read(errors=9)
    assert deploy.state.countdown is not None


def test_a_check_arms_nothing() -> None:
    deploy = made(tasks=(step("go"), check("proof", "deploy"), step("on")))
    deploy.do(c.EnterPhase(phase="deploy")).do(c.SkipTask(task="go", reason="done by hand")).passed("proof")
    assert deploy.state.armed_at is None
    assert deploy.run("on").state.armed_at is not None


def test_where_no_step_is_said_to_change_production_nothing_is_armed_and_nothing_waits_for_health() -> None:
    deploy = made(arm_task="").read(errors=9).run("copy")
    assert deploy.state.armed_at is None
    assert deploy.later(60).read(errors=9).state.countdown is None


def test_another_waiver_does_not_let_a_sick_production_be_touched() -> None:
    deploy = made(tasks=(item("look"), live("ask", "metrics"), step("go"))).do(c.WaiveItem(task="look", reason="x"))
    deploy.do(c.EnterPhase(phase="deploy")).read(errors=9)
    assert "Production is already unhealthy: errors 9 % > 5 %" in deploy.refusal(c.RunTask(task="go", attempt=1))


def test_a_metric_that_decides_nothing_keeps_nobody_from_production() -> None:
    deploy = made(metrics=(rule("errors", observe_only=True),)).read(errors=9).passed("copy").run("go")
    assert deploy.status("go") == "running"


def test_a_breach_that_does_not_last_yet_does_not_stop_the_next_step() -> None:
    deploy = made(metrics=(rule("errors", for_seconds=60.0),)).passed("copy", "go").later(1).read(errors=9)
    assert deploy.run("on").status("on") == "running"


def test_silence_does_not_hold_a_deploy_that_counts_down() -> None:
    deploy = fired()
    for _ in range(12):
        deploy.later(1).read(errors=9, health=None)
    assert deploy.state.hold is None
    assert deploy.state.countdown is not None


def test_the_record_of_a_rollback_names_what_else_was_bad_once_and_ends_the_watching() -> None:
    metrics = (rule("errors"), rule("health"), rule("p95", unit="ms", for_seconds=60.0))
    deploy = made(metrics=metrics).read(p95=0.1).passed("copy").run("go").later(1).read(errors=9, p95=9.0)
    deploy.later(1).read(errors=8, p95=9.0).later(15)
    (asked,) = [event.body for event in deploy.events if isinstance(event.body, e.RollbackRequested)]
    assert asked.automatic
    assert asked.breaches == ("errors 9 % > 5 % (1 sample: 9 %)", "p95 9 > 5")
    assert (deploy.state.armed_at, deploy.state.countdown, deploy.state.unable) == (None, None, ())


ASKING = c.HoldDeploy(reason="", asking=True)


def test_a_hold_whose_reason_is_being_typed_stops_the_countdown() -> None:
    deploy = fired().later(14).do(ASKING)
    assert deploy.state.countdown is None
    for _ in range(40):
        deploy.later(1).read(errors=9, health=1)
    assert deploy.state.rollback is None
    deploy.do(c.HoldDeploy(reason="it is the probe"))
    assert deploy.state.hold is not None
    assert (deploy.state.hold.reason, deploy.state.hold.asking) == ("it is the probe", False)
    deploy.later(ASKING_SECONDS + 1).read(errors=9, health=1)
    assert deploy.state.rollback is None


def test_while_the_reason_is_typed_no_countdown_begins() -> None:
    deploy = made().passed("copy").run("go").do(ASKING).later(1).read(errors=9, health=1)
    assert deploy.state.countdown is None


def test_a_hold_that_is_given_up_lets_the_trigger_fire_anew_and_accepts_nothing() -> None:
    deploy = fired().later(14).do(ASKING).do(c.ReleaseDeploy(asking=True))
    assert deploy.state.countdown is not None
    assert deploy.state.countdown.due_at == pytest.approx(deploy.now + 15)
    assert deploy.state.blind_accepted == frozenset()


def test_a_hold_whose_reason_never_comes_ends() -> None:
    deploy = fired().do(ASKING)
    for _ in range(20):
        deploy.later(10).read(errors=9, health=1)
    released = [one.body for one in deploy.events if isinstance(one.body, e.DeployReleased)]
    assert [one.reason for one in released] == ["no reason was given within 3 min"]
    assert deploy.state.rollback is not None, "the trigger fired anew"


def test_giving_up_releases_no_hold_that_has_a_reason() -> None:
    deploy = made().do(c.HoldDeploy(reason="lunch")).do(c.ReleaseDeploy(asking=True))
    assert deploy.state.hold is not None
    assert deploy.state.hold.reason == "lunch"


def test_a_persons_hold_takes_the_place_of_the_cockpits_while_a_countdown_runs() -> None:
    deploy = made().passed("copy").run("go").do(c.HoldDeploy(reason="no data"), by=e.COCKPIT)
    deploy.later(1).read(errors=9, health=1)
    assert deploy.state.countdown is not None
    deploy.do(ASKING)
    assert deploy.state.countdown is None
