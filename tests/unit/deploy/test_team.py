"""A deploy that several machines share, as the core sees it."""

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.report.story import story
from tests.builders import PERSON, Deploy, option, plan, rule, step


def _shared() -> Deploy:
    deploy = Deploy.of(step("ship"), step("serve"), rollback=[option("back", step("undo"))], variables=("HOME",))
    return deploy.do(c.RecordTeam(epoch=1), "cockpit")


def test_a_deploy_that_nobody_shares_has_no_team() -> None:
    deploy = Deploy.of(step("ship"))
    assert deploy.state.team is None
    assert "under [team] in cockpit.toml" in deploy.refusal(c.OfferDeploy(to="ben", note="look"))


def test_joining_twice_is_one_event() -> None:
    deploy = _shared()
    before = deploy.state.seq
    deploy.do(c.RecordTeam(epoch=1), "cockpit")
    assert deploy.state.seq == before


def test_how_far_the_teams_journal_is_behind_is_known_until_it_has_everything() -> None:
    deploy = _shared()
    deploy.do(c.RecordTeamLoss(seq=2, reason="connection refused"), "cockpit")
    deploy.do(c.RecordTeamLoss(seq=2, reason="connection refused"), "cockpit")
    deploy.now += 7
    assert deploy.state.team is not None
    assert deploy.state.team.lost is not None
    assert deploy.state.team.lost.seq == 2
    deploy.do(c.RecordTeamCatchUp(), "cockpit")
    assert deploy.state.team.lost is None
    assert deploy.kinds()[-2:] == ["TeamLost", "TeamCaughtUp"]
    (said,) = [text for event, text in story(deploy.events) if isinstance(event.body, e.TeamCaughtUp)]
    assert said == "team journal in sync again: 4 events after 7 s"


def test_a_lost_team_journal_holds_nothing_up() -> None:
    deploy = _shared().do(c.RecordTeamLoss(seq=2, reason="no answer"), "cockpit")
    assert deploy.passed("ship", "serve").status("serve") == "pass"


@pytest.mark.parametrize(
    ("to", "note", "why"),
    [
        ("ben", " ", "handover note"),
        (PERSON, "look", "someone other than ann"),
        (" Ann ", "look", "someone other than Ann"),
        ("somebody", "look", "someone other than somebody"),
        ("", "", "has not been handed over"),
    ],
)
def test_a_hand_over_names_another_person_and_what_they_must_know(to: str, note: str, why: str) -> None:
    assert why in _shared().refusal(c.OfferDeploy(to=to, note=note))


def test_what_is_handed_over_is_held_until_it_is_taken() -> None:
    deploy = _shared().do(c.OfferDeploy(to="ben", note="the till is slow"))
    assert deploy.state.hold is not None
    assert deploy.state.hold.reason == "handed over to ben: the till is slow"
    assert "on hold" in deploy.refusal(c.RunTask(task="ship", attempt=1))
    deploy.do(c.OfferDeploy(to=""))
    assert deploy.state.team is not None
    assert deploy.state.team.offer is None


def test_nothing_is_handed_over_while_a_script_runs_here() -> None:
    deploy = _shared().run("ship")
    assert '"Ship" is still running here' in deploy.refusal(c.OfferDeploy(to="ben", note="look"))


def test_nothing_is_handed_over_while_nobody_could_take_it() -> None:
    deploy = _shared().do(c.RecordTeamLoss(seq=2, reason="connection refused"), "cockpit")
    assert "connection refused" in deploy.refusal(c.OfferDeploy(to="ben", note="look"))


def test_after_a_take_over_what_ran_is_unknown_and_nothing_runs_by_itself() -> None:
    deploy = _shared().run("ship")
    deploy.now += 60
    deploy.do(c.RecordTakeOver(epoch=2, host="web-2", reason="web-1 burns", root="/home/ben/app"), "ben")
    assert deploy.status("ship") == "unknown"
    assert deploy.state.of("ship").reason == (
        "it ran on the other machine, which ben took the deploy over from: what became of it is not known"
    )
    assert deploy.state.running == ()
    assert deploy.state.plan is not None
    assert deploy.state.plan.root == "/home/ben/app"
    assert '"Ship" comes first' in deploy.refusal(c.RunTask(task="serve", attempt=1))


def test_after_a_take_over_the_variables_are_the_new_machines() -> None:
    deploy = _shared().do(c.RecordTakeOver(epoch=2, host="web-2", reason="gone"), "ben")
    assert deploy.state.variables == frozenset()
    deploy.do(c.RecordStart(pid=2, host="web-2", version="0", variables=("PATH",)), "cockpit")
    assert deploy.state.variables == {"PATH"}


