"""The group "worlds" of the campaign: other people's machines, shells, clocks, repositories and logins.

Each row is a set of the suite's own tests, played once more and counted: what they assert is the promise.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults.engine_cases import Cannot
from tests.faults.world import Cases

REPOSITORY = Path(__file__).resolve().parents[2]
RUNNER = "tests/integration/runner"
COCKPIT = "tests/integration/cockpit"
OLD_BASH = "COCKPIT_TEST_BASH_44"
"""Names a bash 4.4, which no registry has any more."""

ROWS: dict[str, list[str]] = {
    "the engine is frozen, and thawed": [f"{COCKPIT}/test_engine_alone.py::test_a_command_that_an_engine_was_too"
    "_stopped_to_take_is_not_carried_out_at_its_thaw"],
    "the clock is set back and forward": ["tests/unit/test_clock.py"],
    "the journal, the locks or all of it is removed under the engine": [f"{COCKPIT}/test_other_worlds.py", "-k",
    "takes_away"],
    "the runtime folder goes, su and cron": [f"{COCKPIT}/test_engine_alone.py", "-k", "session or vanishes or long"],
    "the .env of the usual frameworks": [f"{COCKPIT}/test_other_worlds.py", "tests/unit/test_environment.py",
    "tests/unit/test_redaction.py", "-k", "usual_words or env or redaction or secret"],
    "no pipe2, no splice": [f"{RUNNER}/test_processes.py", "-k", "without_pipe2"],
    "a bash that is too old, or is none": [f"{RUNNER}/test_prelude.py", "-k", "too_old or does_not_read or posix"],
    "a hostile repository": [f"{COCKPIT}/test_other_worlds.py", "tests/unit/test_place.py", "tests/unit/test_clean.py",
    "-k", "imported or place or clean"],
    "an operator of another environment": ["tests/integration/team/test_attacks.py"],
}  # fmt: skip


def cases(*, full: bool = False) -> Cases:
    return [
        *((name, _play(words)) for name, words in ROWS.items()),
        ("bash 4.4: every test of the runner", _with_old_bash),
    ]


def _play(words: list[str], more: dict[str, str] | None = None) -> Callable[[Path], int]:
    def play(folder: Path) -> int:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-o", "addopts=", "-q", "-p", "no:cacheprovider", *words],
            cwd=REPOSITORY,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        passed = re.search(r"(\d+) passed", done.stdout)
        assert done.returncode == 0, done.stdout[-2000:]
        assert passed is not None, "no test was played"
        return int(passed[1])

    return play


def _with_old_bash(folder: Path) -> int:
    if OLD_BASH not in os.environ:
        raise Cannot(f"{OLD_BASH} names no bash 4.4")
    return _play([RUNNER], {"COCKPIT_TEST_BASH": os.environ[OLD_BASH]})(folder)
