"""The supervisor dies at its system calls, or they fail: a few of the points in `syscalls.py`."""

from pathlib import Path

import pytest

from tests.faults import syscalls
from tests.faults.world import Case

pytestmark = pytest.mark.skipif(not syscalls.available(), reason="there is no strace here that may trace")


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in syscalls.cases()])
def test_wherever_the_supervisor_is_struck_the_command_runs_once_and_its_lines_are_there(
    case: Case, tmp_path: Path
) -> None:
    case(tmp_path)
