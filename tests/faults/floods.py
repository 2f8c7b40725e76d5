"""Much output, and output at odd times: nothing is missing that is not counted, and it costs no memory."""

from collections.abc import Sequence

from cockpit.runner import files
from cockpit.runner.logfile import TAIL
from tests.faults.world import Cases, Play, adopted, memory_peak, on_a_bench, orphaned, safely_shown, whole
from tests.integration.runner.helpers import Bench, Run, alive
from tests.waiting import soon

SHORT = 64 << 20
FULL = 1 << 30
GROWTH = 12 << 10
"""KiB: a few chunks and the kept tail; far less than what is written."""


async def _paused(bench: Bench, says: str, **more: object) -> tuple[Run, int]:
    """A script that has said it all and waits for the file `go`; and its supervisor's memory before that."""
    flag, go = bench.root / "said", bench.root / "go"
    wait = "do sleep 0.02; done"
    run = await bench.start(
        f"echo ready\nuntil [ -e '{bench.root}/begin' ]; {wait}\n{says}\ntouch '{flag}'\nuntil [ -e '{go}' ]; {wait}\n",
        **more,
    )
    await run.said(b"ready")
    before = memory_peak(run.supervisor)
    (bench.root / "begin").touch()
    await soon(flag.exists, "everything said", 300)
    return run, before


def _total(size: int) -> Play:
    async def play(bench: Bench) -> None:
        run, before = await _paused(
            bench, f"{{ yes 'a line of the log' || :; }} | head -c {size}", patterns=(b"hunter2",)
        )
        log = run.directory / files.LOG
        await soon(lambda: log.stat().st_size == size + len(b"ready\n"), "all of it in the log")
        grown = memory_peak(run.supervisor) - before
        assert grown < GROWTH, f"{grown} KiB more for {size >> 20} MiB"
        (bench.root / "go").touch()
        ended = await run.ended()
        assert (ended.exit_status, ended.dropped_bytes) == (0, 0)
        assert ended.log_bytes == log.stat().st_size
        with log.open("rb") as file:
            assert file.read(40) == b"ready\na line of the log\na line of the lo"

    return play


def _past_the_cap(size: int) -> Play:
    async def play(bench: Bench) -> None:
        cap = 1 << 20
        run, before = await _paused(
            bench, f"{{ yes 'a line of the log' || :; }} | head -c {size}\necho THE END", cap_bytes=cap
        )
        (bench.root / "go").touch()
        peak = [before]
        await soon(lambda: _watch(run, peak) or not alive(run.supervisor), "the end")
        ended = await run.ended()
        assert peak[0] - before < GROWTH
        mark = b"\n[cockpit: %d bytes left out here, the log had reached its cap]\n" % ended.dropped_bytes
        assert ended.dropped_bytes > size // 2
        assert len(run.log) - len(mark) + ended.dropped_bytes == size + len(b"ready\nTHE END\n")
        assert run.log.count(mark) == 1
        assert run.log.endswith(b"THE END\n")
        assert run.log.index(mark) >= cap
        assert len(run.log) - run.log.index(mark) > TAIL
        whole(run, ended)

    return play


def _watch(run: Run, peak: list[int]) -> bool:
    peak[0] = max(peak[0], memory_peak(run.supervisor))
    return False


async def _one_long_line(bench: Bench) -> None:
    size = 10_000_000
    run, ended = await bench.finish(f"head -c {size} /dev/zero | tr '\\0' y\necho end\n")
    assert run.log == b"y" * size + b"end\n"
    whole(run, ended)
    safely_shown(run)


async def _both_streams(bench: Bench) -> None:
    run, ended = await bench.finish("for i in $(seq 300); do echo out $i; echo err $i >&2; done\n")
    assert run.log == b"".join(b"out %d\nerr %d\n" % (n, n) for n in range(1, 301))
    whole(run, ended)


async def _after_the_end(bench: Bench) -> None:
    """A child that holds the output has a moment; what it says in that is in the log, and it is named, not killed."""
    run, ended = await bench.finish("(sleep 0.2; echo soon after; sleep 600; echo never) &\necho mine\n")
    assert (ended.outcome, ended.exit_status) == ("finished", 0)
    assert run.log == b"mine\nsoon after\n"
    assert ended.leftover_pids
    assert all(alive(pid) for pid in ended.leftover_pids)
    whole(run, ended)


async def _all_the_time_after_the_end(bench: Bench) -> None:
    run, ended = await bench.finish("(while :; do echo again; sleep 0.01; done) &\necho mine\n")
    assert (ended.outcome, ended.exit_status) == ("finished", 0)
    assert set(run.log.split()) == {b"mine", b"again"}
    assert ended.leftover_pids
    whole(run, ended)


def _halves(first: str, second: str, log: bytes, secrets: Sequence[bytes]) -> Play:
    """What is held back by one supervisor is judged by the next."""

    async def play(bench: Bench) -> None:
        go, half = bench.root / "go", bench.root / "half"
        run = await bench.start(
            f"echo ready\nprintf '{first}'\ntouch '{half}'\n"
            f"until [ -e '{go}' ]; do sleep 0.02; done\nprintf '{second}'\n",
            patterns=secrets,
        )
        await run.said(b"ready")
        await soon(half.exists, "the first half")
        await orphaned(run)
        await adopted(bench, run, patterns=secrets)
        go.touch()
        ended = await run.ended()
        assert run.log == b"ready\n" + log
        whole(run, ended)

    return play


HALVES = {
    "a secret": ("hun", "ter2\\n", b"[REDACTED]\n", [b"hunter2"]),
    "what was none": ("hun", "ger\\n", b"hunger\n", [b"hunter2"]),
    "the beginning of one, for ever": ("hunt", "", b"hunt", [b"hunter2"]),
    "one that overlaps itself": ("abab", "ab\\n", b"[REDACTED]\n", [b"abab"]),
    "two that overlap": ("catalo", "gue\\n", b"[REDACTED]\n", [b"cata", b"talogue"]),
    "many lines": ("one line of it\\ntwo li", "nes of it\\n", b"[REDACTED]\n", [b"one line of it\ntwo lines of it"]),
}


def cases() -> Cases:
    plays: dict[str, Play] = {
        "64 MiB in total": _total(SHORT),
        "64 MiB past the cap": _past_the_cap(SHORT),
        "a line of ten megabytes": _one_long_line,
        "both streams in order": _both_streams,
        "output after the end": _after_the_end,
        "output without end after the end": _all_the_time_after_the_end,
        **{f"cut by a kill: {name}": _halves(*half) for name, half in HALVES.items()},
    }
    return [(name, on_a_bench(play)) for name, play in plays.items()]


def long_cases() -> Cases:
    return [("1 GiB in total", on_a_bench(_total(FULL))), ("1 GiB past the cap", on_a_bench(_past_the_cap(FULL)))]
