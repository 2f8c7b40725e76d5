"""A deploy and its window: what began may finish, nothing new begins after the end; the live check; the status bar."""

import msgspec
import pytest

from cockpit.deploy import commands as c
from cockpit.deploy.builtin_checks import measure
from cockpit.deploy.plan import Plan, Usual
from cockpit.deploy.recommend import recommend
from cockpit.deploy.schedule.planned_window import left_words, warns, why_too_long, window_words
from cockpit.deploy.schedule.window import Stretch
from cockpit.deploy.state import State
from cockpit.text.sentences import fragment
from tests.builders import START, Deploy, check, item, live, option, plan, step

HOUR = 3600.0
STRETCHES = (
    Stretch(START - 30 * HOUR, START - 20 * HOUR, "allowed", ("allow daily",)),
    Stretch(START - 20 * HOUR, START - HOUR, "closed", ("outside allow daily",)),
    Stretch(START - HOUR, START + HOUR, "best", ("best Tue 10:00-12:00",)),
    Stretch(START + HOUR, START + 2 * HOUR, "allowed", ("allow daily",)),
    Stretch(START + 2 * HOUR, START + 3 * HOUR, "avoid", ("avoid Fri 12:00-24:00: the weekend",)),
    Stretch(START + 3 * HOUR, START + 30 * HOUR, "closed", ("deny nights", "freeze: a fair")),
    Stretch(START + 30 * HOUR, START + 40 * HOUR, "best", ("best Tue 10:00-12:00",)),
)
LATE = 4 * HOUR
"""After START: closed."""
CLOSED = "The deploy window is closed: deny nights; freeze: a fair; it opens in 1 d 2 h"
WAYS_ON = ". Wait, or close the deploy (⟦close⟧) and start one with --emergency."


def _deploy(*, enforced: bool = True, emergency: bool = False, first: bool = True) -> Deploy:
    tasks = [item("look")] if first else []
    return Deploy.of(
        *tasks,
        step("one"),
        step("two"),
        step("proof", "verify"),
        window_stretches=STRETCHES,
        window_enforced=enforced,
        emergency=emergency,
        approved_by="eve" if emergency else "",
    )


def test_what_began_inside_a_window_may_finish_after_its_end() -> None:
    deploy = _deploy().tick("look").passed("one").later(LATE)
    deploy.passed("two", "proof")


def test_a_phase_that_was_entered_inside_a_window_has_begun() -> None:
    deploy = _deploy().tick("look").do(c.EnterPhase(phase="deploy")).later(LATE)
    deploy.passed("one", "two")


def test_nothing_new_begins_after_the_end() -> None:
    deploy = _deploy().tick("look").later(LATE)
    assert deploy.refusal(c.EnterPhase(phase="deploy")) == CLOSED + WAYS_ON
    assert deploy.refusal(c.RunTask(task="one", attempt=1, confirmed=True)) == CLOSED + WAYS_ON


def test_the_recommendation_says_so_and_follows_nothing() -> None:
    deploy = _deploy().tick("look").later(LATE)
    said = recommend(deploy.state, deploy.now)
    assert (said.words, said.command) == (fragment(CLOSED + WAYS_ON), None)


def test_it_begins_when_the_window_opens_again() -> None:
    deploy = _deploy().tick("look").later(31 * HOUR)
    deploy.passed("one")


def test_a_runbook_without_a_preflight_waits_for_the_window_too() -> None:
    deploy = Deploy(now=START - 2 * HOUR)
    made = plan(step("one"), step("two"), window_stretches=STRETCHES, window_enforced=True)
    deploy.do(c.OpenDeploy(plan=made)).do(c.RecordStart(pid=1, host="here", version="0", variables=()))
    assert "The deploy window is closed: outside allow daily; it opens in 1 h." in deploy.refusal(
        c.RunTask(task="one", attempt=1)
    )
    deploy.later(2 * HOUR).run("one").end("one", "failed")
    deploy.later(LATE).passed("one", "two")


def test_after_all_that_is_known_a_new_one_is_asked_for() -> None:
    deploy = _deploy().tick("look").later(50 * HOUR)
    assert "not known this long after opening" in deploy.refusal(c.EnterPhase(phase="deploy"))


@pytest.mark.parametrize(("enforced", "emergency"), [(False, False), (True, True), (False, True)])
def test_advice_and_emergencies_refuse_nothing(enforced: bool, emergency: bool) -> None:
    deploy = _deploy(enforced=enforced, emergency=emergency).tick("look").later(LATE)
    deploy.passed("one", "two")


def test_a_rollback_needs_no_window() -> None:
    deploy = Deploy.of(
        item("look"),
        step("one"),
        rollback=[option("back", step("undo"))],
        window_stretches=STRETCHES,
        window_enforced=True,
    )
    deploy.tick("look").passed("one").later(LATE)
    deploy.do(c.StartRollback(option="back", confirmation="production", reason="it smokes"))
    assert deploy.status("undo") == "running"


CHECKS = [
    (0.0, "pass", "best window: best Tue 10:00-12:00"),
    (0.8 * HOUR, "pass", "best window: best Tue 10:00-12:00, closes in 12 min"),
    (1.0 * HOUR, "pass", "window open: allow daily"),
    (2.5 * HOUR, "pass", "not recommended: avoid Fri 12:00-24:00: the weekend"),
    (LATE, "fail", "window closed: deny nights; freeze: a fair"),
    (41 * HOUR, "unknown", "deploy window unknown for this time"),
]


