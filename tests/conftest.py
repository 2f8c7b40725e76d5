"""For all tests."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from cockpit.tui.first_run import MARK
from tests import order

# Machines are shared and noisy: how long one example takes proves nothing. In CI the same examples are tried each time:
# what a new one finds should not fail a change that has nothing to do with it.
settings.register_profile("calm", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("calm")


# Hundreds of processes are started here, and each would compile all that it imports, every test module included.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


# A background job of a script ignores SIGINT, and so does all that it starts: Ctrl-C could not be tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


SEED = os.environ.get("COCKPIT_TEST_SEED")


def pytest_configure(config: pytest.Config) -> None:
    if "COCKPIT_TEST_DURATIONS" in os.environ and not hasattr(config, "workerinput"):
        config.pluginmanager.register(order.Durations())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m quick` does not import the rest: that alone takes longer than the quick ones."""
    return True if config.getoption("-m") == "quick" and not order.may_be_quick(collection_path) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    if order.is_quick(item.nodeid):
        item.add_marker(pytest.mark.quick)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if SEED is not None or hasattr(config, "workerinput"):
        order.sort(items, SEED)


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: the collector of garbage need not walk through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Quick tests work all the time: one worker per core. The others mostly wait for processes: two per core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if config.getoption("-m") == "quick" else 2 * cores


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> order.Files | None:
    return order.Files(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _not_the_first_deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No screen of a test explains itself, or leaves anything with the person whose machine it is."""
    folder = tmp_path_factory.mktemp("states")
    (folder / MARK).parent.mkdir()
    (folder / MARK).write_text("another\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield
