"""Every fault at full length, with a table at the end: `uv run python -m tests.faults`.

The suite plays the same faults in a short form. Exit status 1 where anything was lost.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.faults import engine_cases, journal_cases, kills, output_cases, script_cases, syscalls, world_cases, worlds
from tests.faults.engine_cases import Cannot
from tests.faults.world import Cases

KILLS = 200
"""Of each target."""
PER_DEPLOY = 10
WORKERS = 2

GROUPS: dict[str, Callable[..., Cases]] = {
    "journal": journal_cases.cases,
    "engine": engine_cases.cases,
    "output": output_cases.cases,
    "scripts": script_cases.cases,
    "system calls": syscalls.cases,
    "worlds": world_cases.cases,
}


@dataclass
class Row:
    """One line of the table. `lost` is empty where nothing was."""

    fault: str
    runs: int
    survived: int
    lost: str = ""
    seconds: float = 0.0


def one_case(group: str, place: int, full: bool) -> Row:
    name, case = GROUPS[group](full=full)[place]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ck-", ignore_cleanup_errors=True) as folder:
        try:
            runs = case(Path(folder).resolve()) or 1
        except Cannot as reason:
            return Row(f"{group}: {name}", 0, 0, f"not played: {reason}")
        except (AssertionError, OSError, ValueError) as error:
            return Row(f"{group}: {name}", 1, 0, f"LOST: {str(error)[:300]}", time.monotonic() - began)
    return Row(f"{group}: {name}", runs, runs, "", time.monotonic() - began)


def one_deploy(target: str, seed: int, world: str) -> Row:
    with getattr(worlds, world)() as root:
        outcome = kills.play(root, target, PER_DEPLOY, random.Random(seed), seconds=120)
    problems = outcome.problems + ([] if outcome.closed else ["the deploy did not come to its end"])
    survived = 0 if problems else outcome.kills
    lost = f"LOST (seed {seed}): {'; '.join(problems)[:300]}" if problems else ""
    return Row(f"kill -9 of the {target}, a demo deploy", outcome.kills, survived, lost, outcome.seconds)


def orders(chosen: set[str], full: bool, seed: int) -> Iterator[tuple[Callable[..., Row], tuple[object, ...]]]:
    for group, cases in GROUPS.items():
        if group in chosen:
            for place, _ in enumerate(cases(full=full)):
                yield one_case, (group, place, full)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    options.add_argument("--only", action="append", choices=[*GROUPS, "kills"], help="this group; may be repeated")
    options.add_argument("--short", action="store_true", help="as the suite plays them")
    options.add_argument("--seed", type=int, default=int(time.time()), help="of the random kill points")
    options.add_argument("--kills", type=int, default=KILLS, help="of each target")
    chosen = options.parse_args()
    groups = set(chosen.only or [*GROUPS, "kills"])
    print(f"seed {chosen.seed}")
    began = time.monotonic()
    with ProcessPoolExecutor(WORKERS) as pool:
        rows = _rows(pool, [pool.submit(f, *a) for f, a in orders(groups, not chosen.short, chosen.seed)])
        if "kills" in groups:
            for target in kills.TARGETS:
                rows.append(_kills(pool, target, 20 if chosen.short else chosen.kills, chosen.seed))
    _table(rows, time.monotonic() - began)
    return 1 if any(row.lost.startswith("LOST") for row in rows) else 0


def _rows(pool: ProcessPoolExecutor, running: list["Future[Row]"]) -> list[Row]:
    for future in as_completed(running):
        row = future.result()
        print(f"  {row.fault}: {row.lost or 'survived'} ({row.seconds:.1f} s)", flush=True)
    return [future.result() for future in running]


def _kills(pool: ProcessPoolExecutor, target: str, wanted: int, seed: int) -> Row:
    """Deploys, two at a time, until that many were killed."""
    total = Row(f"kill -9 of the {target} in demo deploys", 0, 0)
    number = 0
    while total.runs < wanted:
        rows = [pool.submit(one_deploy, target, seed + number + side, "demo") for side in range(WORKERS)]
        number += WORKERS
        for row in _rows(pool, rows):
            total.runs += row.runs
            total.survived += row.survived
            total.seconds += row.seconds
            total.lost = "; ".join(one for one in (total.lost, row.lost) if one)
    return total


def _table(rows: list[Row], seconds: float) -> None:
    width = max(len(row.fault) for row in rows)
    print(f"\n{'fault':<{width}}  {'runs':>6}  {'survived':>8}  what was lost")
    for row in rows:
        print(f"{row.fault:<{width}}  {row.runs:>6}  {row.survived:>8}  {row.lost or 'nothing'}")
    runs, survived = sum(row.runs for row in rows), sum(row.survived for row in rows)
    print(f"{'all':<{width}}  {runs:>6}  {survived:>8}  in {seconds / 60:.0f} min")


if __name__ == "__main__":
    sys.exit(main())
