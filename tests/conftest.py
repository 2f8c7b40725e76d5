"""For all tests."""

import os

from hypothesis import settings

# Machines are shared and noisy: how long one example takes proves nothing. In CI the same examples are tried each time:
# what a new one finds should not fail a change that has nothing to do with it.
settings.register_profile("calm", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("calm")
