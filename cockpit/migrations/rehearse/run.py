"""A file applied as psql applies it: each statement by itself outside BEGIN, and stopped where production would be.

What fails in a transaction fails all of it. So that the second fault of a file is found in the same rehearsal, the
transaction is taken back and begun anew without the statement that failed; the file has failed all the same.
"""

import time
from collections.abc import Iterator, Sequence

import psycopg
from msgspec import Struct, structs

from cockpit.migrations.model import Script, Statement
from cockpit.migrations.rehearse.causes import line_in_block, position, words
from cockpit.migrations.rehearse.measure import Connection, Table, amounts, rewritten, tables
from cockpit.migrations.rehearse.model import Lock, Remark, Step
from cockpit.migrations.rehearse.probe import IN_THE_WAY, Probes, held
from cockpit.migrations.rules.blocks import body
from cockpit.migrations.rules.files import HARMLESS
from cockpit.migrations.rules.transactions import not_in_transaction
from cockpit.text.sanitize import one_line

MOST_FAULTS = 10
MOST_INSERTS = 200
"""Of more, WAL, size and locks are measured of the first and of the file: asking takes longer than they do."""
_SHOWN = 400
_OWN_TRANSACTIONS = ("25001", "2D000")


class Applied(Struct, frozen=True):
    """`failed`: production would not have got through."""

    steps: tuple[Step, ...]
    remarks: tuple[Remark, ...]

    @property
    def failed(self) -> bool:
        return any(one.level == "error" for one in self.remarks)


