"""What people are told by itself: every event that a place wants, once, with its numbers; and nothing else."""

import pytest
from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.notices.subscriptions import DEFAULT, WORDS
from cockpit.deploy.plan import Destination, Gate
from cockpit.report.deploy_log import render
from cockpit.settings.load import Settings
from tests.builders import Deploy, live, option, rule, step


def _place(*on: str, name: str = "pager") -> Destination:
    return Destination(name=name, type="command", on=on)


def _deploy(*places: Destination, **more: object) -> Deploy:
    return Deploy.of(
        step("ship"),
        step("serve"),
        rollback=[option("back", step("undo"))],
        metrics=[rule("errors")],
        automatic=True,
        arm_task="ship",
        destinations=places,
        **more,  # type: ignore[arg-type]
    )


def _told(deploy: Deploy, place: str = "pager") -> list[tuple[str, str]]:
    return [(one.kind, one.text.partition(": ")[2]) for one in deploy.state.notices if one.to == place]


def _breach(deploy: Deploy) -> None:
    for _ in range(3):
        deploy.now += 1
        deploy.read(errors=9.0)


def _started(*places: Destination, **more: object) -> Deploy:
    deploy = _deploy(*places, **more)
    deploy.read(errors=0.1)
    return deploy.do(c.RunTask(task="ship", attempt=1, confirmed=True))


def test_an_automatic_rollback_is_told_from_the_trigger_to_its_end() -> None:
    """It was called zero times."""
    deploy = _started(_place(*DEFAULT))
    _breach(deploy)
    assert [kind for kind, _ in _told(deploy)] == ["on_trigger"]
    assert "Automatic rollback at" in _told(deploy)[0][1]
    assert "9" in _told(deploy)[0][1]
    deploy.now += 60
    deploy.do(c.Tick(), "cockpit")
    assert _told(deploy)[1][0] == "on_rollback"
    assert _told(deploy)[1][1].startswith("rolling back, automatic: trigger: errors")
    deploy.do(c.RecordExit(task="ship", attempt=1, outcome="cancelled"), "cockpit")
    deploy.do(c.RecordExit(task="undo", attempt=1, outcome="succeeded"), "cockpit")
    assert _told(deploy)[-1] == ("on_rollback", _told(deploy)[-1][1])
    assert _told(deploy)[-1][1].startswith("rolled back, health not verified")
    numbers = [one.id for one in deploy.state.notices]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_a_trigger_without_a_rollback_option_says_that_a_person_is_needed() -> None:
    deploy = Deploy.of(
        step("ship"), metrics=[rule("errors")], automatic=True, arm_task="ship", destinations=(_place(*DEFAULT),)
    )
    deploy.do(c.RunTask(task="ship", attempt=1, confirmed=True))
    _breach(deploy)
    assert "AUTOMATIC ROLLBACK NOT POSSIBLE" in _told(deploy)[0][1]


@pytest.mark.parametrize("outcome", ["failed", "timed out", "lost"])
def test_a_step_that_fails_is_told_with_its_reason(outcome: e.StepOutcome) -> None:
    deploy = _started(_place("failed"))
    deploy.do(c.RecordExit(task="ship", attempt=1, outcome=outcome, reason="exit status 3"), "cockpit")
    ((kind, text),) = _told(deploy)
    assert kind == "on_failed"
    assert f'"Ship" {outcome}' in text
    assert "exit status 3" in text


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("errors", "words"), [(3.0, "1 failed (limit 0)"), (None, "1 without data (limit 0)")])
def test_a_gate_that_does_not_pass_is_told_with_its_numbers(required: bool, errors: float | None, words: str) -> None:
    deploy = Deploy.of(
        step("ship"),
        replace(live("canary", "gate:canary", "deploy"), required=required),
        metrics=[rule("errors", no_data="ignore")],
        gates=[Gate(name="canary", metrics=("errors",), count=1, interval_seconds=1.0)],
        destinations=(_place("failed"),),
    )
    deploy.read(errors=0.1).passed("ship").later(1).read(errors=errors).later(1)
    ((kind, text),) = _told(deploy)
    assert kind == "on_failed"
    assert text.startswith('"Canary" did not pass: gate canary ')
    assert words in text
    assert words in render(deploy.state, deploy.events, "d1")


