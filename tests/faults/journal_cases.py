"""A journal that is cut, flipped, locked or without room: whole, or an error that says so; never silently shorter."""

import contextlib
import fcntl
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.journal.recover import recover, survey
from cockpit.journal.sqlite import Journal, JournalError
from tests.builders import START, item, plan, step
from tests.faults.world import Cases

DEPLOY = "d1"
REACH = 4096
"""Bytes from the end of the file: each of them is a place to cut."""


def bodies() -> list[e.Body]:
    """A short deploy, with samples of many sizes between."""
    first: list[e.Body] = [
        e.DeployOpened(plan=plan(item("look"), step("one"), step("two"))),
        e.EngineStarted(pid=1, host="here"),
        e.PhaseEntered(phase="preflight"),
        e.ItemTicked(task="look"),
        e.PhaseEntered(phase="deploy"),
        e.StepStarted(task="one", attempt=1, script="true\n", directory="steps/002-1"),
    ]
    notes: list[e.Body] = [e.NoteAdded(text=f"note {number} " + "x" * (number * 13 % 700)) for number in range(40)]
    last: list[e.Body] = [
        e.StepFinished(task="one", attempt=1, outcome="succeeded", exit_status=0),
        e.StepStarted(task="two", attempt=1, script="true\n", directory="steps/003-1"),
    ]
    return [*first, *notes, *last]


class World:
    """A journal with one deploy, as an engine leaves it that was killed: with its write-ahead log, or after its end."""

    def __init__(self, folder: Path, *, alive: bool) -> None:
        self.source = folder / "source" / ".cockpit"
        self.events = [
            e.Event(seq=number, at=START + number, by="ann", body=body) for number, body in enumerate(bodies(), 1)
        ]
        for directory in ("steps/002-1", "steps/003-1"):
            (self.source / "deploys" / DEPLOY / directory).mkdir(parents=True)
            (self.source / "deploys" / DEPLOY / directory / "alive").touch()
        self._journal = Journal(self.source / "journal.db")
        for event in self.events:
            self._journal.append(DEPLOY, [event])
        if not alive:
            self._journal.close()
        self.file = "journal.db-wal" if alive else "journal.db"
        self._copies = folder / "copy"

    @contextlib.contextmanager
    def copy(self) -> Iterator[Path]:
        """The folder as a killed engine leaves it, to be damaged."""
        shutil.copytree(self.source, self._copies)
        try:
            yield self._copies
        finally:
            shutil.rmtree(self._copies)

    def judge(self, folder: Path) -> str:
        """`whole`, or `noticed` with what survived recovered; AssertionError where anything is lost without a word."""
        path = folder / "journal.db"
        try:
            read = _read(path)
        except JournalError as error:
            said = str(error)
        else:
            assert read == self.events, f"{len(read)} of {len(self.events)} events, and not a word"
            return "whole"
        assert str(path) in said, said
        self._recover(path)
        return "noticed"

    def _recover(self, path: Path) -> None:
        """What is whole is kept, what ran after it is known, and the journal can be read and written again."""
        found = {one.deploy: one for one in survey(path)}
        kept = list(found[DEPLOY].whole) if DEPLOY in found else []
        assert kept == self.events[: len(kept)]
        recover(path, list(found.values()), START + 1000)
        journal = Journal(path)
        again = journal.read(DEPLOY)
        if not kept:
            assert not again
        elif found[DEPLOY].damaged:
            assert again[: len(kept)] == kept
            assert isinstance(again[len(kept)].body, e.RecordRecovered)
            self._assert_known(again, len(kept))
        if again:
            journal.append(DEPLOY, [e.Event(seq=len(again) + 1, at=START, by="ann", body=e.NoteAdded(text="on"))])
        journal.close()

    def _assert_known(self, again: Sequence[e.Event], kept: int) -> None:
        """A step whose start is lost does not look as if it had never run."""
        state = fold(again)
        for task in ("one", "two"):
            started = next(event.seq for event in self.events if getattr(event.body, "task", "") == task)
            if state.plan is not None and started > kept:
                assert state.of(task).status == "unknown", (task, kept)
                assert state.of(task).attempt == 1


def _read(path: Path) -> list[e.Event]:
    journal = Journal(path, read_only=True)
    try:
        return journal.read(DEPLOY)
    finally:
        journal.close()


def cut(folder: Path, *, alive: bool, every: int = 1) -> int:
    """The file ends earlier, at each of its last bytes."""
    world = World(folder, alive=alive)
    size = (world.source / world.file).stat().st_size
    seen = []
    for left_out in range(1, min(REACH, size - 1) + 1, every):
        with world.copy() as copied:
            with (copied / world.file).open("r+b") as file:
                file.truncate(size - left_out)
            seen.append(world.judge(copied))
    assert "noticed" in seen
    return len(seen)


def flipped(folder: Path, *, alive: bool, times: int, seed: int = 7) -> int:
    """One bit is another one, anywhere in the file."""
    world = World(folder, alive=alive)
    size = (world.source / world.file).stat().st_size
    rng = random.Random(seed)
    seen = []
    for _ in range(times):
        with world.copy() as copied:
            with (copied / world.file).open("r+b") as file:
                place = rng.randrange(size)
                file.seek(place)
                (byte,) = file.read(1)
                file.seek(place)
                file.write(bytes([byte ^ (1 << rng.randrange(8))]))
            seen.append(world.judge(copied))
    assert "noticed" in seen
    return len(seen)


def rubbish(folder: Path) -> None:
    """A page of the file is something else altogether."""
    world = World(folder, alive=False)
    pages = (world.source / world.file).stat().st_size // 4096
    for page in range(pages):
        with world.copy() as copied:
            with (copied / world.file).open("r+b") as file:
                file.seek(page * 4096)
                file.write(b"\xa5" * 4096)
            world.judge(copied)


def locked_by_somebody(folder: Path) -> None:
    """Another process holds the journal: an error after a while, nothing half written, and it goes on afterwards."""
    path = folder / "journal.db"
    journal = Journal(path)
    journal.patience = 0.2
    (event,) = [e.Event(seq=1, at=START, by="ann", body=e.NoteAdded(text="one"))]
    with path.with_name("journal.lock").open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        _refused(journal, event, "another process holds the journal")
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    _refused(journal, event, "locked")
    stranger.execute("ROLLBACK")
    stranger.close()
    journal.append(DEPLOY, [event])
    assert journal.read(DEPLOY) == [event]
    journal.close()


def _refused(journal: Journal, event: e.Event, why: str) -> None:
    with pytest.raises(JournalError, match=why):
        journal.append(DEPLOY, [event])


def cases(*, full: bool) -> Cases:
    """The group, in its short form or at full length."""
    every, times = (1, 2000) if full else (61, 60)
    return [
        ("journal cut at its end", lambda folder: cut(folder, alive=False, every=every)),
        ("write-ahead log cut at its end", lambda folder: cut(folder, alive=True, every=every)),
        ("a bit of the journal flipped", lambda folder: flipped(folder, alive=False, times=times)),
        ("a bit of the write-ahead log flipped", lambda folder: flipped(folder, alive=True, times=times)),
        ("a page of the journal is rubbish", rubbish),
        ("journal locked by somebody else", locked_by_somebody),
    ]
