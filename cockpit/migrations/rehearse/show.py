"""A rehearsal as lines."""

from collections.abc import Iterator

from cockpit.migrations.rehearse.model import Rehearsal, Rehearsed, Step
from cockpit.text.amounts import bytes_text, seconds_text

_DOWN = {
    "same": "undone in {}, the schema is unchanged",
    "differs": "undone in {}, the schema differs:",
    "failed": "down migration failed",
    "none": "no down migration",
    "not tried": "",
}


def lines(found: Rehearsal) -> Iterator[str]:
    """What people read."""
    yield f"rehearsed on {found.server}; data: {found.data}"
    if found.skipped:
        yield f"already applied there: {', '.join(found.skipped)}"
    for one in found.files:
        yield ""
        yield from _file(one)
    for name in found.not_run:
        yield f"not run: {name}"
    yield ""
    bad = sum(one.failed for one in found.files)
    if not found.files and not found.not_run:
        yield "nothing to rehearse"
    else:
        yield (f"{len(found.files)} rehearsed, {bad} failed" if bad else f"{len(found.files)} rehearsed, all succeeded")


def _file(one: Rehearsed) -> Iterator[str]:
    total = f"{seconds_text(one.seconds)}, WAL {bytes_text(one.wal_bytes)}, size {_signed(one.size_bytes)}"
    said = f", estimated {seconds_text(one.estimate)}" if one.estimate is not None else ""
    yield f"{'FAIL' if one.failed else 'ok  '}  {one.file}: {total}{said}"
    for step in one.steps:
        yield from _step(step)
    for remark in one.remarks:
        yield f"      {remark.level}: {remark.text}"
    down = _DOWN[one.down].format(seconds_text(one.down_seconds))
    if down:
        yield f"      {down}"
    yield from (f"        {line}" for line in one.difference)


def _step(step: Step) -> Iterator[str]:
    text = step.text if len(step.text) <= 90 else f"{step.text[:87]}..."
    times = f"{step.count} x " if step.count > 1 else ""
    yield f"      {step.line:>4}  {times}{text}"
    if step.error:
        yield f"            {step.error}"
        return
    parts = [seconds_text(step.seconds)]
    if step.estimated is not None and step.estimated > step.seconds * 1.05:
        parts.append(f"about {seconds_text(step.estimated)} with production's rows")
    parts += [f"{lock.mode.removesuffix('Lock')} on {lock.table}" for lock in step.locks]
    if step.reads_blocked:
        parts.append(f"reads blocked {seconds_text(step.reads_blocked)}")
    if step.writes_blocked:
        parts.append(f"writes blocked {seconds_text(step.writes_blocked)}")
    if step.rewritten:
        parts.append(f"rewrites {', '.join(step.rewritten)}")
    if step.rows is not None:
        parts.append(f"{step.rows:,} rows")
    if step.wal_bytes:
        parts.append(f"WAL {bytes_text(step.wal_bytes)}")
    if step.size_bytes:
        parts.append(f"size {_signed(step.size_bytes)}")
    yield f"            {', '.join(parts)}"


def _signed(value: int) -> str:
    return f"+{bytes_text(value)}" if value >= 0 else bytes_text(value)
