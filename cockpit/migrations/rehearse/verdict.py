"""Figures against limits: the header's estimate, five minutes, and production's row counts."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from cockpit.migrations.model import Header
from cockpit.migrations.rehearse.model import Remark, Step
from cockpit.migrations.rules.files import LONGEST_SECONDS
from cockpit.text.amounts import seconds_text

LONG_BLOCK_SECONDS = 1.0
"""Longer than this customers notice, and a pool of connections fills with those who wait."""
_WITH_ROWS = re.compile(
    r"(?i)\b(?:CREATE\s+(?:UNIQUE\s+)?INDEX|UPDATE|DELETE|MERGE|REINDEX|CLUSTER|VACUUM|REFRESH|VALIDATE|CALL|SELECT"
    r"|SET\s+NOT\s+NULL|ADD\s+CONSTRAINT|ADD\s+(?:PRIMARY|UNIQUE|FOREIGN|CHECK)|TYPE|DO)\b"
)
"""Statements that read or write rows: the others take as long on a large table as on a small one."""

Rows = Mapping[str, float]


def extrapolated(steps: Sequence[Step], here: Rows, there: Rows) -> tuple[list[Step], set[str]]:
    """The steps with `estimated`, and tables that are empty here though not there: of those nothing is known."""
    found, unknown = [], set[str]()
    for step in steps:
        factor = 1.0
        if step.rewritten or _WITH_ROWS.search(step.text):
            for table, rows in there.items():
                if table not in step.rewritten and not _names(step, table):
                    continue
                if here.get(table, 0) > 0:
                    factor = max(factor, rows / here[table])
                elif rows > 0:
                    unknown.add(table)
        found.append(structs.replace(step, estimated=step.seconds * factor) if there else step)
    return found, unknown


def _names(step: Step, table: str) -> bool:
    bare = table.rpartition(".")[2]
    named = re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", step.text, re.I) is not None
    return named or any(lock.table == table for lock in step.locks)


def judged(steps: Sequence[Step], header: Header, unknown: set[str]) -> Iterator[Remark]:
    """Errors where it takes longer than five minutes, warnings where it takes longer than was said."""
    measured = sum(step.seconds for step in steps)
    known = [step.estimated for step in steps if step.estimated is not None]
    there = sum(known) if known else None
    longest = max(measured, there or 0.0)
    if there is not None and there > measured * 1.05:
        how = f"{seconds_text(measured)} here, about {seconds_text(there)} with production's rows (by row counts)"
    else:
        how = seconds_text(measured)
    if longest > LONGEST_SECONDS:
        yield Remark("error", f"takes {how}: more than 5 minutes")
    elif header.estimate is not None and longest > header.estimate:
        yield Remark("warning", f"takes {how}: more than the header's estimate ({header.said})")
    elif there is not None and longest > measured:
        yield Remark("info", f"takes {how}")
    if header.estimate is None:
        yield Remark("warning", f"the header has no estimate; it took {seconds_text(measured)}")
    for table in sorted(unknown):
        yield Remark("warning", f"{table} is empty here but not in production; its times cannot be extrapolated")
    for kind in ("reads", "writes"):
        yield from _blocked(steps, kind)


def _blocked(steps: Sequence[Step], kind: str) -> Iterator[Remark]:
    """Of one statement, else of all: in a transaction the lock of the first holds through the others."""
    here, there, named = 0.0, 0.0, False
    for step in steps:
        factor = max(1.0, step.estimated / step.seconds) if step.estimated and step.seconds else 1.0
        blocked = step.reads_blocked if kind == "reads" else step.writes_blocked
        here, there = here + blocked, there + blocked * factor
        if blocked * factor > LONG_BLOCK_SECONDS:
            named = True
            yield Remark("warning", f"{kind} are blocked for {_here_and_there(blocked, blocked * factor)}", step.line)
    if there > LONG_BLOCK_SECONDS and not named:
        yield Remark("warning", f"{kind} are blocked for {_here_and_there(here, there)} in total")


def _here_and_there(here: float, there: float) -> str:
    if there <= here * 1.05:
        return seconds_text(here)
    return f"{seconds_text(here)} here, about {seconds_text(there)} with production's rows"
