"""What supervision costs: starting a script, carrying its output, remembering nothing of it."""

import asyncio
import contextlib
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from bench.table import Row, median
from cockpit.runner import spawn
from cockpit.runner.follow import read_exit

TIMES = 30
BLOB = 256 << 20
FLOOD = 1 << 30
WARM = 3


async def _run(folder: Path, script: str, patterns: tuple[bytes, ...] = ()) -> int:
    """One supervised script to its exit record; the supervisor's highest memory in bytes."""
    order = spawn.Order(
        directory=folder,
        argv=["bash", str(folder / "script.sh")],
        cwd="/",
        env={"PATH": os.environ["PATH"]},
        patterns=patterns,
    )
    prepared = await spawn.prepare(order, script)
    await prepared.go()
    peak = 0
    while read_exit(folder) is None:
        peak = max(peak, _peak(prepared.process.pid))
        await asyncio.sleep(0.001)
    await prepared.process.wait()
    return peak


def _peak(pid: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def _seconds(folder: Path, script: str, times: int, patterns: tuple[bytes, ...] = ()) -> float:
    taken = []
    for number in range(times):
        began = time.perf_counter()
        asyncio.run(_run(folder / f"{abs(hash((script, patterns)))}-{number}", script, patterns))
        taken.append(time.perf_counter() - began)
    return median(taken[min(WARM, times - 1) :])


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        blob = folder / "blob"
        line = b"2026-11-22 14:55:41 INFO request 4711 took 12 ms, status 200, user 0815\n"
        blob.write_bytes(line * (BLOB // len(line)))
        bare = []
        for _ in range(TIMES):
            began = time.perf_counter()
            subprocess.run(["bash", "-c", "true"], check=True)
            bare.append(time.perf_counter() - began)
        supervised = _seconds(folder, "true\n", TIMES)
        began = time.perf_counter()
        subprocess.run(["bash", "-c", f"cat {blob} > {folder}/copy"], check=True)
        cat = BLOB / (time.perf_counter() - began) / 1e6
        carried = BLOB / _seconds(folder, f"cat {blob}\n", 2) / 1e6
        secrets = tuple(f"secret-value-{number:04d}".encode() for number in range(50))
        masked = BLOB / _seconds(folder, f"cat {blob}\n", 2, secrets) / 1e6
        small = asyncio.run(_run(folder / "small", "echo one\nsleep 0.2\n"))
        large = asyncio.run(_run(folder / "large", f"yes '{line.decode().strip()}' | head -c {FLOOD}\n"))
    return [
        Row("a supervised `true`, started to recorded", supervised * 1e3, "ms", "bash -c true", median(bare) * 1e3),
        Row("output through the supervisor", carried, "MB/s", "cat > file", cat),
        Row("the same with 50 secrets masked", masked, "MB/s", "cat > file", cat),
        Row("supervisor's memory after 1 GB of output", large / 2**20, "MiB", "after one line", small / 2**20),
    ]
