"""How good the tests of the pure core are: each small change of its code ("mutant") should make a test fail.

    uv run python tools/mutants.py                              the core and the reader: two hours or more
    uv run python tools/mutants.py cockpit/deploy/metrics/judge.py      one module or folder
    uv run python tools/mutants.py cockpit/deploy/metrics/judge.py:107  one line
    uv run python tools/mutants.py --every 5                    each fifth mutant

Prints each mutant that no test noticed, then the table. It takes one process at a time and writes nothing.

mutmut makes far more mutants here (many of them letters of messages) and needs hours, because each of them collects
the tests again. This collects once: every mutant gets a fork in which the code of one function is exchanged, and the
tests that came by its line are run, the promising ones first. What it cannot change: class bodies, default arguments,
decorators. What only tests outside `TESTS` hold counts as not noticed.
"""

import argparse
import contextlib
import functools
import gc
import os
import re
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tools.mutations import Mutant, mutants_of  # noqa: E402 (the folder is no package of the wheel)

ROOMS = ("cockpit/deploy", "cockpit/runbook")
TESTS = ("deploy", "runbook", *(f"test_{name}.py" for name in (
    "abbreviated", "backtest", "calendar", "inference", "notices", "planning", "postmortem", "replay", "report",
    "usual",
)))  # fmt: skip
SLOWEST = 2.5
"""Seconds: a test that takes longer is left out."""
ENOUGH = 60.0
"""Seconds of tests, as measured with the tracer, that one mutant gets; few are quicker and say too much."""
PATIENCE = 30.0
"""Seconds after which a mutant that has not ended never will."""
MEMORY = 4 << 30

settings.register_profile(
    "mutants", max_examples=20, derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)


