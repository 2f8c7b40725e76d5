"""A machine that was away while another took its deploy over: what it alone has is kept aside, and it joins the record
that went on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cockpit.deploy.events import StepStarted, decode_body
from cockpit.deploy.fold import fold
from cockpit.engine.team import fork_records as forks
from cockpit.engine.writer import Pen
from cockpit.external.locks import is_locked
from cockpit.journal.chain import Row
from cockpit.journal.sqlite import event_of
from cockpit.runner import files

if TYPE_CHECKING:
    from cockpit.team.follower import Follower


async def put_aside(pen: Pen, folder: Path, follower: Follower) -> bool:
    """Cut this machine's record back to what the team's has as well. What was cut off is kept in `fork-TIME.jsonl` of
    the deploy's folder, and told to the owner from there; but for a deploy that was handed over, and of which nothing
    is lost but figures that the owner has of its own. True where such a file was written. Raises NoAnswer, TeamError,
    JournalError, OSError: nothing is cut then."""
    rows = await pen.rows()
    common = await _common(rows, follower)
    if common == len(rows):
        return False
    cut = rows[common:]
    handed_over = fold(map(event_of, rows[:common])).team
    if handed_over is not None and handed_over.offer is not None and all(row.kind in forks.BY_ITSELF for row in cut):
        await pen.cut(common)
        return False
    path = forks.fresh(folder)
    files.write_durably(path, b"".join(_line(row) for row in cut))
    _move_runs(folder, cut, path.stem)
    await pen.cut(common)
    return True


async def _common(rows: list[Row], follower: Follower) -> int:
    """Number of the last event that both have; found by halving, as the chains part once and for ever."""
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high + 1) // 2
        if await follower.digest_at(middle) == rows[middle - 1].digest:
            low = middle
        else:
            high = middle - 1
    return low


def _line(row: Row) -> bytes:
    record = {"seq": row.seq, "at": row.at, "by": row.by, "kind": row.kind, "body": msgspec.Raw(row.body)}
    return msgspec.json.encode(record) + b"\n"


def _move_runs(folder: Path, cut: list[Row], name: str) -> None:
    """Folders of runs that only this machine knows get out of the way of the owner's; those that still run stay."""
    for row in cut:
        body = decode_body(row.body) if row.kind == StepStarted.__name__ else None
        if not isinstance(body, StepStarted) or not (folder / body.directory).is_dir():
            continue
        run = folder / body.directory
        if not is_locked(run / files.ALIVE):
            run.rename(run.with_name(f"{run.name}.{name}"))
