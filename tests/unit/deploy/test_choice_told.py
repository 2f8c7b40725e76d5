"""A choice among several ways: first one of them is run, then it is ticked that one has run."""

from cockpit.deploy import commands as c
from cockpit.deploy.recommend import recommend
from tests.builders import START, Deploy, item, step


def test_the_next_thing_is_to_choose_and_run_one_before_the_tick() -> None:
    asks = item("asks", "deploy", choice="ways")
    deploy = Deploy.of(asks, step("a", choice="ways", required=False), step("b", choice="ways", required=False))
    deploy.do(c.EnterPhase(phase="deploy"))
    assert recommend(deploy.state, START).words == "choose one and run it: Asks"
    assert deploy.run("b").end("b").status("b") == "pass"
    assert recommend(deploy.state, START).words == "verify and tick: Asks"


def test_what_comes_behind_the_ways_waits_for_the_answer() -> None:
    asks = item("asks", "deploy", choice="ways")
    deploy = Deploy.of(asks, step("a", choice="ways", required=False), step("later"))
    deploy.do(c.EnterPhase(phase="deploy"))
    assert deploy.refusal(c.RunTask(task="later", attempt=1, confirmed=True)).startswith('"Asks" comes first')
    assert deploy.run("a").end("a").tick("asks").run("later").end("later").status("later") == "pass"


def test_what_comes_first_says_how_it_is_done() -> None:
    deploy = Deploy.of(step("a"), item("look", "deploy"), step("b")).do(c.EnterPhase(phase="deploy"))
    assert deploy.refusal(c.RunTask(task="b", attempt=1, confirmed=True)).endswith("Run, tick or skip it.")
    deploy.tick("look")
    assert deploy.refusal(c.RunTask(task="b", attempt=1, confirmed=True)).endswith("Run or skip it.")
