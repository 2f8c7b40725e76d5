"""The record of what a machine did alone, as its owner is told."""

import json
from pathlib import Path

from cockpit.deploy import events as e
from cockpit.deploy.events import encode_body
from cockpit.deploy.state import State, TaskState
from cockpit.engine.team import fork_records as forks


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


def test_a_script_that_went_on_alone_is_told_when_it_has_ended(tmp_path: Path) -> None:
    have = TaskState(status="unknown", attempt=1, directory="steps/1", elsewhere="web-1", reason="it ran on web-1, ...")
    state = State(tasks={"build": have})
    assert forks.ended_since(tmp_path, state, "web-1") is None
    (tmp_path / "steps/1").mkdir(parents=True)
    (tmp_path / "steps/1/exit.json").write_text('{"outcome": "finished", "exit_status": 0, "ended": 90.0}')
    report = forks.ended_since(tmp_path, state, "web-1")
    assert report is not None
    assert report.steps == (e.ForkedStep("build", 1, "succeeded", 90.0),)
    assert forks.ended_since(tmp_path, state, "web-2") is None
