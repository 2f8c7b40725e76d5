"""Two people for one step: who may confirm, what a confirmation holds for, and that nobody is their own second."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.approvals.second_person import confirmed_words, hint, is_nobody, same_person
from cockpit.deploy.recommend import recommend
from cockpit.planning.build import make_plan
from cockpit.report.deploy_log import render
from cockpit.report.story import tell
from cockpit.runbook.parse import parse
from cockpit.settings.load import Settings
from tests.builders import START, Deploy, option, step


def _deploy(body: str = "true\n") -> Deploy:
    return Deploy.of(step("ship", body=body, second_person=True), rollback=(option("back", step("undo")),))


def _confirm(attempt: int = 1, *, edited: bool = False) -> c.ConfirmTask:
    return c.ConfirmTask(task="ship", attempt=attempt, edited=edited)


def _why(deploy: Deploy, command: c.Command, by: str = "ann") -> str:
    before = deploy.state
    refusal = deploy.ask(command, by)
    assert refusal is not None, command
    assert deploy.state is before
    return refusal.reason


RUN = c.RunTask(task="ship", attempt=1)


def test_the_step_waits_for_somebody_else_and_says_who_asked_and_what_to_do() -> None:
    deploy = _deploy()
    why = _why(deploy, RUN)
    for words in (
        "needs approval",
        "ann wants to run it",
        "⟦confirm⟧ in their own session",
        "cockpit attach --as NAME",
    ):
        assert words in why
    found = recommend(deploy.state, START)
    assert (found.action, found.command) == ("confirm", None)
    deploy.do(_confirm(), "bob")
    assert deploy.events[-1].by == "bob"
    assert recommend(deploy.state, START).words == "run Ship, approved by bob"
    deploy.do(RUN, "ann")
    assert deploy.status("ship") == "running"


@pytest.mark.parametrize("again", ["bob", "BOB", " bob ", "Bob"])
def test_nobody_is_their_own_second_however_they_write_their_name(again: str) -> None:
    deploy = _deploy().do(_confirm(), "bob")
    assert "someone else must run it" in _why(deploy, RUN, again)
    assert "is already approved by" in _why(deploy, _confirm(), again)
    deploy.do(_confirm(), "ann").do(RUN, again)


@pytest.mark.parametrize("nobody", ["", " ", "somebody", "Somebody", "cockpit"])
def test_who_is_nobody_neither_confirms_nor_starts(nobody: str) -> None:
    deploy = _deploy()
    assert "Your name is not set" in _why(deploy, _confirm(), nobody)
    deploy.do(_confirm(), "bob")
    assert "your name is not set" in _why(deploy, RUN, nobody)
    assert is_nobody(nobody)


def test_a_retry_of_the_same_script_needs_no_other_word() -> None:
    deploy = _deploy().do(_confirm(), "bob").do(RUN).end("ship", "failed")
    deploy.run("ship")
    assert deploy.state.of("ship").attempt == 2


def test_an_edited_script_needs_a_word_of_its_own() -> None:
    deploy = _deploy().do(_confirm(), "bob").do(RUN).end("ship", "failed")
    edited = c.RunTask(task="ship", attempt=2, script="false\n")
    assert '"Ship", edited, needs approval' in _why(deploy, edited)
    deploy.do(_confirm(2, edited=True), "bob")
    assert "approved by bob" in _why(deploy, edited, "bob")
    deploy.do(edited).end("ship", "failed")
    other = c.RunTask(task="ship", attempt=3, script="false || true\n")
    assert "needs approval" in _why(deploy, other), "it held for one attempt"


def test_a_word_for_an_edited_script_does_not_hold_for_the_runbooks() -> None:
    deploy = _deploy().do(_confirm(edited=True), "bob")
    assert "needs approval" in _why(deploy, RUN)


def test_another_value_is_another_script() -> None:
    deploy = _deploy("release <commit-sha>\n")
    assert "has no value yet" in _why(deploy, _confirm(), "bob")
    deploy.do(c.GiveValue(name="commit-sha", value="abc")).do(_confirm(), "bob")
    deploy.do(c.GiveValue(name="commit-sha", value="def"))
    assert "again, as its text has changed" in _why(deploy, RUN)
    deploy.do(_confirm(), "bob").do(RUN)


def test_what_there_is_nothing_to_confirm_of() -> None:
    deploy = Deploy.of(step("plain"), step("ship", second_person=True), rollback=(option("back", step("undo")),))
    assert "needs no approval" in _why(deploy, c.ConfirmTask(task="plain", attempt=1), "bob")
    assert "needs no approval" in _why(deploy, c.ConfirmTask(task="undo", attempt=1), "bob")
    assert "needs no approval" in _why(deploy, c.ConfirmTask(task="nowhere", attempt=1), "bob")
    assert "has run again since" in _why(deploy, _confirm(2), "bob")
    deploy.passed("plain").do(_confirm(), "bob").do(RUN)
    assert "already running" in _why(deploy, _confirm(2), "eve")
    deploy.end("ship")
    assert "is already done" in _why(deploy, _confirm(2), "eve")


def test_a_way_back_waits_for_nobody() -> None:
    deploy = Deploy.of(step("ship"), rollback=(option("back", step("undo", second_person=True)),))
    deploy.do(c.StartRollback(option="back", confirmation="production"))
    assert deploy.status("undo") == "running"


def test_it_never_starts_by_itself() -> None:
    deploy = Deploy.of(step("ship", second_person=True, start="due", offset_seconds=0), planned_at=START)
    deploy.do(c.EnterPhase(phase="deploy")).do(_confirm(), "bob").later(60)
    assert deploy.state.of("ship").attempt == 0


def test_who_confirmed_stands_in_the_log() -> None:
    deploy = _deploy().do(_confirm(), "bob").do(RUN).end("ship")
    assert "| ann, approved by bob |" in render(deploy.state, deploy.events, "d1")
    (event,) = [event for event in deploy.events if isinstance(event.body, e.TaskConfirmed)]
    assert tell(deploy.state, event) == "Ship: approved"


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [("Ann", "ann", True), ("Ann  B", " ann b ", True), ("ann", "bob", False), ("annb", "ann b", False)],
)
def test_names_are_compared_as_people_read_them(name: str, other: str, same: bool) -> None:
    assert same_person(name, other) is same


NOTED = """\
# R
## Deploy
### One
```bash {confirm_by=second}
./one
```
### Two
<!-- cockpit: confirm_by=second -->
```bash
./two
```
### Three
```bash
./three
```
## Rollback
```bash {confirm_by=second}
./back
```
"""


def test_the_fence_the_section_or_the_settings_ask_for_a_second_person() -> None:
    def plan(**tasks: object) -> dict[str, bool]:
        settings = Settings.model_validate({"tasks": tasks})
        made = make_plan(parse(NOTED), settings, root="/srv", runbook_path="R.md", runbook_text="")
        return {task.script.body.strip(): task.second_person for task in made.every_task() if task.script}

    assert plan() == {"./one": True, "./two": True, "./three": False, "./back": False}
    made = make_plan(parse(NOTED), Settings(), root="/srv", runbook_path="R.md", runbook_text="")
    ids = [task.id for task in made.tasks]
    changed = plan(**{ids[0]: {"second_person": False}, ids[2]: {"second_person": True}})
    assert changed == {"./one": False, "./two": True, "./three": True, "./back": False}


PEOPLE = st.sampled_from(("ann", "Ann", "bob", " BOB", "eve", "", "somebody"))
ACTS = st.sampled_from(("confirm", "confirm edited", "run", "run edited", "fail"))


@given(st.lists(st.tuples(PEOPLE, ACTS), max_size=25))
def test_no_attempt_ever_starts_without_somebody_elses_word(acts: list[tuple[str, str]]) -> None:
    deploy = _deploy()
    for by, act in acts:
        attempt = deploy.state.of("ship").attempt + 1
        if act == "fail":
            deploy.ask(c.RecordExit(task="ship", attempt=attempt - 1, outcome="failed"), "cockpit")
        elif act.startswith("confirm"):
            deploy.ask(_confirm(attempt, edited=act == "confirm edited"), by)
        else:
            script = "false\n" if act == "run edited" else ""
            deploy.ask(c.RunTask(task="ship", attempt=attempt, script=script), by)
    words: list[tuple[str, bool, int]] = []
    for event in deploy.events:
        if isinstance(event.body, e.TaskConfirmed):
            words.append((event.by, event.body.edited, event.body.attempt))
        elif isinstance(event.body, e.StepStarted):
            edited = event.body.script != "true\n"
            holding = [
                who for who, for_edit, n in words if for_edit == edited and (not edited or n == event.body.attempt)
            ]
            assert any(not same_person(who, event.by) for who in holding)


def test_a_word_for_the_runbooks_script_does_not_hold_for_an_edited_one_of_the_same_attempt() -> None:
    deploy = _deploy().do(_confirm(), "bob")
    assert "edited, needs approval" in _why(deploy, c.RunTask(task="ship", attempt=1, script="false\n"))
    deploy.do(c.RunTask(task="ship", attempt=1, script="true\n"))


def test_a_second_try_of_the_way_back_waits_for_nobody_either() -> None:
    deploy = Deploy.of(step("ship"), rollback=(option("back", step("undo", second_person=True)),))
    deploy.do(c.StartRollback(option="back", confirmation="production")).end("undo", "failed").run("undo")


def test_what_a_step_still_needs_of_people_is_said_beforehand() -> None:
    deploy = _deploy()
    task = deploy.state.plan.tasks[0]  # type: ignore[union-attr]
    assert hint(deploy.state, task, "ann") == "needs approval from someone else: ⟦confirm⟧ in their own session"
    deploy.do(_confirm(), "bob")
    assert hint(deploy.state, task, "bob") == "approved by bob; someone else must run it, or approve it too (⟦confirm⟧)"
    assert hint(deploy.state, task, "").startswith("needs approval from someone else")
    assert hint(deploy.state, task, "ann") == ""
    assert confirmed_words(deploy.do(_confirm(), "eve").state, task) == "bob and eve"
    assert confirmed_words(_deploy().do(_confirm(edited=True), "eve").state, task) == "eve"
    assert confirmed_words(_deploy().state, task) == ""
