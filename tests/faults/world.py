"""One fault case with real processes, and what must hold after every one of them."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from cockpit.console.headless import Headless
from cockpit.runner import files, spawn, tree
from cockpit.runner.follow import Exit, read_exit
from cockpit.text.log_index import ENTRY
from tests.integration.runner.helpers import Bench, Run, kill
from tests.waiting import soon
from widgets.log_decode import block, styled, visible

Case = Callable[[Path], int | None]
"""Plays the fault in an empty folder and may say how often; AssertionError where a promise is broken."""
Cases = list[tuple[str, Case]]
Play = Callable[[Bench], Awaitable[None]]

SAFE = "\t\n"
"""The only control characters that may reach a screen."""


def on_a_bench(play: Play) -> Case:
    """A case without fixtures, that leaves no process behind."""

    async def run(folder: Path) -> None:
        bench = Bench(folder)
        try:
            await play(bench)
        finally:
            for left in bench.runs:
                for pid in survivors(left):
                    kill(pid)
            bench.clean_up()
            for _ in range(10):
                # The loop closes the pipes of processes that have ended: it needs a few turns for it.
                await asyncio.sleep(0)

    return lambda folder: asyncio.run(run(folder))


@contextlib.contextmanager
def started_with(*command: str) -> Iterator[None]:
    """Supervisors are started by this command: under a tracer, or with a clock that jumps."""
    before = spawn.COMMAND
    spawn.COMMAND = command
    try:
        yield
    finally:
        spawn.COMMAND = before


async def orphaned(run: Run) -> None:
    """Its supervisor dies without a word."""
    kill(run.supervisor)
    await run.prepared.process.wait()


async def adopted(bench: Bench, run: Run, **more: Any) -> None:
    """As the engine does it: look until nobody supervises, then adopt."""
    await soon(lambda: spawn.adoptable(run.directory), "a run that can be adopted")
    await bench.adopt(run, **more)


async def record_and_survivors(run: Run) -> tuple[Exit, list[int]]:
    """The exit record, and who of the run was alive at the moment in which it appeared."""

    def look() -> tuple[Exit, list[int]] | None:
        record = read_exit(run.directory)
        return (record, survivors(run)) if record else None

    found = await soon(look, "the exit record", 30)
    await run.let_go(found[0])
    return found


def survivors(run: Run) -> list[int]:
    """Living processes of the run: by the cookie, or by the lock that they inherited."""
    alive = run.directory / files.ALIVE
    pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    return sorted({*run.left(), *(pid for pid in pids if tree.holds(pid, files.ALIVE_FD, alive))})


def entries(directory: Path) -> list[tuple[int, float, int]]:
    raw = (directory / files.INDEX).read_bytes()
    assert len(raw) % ENTRY.size == 0, "a torn index entry"
    return [ENTRY.unpack_from(raw, at) for at in range(0, len(raw), ENTRY.size)]


def whole(run: Run, ended: Exit) -> None:
    """The log is what the record says, the index tiles it, and there is one record and no supervisor."""
    size = len(run.log)
    assert ended.log_bytes == size, (ended.log_bytes, size)
    expected = 0
    for offset, _, length in entries(run.directory):
        assert offset == expected, f"a gap or an overlap in the index at {expected}"
        expected += length
    assert expected == size, f"the index ends at {expected}, the log at {size}"
    assert isinstance(json.loads((run.directory / files.EXIT).read_bytes()), dict)
    assert not list(run.directory.glob("exit*.tmp"))
    assert not spawn.supervised(run.directory)


def hidden(run: Run, *secrets: bytes) -> None:
    """None of them is in any file of the run, but for the script itself."""
    for path in run.directory.iterdir():
        if path.is_file() and path.name not in (files.SCRIPT, files.PRELUDE):
            data = path.read_bytes()
            for secret in secrets:
                assert secret not in data, (path.name, secret)


def safely_shown(run: Run, *secrets: str) -> list[str]:
    """What the log view and the headless face make of the log; nothing of it drives a terminal."""
    lines = run.log.split(b"\n")
    shown = [visible(line) for line in lines] + [styled(line).plain for line in lines]
    at_once = block(run.log)
    if at_once is not None:
        assert at_once.split("\n") == [visible(line) for line in lines]
    printed = headless(run)
    for text in (*shown, *printed):
        bad = [one for one in text if (ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0) and one not in SAFE]
        assert not bad, (bad, text[:200])
        assert not any(secret in text for secret in secrets), text[:200]
    return printed


def headless(run: Run) -> list[str]:
    """The lines that a run without a screen prints of the script's output."""
    printed: list[str] = []
    face = Headless(cast("Any", None), run.directory.parent, yes=False, out=printed.append)
    face.state = cast("Any", SimpleNamespace(of=lambda _: SimpleNamespace(directory=run.directory.name)))
    face._print_output("task", final=True)
    return [line.removeprefix("         | ") for line in printed]


def memory_peak(pid: int) -> int:
    """The most memory that a process ever had, in KiB."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
