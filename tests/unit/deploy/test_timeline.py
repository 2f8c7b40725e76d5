"""What is due when, the estimate of the end, T that moves."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Usual
from cockpit.deploy.recommend import recommend
from cockpit.deploy.schedule.planned_window import warns, why_too_long, window_words
from cockpit.deploy.schedule.timeline import (
    LATE_SECONDS,
    PROPOSED_SECONDS,
    SOON_SECONDS,
    due,
    eta,
    notices_due,
    offset_words,
    usual_words,
)
from cockpit.deploy.schedule.window import Stretch
from cockpit.runbook.model import Template
from tests.builders import START, Deploy, item, live, option, rule, step

T = START + 600


def _deploy(*tasks, **more) -> Deploy:  # type: ignore[no-untyped-def]
    return Deploy.of(*tasks, planned_at=T, **more)


# -- due


@pytest.mark.parametrize(
    ("before", "word", "words"),
    [
        (3600.0, "early", "early"),
        (SOON_SECONDS + 0.1, "early", "early"),
        (SOON_SECONDS, "due soon", "due in 5 min"),
        (240.0, "due soon", "due in 4 min"),
        (59.5, "due soon", "due in 59 s"),
        (0.0, "due", "due"),
        (1 - LATE_SECONDS, "due", "due"),
        (-LATE_SECONDS, "late", "1 min overdue"),
        (-240.0, "late", "4 min overdue"),
        (-8100.0, "late", "2 h 15 min overdue"),
    ],
)
def test_a_task_is_early_due_soon_due_or_late(before: float, word: str, words: str) -> None:
    deploy = _deploy(step("ship", offset_seconds=-300))
    found = due(deploy.state, deploy.state.plan.tasks[0], T - 300 - before)  # type: ignore[union-attr]
    assert found is not None
    assert (found.word, found.words, found.at) == (word, words, T - 300)


def test_nothing_is_due_that_has_no_time_has_begun_or_is_settled() -> None:
    deploy = _deploy(step("ship", offset_seconds=0), step("plain"), rollback=(option("back", step("undo")),))
    plan = deploy.state.plan
    assert plan is not None
    ship, plain = plan.tasks
    assert due(deploy.state, plain, T) is None
    deploy.run("ship")
    assert due(deploy.state, ship, T) is None
    deploy.end("ship", "failed")
    assert due(deploy.state, ship, T + 120).words == "2 min overdue"  # type: ignore[union-attr]
    deploy.do(c.SkipTask(task="ship", reason="x"))
    assert due(deploy.state, ship, T + 120) is None
    other = _deploy(step("ship", offset_seconds=0), rollback=(option("back", step("undo")),))
    other.do(c.StartRollback(option="back", confirmation="production"))
    assert due(other.state, ship, T) is None


def test_after_the_end_nothing_is_due() -> None:
    deploy = _deploy(step("ship", offset_seconds=0)).do(c.CloseDeploy(outcome="aborted", reason="x"))
    assert due(deploy.state, deploy.state.plan.tasks[0], T) is None  # type: ignore[union-attr]


@given(st.integers(-200_000, 200_000), st.floats(-200_000, 200_000))
def test_the_words_agree_with_the_time(offset: int, past: float) -> None:
    deploy = _deploy(step("ship", offset_seconds=offset))
    found = due(deploy.state, deploy.state.plan.tasks[0], T + past)  # type: ignore[union-attr]
    assert found is not None
    assert math.isclose(found.left, offset - past, abs_tol=1e-6)
    assert (found.word == "late") == (found.left <= -LATE_SECONDS)
    assert (found.word in ("due", "late")) == (found.left <= 0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "T"), (-600, "T-10"), (300, "T+5"), (-3600, "T-1h"), (90, "T+90s"), (-5400, "T-90")]
)
def test_offsets_are_written_as_runbooks_write_them(seconds: int, words: str) -> None:
    assert offset_words(seconds) == words


# -- the estimate


def _usual(**seconds: float) -> dict[str, Usual]:
    return {name: Usual(taken, 3) for name, taken in seconds.items()}


def test_the_estimate_is_the_rest_of_what_runs_and_the_usual_time_of_what_waits() -> None:
    deploy = _deploy(step("copy"), step("ship"), usual=_usual(copy=100.0, ship=40.0))
    assert eta(deploy.state, START).at == START + 140
    deploy.run("copy").later(70)
    over = eta(deploy.state, deploy.now)
    assert (over.at, over.at_least) == (START + 140, False)
    deploy.later(60)
    over = eta(deploy.state, deploy.now)
    assert over.at == deploy.now + 40, "what has passed its time is never counted below nothing"
    assert over.at_least
    deploy.end("copy")
    assert eta(deploy.state, deploy.now).at == deploy.now + 40


def test_no_step_is_reckoned_with_before_it_is_due_and_the_watch_comes_on_top() -> None:
    deploy = _deploy(
        step("copy", offset_seconds=-300),
        step("ship", offset_seconds=0),
        item("tell", "verify", offset_seconds=900),
        live("watching", "watch", "watch"),
        metrics=(rule(stale_seconds=1e6),),
        watch_seconds=1800.0,
        usual=_usual(copy=10.0, ship=20.0),
    )
    assert eta(deploy.state, START).at == T + 900 + 1800
    late = T + 5000
    assert eta(deploy.state, late).at == late + 30 + 1800
    deploy.passed("copy", "ship").tick("tell").read(errors=0.1)
    assert deploy.state.phase == "watch"
    deploy.later(600).read(errors=0.1)
    assert eta(deploy.state, deploy.now).at == START + 1800


def test_what_nobody_ever_timed_is_never_invented() -> None:
    deploy = _deploy(step("copy"), step("ship"))
    assert eta(deploy.state, START).at is None
    some = _deploy(step("copy"), step("ship"), usual=_usual(copy=100.0))
    over = eta(some.state, START)
    assert (over.at, over.at_least) == (START + 100, True)


def test_where_people_are_all_that_is_waited_for_nothing_is_estimated() -> None:
    deploy = _deploy(step("copy"), item("tell", "close"), usual=_usual(copy=100.0)).passed("copy")
    assert eta(deploy.state, T).at is None


def test_on_hold_in_a_rollback_and_after_the_end_nobody_knows() -> None:
    deploy = _deploy(step("copy"), rollback=(option("back", step("undo")),), usual=_usual(copy=100.0))
    deploy.do(c.HoldDeploy(reason="lunch"))
    assert eta(deploy.state, START).at is None
    deploy.do(c.ReleaseDeploy()).do(c.StartRollback(option="back", confirmation="production"))
    assert eta(deploy.state, START).at is None
    closed = _deploy(step("copy"), usual=_usual(copy=1.0)).do(c.CloseDeploy(outcome="aborted", reason="x"))
    assert eta(closed.state, START).at is None


def test_of_alternatives_one_is_reckoned_with() -> None:
    tasks = [step(name, section="Ship", alternative=name, required=True) for name in ("blue", "green")]
    deploy = _deploy(*tasks, usual=_usual(blue=100.0, green=10.0))
    assert eta(deploy.state, START).at == START + 100


def test_of_alternatives_that_which_was_begun_is_reckoned_with() -> None:
    tasks = [step(name, section="Ship", alternative=name, required=True) for name in ("blue", "green")]
    deploy = _deploy(*tasks, usual=_usual(blue=100.0, green=10.0))
    deploy.do(c.SkipTask(task="blue", reason="x")).run("green")
    assert eta(deploy.state, deploy.now).at == START + 10


def test_only_what_must_be_done_is_reckoned_with() -> None:
    deploy = _deploy(step("copy", required=False), step("ship"), usual=_usual(copy=100.0, ship=10.0))
    assert eta(deploy.state, START).at == START + 10


def test_a_step_that_was_started_early_is_not_reckoned_from_its_time() -> None:
    deploy = _deploy(step("ship", offset_seconds=0), usual=_usual(ship=100.0)).run("ship").later(40)
    assert eta(deploy.state, deploy.now).at == START + 100


def test_a_watch_that_is_over_takes_no_more_time() -> None:
    deploy = _deploy(
        live("watching", "watch", "watch"), step("tell", "close"), metrics=(rule(),), watch_seconds=10.0,
        usual=_usual(tell=5.0),
    ).read(errors=0.1).later(11).read(errors=0.1)  # fmt: skip
    assert deploy.status("watching") == "pass"
    assert eta(deploy.state, deploy.now).at == deploy.now + 5


def test_the_usual_time_in_words() -> None:
    deploy = _deploy(step("copy"), usual={"copy": Usual(130.0, 1)})
    plan = deploy.state.plan
    assert plan is not None
    assert usual_words(plan, "copy") == "typically 2 min 10 s (last 1 deploy)"
    assert usual_words(plan, "other") == ""


@given(
    st.lists(st.tuples(st.floats(0, 5000), st.none() | st.integers(-4000, 4000)), min_size=1, max_size=5),
    st.floats(-5000, 5000),
)
def test_the_estimate_is_never_before_now_or_before_what_is_due(
    steps: list[tuple[float, int | None]], past: float
) -> None:
    tasks = [step(f"s{n}", offset_seconds=offset) for n, (_, offset) in enumerate(steps)]
    usual = {f"s{n}": Usual(seconds, 1) for n, (seconds, _) in enumerate(steps)}
    deploy = _deploy(*tasks, usual=usual)
    at = eta(deploy.state, T + past).at
    assert at is not None
    assert at >= T + past + sum(seconds for seconds, _ in steps) - 1e-3
    assert all(at >= T + offset for _, offset in steps if offset is not None)


# -- T moves


def _windowed(*, emergency: bool = False, enforced: bool = True) -> Deploy:
    stretches = (
        Stretch(START - 3600, START + 3600, "best", ("day",)),
        Stretch(START + 3600, START + 9000, "closed", ("night",)),
    )
    return _deploy(
        step("ship", offset_seconds=0),
        window_stretches=stretches,
        window_enforced=enforced,
        emergency=emergency,
        approved_by="eve",
    )


def test_t_moves_with_a_reason_and_everything_that_hangs_on_it() -> None:
    deploy = _deploy(step("ship", offset_seconds=-60))
    plan = deploy.state.plan
    assert plan is not None
    assert deploy.state.planned_at == T
    deploy.do(c.MoveTime(planned_at=T + 900, reason=" the partner is late "))
    assert deploy.state.planned_at == T + 900
    assert deploy.state.plan == plan, "what was planned stays in the record"
    assert deploy.events[-1].body == e.TimeMoved(planned_at=T + 900, reason="the partner is late")
    assert due(deploy.state, plan.tasks[0], T).left == 840  # type: ignore[union-attr]
    assert eta(deploy.state, START).at is None


@pytest.mark.parametrize(
    ("planned_at", "reason", "words"),
    [
        (T + 60, "", "Enter a reason"),
        (T + 60, "  ", "Enter a reason"),
        (START - 61, "x", "That time is in the past"),
        (float("nan"), "x", "Not a time"),
        (float("inf"), "x", "Not a time"),
        (START + 32 * 86_400, "x", "more than 31 days ahead"),
        (T, "x", "already at that time"),
    ],
)
def test_t_does_not_move_to_nonsense_or_without_a_reason(planned_at: float, reason: str, words: str) -> None:
    deploy = _deploy(step("ship"))
    assert words in deploy.refusal(c.MoveTime(planned_at=planned_at, reason=reason))


def test_t_does_not_move_into_a_closed_window_that_is_enforced() -> None:
    night, unknown = c.MoveTime(planned_at=START + 4000, reason="x"), c.MoveTime(planned_at=START + 9000, reason="x")
    assert "The deploy window is closed then: night" in _windowed().refusal(night)
    assert "not known that far ahead" in _windowed().refusal(unknown)
    for free in (_windowed(emergency=True), _windowed(enforced=False)):
        assert free.do(night).state.planned_at == START + 4000


def test_t_does_not_move_in_a_rollback() -> None:
    deploy = _deploy(step("ship"), rollback=(option("back", step("undo")),))
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    assert "T cannot move during a rollback" in deploy.refusal(c.MoveTime(planned_at=T + 60, reason="x"))


# -- what the line at the bottom says


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (T - 601, "run Ship (due T-5)"),
        (T - 540, "run Ship (due in 4 min, T-5)"),
        (T - 300, "run Ship (due, T-5)"),
        (T - 60, "run Ship (4 min overdue, T-5)"),
    ],
)
def test_the_next_step_says_when_it_is_due(now: float, words: str) -> None:
    deploy = _deploy(step("ship", offset_seconds=-300))
    assert recommend(deploy.state, now).words == words


# -- messages


def _template(kind: str, offset: int | None) -> Template:
    return Template(id=kind, title=kind, line=1, body="x", kind=kind, offset_seconds=offset)  # type: ignore[arg-type]


def _kinds(deploy: Deploy, now: float) -> list[str]:
    return [template.kind for template in notices_due(deploy.state, now)]


def test_a_notice_is_proposed_when_due_for_half_an_hour() -> None:
    deploy = _deploy(item("look"), step("ship"), templates=(_template("pre_deploy", -300), _template("log", 0)))
    assert _kinds(deploy, T - 301) == []
    assert _kinds(deploy, T - 300) == ["pre_deploy"]
    assert recommend(deploy.state, T - 300).words == "verify and tick: Look. The pre-deploy notice is due (⟦notices⟧)"
    assert _kinds(deploy, T - 300 + PROPOSED_SECONDS) == []


def test_a_notice_that_was_due_before_the_opening_is_due_with_it_until_the_deploy_begins() -> None:
    deploy = _deploy(item("look"), step("ship"), templates=(_template("pre_deploy", -3600),))
    assert _kinds(deploy, START) == ["pre_deploy"]
    deploy.tick("look").do(c.EnterPhase(phase="deploy"))
    assert _kinds(deploy, START) == []


def test_the_notice_of_the_end_waits_for_the_end() -> None:
    deploy = _deploy(
        step("ship"), item("till", "verify"), item("tell", "close"), templates=(_template("post_deploy", 0),)
    )
    deploy.passed("ship").later(700)
    assert _kinds(deploy, deploy.now) == []
    deploy.tick("till")
    assert _kinds(deploy, deploy.now) == ["post_deploy"]
    deploy.tick("tell").do(c.CloseDeploy(outcome="succeeded"))
    assert "The post-deploy notice is due (⟦notices⟧)" in recommend(deploy.state, deploy.now).words
    failed = _deploy(step("ship"), templates=(_template("post_deploy", 0),)).passed("ship").later(700)
    failed.do(c.CloseDeploy(outcome="failed", reason="x"))
    assert _kinds(failed, failed.now) == []


def test_a_message_of_no_named_kind_goes_by_its_sign_and_its_title() -> None:
    told = (_template("message", -3600), _template("message", 600))
    deploy = _deploy(item("look"), step("ship"), item("tell", "close"), templates=told)
    assert recommend(deploy.state, START).words.endswith(". Message is due (⟦notices⟧)")
    deploy.tick("look").do(c.EnterPhase(phase="deploy"))
    assert _kinds(deploy, T + 600) == []
    deploy.passed("ship")
    assert _kinds(deploy, T + 599) == []
    assert notices_due(deploy.state, T + 600) == told[1:]


def test_the_notice_of_the_end_is_proposed_from_the_last_look_at_production_while_that_is_well() -> None:
    deploy = _deploy(
        item("look"), step("ship"), item("till", "verify"), item("tell", "close"), metrics=(rule(stale_seconds=1e6),),
        templates=(_template("post_deploy", -3600),),
    )  # fmt: skip
    deploy.later(50).tick("look").passed("ship").later(100).read(errors=9).tick("till")
    done = deploy.now
    assert _kinds(deploy, done) == [], "production is not well"
    deploy.later(1).read(errors=0.1).later(900).tick("tell")
    assert _kinds(deploy, done) == _kinds(deploy, done + PROPOSED_SECONDS - 1) == ["post_deploy"]
    assert _kinds(deploy, done + PROPOSED_SECONDS) == []


def test_a_message_at_t_comes_before_the_deploy() -> None:
    deploy = _deploy(item("look"), step("ship"), templates=(_template("message", 0),))
    assert _kinds(deploy, T) == ["message"]


def test_a_notice_without_a_time_is_never_proposed() -> None:
    deploy = _deploy(item("look"), templates=(_template("pre_deploy", None),))
    assert _kinds(deploy, T) == []


# -- the window and the usual duration


def test_a_window_that_is_too_short_is_said_before_it_begins() -> None:
    deploy = _windowed()
    assert deploy.state.plan is not None
    plan = replace(deploy.state.plan, usual_whole=Usual(5400.0, 4))
    words = "a deploy typically takes 1 h 30 min (4 deploys), and the window closes in 1 h"
    assert why_too_long(plan, START) == words
    assert window_words(plan, START) == "● best window, closes in 1 h, typically takes 1 h 30 min"
    assert warns(plan, START)
    assert not warns(plan, START, begun=True)
    before = Deploy.of(item("look"), step("ship"), window_stretches=plan.window_stretches, usual_whole=plan.usual_whole)
    assert recommend(before.tick("look").state, START).words == f"Preflight is complete; enter Deploy. But {words}"
    assert why_too_long(replace(plan, usual_whole=Usual(3600.0, 4)), START) == ""
    assert why_too_long(replace(plan, usual_whole=None), START) == ""


def test_t_may_be_set_to_a_moment_ago() -> None:
    assert _deploy(step("ship")).do(c.MoveTime(planned_at=START - 59, reason="now")).state.planned_at == START - 59
