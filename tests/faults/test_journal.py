"""The journal's faults in their short form."""

from pathlib import Path

import pytest

from tests.faults.journal_cases import cases
from tests.faults.world import Case


@pytest.mark.parametrize(("name", "case"), cases(full=False), ids=lambda value: value if isinstance(value, str) else "")
def test_a_damaged_journal_is_noticed_and_what_survived_is_kept(tmp_path: Path, name: str, case: Case) -> None:
    case(tmp_path)
