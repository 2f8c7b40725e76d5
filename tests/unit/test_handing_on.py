"""Lines in `$COCKPIT_ENV` that cannot be read are told of the step that wrote them, and of no other."""

from pathlib import Path

import pytest

from cockpit.engine.config.handing_on import HandingOn
from cockpit.runner.handed_on import read_handed_on

NEITHER = "neither NAME=value, NAME<<END nor a comment"


@pytest.fixture
def files(tmp_path: Path) -> HandingOn:
    return HandingOn(lambda: tmp_path)


def _step(files: HandingOn, name: str, text: str, how: str = "a") -> list[str]:
    files.begin(name)
    with files.path.open(how) as file:
        file.write(text)
    found = files.settle(name)
    assert files.settle(name) == found
    files.forget(name)
    return found


def test_each_step_answers_for_its_own_lines(files: HandingOn) -> None:
    assert _step(files, "1-1", "A=1\n") == []
    assert _step(files, "2-1", "no such line\nB=2\n") == [f"line 2: {NEITHER}"]
    assert _step(files, "2-2", "C=3\n") == []
    assert read_handed_on(files.path) == {"A": "1", "B": "2", "C": "3"}


def test_what_a_step_leaves_open_is_closed_before_the_next_writes(files: HandingOn) -> None:
    assert _step(files, "1-1", "A=1") == []
    assert _step(files, "2-1", "B<<END\none\n") == ["line 2: the closing line END is missing"]
    assert _step(files, "2-2", "B<<END\ntwo\nEND\n") == []
    assert read_handed_on(files.path) == {"A": "1", "B": "two"}


def test_a_file_that_was_written_anew_is_read_from_its_beginning(files: HandingOn) -> None:
    assert _step(files, "1-1", "A=1\nB=2\n") == []
    assert _step(files, "2-1", "C 3\n", "w") == [f"line 1: {NEITHER}"]


def test_another_engine_knows_what_was_there_before_the_step(tmp_path: Path, files: HandingOn) -> None:
    assert _step(files, "1-1", "no line\n") == [f"line 1: {NEITHER}"]
    files.begin("2-1")
    assert HandingOn(lambda: tmp_path).settle("2-1") == []
    files.forget("2-1")
    assert [path.name for path in tmp_path.iterdir()] == ["env"]
    assert files.path.stat().st_mode & 0o777 == 0o600
