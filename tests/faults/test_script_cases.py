"""Scripts of every kind, and supervisors that die below them: the tables are in `scripts.py` and `adoptions.py`."""

from pathlib import Path

import pytest

from tests.faults import script_cases
from tests.faults.world import Case


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in script_cases.cases()])
def test_whatever_a_script_does_its_end_is_known_and_nothing_of_it_is_left(case: Case, tmp_path: Path) -> None:
    case(tmp_path)
