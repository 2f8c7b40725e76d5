"""The record of what a machine did alone, as its owner is told."""

import json
import os
from pathlib import Path

import pytest

from cockpit.deploy import commands as c
from cockpit.deploy import events as e
from cockpit.deploy.events import encode_body
from cockpit.engine.team import fork_records as forks
from cockpit.engine.team.late_ends import Late, late, words
from cockpit.runner import files
from tests.builders import Deploy, step


def _fork(folder: Path, *bodies: e.Body, more: bytes = b"") -> Path:
    path = forks.fresh(folder)
    lines = [
        json.dumps(
            {"seq": n, "at": 60.0 * n, "by": "anna", "kind": type(body).__name__, "body": json.loads(encode_body(body))}
        ).encode()
        for n, body in enumerate(bodies, 1)
    ]
    path.write_bytes(b"\n".join(lines) + b"\n" + more)
    return path


def test_the_last_attempt_of_each_step_counts_with_its_end(tmp_path: Path) -> None:
    path = _fork(
        tmp_path,
        e.StepFinished(task="build", attempt=1, outcome="succeeded"),
        e.TriggersArmed(task="migrate"),
        e.StepStarted(task="migrate", attempt=1, script="x"),
        e.StepFinished(task="migrate", attempt=1, outcome="failed"),
        e.StepStarted(task="migrate", attempt=2, script="x"),
        e.RollbackRequested(option="back", reason="no"),
        e.NoteAdded(text="x"),
    )
    report = forks.report_of(path, "web-1")
    assert report is not None
    assert report.steps == (
        e.ForkedStep("build", 1, "succeeded", 60.0),
        e.ForkedStep("migrate", 2, "", 300.0),
    )
    assert report.armed == "migrate"
    assert report.told == ("started a rollback at 00:06 UTC",)
    assert report.events == 7


def test_a_torn_line_hides_none_of_the_others(tmp_path: Path) -> None:
    path = _fork(tmp_path, e.StepStarted(task="a", attempt=1, script="x"), more=b'{"seq": 2, "at')
    report = forks.report_of(path, "web-1")
    assert report is not None
    assert [step.task for step in report.steps] == ["a"]


def test_a_fork_is_told_once_and_two_of_one_second_have_two_names(tmp_path: Path) -> None:
    one, other = _fork(tmp_path, e.NoteAdded(text="x")), _fork(tmp_path, e.NoteAdded(text="y"))
    assert one != other
    assert set(forks.untold(tmp_path)) == {one, other}
    forks.told(one)
    assert forks.untold(tmp_path) == [other]
    assert forks.untold(tmp_path / "nothing") == []


def _events(*bodies: e.Body) -> list[e.Event]:
    return [e.Event(seq=n, at=float(n), by="anna", body=body) for n, body in enumerate(bodies, 1)]


STARTED = e.StepStarted(task="build", attempt=1, script="x", directory="steps/1-1")
TAKEN = e.DeployTakenOver(epoch=2, host="web-2", from_host="web-1", reason="silent")
BEGAN = e.ForkFound(host="web-1", file="fork-1.jsonl", steps=(e.ForkedStep("build", 1, "", 5.0),))


def _run(folder: Path, name: str, exit_record: str = "") -> Path:
    run = folder / name
    run.mkdir(parents=True)
    (run / files.ALIVE).touch()
    if exit_record:
        (run / files.EXIT).write_text(exit_record)
    return run


SUCCEEDED = '{"outcome": "finished", "exit_status": 0, "ended": 90.0}'
FAILED = '{"outcome": "finished", "exit_status": 2, "ended": 90.0}'


@pytest.mark.parametrize(("record", "outcome"), [(SUCCEEDED, "succeeded"), (FAILED, "failed")])
def test_a_script_that_went_on_alone_is_told_when_it_has_ended(tmp_path: Path, record: str, outcome: str) -> None:
    said = _events(STARTED, TAKEN)
    assert late(tmp_path, said, "web-1") == Late()
    run = _run(tmp_path, "steps/1-1")
    held = files.take_lock(run / files.ALIVE)
    assert held is not None
    assert late(tmp_path, said, "web-1") == Late(running=("build",))
    os.close(held)
    (run / files.EXIT).write_text(record)
    assert late(tmp_path, said, "web-1") == Late((e.ForkedStep("build", 1, outcome, 90.0),))
    assert late(tmp_path, said, "web-2") == Late()
    told = e.ForkFound(host="web-1", file="", steps=(e.ForkedStep("build", 1, outcome, 90.0),))
    assert late(tmp_path, [*said, *_events(told)], "web-1") == Late()


@pytest.mark.parametrize("aside", [False, True])
def test_one_that_was_started_while_nobody_heard_of_it_is_found_by_its_fork(tmp_path: Path, aside: bool) -> None:
    """Only the fork knows where it ran: once it was over its folder may have been put aside."""
    path = _fork(tmp_path, STARTED)
    _run(tmp_path, f"steps/1-1.{path.stem}" if aside else "steps/1-1", FAILED)
    found = late(tmp_path, _events(TAKEN, BEGAN), "web-1")
    assert found == Late((e.ForkedStep("build", 1, "failed", 90.0),))


def test_a_script_whose_process_was_killed_is_lost_and_one_that_ended_in_time_is_none(tmp_path: Path) -> None:
    _run(tmp_path, "steps/1-1")
    (one,) = late(tmp_path, _events(STARTED, TAKEN), "web-1").ended
    assert (one.task, one.outcome) == ("build", "lost")
    ended = e.StepFinished(task="build", attempt=1, outcome="succeeded")
    assert late(tmp_path, _events(STARTED, ended, TAKEN), "web-1") == Late()


def test_the_copy_of_another_machines_output_is_no_run_of_this_one(tmp_path: Path) -> None:
    """Two machines of one name."""
    (tmp_path / "steps/1-1").mkdir(parents=True)
    (tmp_path / "steps/1-1/output.log").write_text("building")
    assert late(tmp_path, _events(STARTED, TAKEN), "web-1") == Late()


def test_what_a_closed_record_does_not_say_is_said_in_words() -> None:
    deploy = Deploy.of(step("build"), step("ship"))
    deploy.do(c.CloseDeploy(outcome="failed", reason="enough"))
    found = Late((e.ForkedStep("build", 1, "succeeded", 1_764_632_760.0),), ("ship",))
    assert words(deploy.state, found, "web-1") == (
        "Build ran on web-1, succeeded 23:46 UTC; Ship is still running on web-1: the deploy has since been closed "
        "as failed, so its journal lacks this"
    )
    assert words(deploy.state, Late(), "web-1") == ""