class Hunt:
    """The pytest plugin that runs mutants instead of the session's tests."""

    def __init__(self, files: dict[Path, set[int]], every: int, enough: float) -> None:
        self.files = files
        self.enough = enough
        self.sources = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
        self.every = every
        self.items: list[pytest.Item] = []
        self.seconds: dict[int, float] = {}
        self.came_by: dict[tuple[str, int], set[int]] = defaultdict(set)
        """File and line -> the tests that ran it, by their index."""
        self.hits: Counter[int] = Counter()
        self.functions: dict[tuple[str, str], list[FunctionType]] = defaultdict(list)
        self.caches: list[Any] = []
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = session.items
        for index in range(len(self.items)):
            self._follow(index)
        self._find_code()
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for file, lines in self.files.items():
            mutants = [mutant for mutant in mutants_of(file) if not lines or mutant.line in lines]
            for mutant in mutants[:: self.every]:
                fate = self._fate(mutant)
                for name in (str(file.relative_to(ROOT)), next(r for r in ROOMS if r in str(file))):
                    table[name][fate] += 1
                if fate != "killed":
                    print(f"{file.relative_to(ROOT)}:{mutant.line}: {fate}: {mutant.words}", flush=True)
        for name, fates in sorted(table.items()):
            print(f"{name}: {fates.total()} mutants", *(f"{fates[f]} {f}" for f in sorted(fates)), sep=", ")
        return True

    def _follow(self, index: int) -> None:
        """Runs one test as it is, and notes which lines of the rooms it comes by."""
        files = {str(file) for file in self.sources}

        def lines(frame: FrameType, event: str, _: Any) -> Any:
            if frame.f_code.co_filename not in files:
                return None
            self.came_by[frame.f_code.co_filename, frame.f_lineno].add(index)
            return lines

        sys.settrace(lines)
        try:
            began = time.perf_counter()
            self._run(index, None)
            self.seconds[index] = time.perf_counter() - began
        finally:
            sys.settrace(None)
        if self.failed:
            raise pytest.UsageError(f"{self.items[index].nodeid} fails without any mutant")

    def _run(self, index: int, following: int | None) -> None:
        after = self.items[following] if following is not None else None
        self.items[index].config.hook.pytest_runtest_protocol(item=self.items[index], nextitem=after)

    def _find_code(self) -> None:
        gc.collect()
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(str(ROOT)):
                self.functions[one.__code__.co_filename, one.__code__.co_qualname].append(one)
            elif isinstance(one, functools._lru_cache_wrapper) and one.__module__.startswith("cockpit."):
                self.caches.append(one)
        gc.freeze()  # what is there now is shared with the forks

    def _tests(self, mutant: Mutant) -> list[int]:
        """The tests that came by, those first that promise to notice soon."""
        tests = set().union(*(self.came_by.get(place, ()) for place in self._places(mutant)))
        queues: dict[Path, list[int]] = defaultdict(list)
        for one in sorted(tests, key=lambda one: self.seconds[one] / (1 + self.hits[one])):
            queues[self.items[one].path].append(one)
        # In turn from every file, its own first: tests of one file look at the same.
        turns = [
            (turn, mutant.file.stem not in path.stem, -self.hits[one], one)
            for path, queue in queues.items()
            for turn, one in enumerate(queue)
        ]
        found, left = [], self.enough
        for *_, one in sorted(turns):
            if self.seconds[one] <= min(SLOWEST, left):
                left -= self.seconds[one]
                found.append(one)
        return found

    def _places(self, mutant: Mutant) -> Iterator[tuple[str, int]]:
        """File and line where the mutant can be noticed: its own, and for a constant those that name it."""
        if mutant.name is not None:
            yield from ((str(mutant.file), line) for line in range(mutant.first, mutant.last + 1))
            return
        named = re.compile(rf"\b({'|'.join(mutant.constants)})\b")
        for file in self.sources:
            for line, text in enumerate(file.read_text().splitlines(), 1):
                if named.search(text):
                    yield str(file), line

    def _fate(self, mutant: Mutant) -> str:
        order = self._tests(mutant)
        if not order:
            return "not reached"
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._try(mutant, order, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return "timed out" if os.WTERMSIG(status) == signal.SIGALRM else "killed"
        if said.isdecimal():
            self.hits[int(said)] += 1
            return "killed"
        return said or "killed"

    def _try(self, mutant: Mutant, order: list[int], writing: int) -> None:
        """In the fork: never returns."""
        said = "survived"
        gc.disable()
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            if not self._exchange(mutant):
                said = "not exchanged"
            else:
                for index, following in zip(order, [*order[1:], None], strict=True):
                    self._run(index, following)
                    if self.failed:
                        said = str(index)
                        break
        except BaseException:
            said = "killed"
        with contextlib.suppress(OSError):  # the one who asked is gone
            os.write(writing, said.encode())
        os._exit(0)

    def _exchange(self, mutant: Mutant) -> bool:
        """Puts the mutant where the function or the constant was; False where that cannot be done."""
        for cache in self.caches:
            cache.cache_clear()
        if mutant.name is None:
            return exchange_constant(mutant)
        found = False
        for code in codes(mutant.code):
            # With it the functions inside it that it made when the module was imported.
            if code.co_qualname == mutant.name or code.co_qualname.startswith(f"{mutant.name}.<locals>."):
                for function in self.functions[str(mutant.file), code.co_qualname]:
                    if function.__code__.co_firstlineno == code.co_firstlineno:
                        with contextlib.suppress(ValueError):  # it no longer names all that it closes over
                            function.__code__ = code
                            found = True
        return found


def exchange_constant(mutant: Mutant) -> bool:
    """Makes the constant anew in its module, and in those that imported it."""
    module = sys.modules[".".join(mutant.file.relative_to(ROOT).with_suffix("").parts)]
    before = dict(vars(module))
    exec(mutant.code, vars(module))
    changed = {name: (old, vars(module)[name]) for name, old in before.items() if vars(module)[name] is not old}
    for other in [one for name, one in sys.modules.items() if name.startswith("cockpit.")]:
        for name, (old, new) in changed.items():
            if vars(other).get(name) is old:
                setattr(other, name, new)
    return bool(changed)


def codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from codes(one)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "paths", nargs="*", default=ROOMS, help="modules (with :LINE) or folders of the core and the reader"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth mutant of a module")
    parser.add_argument("--enough", type=float, default=ENOUGH, metavar="SECONDS", help="of tests for one mutant")
    asked = parser.parse_args()
    os.chdir(ROOT)
    files: dict[Path, set[int]] = defaultdict(set)
    for path, _, line in (path.partition(":") for path in asked.paths):
        for file in sorted((ROOT / path).rglob("*.py")) or [ROOT / path]:
            files[file] |= {int(line)} if line else set()
    tests = [f"tests/unit/{name}" for name in TESTS]
    plain = ["-p", "no:xdist", "-p", "no:timeout", "-p", "no:cacheprovider", "-p", "no:terminal", "-o", "addopts="]
    return pytest.main(
        [*plain, "--hypothesis-profile", "mutants", *tests], plugins=[Hunt(files, asked.every, asked.enough)]
    )


if __name__ == "__main__":
    sys.exit(main())
