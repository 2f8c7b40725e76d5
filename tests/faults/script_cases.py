"""The group "scripts" of the campaign: what scripts do (`scripts.py`), with and without supervisor (`adoptions.py`)."""

from tests.faults import adoptions, scripts
from tests.faults.world import Cases


def cases(*, full: bool = False) -> Cases:
    del full  # They are all there in the short form.
    return [*scripts.cases(), *adoptions.cases()]
