"""What a run's folder tells of an end that nobody saw."""

import json
import os
from pathlib import Path

import pytest

from cockpit.engine.effects.lost_run import last_words
from cockpit.runner import files


def run(folder: Path, *, boot: str | None = None, output: bytes | None = b"one\ntwo\n") -> Path:
    """A run that began at noon and wrote a moment later."""
    (folder / files.ALIVE).touch()
    identity = {"pid": 4711, "began": 1_000_000_000.0, "boot": files.boot_id() if boot is None else boot}
    (folder / "pid.json").write_text(json.dumps(identity))
    if output is not None:
        (folder / files.LOG).write_bytes(output)
        os.utime(folder / files.LOG, (1_000_000_005, 1_000_000_005))
    return folder


def test_it_names_pid_time_and_last_line(tmp_path: Path) -> None:
    assert last_words(run(tmp_path)) == (
        "it ended without a record (pid 4711, started 2001-09-09 01:46:40 UTC, last output 2001-09-09 01:46:45 UTC: "
        "two)"
    )


def test_another_boot_is_a_restart_of_the_machine(tmp_path: Path) -> None:
    assert last_words(run(tmp_path, boot="another")).startswith("the machine restarted while it was running (pid 4711")


@pytest.mark.parametrize("output", [None, b"", b"\n\n", b"\x1b[2J\x00\n"])
def test_without_output_it_says_so(tmp_path: Path, output: bytes | None) -> None:
    assert "no output" in last_words(run(tmp_path, output=output))


def test_what_it_wrote_is_shown_safely_and_shortly(tmp_path: Path) -> None:
    said = last_words(run(tmp_path, output=b"\x1b]0;owned\x07bad \xff\x1b[31mred\x1b[0m " + b"x" * 5000))
    assert "\x1b" not in said
    assert len(said) < 300
    assert said.endswith("...)")


def test_a_start_without_a_command_never_began(tmp_path: Path) -> None:
    assert last_words(tmp_path) == "recorded as started but never ran"


def test_a_folder_that_is_gone_is_said_too(tmp_path: Path) -> None:
    assert last_words(tmp_path / "gone") == "it ended without a record (no output)"
