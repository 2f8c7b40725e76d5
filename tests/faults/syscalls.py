"""Kills and errors at the system calls of a supervisor, one after the other: a tracer counts them and strikes.

The tracer follows the supervisor alone. Counting is per system call: `write` 3 is the third write of that process.
"""

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cockpit.runner import files, spawn
from cockpit.runner.follow import Exit, read_exit
from tests.faults.engine_cases import Cannot
from tests.faults.world import Case, Cases, hidden, on_a_bench, orphaned, started_with, whole
from tests.integration.runner.helpers import Bench, Run
from tests.waiting import soon

LINES = 4
SECRET = b"hunter2-hunter2"
STATUS = 7


KILL = "signal=SIGKILL"
ERRORS = {
    "write": ("ENOSPC", "EIO", "EINTR", "EAGAIN"),
    "openat": ("EMFILE", "ENOSPC", "EIO", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "EINTR"),
    "rename": ("EIO", "ENOSPC"),
    "read": ("EIO", "EINTR", "EAGAIN"),
    "splice": ("EAGAIN", "ENOMEM"),
    "tee": ("EAGAIN", "ENOMEM"),
    "pselect6": ("EINTR", "ENOMEM"),
    "clone": ("EAGAIN", "ENOMEM"),
    "mknodat": ("ENOSPC",),
    "ftruncate": ("EIO",),
    "getdents64": ("EIO",),
}
FOR_EVER = {
    "write": ("ENOSPC", "EIO"),
    "openat": ("EMFILE", "ENOSPC"),
    "fsync": ("EIO",),
    "rename": ("ENOSPC",),
    "splice": ("ENOMEM",),
    "tee": ("ENOMEM",),
    "clone": ("EAGAIN",),
}


@dataclass(frozen=True)
class Point:
    """The n-th invocation of a system call, and what happens to it there; `on` for all that follow, too."""

    call: str
    n: int
    what: str = KILL
    on: bool = False

    def __str__(self) -> str:
        return f"{self.call} {self.n}{' and on' if self.on else ''}: {self.what.partition('=')[2] or 'traced'}"


TRACED = Point("all", 0, "")
"""Nothing happens, the calls are written down."""


