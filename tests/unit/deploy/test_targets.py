"""Where a way back leads: what is known against it refuses it, for people and for triggers; undo of what was done."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import RollbackOption
from cockpit.deploy.rollback.scripts import scripts_of
from cockpit.deploy.rollback.targets import FRESH_SECONDS, Finding
from cockpit.deploy.rollback.triggers import way_back
from tests.builders import Deploy, item, option, rule, step

GONE = Finding("fail", "bin/rollback is not in /srv/app")
HERE = Finding("pass", "tools found: bin/rollback")
UNSURE = Finding("unknown", "origin does not answer")
OPTIONS = (
    option("back", step("undo")),
    option("choose", step("put", body="bin/release <commit-sha>\n")),
)


def _shipping(options: tuple[RollbackOption, ...] = OPTIONS) -> Deploy:
    deploy = Deploy.of(item("ready"), step("ship"), item("after", "verify"), rollback=options, metrics=(rule(),))
    return deploy.tick("ready").run("ship")


def _found(deploy: Deploy, way: str, *findings: Finding, **values: str) -> Deploy:
    return deploy.do(c.RecordTarget(option=way, values=values, findings=findings), "cockpit")


def _back(way: str = "back", **more: object) -> c.StartRollback:
    return c.StartRollback(option=way, confirmation="production", **more)  # type: ignore[arg-type]


def test_from_the_deploy_phase_on_every_way_back_is_looked_at_and_again_when_the_answer_is_old() -> None:
    deploy = _shipping()
    asked = [event.body.option for event in deploy.events if isinstance(event.body, e.TargetAsked)]
    assert asked == ["back", "choose"]
    _found(deploy, "back", HERE)
    assert len([kind for kind in deploy.kinds() if kind == "TargetAsked"]) == 2
    deploy.later(FRESH_SECONDS)
    asked = [event.body.option for event in deploy.events if isinstance(event.body, e.TargetAsked)]
    assert asked == ["back", "choose", "back", "choose"]


def test_a_value_that_is_given_later_is_looked_at_by_itself() -> None:
    deploy = _found(_shipping(), "choose", HERE).do(c.GiveValue(name="commit-sha", value="abc1234"))
    last = deploy.events[-1].body
    assert isinstance(last, e.TargetAsked)
    assert (last.option, last.values) == ("choose", {"commit-sha": "abc1234"})


def test_what_is_known_against_the_target_refuses_it_and_a_person_may_insist_with_a_reason() -> None:
    deploy = _found(_shipping(), "back", HERE, GONE)
    assert deploy.refusal(_back()) == (
        '"Back" is blocked: bin/rollback is not in /srv/app. Choose another rollback option, or override.'
    )
    assert "Enter a reason" in deploy.refusal(_back(despite=True))
    deploy.do(_back(despite=True, reason="it is on the path"))
    assert deploy.state.rollback is not None
    assert deploy.state.rollback.despite == ("bin/rollback is not in /srv/app",)


@pytest.mark.parametrize("finding", [HERE, UNSURE])
def test_what_is_fine_or_not_known_stops_nobody(finding: Finding) -> None:
    _found(_shipping(), "back", finding).do(_back())


def test_a_look_at_other_values_says_nothing_of_these() -> None:
    deploy = _found(_shipping(), "choose", GONE, **{"commit-sha": "bad"})
    deploy.do(_back("choose", values={"commit-sha": "good"}))


def test_a_trigger_takes_the_next_way_where_the_first_leads_nowhere() -> None:
    two = (option("back", step("undo")), option("other", step("other-way")))
    deploy = _found(_shipping(two), "back", GONE)
    taken, problems = way_back(deploy.state)
    assert taken is not None
    assert taken.id == "other"
    assert problems == ('"Back": bin/rollback is not in /srv/app',)
    _found(deploy, "other", GONE)
    assert way_back(deploy.state)[0] is None


def test_only_what_has_begun_is_undone_and_the_last_step_first() -> None:
    undo = option("undo", step("u3", undoes="three"), step("u2", undoes="two"), step("u1", undoes="one"), is_undo=True)
    deploy = Deploy.of(item("ready"), step("one"), step("two"), step("three"), rollback=(undo,)).tick("ready")
    assert "has nothing to run: none of the steps it undoes has run" in deploy.refusal(_back("undo"))
    deploy.run("one").end("one").run("two").end("two", "failed")
    assert [task.id for task in scripts_of(deploy.state, undo)] == ["u2", "u1"]
    deploy.do(_back("undo"))
    assert deploy.state.of("u2").status == "running"
    deploy.end("u2").end("u1")
    assert deploy.state.closed == "rolled back"
    assert deploy.status("u3") == "waiting"


def test_a_skipped_step_is_not_undone() -> None:
    undo = option("undo", step("u2", undoes="two"), step("u1", undoes="one"), is_undo=True)
    deploy = Deploy.of(item("ready"), step("one"), step("two"), rollback=(undo,)).tick("ready")
    deploy.run("one").end("one", "failed").do(c.SkipTask(task="one", reason="not here")).run("two").end("two")
    assert [task.id for task in scripts_of(deploy.state, undo)] == ["u2"]


def test_the_environment_is_unlocked_once_and_with_a_word() -> None:
    deploy = _shipping()
    assert "still open" in deploy.refusal(c.Unlock(reason="fine"))
    deploy.do(_back()).end("ship", "cancelled").end("undo")
    assert deploy.state.closed == "rolled back"
    assert "Enter a reason" in deploy.refusal(c.Unlock(reason=" "))
    deploy.do(c.Unlock(reason="fixed in 12"))
    assert deploy.state.unlocked == "fixed in 12"
    assert "already unlocked: fixed in 12" in deploy.refusal(c.Unlock(reason="again"))


def test_only_values_that_the_way_back_asks_for_go_with_the_question() -> None:
    deploy = _shipping().do(c.GiveValue(name="region", value="eu")).do(c.GiveValue(name="commit-sha", value="abc1234"))
    deploy.do(c.CheckTarget(option="choose", values={"commit-sha": "def5678", "other": "x"}))
    assert deploy.events[-1].body == e.TargetAsked(option="choose", values={"commit-sha": "def5678"})
    assert "No rollback option 'nowhere'" in deploy.refusal(c.CheckTarget(option="nowhere"))


def test_what_was_found_holds_until_somebody_has_looked_again_and_not_for_other_values() -> None:
    deploy = _found(_shipping(), "back", GONE).later(FRESH_SECONDS)
    assert deploy.state.targets["back"].asked
    assert "bin/rollback is not in /srv/app" in deploy.refusal(_back())
    _found(deploy, "back", HERE)
    assert not deploy.state.targets["back"].asked
    deploy = _found(_shipping(), "choose", GONE).do(c.GiveValue(name="commit-sha", value="abc1234"))
    assert deploy.state.targets["choose"].findings == ()
