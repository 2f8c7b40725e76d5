"""Two machines and one deploy: looked at, commanded, handed over, taken over, and parted by the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from cockpit.deploy.fold import fold
from cockpit.deploy.recommend import recommend
from cockpit.history.reading import events_of
from cockpit.report.story import story
from tests.integration.team.proxy import Proxy
from tests.integration.team.world import RUNBOOK, Machine, Team, machines
from tests.waiting import wait_for


@pytest.fixture
def two(tmp_path: Path, team: Team) -> Iterator[tuple[Machine, Machine]]:
    with machines(
        tmp_path,
        lambda home: Machine(home, "Anna", team.dsn("anna")),
        lambda home: Machine(home, "Ben", team.dsn("ben")),
    ) as (anna, ben):
        yield anna, ben


def _running(anna: Machine) -> str:
    """A deploy in the middle of its first step."""
    anna.start("run", "--headless", "--yes")
    deploy = anna.opened()
    anna.has(deploy, "CommandReached")
    return deploy


def _text(machine: Machine, deploy: str) -> str:
    logs = sorted((machine.layout.deploy(deploy) / "steps").glob("*/output.log"))
    return "".join(log.read_text() for log in logs)


def _told(machine: Machine, deploy: str) -> str:
    """The record in words."""
    if deploy not in machine.deploys():
        return ""
    return "\n".join(text for _, text in story(events_of(machine.layout, deploy)))


def _attached(machine: Machine, deploy: str) -> str:
    return machine.cockpit("attach", deploy, "--headless", status=None)


def _same(team: Team, deploy: str, *homes: Machine) -> None:
    """Equal chains in the team's journal and on every machine."""
    wait_for(
        lambda: all(home.chain(deploy) == team.chain(deploy) for home in homes) or None,
        f"equal journals: {[len(home.chain(deploy)) for home in homes]} and {len(team.chain(deploy))}",
    )


def test_a_deploy_is_mirrored_to_the_end_with_its_output(team: Team, two: tuple[Machine, Machine]) -> None:
    anna, _ = two
    deploy = _running(anna)
    anna.gate.touch()
    anna.has(deploy, "DeployClosed")
    wait_for(lambda: team.ask("SELECT whole FROM cockpit.deploys") == [(True,)] or None, "the whole record")
    _same(team, deploy, anna)
    output = team.ask("SELECT string_agg(data, '' ORDER BY directory, start) FROM cockpit.output")[0][0]
    assert b"building\nbuilt\n" in bytes(output)
    wait_for(lambda: "free" in anna.cockpit("team", "status", status=None) or None, "the free environment")
    assert not (anna.layout.deploy(deploy) / "owed").exists()


def test_who_looks_from_another_machine_sees_everything_and_is_seen(team: Team, two: tuple[Machine, Machine]) -> None:
    anna, ben = two
    deploy = _running(anna)
    watching = ben.start("watch", "--headless")
    wait_for(lambda: "watching: Ben" in _told(ben, deploy) or None, "Ben among those who look")
    wait_for(lambda: "building" in _text(ben, deploy) or None, "the output on the other machine")
    anna.gate.touch()
    said, _ = watching.communicate(timeout=60)
    assert watching.returncode == 0, said
    assert "watching: Ben on" in said
    assert "Build: succeeded" in said
    assert "deploy closed: succeeded" in said
    wait_for(lambda: "built" in _text(ben, deploy) or None, "the rest of the output")
    wait_for(lambda: anna.chain(deploy)[: len(ben.chain(deploy))] == ben.chain(deploy) or None, "the same record")


def test_the_second_engineer_is_told_who_has_it_may_ask_and_may_wait(team: Team, two: tuple[Machine, Machine]) -> None:
    anna, ben = two
    deploy = _running(anna)
    said = ben.cockpit("run", "--headless", "--yes", status=5)
    assert "production is locked by Anna on" in said
    assert f"cockpit watch {deploy}" in said
    ben.cockpit("team", "ask", "a", "fix", "waits")
    anna.has(deploy, "DeployAskedFor")
    ben.gate.touch()
    waiting = ben.start("run", "--headless", "--yes", "--wait")
    assert waiting.stdout is not None
    # The schedule may have something to say first.
    while "waiting: production is locked by Anna" not in (line := waiting.stdout.readline()):
        assert line
    anna.gate.touch()
    waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert len(team.ask("SELECT 1 FROM cockpit.deploys WHERE outcome = 'succeeded'")) == 2