def available() -> bool:
    """True where a tracer is installed and may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def tracer(trace: Path, *options: str) -> tuple[str, ...]:
    # -DDD: the tracer is the one that is detached, the supervisor stays the child of the one who started it.
    return ("strace", "-DDD", "-qq", "-o", str(trace), *options, *spawn.COMMAND)


def script(ledger: Path) -> str:
    """Every line is in the ledger before it is said, and again once it was: the pipe has it then."""
    return "\n".join(
        [
            f"note() {{ echo \"$1\" >>'{ledger}'; }}",
            f"for n in $(seq {LINES}); do",
            '  note "before $n"; echo "line $n"; note "after $n"; sleep 0.01',
            "done",
            "printf 'hunter2-'; sleep 0.03; printf 'hunter2\\n'",
            "note end",
            f"exit {STATUS}",
            "",
        ]
    )


def calls(folder: Path, first: Point | None = None) -> list[Point]:
    """The system calls of an undisturbed run, in order, from taking the lock on: before it nothing is touched.

    With `first` those of the supervisor that adopts a run whose own died there. Looking through /proc counts as one
    call: it changes nothing.
    """
    if not available():
        raise Cannot("there is no strace here that may trace")
    trace = folder / "trace"
    strike(folder, *((TRACED,) if first is None else (first, TRACED)))
    counted: Counter[str] = Counter()
    points = []
    begun, looking = False, 0
    for line in trace.read_text(errors="replace").splitlines():
        name = re.match(r"(\w+)\(", line)
        if name is None:
            continue
        counted[name[1]] += 1
        begun = begun or f'/{files.LOCK}"' in line
        looking = looking + 1 if re.search(r'"/proc/\d|^(read|close)\(', line) and (looking or "/proc/" in line) else 0
        if begun and looking < 2 and name[1] != "exit_group":
            points.append(Point(name[1], counted[name[1]]))
    return points


def strike(folder: Path, point: Point, then: Point | None = None) -> None:
    """A run with this fault; `then` strikes the supervisor that adopts it. AssertionError where a promise breaks."""

    async def play(bench: Bench) -> None:
        ledger = bench.root / "ledger"
        try:
            with started_with(*_striking(bench, point)):
                run = await bench.prepare(script(ledger), patterns=(SECRET,))
        except spawn.RunnerError:
            assert not ledger.exists(), "the command ran before GO"
            return
        assert not ledger.exists(), "the command ran before GO"
        await run.prepared.go()
        ended = await _followed(bench, run, then)
        _judge(run, ended, ledger, point, then)

    folder.mkdir(exist_ok=True)
    on_a_bench(play)(folder)


def _striking(bench: Bench, point: Point | None) -> tuple[str, ...]:
    if point is None:
        return spawn.COMMAND
    if point == TRACED:
        return tracer(bench.root / "trace")
    inject = f"inject={point.call}:{point.what}:when={point.n}{'+' if point.on else ''}"
    return tracer(bench.root / "trace", "-e", f"trace={point.call}", "-e", inject)


async def _followed(bench: Bench, run: Run, then: Point | None) -> Exit:
    """Until there is a record; adopts like the engine: two looks, then take over, or say that the end is unknown."""
    looks = 0

    async def rescue() -> Exit | None:
        nonlocal looks, then
        looks = 0 if spawn.supervised(run.directory) else looks + 1
        if looks < 2 or (record := read_exit(run.directory)) is not None:
            return None
        looks = 0
        if not spawn.adoptable(run.directory):
            files.write_durably(run.directory / files.EXIT, b'{"outcome": "lost"}')
            return read_exit(run.directory)
        await orphaned(run)
        with started_with(*_striking(bench, then)):
            try:
                await bench.adopt(run, patterns=(SECRET,))
            except spawn.RunnerError:
                assert then is not None, "could not be adopted"
        then = None
        return record

    for _ in range(200):
        if (record := read_exit(run.directory)) is not None:
            break
        if (record := await rescue()) is not None:
            break
        await _a_moment(run)
    assert record is not None, "no record, and nobody at work"
    await run.prepared.process.wait()
    return record


async def _a_moment(run: Run) -> None:
    """Until something about the run may have changed, at most as long as the engine waits between two looks."""
    try:
        await soon(lambda: read_exit(run.directory) is not None or not spawn.supervised(run.directory), seconds=0.05)
    except AssertionError:
        return


def _judge(run: Run, ended: Exit, ledger: Path, point: Point, then: Point | None) -> None:
    notes = ledger.read_text().splitlines() if ledger.exists() else []
    counted = Counter(notes)
    assert all(times == 1 for times in counted.values()), f"ran more than once: {notes}"
    log = run.log if (run.directory / files.LOG).exists() else b""
    assert log.count(b"hunter2") == 0, log
    hidden(run, SECRET)
    assert run.left() == []
    if ended.outcome == "lost":
        assert ended.exit_status is None
        assert notes == [], "the end is called unknown, but the command ran to its end"
        return
    if point.call == "clone" and point.what != KILL:
        assert (ended.outcome, ended.exit_status, notes) == ("finished", 127, [])
        assert b"cannot be started" in log
        return
    assert (ended.outcome, ended.exit_status) == ("finished", STATUS)
    assert notes[-1] == "end"
    expected = b"".join(b"line %d\n" % n for n in range(1, LINES + 1)) + b"[REDACTED]\n"
    if point.on:
        # Who dropped them may have died with the count; the lines that are there are whole and in order.
        assert log == b"".join(line for line in expected.splitlines(keepends=True) if line in log), log
    elif ended.dropped_bytes:
        assert point.what != KILL, "dropped without need"
        assert len(log) + ended.dropped_bytes == len(expected), (log, ended.dropped_bytes)
    else:
        assert log == expected, log
    whole(run, ended)


def struck(*points: Point, first: Point | None = None) -> int:
    """All of these, each in a run of its own; gives their number."""
    for point in points:
        with tempfile.TemporaryDirectory(prefix="ck-") as folder:
            try:
                strike(Path(folder).resolve(), *((point,) if first is None else (first, point)))
            except AssertionError as error:
                raise AssertionError(f"{point}{f' after {first}' if first else ''}: {error}") from error
    return len(points)


def errors(points: Sequence[Point], *, on: bool = False) -> list[Point]:
    table = FOR_EVER if on else ERRORS
    return [Point(one.call, one.n, f"error={error}", on) for one in points for error in table.get(one.call, ())]


def on_the_way(points: Sequence[Point]) -> list[Point]:
    """Where a chunk is on its way: moved, written, dated, and not yet dropped."""
    at = [place for place, point in enumerate(points) if point.call == "splice"][1]
    return list(points[at + 1 : at + 4])


def cases(*, full: bool = False) -> Cases:
    """In the short form a few points, spread over the run; else every one."""
    every, spread = (1, 4) if full else (10, 2)

    def kills(part: int) -> Case:
        return lambda folder: struck(*calls(folder)[part * every :: spread * every])

    def failures(part: int, on: bool) -> Case:
        step = 1 if full else 40 if on else 17

        def case(folder: Path) -> int:
            points = calls(folder)
            chosen = errors(points, on=on)[part * step :: spread * step]
            return struck(*chosen, *errors([one for one in points if one.call == "clone" and not full], on=on)[part:1])

        return case

    def again(place: int) -> Case:
        def case(folder: Path) -> int:
            first = on_the_way(calls(folder / "one"))[place]
            return struck(*calls(folder / "two", first)[:: 1 if full else 30], first=first)

        return case

    table = {
        **{f"killed at a system call, {part + 1} of {spread}": kills(part) for part in range(spread)},
        **{f"a system call fails, {part + 1} of {spread}": failures(part, False) for part in range(spread)},
        **{f"system calls fail from one on, {part + 1} of {spread}": failures(part, True) for part in range(spread)},
        **{f"killed, and the next one too, {place + 1} of 3": again(place) for place in range(3)},
    }
    return list(table.items())
