"""The group "output" of the campaign: what scripts say (`outputs.py`), and how much and when (`floods.py`)."""

from tests.faults import floods, outputs
from tests.faults.world import Cases


def cases(*, full: bool = False) -> Cases:
    return [*outputs.cases(), *floods.cases(), *(floods.long_cases() if full else ())]