class Runner:
    """`migrating` runs the file, `observer` measures. Both in autocommit."""

    def __init__(self, script: Script, migrating: Connection, observer: Connection, probes: Probes) -> None:
        self.script, self.migrating, self.observer, self.probes = script, migrating, observer, probes
        self.remarks: list[Remark] = []
        self.faulty: set[int] = set()
        self.known = tables(migrating)
        self.old = {one.full for one in self.known.values()}
        self.many = sum(one.text[:6].upper() == "INSERT" for one in script.statements) > MOST_INSERTS

    def run(self) -> Applied:
        """Every statement that can be run."""
        steps: list[Step] = []
        for group in self._groups():
            steps += self._transaction(group) if self._is_transaction(group) else self._singly(group)
            if len(self.faulty) >= MOST_FAULTS:
                break
        if self.migrating.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self.migrating.execute("ROLLBACK")
            self.remarks.append(Remark("error", "the file ends inside a transaction; all of it is rolled back"))
        return Applied(tuple(steps), tuple(self.remarks))

    def _groups(self) -> Iterator[list[Statement]]:
        """Statements that stand or fall together; those outside of any transaction are one group too."""
        group: list[Statement] = []
        for one in self.script.statements:
            if one.kind != "sql":
                self._aside(one)
                continue
            if group and not self.script.wrapped and one.transaction != group[-1].transaction:
                yield group
                group = []
            group.append(one)
        if group:
            yield group

    def _is_transaction(self, group: Sequence[Statement]) -> bool:
        return self.script.wrapped or group[0].transaction > 0

    def _aside(self, one: Statement) -> None:
        if one.kind == "unfinished":
            self.remarks.append(Remark("error", f"{one.what} is never closed; nothing after it runs", one.line))
        elif (word := one.text[1:].split(maxsplit=1)[:1]) and word[0] not in HARMLESS:
            words = f"\\{one_line(word[0])} is a command of psql and was not run"
            self.remarks.append(Remark("error", words, one.line))

    def _transaction(self, group: Sequence[Statement]) -> list[Step]:
        """Once; with faults again without them, to find the others, and then taken back as production would."""
        bare = self.script.wrapped and not group[0].transaction
        failed: dict[int, Step] = {}
        while True:
            if bare:
                self.migrating.execute("BEGIN")
            steps: list[Step] = []
            fault: Step | None = None
            for one in group:
                if one.start in failed:
                    steps.append(failed[one.start])
                    continue
                if failed and one is group[-1] and one.words[0] in ("COMMIT", "END"):
                    break
                step = self._measured(one, steps, inside=True)
                _append(steps, step)
                if step.error:
                    failed[one.start], fault = step, step
                    break
            if fault is None or len(self.faulty) >= MOST_FAULTS:
                break
            self.migrating.execute("ROLLBACK")
        if bare or failed:
            began = time.monotonic()
            try:
                self.migrating.execute("ROLLBACK" if failed else "COMMIT")
            except psycopg.Error as error:  # a deferred constraint
                steps.append(self._fault(group[-1], error, time.monotonic() - began))
        if failed:
            words = "the transaction is rolled back; nothing of it remains"
            self.remarks.append(Remark("info", words, group[0].line))
        return steps

    def _singly(self, group: Sequence[Statement]) -> list[Step]:
        steps: list[Step] = []
        for one in group:
            alone = bool(not_in_transaction(one)) or bool(body(one)) or one.words[0] in ("CALL", "SET", "RESET", "COPY")
            _append(steps, self._measured(one, steps, inside=False, wrap=not alone))
        return steps

    def _measured(self, one: Statement, before: Sequence[Step], *, inside: bool, wrap: bool = False) -> Step:
        """`wrap`: in a transaction of its own, in which the locks that it took can be read before they are gone."""
        light = self.many and one.text[:6].upper() == "INSERT" and bool(before)
        first = None if light else amounts(self.observer)
        begin = time.monotonic()
        try:
            if wrap and not light:
                self.migrating.execute("BEGIN")
            rows = self._execute(one)
            done = time.monotonic()
            locks, known = self._seen(begin, done, inside=inside or wrap, light=light)
            again = time.monotonic()
            if wrap and not light:
                self.migrating.execute("COMMIT")
            end = time.monotonic()
        except (psycopg.Error, ValueError) as error:
            if wrap and not light:
                self.migrating.execute("ROLLBACK")
                if isinstance(error, psycopg.Error) and error.sqlstate in _OWN_TRANSACTIONS:
                    return self._measured(one, before, inside=False)
            return self._fault(one, error, time.monotonic() - begin)
        last = first if first is None else amounts(self.observer)
        earlier = {lock for step in before for lock in step.locks} if inside else set()
        fresh = rewritten(self.known, known) if known is not None else ()
        self.known = known or self.known
        if fresh and rows is None:
            rows = int(sum(table.rows for table in self.known.values() if table.full in fresh))
        return Step(
            line=one.line,
            text=one_line(one.text[:_SHOWN]),
            seconds=(done - begin) + (end - again),
            locks=tuple(sorted(lock for lock in locks - earlier if lock.table in self.old)),
            reads_blocked=self._blocked("read", begin, end, locks if inside or wrap else None),
            writes_blocked=self._blocked("write", begin, end, locks if inside or wrap else None),
            rows=rows,
            rewritten=fresh,
            wal_bytes=last.wal - first.wal if first and last else 0,
            size_bytes=last.size - first.size if first and last else 0,
        )

    def _blocked(self, kind: str, begin: float, end: float, locks: set[Lock] | None) -> float:
        """Nothing where every lock is known and none of them is in the way: the sessions look in steps of 3 ms."""
        if locks is not None and not any(lock.mode in IN_THE_WAY[kind] for lock in locks):
            return 0.0
        return self.probes.blocked(kind, begin, end)

    def _seen(
        self, begin: float, end: float, *, inside: bool, light: bool
    ) -> tuple[set[Lock], dict[int, Table] | None]:
        if light:
            return set(), None
        status = self.migrating.info.transaction_status
        if inside and status != psycopg.pq.TransactionStatus.INTRANS:
            return self.probes.locks(begin, end), tables(self.observer)
        return (held(self.migrating) if inside else set()) | self.probes.locks(begin, end), tables(self.migrating)

    def _execute(self, one: Statement) -> int | None:
        """Rows that it wrote, where PostgreSQL says so."""
        cursor = self.migrating.cursor()
        if one.data is not None:
            with cursor.copy(one.text.encode()) as copy:
                copy.write(one.data.encode())
            return cursor.rowcount
        cursor.execute(one.text.encode())
        verb = (cursor.statusmessage or "").split(" ")[0]
        return cursor.rowcount if verb in ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY") else None

    def _fault(self, one: Statement, error: Exception, seconds: float) -> Step:
        self.faulty.add(one.start)
        offset = one.start + position(error)
        line, column = self.script.place(offset)
        inner = line_in_block(error)
        quoted = next((token.offset for token in one.tokens if token.kind in ("dollar", "string")), None)
        if inner and quoted is not None and one.begins("DO"):
            line, column = self.script.place(quoted)[0] + inner - 1, 1
        said = words(error)
        self.remarks.append(Remark("error", f"{self.script.name}:{line}:{column}: {said}", line))
        return Step(line=one.line, text=one_line(one.text[:_SHOWN]), seconds=seconds, error=said)


def _append(steps: list[Step], step: Step) -> None:
    """INSERTs in a row are one step."""
    if steps and _is_insert(steps[-1]) and _is_insert(step):
        steps[-1] = _together(steps[-1], step)
    else:
        steps.append(step)


def _is_insert(step: Step) -> bool:
    return step.text[:6].upper() == "INSERT" and not step.error


def _together(first: Step, second: Step) -> Step:
    return structs.replace(
        first,
        count=first.count + second.count,
        seconds=first.seconds + second.seconds,
        rows=(first.rows or 0) + (second.rows or 0),
        reads_blocked=first.reads_blocked + second.reads_blocked,
        writes_blocked=first.writes_blocked + second.writes_blocked,
        wal_bytes=first.wal_bytes + second.wal_bytes,
        size_bytes=first.size_bytes + second.size_bytes,
    )
