"""For all tests."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from cockpit.tui.first_run import MARK

# Machines are shared and noisy: how long one example takes proves nothing. In CI the same examples are tried each time:
# what a new one finds should not fail a change that has nothing to do with it.
settings.register_profile("calm", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("calm")


# A background job of a script ignores SIGINT, and so does all that it starts: Ctrl-C could not be tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _not_the_first_deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No screen of a test explains itself, or leaves anything with the person whose machine it is."""
    folder = tmp_path_factory.mktemp("states")
    (folder / MARK).parent.mkdir()
    (folder / MARK).write_text("another\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield
