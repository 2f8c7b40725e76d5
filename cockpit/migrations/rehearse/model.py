"""What a rehearsal found, as it is shown and as `--json` has it."""

from typing import Literal

from msgspec import Struct

Level = Literal["error", "warning", "info"]


class Lock(Struct, frozen=True, order=True):
    """`mode` in PostgreSQL's spelling: AccessExclusiveLock."""

    table: str
    mode: str


class Step(Struct, frozen=True):
    """One statement that was run, or `count` INSERTs in a row. Seconds on the scratch server; bytes of all that was
    written meanwhile. `reads_blocked`, `writes_blocked`: seconds in which another session got no lock on some table.
    `estimated`: seconds with production's rows, None where nothing is known of them. `rows`: None where unknown."""

    line: int
    text: str
    seconds: float
    locks: tuple[Lock, ...] = ()
    reads_blocked: float = 0.0
    writes_blocked: float = 0.0
    rows: int | None = None
    rewritten: tuple[str, ...] = ()
    wal_bytes: int = 0
    size_bytes: int = 0
    estimated: float | None = None
    error: str = ""
    count: int = 1


class Remark(Struct, frozen=True):
    """Something to know of a file; an `error` fails the rehearsal."""

    level: Level
    text: str
    line: int = 0


class Rehearsed(Struct, frozen=True):
    """One file. `down`: `same` (undone, the schema is as before), `differs`, `failed`, `none` or `not tried`."""

    file: str
    steps: tuple[Step, ...] = ()
    remarks: tuple[Remark, ...] = ()
    estimate: float | None = None
    down: str = "not tried"
    down_seconds: float = 0.0
    difference: tuple[str, ...] = ()
    wal_bytes: int = 0
    size_bytes: int = 0

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def failed(self) -> bool:
        return any(one.level == "error" for one in self.remarks)


class Rehearsal(Struct, frozen=True):
    """All files, in order. `data`: what the scratch database was loaded from, in words."""

    server: str
    data: str
    files: tuple[Rehearsed, ...]
    skipped: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return bool(self.not_run) or any(one.failed for one in self.files)
