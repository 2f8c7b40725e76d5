"""What a machine did alone while it was cut off: unknown until somebody has looked, and never advised again."""

from typing import Any

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.recommend import recommend
from cockpit.deploy.team.divergence import banner, short_banner
from cockpit.report.story import story
from tests.builders import START, Deploy, item, option, rule, step

AT = 1_764_632_760.0  # 23:46 UTC


def _parted(**more: Any) -> Deploy:
    deploy = Deploy.of(
        step("backup"),
        step("migrate"),
        step("release"),
        metrics=(rule("errors"),),
        rollback=(option("back", step("undo")),),
        arm_task="migrate",
        automatic=True,
        **more,
    )
    deploy.do(c.RecordTeam(epoch=1), "cockpit").do(c.EnterPhase(phase="deploy"))
    return deploy


def _taken(deploy: Deploy, last_seen: float = AT - 600) -> Deploy:
    return deploy.do(c.RecordTakeOver(epoch=2, host="web-2", reason="silent", last_seen=last_seen), "ben")


def _told(deploy: Deploy, *steps: e.ForkedStep, **more: Any) -> Deploy:
    return deploy.do(c.ReportFork(host="web-1", file="fork-1.jsonl", events=9, steps=steps, **more), "web-1")


def _words(deploy: Deploy) -> str:
    return recommend(deploy.state, deploy.now).words


MIGRATE = e.ForkedStep("migrate", 1, "succeeded", AT)


def test_until_the_other_machine_is_heard_of_it_may_have_gone_on() -> None:
    deploy = _taken(_parted())
    assert "may have continued" in _words(deploy)
    assert "then run it" in _words(deploy)
    assert recommend(deploy.state, deploy.now).command is None, "nobody runs it by itself"
    assert "may have continued" in short_banner(deploy.state)


def test_a_hand_over_leaves_no_doubt() -> None:
    deploy = _parted().do(c.OfferDeploy(to="ben", note="yours"))
    _taken(deploy)
    assert banner(deploy.state) == ""
    _taken(_parted(), last_seen=0.0)


def test_a_step_of_a_fork_is_unknown_and_watched_and_nothing_advises_to_run_it() -> None:
    deploy = _told(_taken(_parted()), MIGRATE, armed="migrate", baseline={})
    have = deploy.state.of("migrate")
    assert (have.status, have.reason, have.elsewhere) == ("unknown", "ran on web-1, succeeded 23:46 UTC", "web-1")
    assert deploy.state.armed_at is not None
    next_ = recommend(deploy.state, deploy.now)
    assert "Migrate ran on web-1, succeeded 23:46 UTC" in next_.words
    assert "run Migrate" not in next_.words
    assert "may have continued" not in next_.words, "it is back: what it did is known"
    assert short_banner(deploy.state) == "Migrate ran on web-1"
    (line,) = [text for event, text in story(deploy.events) if isinstance(event.body, e.ForkFound)]
    assert "ran on web-1, succeeded 23:46 UTC" in line
    deploy.do(c.SkipTask(task="backup", reason="x"))
    next_ = recommend(deploy.state, deploy.now)
    assert (next_.action, next_.task, next_.command) == ("accept", "migrate", None)
    deploy.do(c.AcceptTask(task="migrate", reason="the schema is new"))
    assert banner(deploy.state) == ""


@pytest.mark.parametrize(
    ("step_", "words"),
    [
        (e.ForkedStep("migrate", 1, "failed", AT), "ran on web-1, failed 23:46 UTC"),
        (e.ForkedStep("migrate", 3, "timed out", AT), "ran on web-1, timed out 23:46 UTC"),
        (e.ForkedStep("migrate", 1, "", AT), "began on web-1 at 23:46 UTC, its end is not known"),
        (e.ForkedStep("undo", 1, "succeeded", AT), "ran on web-1, succeeded 23:46 UTC"),
    ],
)
def test_whatever_came_of_it_it_is_said(step_: e.ForkedStep, words: str) -> None:
    deploy = _told(_taken(_parted()), step_)
    assert deploy.state.of(step_.task).reason == words
    assert deploy.state.of(step_.task).attempt == step_.attempt
    assert words in banner(deploy.state)


