"""All of it in order: load, apply and measure each file, compare, undo, compare again."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct, structs

from cockpit.backup.database import Database
from cockpit.migrations.files import load as load_script
from cockpit.migrations.files import script as make_script
from cockpit.migrations.model import Script
from cockpit.migrations.rehearse.earlier import applied, is_applied
from cockpit.migrations.rehearse.measure import Connection, amounts, tables
from cockpit.migrations.rehearse.model import Rehearsal, Rehearsed, Remark
from cockpit.migrations.rehearse.probe import Probes, named
from cockpit.migrations.rehearse.run import Applied, Runner
from cockpit.migrations.rehearse.schema import difference, leftovers, schema
from cockpit.migrations.rehearse.scratch import Ready
from cockpit.migrations.rehearse.verdict import Rows, extrapolated, judged
from cockpit.migrations.wayback import down_names, down_part

Say = Callable[[str], None]


class Migration(Struct, frozen=True):
    """`down`: what undoes it; None where nothing does."""

    path: Path
    up: Script
    down: Script | None


def read(path: Path, name: str, *, single: bool) -> Migration:
    """With the file beside it that undoes it, or the part of its own. Raises NoMigrations."""
    up = load_script(path, name, single=single)
    for other in down_names(str(path)):
        if Path(other).is_file():
            return Migration(path, up, load_script(Path(other), single=up.wrapped))
    _, back = down_part(path.read_text(encoding="utf-8", errors="replace"))
    return Migration(path, up, make_script(back.partition("\n")[2], name, single=up.wrapped) if back else None)


class Rehearser:
    """`rows`: production's, by `schema.table`; empty where nobody told them."""

    def __init__(self, ready: Ready, rows: Rows, say: Say, *, down: bool = True) -> None:
        self.ready, self.rows, self.say, self.with_down = ready, rows, say, down

    def run(self, migrations: Sequence[Migration]) -> Rehearsal:
        """Stops behind the first file that fails. Raises BackupError where the server is gone."""
        ready = self.ready
        with ready.database.connection() as observer:
            words = applied(observer)
            here = {one.full: one.rows for one in tables(observer).values()}
            todo = [one for one in migrations if not is_applied(one.path.name, words)]
            skipped = tuple(one.up.name for one in migrations if one not in todo)
            files: list[Rehearsed] = []
            schemas: list[list[str]] = []
            for number, one in enumerate(todo, 1):
                self.say(f"{number}/{len(todo)} {one.up.name}")
                schemas.append(schema(ready.database, ready.bin_dir))
                files.append(self._up(one, observer, here, schemas[-1]))
                if files[-1].failed:
                    break
            if self.with_down and files and not files[-1].failed:
                files = self._down(todo, files, schemas, observer)
        not_run = tuple(one.up.name for one in todo[len(files) :])
        return Rehearsal(ready.server, ready.data, tuple(files), skipped, not_run)

    def _applied(self, script: Script, observer: Connection) -> Applied:
        database: Database = self.ready.database
        every = [(one.schema, one.name) for one in tables(observer).values()]
        with database.connection() as migrating:
            touched = named(every, script.text)
            with Probes(database, touched, migrating.info.backend_pid) as probes:
                return Runner(script, migrating, observer, probes).run()

    def _up(self, one: Migration, observer: Connection, here: Rows, before: list[str]) -> Rehearsed:
        left, spent = leftovers(observer), amounts(observer)
        done = self._applied(one.up, observer)
        after = amounts(observer)
        steps, unknown = extrapolated(done.steps, here, self.rows)
        remarks = [*done.remarks]
        if not done.failed:
            remarks += judged(steps, one.up.header, unknown)
        else:
            half = difference(before, schema(self.ready.database, self.ready.bin_dir))
            if half:
                remarks.append(Remark("error", f"partly applied: {'; '.join(half[:6])}"))
        remarks += [Remark("warning", f"left behind: {text}") for text in sorted(leftovers(observer) - left)]
        return Rehearsed(
            file=one.up.name,
            steps=tuple(steps),
            remarks=tuple(remarks),
            estimate=one.up.header.estimate,
            wal_bytes=after.wal - spent.wal,
            size_bytes=after.size - spent.size,
        )

    def _down(
        self, todo: Sequence[Migration], files: Sequence[Rehearsed], schemas: Sequence[list[str]], observer: Connection
    ) -> list[Rehearsed]:
        """The last first; where one cannot be undone those before it cannot be tried either."""
        found = [*files]
        for index in range(len(files) - 1, -1, -1):
            down = todo[index].down
            if down is None:
                words = "no down migration: no down file, no down part"
                found[index] = _with(found[index], Remark("warning", words), down="none")
                break
            self.say(f"undoing {down.name}")
            began = time.monotonic()
            done = self._applied(down, observer)
            taken = time.monotonic() - began
            if done.failed:
                said = next(one.text for one in done.remarks if one.level == "error")
                remark = Remark("error", f"down migration failed: {said}")
                found[index] = _with(found[index], remark, down="failed", seconds=taken)
                break
            lines = difference(schemas[index], schema(self.ready.database, self.ready.bin_dir))
            if not lines:
                found[index] = structs.replace(found[index], down="same", down_seconds=taken)
                continue
            remark = Remark("error", "after the down migration the schema differs")
            found[index] = _with(found[index], remark, down="differs", seconds=taken, lines=lines)
            break
        return found


def _with(one: Rehearsed, remark: Remark, *, down: str, seconds: float = 0.0, lines: tuple[str, ...] = ()) -> Rehearsed:
    return structs.replace(
        one, remarks=(*one.remarks, remark), down=down, down_seconds=seconds, difference=lines
    )  # fmt: skip