def test_commands_from_another_machine_are_carried_out_once_and_answered(
    team: Team, two: tuple[Machine, Machine]
) -> None:
    anna, ben = two
    deploy = _running(anna)
    said = ben.cockpit("rollback", deploy, "--yes", "--reason", "it'; DROP TABLE --", status=3)
    assert "rolled back" in said
    assert (anna.checkout / "back.txt").read_text() == "back\n"
    assert not (ben.checkout / "back.txt").exists()  # it ran where the deploy runs
    assert anna.kinds(deploy).count("RollbackRequested") == 1
    with anna.journal() as journal:
        assert journal is not None
        (asked,) = [row for row in journal.rows(deploy) if row.kind == "RollbackRequested"]
    assert asked.by == "Ben"
    assert b"it'; DROP TABLE --" in asked.body
    assert team.ask("SELECT count(*), count(answered_at) FROM cockpit.commands WHERE refusal IS NULL") == [(1, 1)]
    wait_for(lambda: "rolled back in deploy" in ben.cockpit("team", "status", status=1) or None, "the lock it leaves")
    said = ben.cockpit("run", "--headless", "--yes", status=5)
    assert "cockpit unlock REASON" in said
    assert "it was locked" in ben.cockpit("unlock", "the", "cause", "is", "mended")
    assert "free" in ben.cockpit("team", "status")


def test_a_watcher_may_look_and_nothing_else(team: Team, tmp_path: Path, two: tuple[Machine, Machine]) -> None:
    anna, _ = two
    deploy = _running(anna)
    with machines(tmp_path / "more", lambda home: Machine(home, "Wendy", team.dsn("wendy"))) as (wendy,):
        watching = wendy.start("watch", "--headless")
        wendy.has(deploy, "StepStarted")
        said = wendy.cockpit("rollback", deploy, "--yes", "--reason", "I can", status=4)
        assert "permission denied" in said
        said = wendy.cockpit("run", "--headless", "--yes", status=4)
        assert "permission denied" in said
        assert "RollbackRequested" not in anna.kinds(deploy)
        anna.gate.touch()
        watching.communicate(timeout=60)
        assert watching.returncode == 0


def test_a_machine_that_is_gone_is_taken_over_and_rolled_back(team: Team, two: tuple[Machine, Machine]) -> None:
    anna, ben = two
    deploy = _running(anna)
    watching = ben.start("watch", "--headless")
    ben.has(deploy, "CommandReached")
    anna.die()
    watching.kill()
    wait_for(lambda: "presumed dead" in ben.cockpit("team", "status", status=1) or None, "the silence")
    attached = ben.start("attach", "--headless", "--take-over", "it burns", "--accept-differences")
    ben.has(deploy, "DeployTakenOver")
    said = ben.cockpit("rollback", "--yes", "--reason", "half of it is out", status=3)
    assert "rolled back" in said
    assert (ben.checkout / "back.txt").exists()
    said, _ = attached.communicate(timeout=60)
    assert "result of Build unknown" in said
    # The machine comes back from the dead, and joins the record that went on.
    anna.cockpit("attach", deploy, "--headless", status=3)
    _same(team, deploy, anna, ben)


@contextmanager
def _cut_off(
    team: Team, tmp_path: Path, ben: Machine, **more: Any
) -> Iterator[tuple[Machine, Proxy, str, Popen[str], Popen[str]]]:
    """A deploy of a third machine that Ben watches, cut off from the team in its first step. Machine, line to the team,
    deploy, the process that drives it, the one that watches."""
    with (
        Proxy(team.server.port) as line,
        machines(tmp_path / "more", lambda home: Machine(home, "Cem", line.dsn(team.dsn("anna")), **more)) as (cem,),
    ):
        driving = cem.start("run", "--headless", "--yes")
        deploy = cem.opened()
        cem.has(deploy, "CommandReached")
        watching = ben.start("watch", "--headless")
        ben.has(deploy, "CommandReached")
        line.set("stalled")
        cem.has(deploy, "TeamLost")
        yield cem, line, deploy, driving, watching


def _take_over(machine: Machine, deploy: str) -> Popen[str]:
    wait_for(lambda: "presumed dead" in machine.cockpit("team", "status", status=1) or None, "the silence", 60)
    attached = machine.start("attach", "--headless", "--take-over", "nothing is heard of it", "--accept-differences")
    machine.has(deploy, "DeployTakenOver")
    return attached


def test_a_network_that_parts_and_heals_leaves_one_record(
    team: Team, tmp_path: Path, two: tuple[Machine, Machine]
) -> None:
    _, ben = two
    with _cut_off(team, tmp_path, ben) as (cem, line, deploy, driving, watching):  # it goes on, and says so
        attached = _take_over(ben, deploy)
        own = len(cem.chain(deploy))
        line.set("open")
        cem.has(deploy, "DeployTakenOver")
        kept = next(iter(cem.layout.deploy(deploy).glob("fork-*.jsonl")))
        assert kept.read_text().count("\n") >= 1
        assert own > 0
        ben.cockpit("rollback", "--yes", "--reason", "one of the two must", status=3)
        for process in (watching, attached):
            process.communicate(timeout=60)
        said, _ = driving.communicate(timeout=60)
        assert driving.returncode == 1
        assert "deploy taken over by" in said
        assert not (cem.checkout / "back.txt").exists()
        cem.has(deploy, "DeployClosed")
        _same(team, deploy, cem, ben)
        # What ran on the other side was neither killed nor forgotten, and where the record is closed it is said.
        cem.gate.touch()
        wait_for(lambda: "built" in _text(cem, deploy) or None, "the end of the script that went on")
        wait_for(lambda: "so its journal lacks this" in _attached(cem, deploy) or None, "the words", 60)
        with ben.journal() as journal:
            assert journal is not None
            assert [row.kind for row in journal.rows(deploy)].count("ForkFound") == 1
        assert "IS BACK" in _told(ben, deploy)