@pytest.mark.parametrize(("after", "verdict", "words"), CHECKS)
def test_the_window_as_a_live_check(after: float, verdict: str, words: str) -> None:
    task = live("open", "window")
    state = State(plan=plan(task, window_stretches=STRETCHES))
    assert measure(state, task, START + after) == (verdict, words)


def test_an_emergency_passes_the_check_and_says_who_approved_it() -> None:
    task = live("open", "window")
    state = State(plan=plan(task, window_stretches=STRETCHES, emergency=True, approved_by="eve"))
    verdict, words = measure(state, task, START + LATE) or ("", "")
    assert verdict == "pass"
    assert "an emergency approved by eve: deny nights" in words


def test_the_check_is_measured_in_the_deploy() -> None:
    deploy = Deploy.of(live("open", "window"), step("one"), window_stretches=STRETCHES)
    assert deploy.status("open") == "pass"
    assert deploy.later(LATE).status("open") == "fail"


# START is 1970-01-12T13:46:40Z.
WORDS = [
    (0.0, "● best window, closes in 1 h"),
    (0.99 * HOUR, "● best window, closes in less than a minute"),
    (1.0 * HOUR, "● window open, good for 1 h"),
    (2.0 * HOUR, "◐ not recommended: avoid Fri 12:00-24:00: the weekend"),
    (3.0 * HOUR, "○ closed since 16:46 UTC, opens in 1 d 3 h"),
    (20.0 * HOUR, "○ closed since Mon 16:46 UTC, opens in 10 h"),
    (-2.0 * HOUR, "○ closed since Sun 17:46 UTC, opens in 1 h"),
    (31.0 * HOUR, "● best window"),
    (99.0 * HOUR, ""),
]


@pytest.mark.parametrize(("after", "words"), WORDS)
def test_the_words_of_the_status_bar(after: float, words: str) -> None:
    assert window_words(plan(window_stretches=STRETCHES), START + after) == words


def test_an_open_window_that_ends_closed_closes() -> None:
    made = plan(window_stretches=(STRETCHES[0], STRETCHES[1]))
    assert window_words(made, START - 21 * HOUR) == "● window open, closes in 1 h"


def test_what_was_closed_before_anything_is_known_has_no_since() -> None:
    made = plan(window_stretches=STRETCHES[1:])
    assert window_words(made, START - 2 * HOUR) == "○ closed, opens in 1 h"


def test_a_plan_without_a_window_says_nothing() -> None:
    assert window_words(plan(), START) == ""
    assert not warns(plan(), START)


@pytest.mark.parametrize(("after", "warned"), [(0.0, False), (0.75, True), (2.5, True), (4.0, True), (31.0, False)])
def test_it_warns_before_the_end_and_while_it_is_not_good(after: float, warned: bool) -> None:
    assert warns(plan(window_stretches=STRETCHES), START + after * HOUR) is warned


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (720, "12 min"),
        (9600, "2 h 40 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_time_that_is_left(seconds: float, words: str) -> None:
    assert left_words(seconds) == words


def test_a_plan_of_an_older_journal_has_no_window() -> None:
    old = msgspec.to_builtins(plan(item("a")))
    for name in [name for name in old if name.startswith("window") or name == "bypassed"]:
        del old[name]
    read = msgspec.convert(old, Plan)
    assert (read.window, read.window_closes_at, read.window_stretches, read.bypassed) == ("", None, (), ())


def test_a_window_travels_with_its_plan() -> None:
    made = plan(item("a"), window_stretches=STRETCHES, window_closes_at=START + 3 * HOUR, bypassed=("the window",))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made


def test_a_closed_window_keeps_no_way_back_and_no_check_from_running() -> None:
    made = plan(
        check("look", "deploy"), step("one"), rollback=(option("back", step("undo")),),
        window_stretches=STRETCHES, window_enforced=True,
    )  # fmt: skip
    deploy = Deploy(now=START - 2 * HOUR).do(c.OpenDeploy(plan=made)).passed("look")
    assert "The deploy window is closed" in deploy.refusal(c.RunTask(task="one", attempt=1)), "a check begins nothing"
    deploy.do(c.StartRollback(option="back", confirmation="production")).end("undo", "failed").run("undo")
    assert deploy.status("undo") == "running"


@pytest.mark.parametrize(
    ("after", "usual", "words"),
    [
        (0.0, 3 * HOUR, ""),
        (0.0, 3 * HOUR + 60, "typically takes 3 h 01 min (1 deploy), and the window closes in 3 h"),
        (2.0 * HOUR, 3 * HOUR, "typically takes 3 h (1 deploy), and the window closes in 1 h"),
        (LATE, 30 * HOUR, ""),
        (31 * HOUR, 99 * HOUR, ""),
        (99 * HOUR, HOUR, ""),
    ],
)
def test_a_deploy_that_usually_takes_longer_than_the_window_is_open_is_said(
    after: float, usual: float, words: str
) -> None:
    said = why_too_long(plan(window_stretches=STRETCHES, usual_whole=Usual(usual, 1)), START + after)
    assert said.endswith(words)
    assert bool(said) == bool(words)


def test_what_has_begun_is_not_told_that_it_will_not_fit() -> None:
    long = plan(window_stretches=STRETCHES, usual_whole=Usual(9 * HOUR, 2))
    assert window_words(long, START).endswith("typically takes 9 h")
    short = plan(window_stretches=STRETCHES, usual_whole=Usual(HOUR, 2))
    for made, begun in ((long, True), (short, False)):
        assert window_words(made, START, begun=begun) == "● best window, closes in 1 h"
