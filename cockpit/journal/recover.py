"""A damaged journal: what survived goes into a new one, the damaged file is kept beside it, and the record says so.

What ran after the last whole event is known from the folders of the runs: it stands in the new record as `unknown`, for
a person to decide, and never runs again by itself.
"""

import contextlib
import re
import sqlite3
import time
from pathlib import Path

from msgspec import Struct, convert

from cockpit.deploy import events as e
from cockpit.deploy.fold import fold
from cockpit.external.locks import is_locked
from cockpit.journal import anchors
from cockpit.journal.chain import Row, broken_at
from cockpit.journal.sqlite import Journal, JournalError, event_of, read_uri
from cockpit.runner import files

_FOLDER = re.compile(r"(\d+)-(\d+)")
_COLUMNS = "seq, at, actor, kind, v, body, digest"


class Survey(Struct, frozen=True):
    """One deploy of a damaged or sound journal. `missing`: events known to have been there beyond `whole`."""

    deploy: str
    whole: tuple[e.Event, ...]
    missing: int
    problem: str
    closed: str = ""
    """Its outcome, as the list of deploys has it; empty where it was open or the list is damaged too."""

    @property
    def damaged(self) -> bool:
        return bool(self.problem)


def survey(path: Path) -> list[Survey]:
    """What is whole, deploy by deploy, the oldest first. Reads only; a file that is no database has nothing."""
    folders = path.parent / "deploys"
    named = {folder.name for folder in folders.iterdir() if folder.is_dir()} if folders.is_dir() else set()
    closed: dict[str, str] = {}
    db: sqlite3.Connection | None = None
    with contextlib.suppress(sqlite3.Error):
        db = sqlite3.connect(read_uri(path), uri=True)
        with contextlib.suppress(sqlite3.Error):
            for name, outcome in db.execute("SELECT deploy, outcome FROM deploys"):
                named.add(str(name))
                closed[str(name)] = outcome if outcome in e.DeployOutcome.__args__ else ""  # type: ignore[attr-defined]
        with contextlib.suppress(sqlite3.Error):
            named |= {str(name) for (name,) in db.execute("SELECT DISTINCT deploy FROM events")}
    try:
        return [_survey_deploy(db, deploy, folders / deploy, closed.get(deploy, "")) for deploy in sorted(named)]
    finally:
        if db is not None:
            db.close()


def _survey_deploy(db: sqlite3.Connection | None, deploy: str, folder: Path, closed: str) -> Survey:
    known = anchors.found(folder)
    rows: list[Row] = []
    problem = ""
    try:
        if db is None:
            raise sqlite3.DatabaseError("the file cannot be opened")
        for row in db.execute(f"SELECT {_COLUMNS} FROM events WHERE deploy=? ORDER BY seq", (deploy,)):  # noqa: S608
            rows.append(Row(*row))
    except sqlite3.Error as error:
        problem = str(error)
    broken = broken_at(rows)
    if broken is not None:
        problem = f"event {broken} is damaged"
        rows = rows[: broken - 1]
    events: list[e.Event] = []
    for row in rows:
        try:
            events.append(event_of(row))
        except ValueError as error:
            problem = f"event {row.seq} cannot be read: {error}"
            break
    last = max((anchor.seq for anchor in known), default=0)
    if last > len(events) and not problem:
        problem = f"the end is missing after event {len(events)}"
    return Survey(deploy, tuple(events), max(0, last - len(events)), problem, closed)


def recover(path: Path, found: list[Survey], now: float) -> Path:
    """Write the new journal and put the damaged one aside; gives where it is. Raises JournalError, nothing is moved.

    The caller makes sure that no engine has the journal open.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    fresh = path.parent / f"recovered-{stamp}" / path.name
    try:
        fresh.parent.mkdir(mode=0o700)
        journal = Journal(fresh, anchored=False)
        for one in found:
            if one.whole:
                journal.append(one.deploy, one.whole)
                if one.damaged:
                    journal.append(one.deploy, _said(one, path.parent / "deploys" / one.deploy, aside, now))
        journal.close()
        for ending in ("-wal", "-shm", ""):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
        fresh.rename(path)
        for left in fresh.parent.iterdir():
            left.unlink()
        fresh.parent.rmdir()
    except OSError as error:
        raise JournalError(f"{path.parent}: the new journal cannot be written: {error}") from error
    _anchor_anew(path, found)
    return aside


def _anchor_anew(path: Path, found: list[Survey]) -> None:
    """The old anchors point at what is lost: they have been told, in the new record."""
    journal = Journal(path)
    for one in found:
        folder = path.parent / "deploys" / one.deploy
        for anchor in anchors.found(folder):
            anchor.path.unlink(missing_ok=True)
        journal.anchor_tip(one.deploy)
    journal.close()


def _said(one: Survey, folder: Path, aside: Path, now: float) -> list[e.Event]:
    """What is written behind the last whole event: where it ends, and that the deploy was over if it was."""
    bodies: list[e.Body] = [
        e.RecordRecovered(
            whole=len(one.whole), missing=one.missing, damaged_file=str(aside), runs=_lost_runs(one, folder)
        )
    ]
    if one.closed:
        over = convert(one.closed, e.DeployOutcome)
        bodies.append(e.DeployClosed(outcome=over, reason="from the list of deploys; its end is lost"))
    at = max(now, one.whole[-1].at)
    return [
        e.Event(seq=len(one.whole) + number, at=at, by="cockpit", body=body) for number, body in enumerate(bodies, 1)
    ]


def _lost_runs(one: Survey, folder: Path) -> tuple[e.LostRun, ...]:
    """Runs whose folder says more than the record: started after its end, or finished after it."""
    state = fold(one.whole)
    plan = state.plan
    if plan is None:
        return ()
    by_place = {plan.ordinal(task.id): task.id for task in plan.every_task()}
    runs = []
    for path in sorted((folder / "steps").glob("*-*")) if (folder / "steps").is_dir() else ():
        match = _FOLDER.fullmatch(path.name)
        task_id = by_place.get(int(match[1])) if match else None
        if match is None or task_id is None or not (path / files.ALIVE).exists():
            continue
        have = state.of(task_id)
        attempt = int(match[2])
        if attempt > have.attempt:
            run = e.LostRun(task=task_id, attempt=attempt, directory=f"steps/{path.name}", known=_known(path))
            runs.append(run)
    return tuple(runs)


def _known(path: Path) -> str:
    record = files.read_json(path / files.EXIT)
    if record is not None and record.get("exit_status") is not None:
        return f"its directory says: {record.get('outcome')}, exit status {record['exit_status']}"
    if is_locked(path / files.ALIVE):
        return "still running; wait for it to finish before you decide"
    return "result unknown"
