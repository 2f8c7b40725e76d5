"""What a person reads before going back: why, what happens first, what stands against a way."""

from cockpit.deploy import commands as c
from cockpit.deploy.rollback.briefing import findings, hindrance, reasons, warnings
from cockpit.deploy.rollback.targets import Finding
from tests.builders import Deploy, check, item, option, rule, step

BACK = option("back", step("undo"))
CHOOSE = option("choose", step("put", body="bin/release <sha>\n"))
GONE = Finding("fail", "no such commit")


def _deploy() -> Deploy:
    return Deploy.of(
        check("tests"), step("copy"), step("ship", interrupt="wait"), rollback=(BACK, CHOOSE), metrics=(rule(),)
    )


def test_the_reasons_are_what_is_bad_in_production_then_the_steps_that_failed() -> None:
    deploy = _deploy()
    assert reasons(deploy.state) == ()
    deploy.run("tests").end("tests", "failed").do(c.WaiveItem(task="tests", reason="x"))
    deploy.run("copy").end("copy", "failed").read(errors=9)
    assert reasons(deploy.state) == ("errors 9 % > 5 %", "Copy: exit status 1")


def test_a_failed_check_is_no_reason_to_go_back() -> None:
    assert reasons(_deploy().run("tests").end("tests", "failed").state) == ()


def test_it_is_said_what_becomes_of_what_runs_and_whether_it_is_safe() -> None:
    deploy = _deploy().passed("tests").run("copy")
    assert warnings(deploy.state, BACK) == ("Copy is running; it is cancelled first",)
    deploy.end("copy").run("ship")
    assert warnings(deploy.state, BACK) == ("Ship is running; it is allowed to finish first",)
    restore = option("restore", step("put-back"), touches_database=True)
    assert warnings(deploy.state, restore)[1].startswith("look first: all data written")


def test_what_no_word_of_a_person_can_mend_is_a_hindrance() -> None:
    deploy = Deploy.of(step("ship"), variables=("RELEASE",))
    assert hindrance(deploy.state, BACK) == ""
    assert hindrance(deploy.state, option("x", step("undo", body="echo $RELEASE\n"))) == ""
    assert hindrance(deploy.state, option("x", step("undo", body="echo $OLD $RELEASE $OTHER\n"))).startswith(
        "$OLD, $OTHER is not set where the engine runs"
    )
    assert "It has no script" in hindrance(deploy.state, option("x", item("call", "deploy")))
    undo = option("x", step("undo", undoes="ship"), is_undo=True)
    assert "none of its steps has run" in hindrance(deploy.state, undo)
    assert hindrance(deploy.run("ship").state, undo) == ""


def test_findings_are_those_of_exactly_these_values() -> None:
    deploy = _deploy().passed("tests").run("copy")
    assert findings(deploy.state, CHOOSE, {}) == ()
    deploy.do(c.RecordTarget(option="choose", values={"sha": "abc"}, findings=(GONE,)), "cockpit")
    assert findings(deploy.state, CHOOSE, {"sha": "abc", "region": "eu"}) == (GONE,)
    assert findings(deploy.state, CHOOSE, {"sha": "def"}) == ()
    assert findings(deploy.state, BACK, {"sha": "abc"}) == ()
