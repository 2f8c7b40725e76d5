"""What single events leave in the state, also where no command of this version writes them so."""

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.fold import apply, fold
from cockpit.deploy.metrics.fold import with_sample
from cockpit.deploy.state import HISTORY, RECENT, CommandRun, MetricState
from tests.builders import START, Deploy, check, item, option, plan, rule, step


def _apply(deploy: Deploy, *bodies: e.Body, by: str = "ann") -> Deploy:
    """These events as they are, one a second."""
    for body in bodies:
        deploy.now += 1
        event = e.Event(seq=deploy.state.seq + 1, at=deploy.now, by=by, body=body)
        deploy.events.append(event)
        deploy.state = apply(deploy.state, event)
    return deploy


def test_a_run_that_the_damaged_record_lost_is_unknown_and_the_record_goes_on() -> None:
    deploy = Deploy.of(item("look"), step("ship"), step("serve")).tick("look").run("ship")
    deploy.do(c.CancelTask(task="ship", attempt=1)).do(c.RecordStall(reason="no room"), "cockpit")
    lost = e.LostRun(task="ship", attempt=2, directory="steps/001-2", known="its end is not known")
    _apply(deploy, e.RecordRecovered(whole=9, missing=3, damaged_file="journal.damaged", runs=(lost,)))
    ship = deploy.state.of("ship")
    assert (ship.status, ship.attempt, ship.directory) == ("unknown", 2, "steps/001-2")
    assert ship.finished_at == deploy.now
    assert ship.reason == "the record of it was damaged: its end is not known"
    assert not ship.cancel_requested
    assert deploy.status("look") == "pass"
    assert deploy.state.stalled is None


def test_only_a_log_that_was_written_after_the_end_holds_all_of_it() -> None:
    deploy = _apply(Deploy.of(item("look")), e.RecordExported(paths=("a.md",)))
    assert not deploy.state.log_complete
    _apply(deploy, e.DeployClosed(outcome="aborted", reason="no"))
    assert not deploy.state.log_complete
    _apply(deploy, e.RecordExported(paths=("a.md", "b.json")))
    assert deploy.state.log_complete
    assert deploy.state.exports == ("a.md", "b.json")


def test_after_the_end_no_trigger_is_armed_and_nothing_counts_down() -> None:
    deploy = Deploy.of(
        step("ship"), rollback=(option("back", step("undo")),), metrics=(rule(), rule("health")), automatic=True,
        arm_task="ship",
    ).read(errors=0.1, health=1).passed("ship")  # fmt: skip
    deploy.later(1).read(errors=9)
    assert deploy.state.armed_at is not None
    assert deploy.state.countdown is not None
    state = _apply(deploy, e.DeployClosed(outcome="aborted", reason="no")).state
    assert (state.armed_at, state.countdown) == (None, None)


def test_an_engine_that_cannot_tell_when_the_machine_started_leaves_what_was_known() -> None:
    deploy = Deploy().do(c.OpenDeploy(plan=plan(item("look"))))
    deploy.do(c.RecordStart(pid=1, host="here", version="0", variables=(), boot="monday"))
    deploy.do(c.RecordStart(pid=2, host="here", version="0", variables=()))
    assert (deploy.state.boot, deploy.state.engine_pid, deploy.state.engine_starts) == ("monday", 2, 2)


def test_releasing_accepts_the_silence_of_what_is_silent_and_of_nothing_else() -> None:
    deploy = Deploy.of(step("ship"), metrics=(rule(), rule("latency"))).read(errors=0.1, latency=0.1)
    deploy.later(1).read(errors=0.1, latency=None)
    _apply(deploy, e.DeployHeld(reason="no data: latency"), by="cockpit").do(c.ReleaseDeploy())
    assert deploy.state.blind_accepted == {"latency"}
    deploy.later(1).read(latency=0.1)
    assert deploy.state.blind_accepted == frozenset()


def test_a_tick_that_was_taken_back_leaves_no_reason_and_no_name_but_the_attempts() -> None:
    deploy = Deploy.of(check("tests")).run("tests").end("tests", "failed")
    before = deploy.state.of("tests")
    _apply(deploy, e.ItemWaived(task="tests", reason="by hand"), e.ItemUnticked(task="tests"))
    after = deploy.state.of("tests")
    assert (after.status, after.by, after.reason, after.finished_at) == ("waiting", "", "", None)
    assert (after.attempt, after.directory) == (1, before.directory)


def test_a_measured_check_has_its_evidence_and_no_reason_of_before() -> None:
    deploy = _apply(
        Deploy.of(check("tests")),
        e.ItemFailed(task="tests", reason="two are red"),
        e.CheckMeasured(task="tests", verdict="pass", summary="all green", evidence="412 passed"),
    )
    tests = deploy.state.of("tests")
    assert (tests.status, tests.summary, tests.evidence, tests.reason) == ("pass", "all green", "412 passed", "")


def test_every_command_of_a_script_has_its_time_and_the_last_ends_with_the_script() -> None:
    deploy = Deploy.of(step("ship", body="a\nb\nc\n")).run("ship")
    for index in range(3):
        deploy.now += 10
        deploy.do(c.RecordCommand(task="ship", attempt=1, index=index, at=deploy.now), "cockpit")
    deploy.now += 10
    deploy.end("ship")
    assert deploy.state.of("ship").commands == tuple(
        CommandRun(index, START + 10 * (index + 1), START + 10 * (index + 2)) for index in range(3)
    )