def test_a_deploy_that_was_handed_over_is_taken_at_once(team: Team, two: tuple[Machine, Machine]) -> None:
    anna, ben = two
    anna.gate.touch()
    (anna.checkout / "RUNBOOK.md").write_text((anna.checkout / "RUNBOOK.md").read_text())
    following = anna.start("run", "--headless")
    deploy = anna.opened()
    assert "choose someone other than" in anna.cockpit("team", "offer", "Anna", "--note", "x", status=4)
    anna.cockpit("team", "offer", "Ben", "--note", "the till is not looked at yet")
    wait_for(lambda: team.ask("SELECT offered_to FROM cockpit.deploys") == [("Ben",)] or None, "the offer")
    said = ben.cockpit("attach", deploy, "--headless", "--take-over", "my shift", status=4)
    assert "his machine would not deploy the same as" in said
    assert "values: $GATE is a different value here than on" in said
    assert "runbook:" not in said
    assert "commit:" not in said
    (ben.checkout / "RUNBOOK.md").write_text((ben.checkout / "RUNBOOK.md").read_text() + "\nMore.\n")
    said = ben.cockpit("attach", deploy, "--headless", "--take-over", "my shift", status=4)
    assert "runbook: RUNBOOK.md differs here" in said
    assert "uncommitted changes: RUNBOOK.md" in said
    attached = ben.start("attach", "--headless", "--take-over", "my shift", "--accept-differences")
    ben.has(deploy, "DeployTakenOver")
    anna.has(deploy, "DeployTakenOver")  # its engine follows now
    said = anna.cockpit("attach", deploy, "--headless", "--take-over", "mine again", status=4)
    assert "last seen" in said
    for process in (following, attached):
        process.kill()
    _same(team, deploy, anna, ben)
    assert not list(anna.layout.deploy(deploy).glob("fork-*"))
    assert "IS BACK" not in _told(ben, deploy)
    assert "may have continued" not in _told(ben, deploy)
    assert "ACCEPTED WITH DIFFERENCES: commit: this checkout has uncommitted changes" in _told(ben, deploy)
    assert str(ben.gate) not in _told(ben, deploy)


def test_a_step_that_ran_while_its_machine_was_cut_off_is_not_advised_again(
    team: Team, tmp_path: Path, two: tuple[Machine, Machine]
) -> None:
    """Release runs on the machine that is cut off, the other one takes over, and the first comes back."""
    _, ben = two
    with _cut_off(team, tmp_path, ben) as (cem, line, deploy, driving, watching):
        cem.gate.touch()  # Build ends, and Release runs: nobody else knows
        cem.has(deploy, "StepFinished", 2)
        attached = _take_over(ben, deploy)
        assert "may have continued" in _told(ben, deploy)
        line.set("open")
        ben.has(deploy, "ForkFound")
        said = _told(ben, deploy)
        assert "Build ran on" in said
        assert "Release ran on" in said
        assert ", succeeded " in said
        state = fold(events_of(ben.layout, deploy))
        tasks = {task.title: state.of(task.id) for task in state.plan.tasks} if state.plan is not None else {}
        assert (tasks["Release"].status, tasks["Build"].status) == ("unknown", "unknown")
        words = recommend(state, state.at).words
        assert words.startswith("Build ran on")
        assert "Check the result of Build" in words
        assert recommend(state, state.at).action == "accept"
        for process in (watching, attached, driving):
            process.kill()
        assert ben.kinds(deploy).count("ForkFound") == 1


def test_a_script_that_was_begun_out_of_sight_is_told_when_it_ends(
    team: Team, tmp_path: Path, two: tuple[Machine, Machine]
) -> None:
    """Release is begun on the machine that is cut off, and goes on after it came back: nobody looks there any more."""
    _, ben = two
    waits = 'until test -e "$GATE.2"; do read -t 0.02 <> <(:) || true; done'
    slow = RUNBOOK.replace("echo released > ", f"{waits}\necho released > ")
    with _cut_off(team, tmp_path, ben, runbook=slow) as (cem, line, deploy, driving, _):
        cem.gate.touch()  # Build ends, and Release is begun: nobody else knows
        cem.has(deploy, "StepStarted", 2)
        _take_over(ben, deploy)
        line.set("open")
        ben.has(deploy, "ForkFound")
        assert "its end is not known" in _told(ben, deploy)
        driving.kill()
        (cem.root / "gate.2").touch()
        ben.has(deploy, "ForkFound", 2)
        assert "it continued while" in _told(ben, deploy)
        assert ben.kinds(deploy).count("ForkFound") == 2
        state = fold(events_of(ben.layout, deploy))
        assert state.plan is not None
        (release,) = (state.of(task.id) for task in state.plan.tasks if task.title == "Release")
        assert ", succeeded " in release.reason
