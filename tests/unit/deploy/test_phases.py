"""Phases and gates: what opens by itself, what a person opens, what stays shut, and the end."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.plan import Phase, Task
from cockpit.text.amounts import value_words
from tests.builders import Deploy, check, item, live, option, plan, rule, step


def _deploy(**more: object) -> Deploy:
    return Deploy.of(
        item("ready"),
        step("ship"),
        item("looks-good", "verify"),
        live("watching", "watch", "watch"),
        item("tell", "close"),
        metrics=(rule(), rule("health")),
        rollback=(option("back", step("undo")),),
        **more,  # type: ignore[arg-type]
    )


SHUT = [
    ("deploy", 'Cannot enter Deploy: "Ready" is still open in Preflight'),
    ("verify", "Cannot enter Verify yet: the deploy is in Preflight"),
    ("close", "Cannot enter Close yet"),
]


@pytest.mark.parametrize(("phase", "words"), SHUT)
def test_a_phase_stays_shut_and_says_why(phase: Phase, words: str) -> None:
    assert words in _deploy().refusal(c.EnterPhase(phase=phase))


def test_a_phase_that_the_runbook_does_not_have_is_named() -> None:
    assert "has no Watch phase" in Deploy.of(item("a"), step("b")).refusal(c.EnterPhase(phase="watch"))


def test_the_reason_names_three_open_tasks_and_counts_the_rest() -> None:
    deploy = Deploy.of(*(item(f"i{n}") for n in range(5)), step("ship"))
    assert '"I0", "I1", "I2" and 2 more are still open' in deploy.refusal(c.EnterPhase(phase="deploy"))


def test_the_first_step_that_touches_production_never_starts_by_itself() -> None:
    deploy = _deploy().tick("ready").later(100_000)
    assert deploy.state.phase == "preflight"
    assert deploy.status("ship") == "waiting"


def test_running_the_first_step_enters_its_phase() -> None:
    deploy = _deploy().tick("ready").run("ship")
    assert deploy.state.phase == "deploy"
    assert deploy.kinds()[-3:-1] == ["PhaseEntered", "StepStarted"]


def test_entering_twice_changes_nothing() -> None:
    deploy = _deploy().tick("ready").do(c.EnterPhase(phase="deploy"))
    before = deploy.state
    assert deploy.do(c.EnterPhase(phase="deploy")).state is before


def test_the_phases_after_the_deploy_open_by_themselves() -> None:
    deploy = _deploy().tick("ready").passed("ship")
    assert deploy.state.phase == "verify"
    then = deploy.tick("looks-good").read(errors=0.1, health=1).state
    assert then.phase == "watch"


def test_a_hold_keeps_the_next_phase_shut_until_it_is_released() -> None:
    deploy = _deploy().tick("ready").run("ship").do(c.HoldDeploy(reason="lunch")).end("ship")
    assert deploy.later(100).state.phase == "deploy"
    assert deploy.do(c.ReleaseDeploy()).state.phase == "verify"


def test_a_plan_without_preflight_begins_with_what_it_has() -> None:
    assert Deploy.of(step("ship")).state.phase == "deploy"
    assert Deploy.of(item("x", "close")).state.phase == "close"


def _watching() -> Deploy:
    deploy = _deploy().tick("ready").passed("ship").tick("looks-good")
    return deploy.read(errors=0.1, health=1)


def _well(deploy: Deploy, seconds: int, every: int = 1) -> Deploy:
    for _ in range(0, seconds, every):
        deploy.later(every).read(errors=0.1, health=1)
    return deploy


def test_after_a_bad_moment_the_watch_is_neither_failing_nor_passed() -> None:
    deploy = _watching()
    deploy.later(1).read(errors=9.0, health=1.0)
    assert deploy.status("watching") == "fail"
    assert _well(deploy, 5).status("watching") == "unknown"
    assert "the watch has restarted" in deploy.state.of("watching").summary


def test_the_watch_passes_after_its_time_and_not_before() -> None:
    deploy = _well(_watching(), 59)
    assert deploy.status("watching") != "pass"
    _well(deploy, 2)
    assert deploy.status("watching") == "pass"
    assert "healthy for 1 min" in deploy.state.of("watching").summary
    assert deploy.state.phase == "close"


BAD_MOMENTS: list[dict[str, float | str | None]] = [
    {"errors": 3.0},
    {"errors": 9.0},
    {"health": 0.0},
    {"health": None},
    {"errors": None},
    {"errors": "connection refused"},
    {"errors": float("nan")},
]


@pytest.mark.parametrize("moment", BAD_MOMENTS)
def test_a_bad_or_blind_moment_starts_the_watch_again(moment: dict[str, float | str | None]) -> None:
    deploy = _well(_watching(), 50)
    deploy.later(1).read(**moment)
    assert deploy.status("watching") in ("fail", "unknown")
    _well(deploy, 59)
    assert deploy.status("watching") != "pass"
    assert deploy.state.phase == "watch"
    _well(deploy, 3)
    assert deploy.status("watching") == "pass"


def test_a_moment_that_is_only_worth_watching_does_not() -> None:
    deploy = _well(_watching(), 50)
    deploy.later(1).read(errors=1.5)
    assert _well(deploy, 12).status("watching") == "pass"


def test_the_watch_remembers_a_bad_moment_that_the_chart_has_thinned_out() -> None:
    deploy = _deploy(watch_seconds=3000.0).tick("ready").passed("ship").tick("looks-good").read(errors=0.1, health=1)
    _well(deploy, 600)
    deploy.later(1).read(errors=9.0)
    bad = deploy.now
    _well(deploy, 2401)
    assert deploy.now - deploy.state.phases["watch"] > 3000
    assert deploy.status("watching") != "pass"
    _well(deploy, 600)
    assert deploy.status("watching") == "pass"
    assert deploy.now - bad >= 3000


def test_silence_is_not_health() -> None:
    deploy = _watching().later(3000)
    assert deploy.status("watching") == "unknown"
    assert deploy.state.level("health") == "no data"
    assert deploy.state.phase == "watch"


def test_a_watch_without_anything_judged_is_unknown() -> None:
    deploy = Deploy.of(live("watching", "watch", "watch"), metrics=(rule(observe_only=True),)).read(errors=0)
    assert deploy.later(1000).status("watching") == "unknown"


def test_the_baseline_is_the_median_just_before_production_is_touched() -> None:
    deploy = _deploy().tick("ready")
    for value in (1.0, 0.2, 0.3):
        deploy.later(1).read(errors=value, health=1)
    deploy.do(c.EnterPhase(phase="deploy"))
    assert deploy.state.metrics["errors"].baseline == 0.3
    taken = next(event.body for event in deploy.events if isinstance(event.body, e.BaselineMeasured))
    assert taken.seconds == 2.0


def test_no_baseline_of_two_values() -> None:
    deploy = _deploy().tick("ready").read(errors=1.0).later(1).read(errors=1.0).later(1).read(errors=None)
    assert deploy.do(c.EnterPhase(phase="deploy")).state.metrics["errors"].baseline is None


def _finished() -> Deploy:
    return _well(_watching(), 62).tick("tell")


def test_everything_done_can_be_closed_as_succeeded() -> None:
    deploy = _finished().do(c.CloseDeploy(outcome="succeeded"))
    assert (deploy.state.closed, deploy.state.closed_by) == ("succeeded", "ann")


CLOSING = [
    (c.CloseDeploy(outcome="succeeded"), 'Not done yet: "Ready", "Ship", "Looks-Good" and 2 more'),
    (c.CloseDeploy(outcome="failed"), "Enter a reason"),
    (c.CloseDeploy(outcome="aborted", reason=" "), "Enter a reason"),
    (c.CloseDeploy(outcome="rolled back", reason="x"), "closed as rolled back after a rollback"),
]


@pytest.mark.parametrize(("command", "words"), CLOSING)
def test_an_end_that_is_not_true_is_refused(command: c.Command, words: str) -> None:
    assert words in _deploy().refusal(command)


def test_nothing_is_closed_over_a_running_script() -> None:
    deploy = _deploy().tick("ready").run("ship")
    assert "is still running" in deploy.refusal(c.CloseDeploy(outcome="aborted", reason="x"))


CLOSED_REFUSES: list[c.Command] = [
    c.EnterPhase(phase="deploy"),
    c.RunTask(task="ship", attempt=1),
    c.RunChecks(),
    c.CancelTask(task="ship", attempt=1),
    c.SkipTask(task="ship", reason="x"),
    c.AcceptTask(task="ship", reason="x"),
    c.TickItem(task="ready"),
    c.UntickItem(task="ready"),
    c.FailItem(task="ready", reason="x"),
    c.WaiveItem(task="ready", reason="x"),
    c.GiveValue(name="a", value="b"),
    c.StartRollback(option="back", confirmation="production"),
    c.HoldDeploy(reason="x"),
    c.ReleaseDeploy(),
    c.CloseDeploy(outcome="failed", reason="x"),
    c.RecordReadings(readings=()),
    c.RecordCheck(task="ready", verdict="pass", summary=""),
    c.RecordCommand(task="ship", attempt=1, index=0, at=1.0),
    c.Tick(),
]


@pytest.mark.parametrize("command", CLOSED_REFUSES)
def test_a_closed_deploy_accepts_nothing(command: c.Command) -> None:
    deploy = _deploy().do(c.CloseDeploy(outcome="aborted", reason="not today"))
    assert "was closed as aborted" in deploy.refusal(command)


def test_a_closed_deploy_accepts_notes_and_its_own_record() -> None:
    deploy = _deploy().do(c.CloseDeploy(outcome="aborted", reason="not today"))
    deploy.do(c.AddNote(text="why not")).do(c.RecordExport(paths=("a.md",)))
    assert (deploy.state.notes[-1].text, deploy.state.exports) == ("why not", ("a.md",))


def test_auto_checks_are_asked_for_when_their_phase_is_entered() -> None:
    deploy = Deploy.of(item("ready"), check("a"), step("ship"), check("b", "verify"), auto_checks=True)
    deploy.end("a").tick("ready").passed("ship")
    assert (deploy.state.phase, deploy.status("b")) == ("verify", "running")


AFTER_THE_END: list[c.Command] = [
    c.RecordStart(pid=2, host="here", version="1", variables=()),
    c.RecordTarget(option="back", values={}, findings=()),
    c.RecordExit(task="ship", attempt=1, outcome="lost"),
    c.RecordStall(reason="no room"),
    c.RecordResumption(events=1),
    c.RecordTeam(epoch=1),
    c.RecordTeamLoss(seq=1, reason="no answer"),
    c.RecordTeamCatchUp(),
    c.RecordWatchers(watchers=()),
]


@pytest.mark.parametrize("command", AFTER_THE_END)
def test_what_the_engine_of_a_closed_deploy_has_to_record_is_recorded(command: c.Command) -> None:
    deploy = _deploy().do(c.CloseDeploy(outcome="aborted", reason="not today"))
    assert deploy.ask(command) is None


def test_the_record_says_where_and_with_which_version_it_was_opened() -> None:
    deploy = Deploy().do(c.OpenDeploy(plan=plan(item("x")), host="jump-1", version="0.9"))
    opened = deploy.events[0].body
    assert isinstance(opened, e.DeployOpened)
    assert (opened.host, opened.version) == ("jump-1", "0.9")


def test_the_record_says_why_it_was_released_and_why_it_was_closed() -> None:
    deploy = _deploy().do(c.HoldDeploy(reason=" lunch ")).do(c.ReleaseDeploy(reason="back at the desk"))
    deploy.do(c.CloseDeploy(outcome="aborted", reason=" not today "))
    held, released, closed = (event.body for event in deploy.events[-3:])
    assert isinstance(held, e.DeployHeld)
    assert isinstance(released, e.DeployReleased)
    assert isinstance(closed, e.DeployClosed)
    assert (held.reason, released.reason, closed.reason) == ("lunch", "back at the desk", "not today")


def test_what_is_open_first_is_where_a_refused_end_leads() -> None:
    refusal = _deploy().tick("ready").passed("ship").ask(c.CloseDeploy(outcome="succeeded"))
    assert refusal is not None
    assert refusal.task == "looks-good"


def test_nothing_is_closed_while_the_journal_cannot_be_written() -> None:
    deploy = _deploy().do(c.RecordStall(reason="no room"), "cockpit")
    assert "The journal is not writable (no room)" in deploy.refusal(c.CloseDeploy(outcome="aborted", reason="x"))


def test_a_watch_that_has_passed_stays_so_whatever_comes_afterwards() -> None:
    deploy = Deploy.of(live("watching", "watch", "watch"), item("look", "watch"), metrics=(rule(), rule("health")))
    _well(deploy.read(errors=0.1, health=1), 62)
    assert deploy.status("watching") == "pass"
    deploy.later(1).read(errors=9.0, health=1).later(1)
    assert (deploy.status("watching"), deploy.state.phase) == ("pass", "watch")


@pytest.mark.parametrize(("first", "then", "seconds"), [(0.1, 0.2, 30.0), (3.0, 4.0, 5.0)])
def test_new_numbers_of_a_check_are_written_down_sooner_where_it_does_not_pass(
    first: float, then: float, seconds: float
) -> None:
    deploy = Deploy.of(live("good", "metric:errors"), item("x"), metrics=(rule(stale_seconds=600.0),)).read(
        errors=first
    )
    before = deploy.state.of("good").summary
    deploy.later(seconds - 1).read(errors=then)
    assert deploy.state.of("good").summary == before
    deploy.later(1)
    assert value_words(then, "%") in deploy.state.of("good").summary
    count = len(deploy.events)
    assert len(deploy.later(100).later(100).events) == count, "the same numbers are no news"


def test_what_a_person_knew_better_is_not_measured_over_their_head() -> None:
    good = Task(
        id="good", kind="check", title="Good", line=9, phase="preflight", builtin="metric:errors", inferred=True
    )
    deploy = Deploy.of(good, metrics=(rule(),)).read(errors=None).tick("good")
    deploy.later(60).read(errors=9.0).later(60)
    assert (deploy.status("good"), deploy.state.of("good").by) == ("pass", "ann")


def _baselines(deploy: Deploy) -> list[str]:
    return [kind for kind in deploy.kinds() if kind.startswith("Baseline")]


def test_the_baseline_is_taken_once_and_before_the_phase_that_touches_production() -> None:
    deploy = _deploy(automatic=True, arm_task="ship").tick("ready")
    for _ in range(3):
        deploy.later(1).read(errors=0.1, health=1)
    deploy.do(c.EnterPhase(phase="deploy"))
    kinds = [kind for kind in deploy.kinds() if kind in ("BaselineMeasured", "PhaseEntered")]
    assert kinds == ["PhaseEntered", "BaselineMeasured", "PhaseEntered"]
    deploy.passed("ship").tick("looks-good")
    assert _baselines(deploy) == ["BaselineMeasured"]


def test_a_baseline_of_too_little_is_refused_in_words_and_none_is_asked_for_without_metrics() -> None:
    deploy = _deploy(baseline_seconds=600.0).tick("ready").read(errors=0.1).do(c.EnterPhase(phase="deploy"))
    (refused,) = [event.body for event in deploy.events if isinstance(event.body, e.BaselineRefused)]
    assert refused.reason == "too few samples in the last 10 min"
    bare = Deploy.of(step("ship"), step("on"), automatic=True, arm_task="ship").passed("ship", "on")
    assert _baselines(bare) == []
    assert bare.kinds().count("TriggersArmed") == 1
    assert "ChecksRequested" not in Deploy.of(item("x"), auto_checks=True).kinds()


@pytest.mark.parametrize("value", [99.0, None])
def test_a_metric_that_decides_nothing_neither_fails_nor_prolongs_the_watch(value: float | None) -> None:
    deploy = Deploy.of(
        step("go"), live("watching", "watch", "watch"), metrics=(rule(), rule("p95", observe_only=True))
    ).read(errors=0.1).passed("go")  # fmt: skip
    for _ in range(61):
        deploy.later(1).read(errors=0.1, p95=value)
    assert deploy.status("watching") == "pass"