def test_the_one_who_took_over_can_roll_back_at_once() -> None:
    deploy = _shared().run("ship")
    deploy.do(c.RecordTakeOver(epoch=2, host="web-2", reason="gone"), "ben")
    deploy.do(c.StartRollback(option="back", confirmation="production", reason="half of it is out"), "ben")
    assert deploy.status("undo") == "running"


def test_an_owner_has_nothing_to_take_over() -> None:
    assert "already runs the deploy" in _shared().refusal(c.TakeOver(reason="because"))


def test_who_waits_for_the_environment_stands_in_the_record_with_the_reason() -> None:
    deploy = _shared().do(c.AskForDeploy(reason="a fix waits"), "cem")
    assert deploy.state.team is not None
    assert [(one.by, one.reason) for one in deploy.state.team.asked] == [("cem", "a fix waits")]
    assert "Enter what" in deploy.refusal(c.AskForDeploy(reason=" "))


def test_who_looks_is_told_when_it_changes_and_only_then() -> None:
    deploy = _shared()
    watchers = (e.Watcher("ben", "web-2"),)
    deploy.do(c.RecordWatchers(watchers=watchers), "cockpit").do(c.RecordWatchers(watchers=watchers), "cockpit")
    deploy.do(c.RecordWatchers(watchers=()), "cockpit")
    told = [text for event, text in story(deploy.events) if isinstance(event.body, e.WatchersChanged)]
    assert told == ["watching: ben on web-2", "stopped watching: ben on web-2"]


def test_the_fold_of_the_events_is_the_state() -> None:
    deploy = _shared().run("ship").do(c.RecordTakeOver(epoch=2, host="web-2", reason="gone"), "ben")
    assert fold(deploy.events) == deploy.state


def test_what_is_known_of_the_teams_journal_is_written_when_it_changes() -> None:
    deploy = (
        _shared()
        .do(c.RecordTeamCatchUp(), "cockpit")
        .do(c.RecordTeam(epoch=1, without_lock="the lock is elsewhere"), "cockpit")
    )
    assert deploy.events[-1].body == e.TeamJoined(epoch=1, without_lock="the lock is elsewhere")
    deploy.do(c.RecordTeamLoss(seq=2, reason="refused"), "cockpit")
    deploy.do(c.RecordTeamLoss(seq=2, reason="no answer"), "cockpit").do(c.RecordTeamCatchUp(), "cockpit")
    deploy.do(c.RecordTeamCatchUp(), "cockpit")
    assert deploy.kinds()[-4:] == ["TeamJoined", "TeamLost", "TeamLost", "TeamCaughtUp"]
    alone = Deploy.of(step("ship"))
    before = alone.state
    alone.do(c.RecordTeamCatchUp(), "cockpit").do(c.RecordWatchers(watchers=(e.Watcher("ben", "x"),)), "cockpit")
    assert alone.state is before


@pytest.mark.parametrize("moment", ["rollback", "countdown", "stall"])
def test_nothing_is_handed_over_in_the_middle_of_a_way_back_or_without_a_record(moment: str) -> None:
    deploy = Deploy.of(
        step("ship"), step("serve"), rollback=(option("back", step("undo")),), metrics=(rule(), rule("health")),
        automatic=True, arm_task="ship",
    ).do(c.RecordTeam(epoch=1), "cockpit").read(errors=0.1)  # fmt: skip
    if moment == "rollback":
        deploy.do(c.StartRollback(option="back", confirmation="production")).end("undo")
    elif moment == "countdown":
        deploy.passed("ship").later(1).read(errors=9)
    else:
        deploy.do(c.RecordStall(reason="no room"), "cockpit")
    why = "not writable" if moment == "stall" else "A rollback is in progress"
    assert why in deploy.refusal(c.OfferDeploy(to="ben", note="look"))


def test_a_take_over_says_from_which_machine() -> None:
    deploy = Deploy().do(c.OpenDeploy(plan=plan(step("ship")), host="web-1")).do(c.RecordTeam(epoch=1), "cockpit")
    deploy.do(c.RecordTakeOver(epoch=2, host="web-2", reason="gone"), "ben")
    deploy.do(c.RecordTakeOver(epoch=3, host="web-3", reason="gone too"), "cem")
    hosts = [event.body.from_host for event in deploy.events if isinstance(event.body, e.DeployTakenOver)]
    assert hosts == ["web-1", "web-2"]
