"""Output of every kind and size: complete, dated, redacted, and never the reason for a lost status."""

import resource
import time
from pathlib import Path

import pytest

from cockpit.runner import files
from cockpit.runner.logfile import TAIL, LogWriter
from cockpit.text.log_index import ENTRY
from tests.integration.runner.helpers import Bench


async def test_the_index_dates_every_byte_and_adds_up_to_the_log(bench: Bench) -> None:
    began = time.time()
    run, ended = await bench.finish("echo one\nsleep 0.3\necho two\n")
    raw = (run.directory / files.INDEX).read_bytes()
    entries = [ENTRY.unpack_from(raw, at) for at in range(0, len(raw), ENTRY.size)]
    assert len(raw) % ENTRY.size == 0
    expected = 0
    for offset, at, length in entries:
        assert offset == expected
        assert began - 1 <= at <= time.time() + 1
        expected += length
    assert expected == ended.log_bytes
    assert entries[-1][1] - entries[0][1] >= 0.2


async def test_past_the_cap_the_tail_is_kept_and_what_is_missing_is_counted(bench: Bench) -> None:
    run, ended = await bench.finish("seq 1 600000\necho THE-END\n", cap_bytes=100_000)
    total = sum(len(f"{n}\n") for n in range(1, 600_001)) + len("THE-END\n")
    mark = b"\n[cockpit: %d bytes left out here, the log had reached its cap]\n" % ended.dropped_bytes
    assert run.log.startswith(b"1\n2\n3\n")
    assert run.log.endswith(b"600000\nTHE-END\n")
    assert run.log.count(mark) == 1
    assert ended.dropped_bytes > 0
    assert len(run.log) - len(mark) + ended.dropped_bytes == total
    assert len(run.log) - len(mark) >= 100_000 + TAIL


async def test_a_known_secret_never_reaches_the_log_even_in_pieces(bench: Bench) -> None:
    script = "printf 'key=hunt'\nsleep 0.1\nprintf 'er2-hunter2'\nsleep 0.1\nprintf 'hunter2'\necho\necho hunte\n"
    run, _ = await bench.finish(script, patterns=(b"hunter2",))
    assert run.log == b"key=[REDACTED]-[REDACTED][REDACTED]\nhunte\n"


async def test_a_full_disk_costs_output_and_not_the_status(bench: Bench) -> None:
    """RLIMIT_FSIZE refuses further bytes of a file as a full disk does (EFBIG for ENOSPC)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = 200_000
    run = await bench.prepare("head -c 1000000 /dev/zero\nexit 9\n")
    resource.prlimit(run.supervisor, resource.RLIMIT_FSIZE, (limit, before[1]))
    await run.prepared.go()
    ended = await run.ended()
    assert (ended.outcome, ended.exit_status) == ("finished", 9)
    assert (ended.log_bytes, ended.dropped_bytes) == (limit, 1_000_000 - limit)
    assert len(run.log) == limit


def _small_disk(folder: Path) -> bool:
    import subprocess

    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, check=False
    )
    return made.returncode == 0


async def test_a_disk_that_is_really_full_costs_output_and_not_the_status(tmp_path: Path) -> None:
    import subprocess

    disk = tmp_path / "disk"
    if not _small_disk(disk):
        pytest.skip("a small file system cannot be mounted here (needs root and CAP_SYS_ADMIN)")
    bench = Bench(disk)
    try:
        run = await bench.start("echo ready\nhead -c 1000000 /dev/zero\nexit 9\n", cap_bytes=None)
        ended = await run.ended()
        assert (ended.outcome, ended.exit_status) == ("finished", 9)
        assert ended.dropped_bytes > 700_000
        assert ended.log_bytes + ended.dropped_bytes == 1_000_006
    finally:
        bench.clean_up()
        subprocess.run(["umount", "-l", disk], capture_output=True, check=False)


def test_a_writer_goes_on_where_the_disk_takes_bytes_again(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = LogWriter(tmp_path)
    log.write(b"a" * 50, 1.0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (80, before[1]))
    try:
        log.write(b"b" * 50, 2.0)
        log.write(b"c" * 50, 3.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    log.write(b"d" * 50, 4.0)
    log.close(5.0)
    assert (tmp_path / files.LOG).read_bytes() == b"a" * 50 + b"b" * 30 + b"d" * 50
    assert (log.size, log.dropped) == (130, 70)


def test_a_tail_that_the_disk_refuses_at_the_end_counts_as_dropped(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = LogWriter(tmp_path, cap=10)
    log.write(b"a" * 10, 1.0)
    log.write(b"b" * 1000, 2.0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        log.close(3.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (log.size, log.dropped) == (10, 1000)


@pytest.mark.parametrize("data", [b"{}", b"x" * 3000])
def test_a_durable_write_is_whole_or_not_at_all(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "record"
    files.write_durably(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            files.write_durably(path, data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    files.write_durably(path, data)
    assert path.read_bytes() == data
