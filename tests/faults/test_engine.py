"""The engine's faults in their short form."""

from pathlib import Path

import pytest

from tests.faults.engine_cases import Cannot, cases
from tests.faults.world import Case


@pytest.mark.parametrize(("name", "case"), cases(full=False), ids=lambda value: value if isinstance(value, str) else "")
def test_the_deploy_survives_its_surroundings(tmp_path: Path, name: str, case: Case) -> None:
    try:
        case(tmp_path)
    except Cannot as reason:
        pytest.skip(str(reason))
