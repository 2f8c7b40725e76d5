"""What to do next, in the order in which it matters."""

from cockpit.deploy import commands as c
from cockpit.deploy.plan import MetricRule, Task
from cockpit.deploy.recommend import recommend
from cockpit.deploy.state import State
from tests.builders import Deploy, check, item, live, option, rule, step


def _deploy(**more: object) -> Deploy:
    return Deploy.of(
        check("tests"),
        item("look"),
        step("ship"),
        item("after", "verify"),
        live("watching", "watch", "watch"),
        item("tell", "close"),
        rollback=(option("back", step("undo")),),
        metrics=(rule(), rule("health")),
        **more,  # type: ignore[arg-type]
    )


def _words(deploy: Deploy) -> tuple[str, str]:
    found = recommend(deploy.state, deploy.now)
    return found.words, found.action


def test_from_the_opening_to_the_end_every_recommendation_can_be_followed() -> None:
    deploy = _deploy().read(errors=0.1, health=1)
    seen = []
    for _ in range(200):
        found = recommend(deploy.state, deploy.now)
        if deploy.state.closed:
            break
        seen.append(found.words)
        if found.command is not None:
            assert deploy.ask(found.command) is None, found
        elif deploy.state.running:
            deploy.end(deploy.state.running[0].id)
        else:
            deploy.later(1).read(errors=0.1, health=1)
    assert deploy.state.closed == "succeeded"
    assert seen[0] == "run 1 check"
    assert any("watching, " in words for words in seen)


def test_nothing_open_yet() -> None:
    assert recommend(State(), 0.0).words == "opening the deploy"


def test_the_order_of_what_matters() -> None:
    deploy = _deploy().read(errors=0.1, health=1)
    assert _words(deploy) == ("run 1 check", "checks")
    deploy.do(c.RunChecks()).end("tests")
    assert _words(deploy) == ("verify and tick: Look", "tick")
    deploy.tick("look")
    assert _words(deploy) == ("Preflight is complete; enter Deploy", "phase.on")
    deploy.do(c.EnterPhase(phase="deploy"))
    assert _words(deploy) == ("run Ship", "run")
    deploy.run("ship").later(3)
    assert _words(deploy) == ("Ship has been running for 3 s", "")
    deploy.read(errors=9.0)
    words, key = _words(deploy)
    assert (words, key) == ("errors 9 % > 5 %. Roll back?", "rollback")
    deploy.do(c.HoldDeploy(reason="thinking"))
    assert _words(deploy) == ("on hold: thinking", "hold")
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    assert "stopping the running script" in _words(deploy)[0]
    deploy.end("ship", "cancelled")
    assert _words(deploy)[0] == "rolling back: Back"
    deploy.end("undo", "failed")
    assert _words(deploy)[1] == "retry"
    deploy.run("undo").end("undo")
    assert recommend(deploy.state, deploy.now).urgent
    assert "waiting" in _words(deploy)[0]
    for _ in range(40):
        deploy.later(1).read(health=0)
    assert _words(deploy)[1] == "rollback"
    deploy.do(c.CloseDeploy(outcome="failed", reason="x"))
    assert _words(deploy) == ("closed: failed. Deploy log written", "quit")


def test_a_breach_in_preflight_is_no_reason_to_roll_back() -> None:
    assert recommend(_deploy().read(errors=9.0).state, 0.0).action != "rollback"


def test_a_failed_step_is_named_with_what_can_be_done() -> None:
    deploy = Deploy.of(step("ship")).run("ship").end("ship", "failed")
    words, key = _words(deploy)
    assert words.startswith("Ship failed: exit status 1")
    assert "⟦skip⟧: skip" in words
    assert key == "retry"


def test_a_failed_check_can_be_waived() -> None:
    deploy = Deploy.of(check("tests"), item("cancel")).run("tests").end("tests", "failed")
    assert "⟦waive⟧: waive" in _words(deploy)[0]


def test_what_a_script_lacks_is_the_recommendation() -> None:
    deploy = Deploy.of(step("ship", body="push <tag>\n"))
    assert "<tag> has no value yet." in _words(deploy)[0]
    assert recommend(deploy.state, deploy.now).command is None


def test_a_queued_check_that_cannot_start_does_not_hide_what_to_do() -> None:
    deploy = Deploy.of(check("ping", body="curl $URL\n"), auto_checks=True)
    assert deploy.state.queue == ("ping",)
    assert "$URL is not set" in _words(deploy)[0]


def test_an_interactive_step_says_how_to_attach() -> None:
    deploy = Deploy.of(step("ship", interactive=True)).run("ship")
    assert _words(deploy) == ("Ship has been running for 0 s and needs a terminal. ⟦run⟧: attach", "run")


def _armed(*rules: MetricRule, **more: object) -> Deploy:
    """The one step that changes production runs; ten seconds of countdown."""
    deploy = Deploy.of(
        step("go"), rollback=(option("back", step("undo")),), metrics=rules, automatic=True, arm_task="go",
        countdown_seconds=10.0, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return deploy.run("go").later(1)


def test_a_journal_that_cannot_be_written_comes_before_everything_else() -> None:
    found = recommend(_armed(rule()).read(errors=9).do(c.RecordStall(reason="no room"), "cockpit").state, 0.0)
    assert found.words.startswith("journal not writable: no room")
    assert found.urgent


def test_a_countdown_says_how_long_it_still_is() -> None:
    deploy = _armed(rule()).read(errors=9).later(3)
    found = recommend(deploy.state, deploy.now)
    assert found.words == "automatic rollback in 7 s. ⟦now⟧: roll back now, ⟦hold⟧: hold"
    assert (found.action, found.urgent) == ("now", True)
    assert "in 0 s" in recommend(deploy.state, deploy.now + 60).words


def test_a_breach_that_does_not_last_yet_says_how_much_is_missing() -> None:
    deploy = _armed(rule(for_seconds=60.0)).read(errors=9).later(10).read(errors=9)
    assert _words(deploy) == (
        "errors 9 % > 5 % for 10 s of 1 min, then automatic rollback. ⟦rollback⟧: roll back now",
        "rollback",
    )
    again = _armed(rule("health", failures=3)).read(health=0).later(5).read(health=0)
    assert _words(again) == (
        "health is down, 2 of 3 times, then automatic rollback. ⟦rollback⟧: roll back now",
        "rollback",
    )
    watched = _armed(rule(observe_only=True)).read(errors=9).later(10).read(errors=9)
    assert "before the rollback" not in _words(watched)[0]


def test_a_breach_for_which_nothing_goes_back_by_itself_is_a_persons_and_urgent() -> None:
    by_hand = Deploy.of(step("go"), metrics=(rule(),)).run("go").read(errors=9)
    unable = Deploy.of(
        step("go"), rollback=(option("back", item("call")),), metrics=(rule(),), automatic=True, arm_task="go"
    ).run("go").later(1).read(errors=9)  # fmt: skip
    for deploy in (by_hand, unable):
        found = recommend(deploy.state, deploy.now)
        assert (found.action, found.urgent) == ("rollback", True)
        assert found.words.endswith("Roll back?")
    unable.later(5).read(errors=0.1)
    assert _words(unable)[0] == "Go has been running for 6 s", "what is well again asks for nothing"


def test_what_a_way_back_waits_for_can_be_ended_once() -> None:
    deploy = Deploy.of(step("go", interrupt="wait"), rollback=(option("back", step("undo")),)).run("go")
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    found = recommend(deploy.state, deploy.now)
    assert (found.words, found.action, found.task) == (
        "waiting for Go to finish before the rollback starts. ⟦cancel⟧: cancel it now", "cancel", "go"
    )  # fmt: skip
    assert found.urgent
    deploy.do(c.CancelTask(task="go", attempt=1))
    assert _words(deploy) == ("stopping the running script, then rolling back", "")


def test_every_line_of_a_rollback_is_urgent_and_its_end_says_what_is_not_known() -> None:
    deploy = Deploy.of(step("go"), rollback=(option("back", step("undo")),), metrics=(rule("health"),)).run("go")
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    seen = [recommend(deploy.state, deploy.now)]
    deploy.end("go", "cancelled")
    seen.append(recommend(deploy.state, deploy.now))
    deploy.end("undo", "failed")
    seen.append(recommend(deploy.state, deploy.now))
    deploy.run("undo").end("undo")
    seen.append(recommend(deploy.state, deploy.now))
    deploy.read(health=None).later(31)
    seen.append(recommend(deploy.state, deploy.now))
    assert all(found.urgent for found in seen)
    assert seen[-1].words.startswith("rolled back, but health not verified: ")
    ill = Deploy.of(step("go"), rollback=(option("back", step("undo")),), metrics=(rule("health"),))
    ill.do(c.StartRollback(option="back", confirmation="production")).end("undo").later(29).read(health=0).later(2)
    assert _words(ill)[0].startswith("rolled back, but not healthy: ")


def test_what_is_optional_is_not_the_next_thing() -> None:
    deploy = Deploy.of(item("extra", required=False), item("look"))
    assert _words(deploy) == ("verify and tick: Look", "tick")


def test_a_watch_says_how_long_it_still_is_and_what_it_found() -> None:
    deploy = Deploy.of(step("go"), live("watching", "watch", "watch"), metrics=(rule(),)).read(errors=0.1).passed("go")
    deploy.later(10).read(errors=0.1)
    assert _words(deploy) == ("watching, 50 s left", "")
    deploy.later(1).read(errors=3)
    assert _words(deploy)[0] == "watching, 1 min left: errors 3 % > 2 %"


def test_a_measured_check_says_its_numbers_and_one_that_does_not_know_asks_a_person() -> None:
    assert _words(Deploy.of(live("good", "metric:errors"), metrics=(rule(),)))[0] == "Good: errors: no sample yet"
    known = Deploy.of(live("good", "metric:errors"), metrics=(rule(),)).read(errors=9)
    assert _words(known) == ("Good: errors 9 %", "")
    inferred = Task(
        id="good", kind="check", title="Good", line=9, phase="preflight", builtin="metric:errors", inferred=True
    )
    asked = Deploy.of(inferred, metrics=(rule(),))
    assert _words(asked) == ("verify and tick: Good (metric:errors inconclusive: errors: no sample yet)", "tick")
    assert _words(asked.read(errors=9)) == ("Good: errors 9 %", "")


def test_what_the_recommendation_runs_is_confirmed_by_it() -> None:
    deploy = Deploy.of(step("ship", confirm=True))
    found = recommend(deploy.state, deploy.now)
    assert found.command is not None
    assert deploy.do(found.command).status("ship") == "running"