def test_a_rollback_that_fails_is_told_as_that() -> None:
    deploy = _started(_place("failed"))
    deploy.do(c.RecordExit(task="ship", attempt=1, outcome="succeeded"), "cockpit")
    deploy.do(c.StartRollback(option="back", reason="no", confirmation="production"))
    deploy.do(c.RecordExit(task="undo", attempt=1, outcome="failed", reason="exit status 1"), "cockpit")
    assert [text for _, text in _told(deploy)][-1].startswith("ROLLBACK FAILED")


def test_a_person_s_rollback_names_the_person() -> None:
    deploy = _started(_place("rollback"))
    deploy.do(c.RecordExit(task="ship", attempt=1, outcome="succeeded"), "cockpit")
    deploy.do(c.StartRollback(option="back", reason="the till is empty", confirmation="production"))
    assert _told(deploy)[0][1].startswith("rolling back, requested by ann: the till is empty")


def test_a_hold_is_told_by_whom_and_why() -> None:
    deploy = _deploy(_place("held")).do(c.HoldDeploy(reason="wait for Ben"))
    assert _told(deploy) == [("on_held", "on hold, by ann: wait for Ben")]


@pytest.mark.parametrize(
    ("outcome", "on", "kinds"),
    [
        ("failed", ("failed",), ["on_failed"]),
        ("failed", ("done",), ["on_failed"]),
        ("failed", ("failed", "done"), ["on_failed"]),
        ("aborted", ("done",), ["on_done"]),
        ("aborted", ("failed",), []),
    ],
)
def test_the_end_is_told_once_to_a_place_that_wants_it(
    outcome: e.DeployOutcome, on: tuple[str, ...], kinds: list[str]
) -> None:
    deploy = _deploy(_place(*on)).do(c.CloseDeploy(outcome=outcome, reason="enough"))
    assert [kind for kind, _ in _told(deploy)] == kinds


def test_a_deploy_that_waits_for_a_person_says_so_once_for_each_thing() -> None:
    deploy = Deploy.of(step("ship"), step("serve"), destinations=(_place("waiting"),)).passed("ship")
    for _ in range(3):
        deploy.do(c.Tick(), "cockpit")
        assert len(_told(deploy)) == (deploy.now - 1_000_000.0 >= 60)
        deploy.now += 61
    assert _told(deploy) == [("on_waiting", '"Serve" waits for a person who starts it')]
    deploy.passed("serve")
    deploy.now += 61
    deploy.do(c.Tick(), "cockpit")
    assert len(_told(deploy)) <= 2


def test_each_place_hears_of_what_it_wants_and_of_nothing_else() -> None:
    places = [_place(word, name=word) for word in WORDS]
    deploy = _started(*places, _place(name="quiet"))
    _breach(deploy)
    assert {one.to for one in deploy.state.notices} == {"trigger"}


def test_while_the_journal_takes_nothing_nothing_goes_out_and_nothing_is_lost() -> None:
    deploy = _started(_place(*WORDS)).do(c.RecordStall(reason="no space left"), "cockpit")
    deploy.do(c.RecordExit(task="ship", attempt=1, outcome="failed"), "cockpit")
    assert deploy.status("ship") == "fail"
    assert _told(deploy) == []


def test_what_was_sent_is_in_the_log() -> None:
    deploy = _deploy(_place("held")).do(c.HoldDeploy(reason="wait for Ben"))
    deploy.do(c.RecordNoticeSent(notice="1"), "cockpit")
    text = render(deploy.state, deploy.events, "d1")
    assert "on-held to pager" in text
    assert "on hold, by ann: wait for Ben" in text


@pytest.mark.parametrize(
    ("table", "on"),
    [
        ({}, DEFAULT),
        ({"kinds": ["rollback"]}, DEFAULT),
        ({"kinds": ["pre_deploy"]}, ()),
        ({"kinds": ["pre_deploy"], "on": ["done"]}, ("done",)),
        ({"on": []}, ()),
        ({"on": ["held", "held"]}, ("held",)),
    ],
)
def test_what_a_place_hears_of_where_nothing_is_said(table: dict[str, object], on: tuple[str, ...]) -> None:
    settings = Settings.model_validate({"notices": {"pager": {"type": "command", "command": "true", **table}}})
    assert settings.notices["pager"].hears() == on
