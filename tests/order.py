"""Which tests come first and together: long ones one by one, the rest file by file, both from the longest on.

A worker that begins the longest test last is waited for by all others. A long test mostly waits for processes, so the
two are mixed. The seconds are in `tests/durations.json`, as `COCKPIT_TEST_DURATIONS=1 uv run pytest` found them; a test
that is not in it counts as a short one, so the file may be old. Files stay together on one worker: their servers are
started once.

`COCKPIT_TEST_SEED=7 uv run pytest` shuffles files and the tests in them instead: no test may need another before it.
"""

import json
import os
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

HERE = Path(__file__).parent
PATH = HERE / "durations.json"
LONG_SECONDS = 4.0
"""From here on a test is a piece of work of its own."""
QUICK_SECONDS = 0.5
"""Less than this for a test that is `quick`; tests that take longer are in the record one by one."""
QUICK = "tests/unit/"


@cache
def known() -> dict[str, float]:
    """Seconds by test, and by file for all of its tests that have no line of their own."""
    return dict(json.loads(PATH.read_text())) if PATH.exists() else {}


def is_quick(test: str) -> bool:
    return test.startswith(QUICK) and test not in known()


def may_be_quick(path: Path) -> bool:
    """A folder or file that has quick tests, or leads to them."""
    home = HERE.parent / QUICK
    return path.is_relative_to(home) or home.is_relative_to(path)


def is_long(test: str) -> bool:
    return "::" in test and known().get(test, 0.0) >= LONG_SECONDS


def file_of(test: str) -> str:
    return test.split("::", 1)[0]


def sort(items: list[pytest.Item], seed: str | None) -> None:
    """In place. Every worker has to come to the same order."""
    if seed is not None:
        chance = random.Random(seed)
        files = sorted({file_of(item.nodeid) for item in items})
        chance.shuffle(files)
        chance.shuffle(items)
        items.sort(key=lambda item: files.index(file_of(item.nodeid)))
        return
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        units.setdefault(item.nodeid if is_long(item.nodeid) else file_of(item.nodeid), []).append(item)
    seconds = dict.fromkeys(units, 0.1)
    for name, taken in known().items():
        unit = name if is_long(name) else file_of(name)
        if unit in units:
            seconds[unit] += taken
    by_length = sorted(units, key=lambda unit: (-seconds[unit], unit))
    long, files = ([unit for unit in by_length if is_long(unit) is alone] for alone in (True, False))
    items[:] = [item for unit in _mixed(long, files, seconds) for item in units[unit]]


def _mixed(one: list[str], other: list[str], seconds: dict[str, float]) -> Iterator[str]:
    """Both in their order, at any place the same share of each: while a long test waits, a short one computes."""
    todo = [list(reversed(units)) for units in (one, other)]
    left = wholes = [sum(map(seconds.__getitem__, units)) for units in todo]
    while any(todo):
        place = max((0, 1), key=lambda place: (bool(todo[place]), left[place] / (wholes[place] or 1.0)))
        left = [value - seconds[todo[place][-1]] * (place == number) for number, value in enumerate(left)]
        yield todo[place].pop()


class Files(LoadScopeScheduling):  # type: ignore[misc]
    """A unit of work is a long test, or a file without its long tests; in the order of the collection."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False
        self._alone = "COCKPIT_TEST_SEED" not in os.environ

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if self._alone and is_long(nodeid) else file_of(nodeid)


class Durations:
    """What this run took, to be written down."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid] = self.tests.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        """What did not run this time keeps its line."""
        files = {file_of(test) for test in self.tests}
        kept = {name: seconds for name, seconds in known().items() if file_of(name) not in files}
        PATH.write_text(
            json.dumps({**kept, **summary(self.tests)}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        )


def summary(tests: dict[str, float]) -> dict[str, float]:
    """The tests that are not quick, and the files for the rest; rounded, so that a new record differs in few lines."""
    found: dict[str, float] = {}
    for test, seconds in tests.items():
        name = test if seconds >= QUICK_SECONDS else file_of(test)
        found[name] = found.get(name, 0.0) + seconds
    return {name: round(seconds, 1) for name, seconds in found.items() if seconds >= QUICK_SECONDS}
