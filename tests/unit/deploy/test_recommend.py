"""What to do next, in the order in which it matters."""

from cockpit.deploy import commands as c
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
    return found.words, found.key


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
    assert seen[0] == "run 1 automatic check"
    assert any("watching for" in words for words in seen)


def test_nothing_open_yet() -> None:
    assert recommend(State(), 0.0).words == "opening the deploy"


def test_the_order_of_what_matters() -> None:
    deploy = _deploy().read(errors=0.1, health=1)
    assert _words(deploy) == ("run 1 automatic check", "a")
    deploy.do(c.RunChecks()).end("tests")
    assert _words(deploy) == ("look, then tick: Look", "space")
    deploy.tick("look")
    assert _words(deploy) == ("Preflight is complete: enter Deploy", "]")
    deploy.do(c.EnterPhase(phase="deploy"))
    assert _words(deploy) == ("run Ship", "enter")
    deploy.run("ship").later(3)
    assert _words(deploy) == ("Ship runs for 3 s", "")
    deploy.read(errors=9.0)
    words, key = _words(deploy)
    assert (words, key) == ("errors 9 % > 5 %. Roll back?", "R")
    deploy.do(c.HoldDeploy(reason="thinking"))
    assert _words(deploy) == ("on hold: thinking", "H")
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    assert "stopping the running script" in _words(deploy)[0]
    deploy.end("ship", "cancelled")
    assert _words(deploy)[0] == "rolling back: Back"
    deploy.end("undo", "failed")
    assert _words(deploy)[1] == "r"
    deploy.run("undo").end("undo")
    assert recommend(deploy.state, deploy.now).urgent
    assert "waiting" in _words(deploy)[0]
    for _ in range(40):
        deploy.later(1).read(health=0)
    assert _words(deploy)[1] == "R"
    deploy.do(c.CloseDeploy(outcome="failed", reason="x"))
    assert _words(deploy) == ("closed: failed. The deploy log is written", "q")


def test_a_breach_in_preflight_is_no_reason_to_roll_back() -> None:
    assert recommend(_deploy().read(errors=9.0).state, 0.0).key != "R"


def test_a_failed_step_is_named_with_what_can_be_done() -> None:
    deploy = Deploy.of(step("ship")).run("ship").end("ship", "failed")
    words, key = _words(deploy)
    assert words.startswith("Ship failed: exit status 1")
    assert "s skips" in words
    assert key == "r"


def test_a_failed_check_can_be_waived() -> None:
    deploy = Deploy.of(check("tests"), item("x")).run("tests").end("tests", "failed")
    assert "w waives" in _words(deploy)[0]


def test_what_a_script_lacks_is_the_recommendation() -> None:
    deploy = Deploy.of(step("ship", body="push <tag>\n"))
    assert "<tag> has no value yet" in _words(deploy)[0]
    assert recommend(deploy.state, deploy.now).command is None


def test_a_queued_check_that_cannot_start_does_not_hide_what_to_do() -> None:
    deploy = Deploy.of(check("ping", body="curl $URL\n"), auto_checks=True)
    assert deploy.state.queue == ("ping",)
    assert "$URL is not set" in _words(deploy)[0]


def test_an_interactive_step_says_how_to_attach() -> None:
    deploy = Deploy.of(step("ship", interactive=True)).run("ship")
    assert _words(deploy) == ("Ship runs for 0 s and has a terminal of its own: enter attaches you", "enter")