def test_an_attempt_knows_from_which_line_it_began() -> None:
    deploy = Deploy.of(step("ship", body="a\nb\nc\n")).run("ship")
    deploy.do(c.RecordCommand(task="ship", attempt=1, index=1, at=deploy.now), "cockpit").end("ship", "failed")
    assert deploy.state.of("ship").from_line == 0
    assert deploy.run("ship", from_line=11).state.of("ship").from_line == 11


def test_the_folder_that_a_script_went_to_stays_until_another_one_goes_elsewhere() -> None:
    deploy = Deploy.of(step("a"), step("b"), step("c"))
    deploy.run("a").end("a", cwd="/srv/shop").run("b").end("b")
    assert deploy.state.cwd == "/srv/shop"
    deploy.run("c").end("c", cwd="/srv/till")
    assert deploy.state.cwd == "/srv/till"


def test_what_is_kept_of_a_metric_becomes_coarser_in_its_older_half_only() -> None:
    metric: MetricState | None = None
    for at in range(HISTORY + 1):
        metric = with_sample(metric, e.Sample(metric="errors", at=float(at), level="ok", value=0.0), float(at))
        if at == HISTORY - 1:
            assert [when for when, _ in metric.history] == list(range(HISTORY))
    assert metric is not None
    assert [when for when, _ in metric.history] == [*range(0, HISTORY // 2, 2), *range(HISTORY // 2, HISTORY + 1)]
    assert len(metric.levels) == len(metric.recent) == RECENT


def test_a_gate_that_is_opened_again_counts_anew() -> None:
    deploy = _apply(
        Deploy.of(item("canary")),
        e.GateOpened(task="canary"),
        e.GateMeasured(task="canary", results={"errors": "failure"}),
    )
    assert deploy.state.of("canary").tallies["errors"].failures == 1
    assert deploy.state.of("canary").measured_at == deploy.now
    again = _apply(deploy, e.GateOpened(task="canary")).state.of("canary")
    assert (again.tallies, again.measured_at, again.started_at) == ({}, 0.0, deploy.now)


def test_triggers_that_are_disarmed_or_answered_leave_nothing_of_what_they_said() -> None:
    fired = e.TriggerFired(reasons=("errors 9 %",), option="back", due_at=START + 60)
    unable = e.TriggerFired(reasons=("errors 9 %",), option="", due_at=0.0)
    endings = (e.TriggersDisarmed(reason="the watch is over"), e.RollbackRequested(option="back", reason="errors"))
    for ending in endings:
        deploy = Deploy.of(step("ship"), rollback=(option("back", step("undo")),))
        _apply(deploy, e.TriggersArmed(task="ship"), fired, unable)
        # Where the event names no obstacle, as the earliest ones did, the trigger's own words stand for it.
        assert deploy.state.unable == ("errors 9 %",)
        assert deploy.state.countdown is not None
        state = _apply(deploy, ending).state
        assert (state.armed_at, state.countdown, state.unable) == (None, None, ())


def test_the_team_is_joined_once_and_again_after_its_journal_was_lost() -> None:
    deploy = Deploy().do(c.OpenDeploy(plan=plan(step("ship")), host="web-1"))
    _apply(deploy, e.TeamJoined(epoch=1))
    joined = deploy.now
    _apply(deploy, e.TeamLost(seq=2, reason="no answer"), e.TeamJoined(epoch=3))
    team = deploy.state.team
    assert team is not None
    assert (team.epoch, team.joined_at, team.host, team.lost) == (3, joined, "web-1", None)


def test_a_take_over_ends_what_ran_and_leaves_what_was_done() -> None:
    deploy = Deploy.of(item("look"), check("tests"), step("ship"), step("serve")).tick("look").passed("tests")
    deploy.do(c.RecordTeam(epoch=1), "cockpit").run("ship").do(c.CancelTask(task="ship", attempt=1))
    _apply(
        deploy,
        e.ChecksRequested(tasks=("tests",)),
        e.StepFinished(task="tests", attempt=1, outcome="succeeded", cwd="/srv/shop"),
        e.WatchersChanged(watchers=(e.Watcher("ben", "web-2"),)),
        e.TeamLost(seq=2, reason="no answer"),
    )
    assert deploy.state.queue
    before = deploy.state
    _apply(deploy, e.DeployTakenOver(epoch=2, host="web-2", from_host="web-1", reason="it burns"), by="ben")
    state = deploy.state
    assert (state.of("look"), state.of("tests")) == (before.of("look"), before.of("tests"))
    assert (state.of("ship").status, state.of("ship").cancel_requested) == ("unknown", False)
    assert (state.queue, state.cwd, state.variables) == ((), "", frozenset())
    # Without another folder the plan is where it was.
    assert state.plan == before.plan
    assert state.team is not None
    assert (state.team.epoch, state.team.host, state.team.lost, state.team.watchers) == (2, "web-2", None, ())
    assert fold(deploy.events) == state