def test_a_later_phase_and_the_triggers_come_along() -> None:
    deploy = Deploy.of(item("look"), step("migrate"), metrics=(rule("errors"),), arm_task="migrate", automatic=True)
    deploy.do(c.RecordTeam(epoch=1), "cockpit")
    _told(_taken(deploy), MIGRATE)
    assert deploy.state.phase == "deploy"
    assert deploy.kinds()[-3:] == ["ForkFound", "PhaseEntered", "TriggersArmed"]


def test_a_step_that_ran_here_too_ran_twice_and_that_stays_said() -> None:
    deploy = _taken(_parted())
    for task in ("backup", "migrate"):
        deploy.run(task, confirmed=True).end(task)
    _told(deploy, MIGRATE)
    assert deploy.status("migrate") == "pass"
    assert short_banner(deploy.state) == "Migrate ran TWICE"
    assert "ran on two machines: ran on web-1, succeeded 23:46 UTC" in _words(deploy)


def test_one_that_runs_here_now_goes_on_and_is_said_to_run_twice() -> None:
    deploy = _taken(_parted())
    deploy.run("backup", confirmed=True).end("backup")
    deploy.do(c.RunTask(task="migrate", attempt=1, confirmed=True))
    _told(deploy, MIGRATE)
    assert deploy.status("migrate") == "running"
    assert short_banner(deploy.state) == "Migrate ran TWICE"


def _late(deploy: Deploy, *steps: e.ForkedStep) -> Deploy:
    return deploy.do(c.ReportFork(host="web-1", file="", steps=steps), "web-1")


BEGAN = e.ForkedStep("migrate", 1, "", AT - 60)
FAILED = e.ForkedStep("migrate", 1, "failed", AT)


def test_the_end_that_comes_later_takes_the_place_of_the_beginning() -> None:
    deploy = _told(_taken(_parted()), BEGAN)
    assert "its end is not known" in banner(deploy.state)
    _late(deploy, FAILED)
    assert (deploy.status("migrate"), deploy.state.of("migrate").reason) == (
        "unknown",
        "ran on web-1, failed 23:46 UTC",
    )
    assert "not known" not in banner(deploy.state)


def test_an_end_that_comes_later_is_said_of_a_step_that_ran_twice() -> None:
    deploy = _taken(_parted())
    for task in ("backup", "migrate"):
        deploy.run(task, confirmed=True).end(task)
    _late(_told(deploy, BEGAN), FAILED)
    assert banner(deploy.state) == "Migrate ran on two machines: ran on web-1, failed 23:46 UTC"


def test_a_step_that_was_accepted_and_failed_there_in_the_end_is_looked_at_again() -> None:
    deploy = _told(_taken(_parted()), BEGAN).do(c.AcceptTask(task="migrate", reason="it looks done"))
    _late(deploy, FAILED)
    assert deploy.status("migrate") == "unknown"
    deploy = _told(_taken(_parted()), BEGAN).do(c.AcceptTask(task="migrate", reason="it looks done"))
    _late(deploy, MIGRATE)
    assert deploy.status("migrate") == "waived"


def test_what_it_did_besides_is_said_and_what_is_not_known_is_left_out() -> None:
    deploy = _told(
        _taken(_parted()), e.ForkedStep("no-such-step", 1, "succeeded", AT), told=("started a rollback at 23:50 UTC",)
    )
    assert "web-1 started a rollback at 23:50 UTC" in banner(deploy.state)
    assert "no-such-step" not in deploy.state.tasks


def test_a_step_that_starts_when_it_is_due_waits_for_somebody_to_look() -> None:
    deploy = Deploy.of(step("migrate", start="due", offset_seconds=START + 1800))
    deploy.do(c.RecordTeam(epoch=1), "cockpit")
    _taken(deploy)
    deploy.now += 3600
    deploy.do(c.Tick(), "cockpit")
    assert deploy.status("migrate") == "waiting"


def test_running_it_here_takes_a_word_that_says_so() -> None:
    """Whoever presses the key: before the machine is heard of, and after what ran there is known."""
    deploy = _taken(_parted())
    assert "check on" in deploy.refusal(c.RunTask(task="backup", attempt=1))
    _told(deploy, MIGRATE)
    deploy.do(c.SkipTask(task="backup", reason="x"))
    assert "check the result of Migrate" in deploy.refusal(c.RunTask(task="migrate", attempt=2))
    deploy.do(c.RunTask(task="migrate", attempt=2, confirmed=True))
    assert banner(deploy.state) == ""
