"""The reading of a runbook and the record beside it: read, judged, written. A strange record is never passed over."""

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from cockpit.deploy.approvals.second_person import is_nobody
from cockpit.deploy.plan import PHASES, Plan
from cockpit.errors import USAGE, CockpitError
from cockpit.runbook.model import Role, Runbook
from cockpit.runbook.review.answers import CALLED, Answers
from cockpit.runbook.review.matching import Place, by_of, roles_of, stand
from cockpit.runbook.review.model import Entry, Record, Standing, pending
from cockpit.runbook.review.record import LARGEST, RecordError, read_record, write_record
from cockpit.runbook.review.roles import with_roles
from cockpit.runbook.review.subjects import handed, subjects
from cockpit.text.sanitize import one_line

SUFFIX = ".reading.toml"
_NOT_LISTED = 40
"""A refusal names so many scripts at most."""


class ReadingError(CockpitError):
    """The record cannot be read or written: which file, which line (0: none is to blame), why, and what to do."""

    status = USAGE

    def __init__(self, path: Path, words: str, line: int = 0) -> None:
        super().__init__(f"{short(path)}{f':{line}' if line else ''}: {words}")
        self.path, self.words, self.line = path, words, line


def short(path: Path) -> str:
    """The file as it can be opened from where the command was given; fit to be shown."""
    here = Path.cwd()
    return one_line(str(path.relative_to(here) if path.is_relative_to(here) else path))


@dataclass(frozen=True)
class Reading:
    """What is known of a runbook's scripts at this moment."""

    runbook: Path
    path: Path
    """Of the record, which need not be there."""
    record: Record
    standings: tuple[Standing, ...]
    """In the order of the document."""
    read: Runbook
    """As people read it: with the roles that they gave."""
    running: tuple[Place, ...] = ()
    """First line and text of the plan's scripts, in the order in which they run."""

    @property
    def pending(self) -> list[Standing]:
        """What nobody has reviewed as it is now."""
        return pending(self.standings)

    @property
    def roles(self) -> dict[str, Role]:
        """By id: what a person calls it, where that is something else than what it is read as."""
        return roles_of(self.standings)


def place_of(runbook: Path) -> Path:
    """`docs/deploy.md` -> `docs/deploy.reading.toml`: beside the file itself, where the name is a link."""
    file = runbook.resolve()
    return file.with_name((file.stem if file.suffix.lower() == ".md" else file.name) + SUFFIX)


def read_as_reviewed(runbook: Path, parsed: Runbook, record: Record | None = None) -> Reading:
    """The reading with the record beside the runbook, or with `record`. Raises ReadingError."""
    path = place_of(runbook)
    record = load(path) if record is None else record
    standings = stand(subjects(parsed), record)
    who = {name: entry.by for name, entry in by_of(standings).items()}
    return Reading(runbook, path, record, standings, with_roles(parsed, roles_of(standings), who))


def planned(reading: Reading, plan: Plan) -> tuple[Reading, Plan]:
    """Both, told of each other: what the settings take into the plan must be reviewed too, and the plan says who has
    reviewed what."""
    places = tuple(_places(plan))
    standings = stand([one.subject for one in reading.standings], reading.record, frozenset(places))
    said = {(one.subject.body_line, one.subject.text): one for one in standings}
    reviewed = {}
    for task in plan.every_task():
        one = said.get((task.script.body_line, task.script.body)) if task.script is not None else None
        if one is not None and one.state == "reviewed" and one.entry is not None:
            reviewed[task.id] = signed(one.entry)
    fresh = Reading(reading.runbook, reading.path, reading.record, standings, reading.read, places)
    return fresh, replace(plan, reviewed=reviewed, roles=fresh.roles)


def _places(plan: Plan) -> Iterator[Place]:
    forward = sorted(plan.tasks, key=lambda task: PHASES.index(task.phase))
    for task in (*forward, *(one for option in plan.rollback for one in option.tasks)):
        if task.script is not None:
            yield task.script.body_line, task.script.body


def signed(entry: Entry) -> str:
    """`Ann Baker, 2026-11-24`."""
    return f"{entry.by}, {datetime.fromtimestamp(entry.at, UTC):%Y-%m-%d}"


def why(one: Standing) -> str:
    """In words, why it is asked about."""
    if one.entry is None:
        unsure = "" if one.subject.sure == "sure" else f", {one.subject.sure}"
        return f"not reviewed yet{unsure}: {one.subject.reasons[0] if one.subject.reasons else 'it is a script'}"
    before = f"{one.entry.by} reviewed it on {datetime.fromtimestamp(one.entry.at, UTC):%Y-%m-%d}"
    if one.state == "changed":
        return f"changed since {before}"
    if one.subject.role == one.entry.read_as:
        return f"of several ways it is the usual one now, and runs without being chosen; {before}, when it was not"
    return f"read as {CALLED[one.subject.role]} now; {before} as {CALLED[one.entry.role]}"


def listed(reading: Reading) -> list[str]:
    """A line for each script that nobody has reviewed: where, what, which role, why."""
    lines = [
        f"{reading.runbook.name}:{one.subject.line}: {one.subject.title} [{one.role}]: {why(one)}"
        for one in reading.pending
    ]
    more = len(lines) - _NOT_LISTED
    return [*lines[:_NOT_LISTED], f"and {more} more"] if more > 0 else lines


# -- the file


def load(path: Path) -> Record:
    """The record; an empty one where there is no file. Raises ReadingError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Record()
    except OSError as error:
        raise _strange(path, error) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise _strange(path, None)
    with os.fdopen(fd, "rb") as file:
        data = file.read(LARGEST + 1)
    try:
        return read_record(data)
    except RecordError as error:
        raise ReadingError(path, str(error), error.line) from None


def save(reading: Reading, answers: Answers, now: float | None = None) -> Record:
    """Write what was said, over whatever is in the file by now. Gives what is in it then. Raises ReadingError."""
    if is_nobody(answers.by):
        words = f"a review needs a name, and {answers.by!r} is none: `--as NAME`, or `git config user.name NAME`"
        raise ReadingError(reading.path, words)
    with _alone(reading.path):
        record = answers.record(load(reading.path), int(time.time() if now is None else now))
        text = write_record(record, reading.runbook.resolve().name)
        _replace(reading.path, text.encode("utf-8"))
    return record


def _strange(path: Path, error: OSError | None) -> ReadingError:
    if path.is_symlink() or (error is not None and error.errno == errno.ELOOP):
        words = "a symbolic link: a record of a reading is a file of its own. Look what it is, and remove it"
    elif error is None or path.is_dir():
        words = "no file: the record of the reading belongs there. Look what it is, and move it away"
    else:
        words = f"{error.strerror}: the record of the reading cannot be read"
    return ReadingError(path, words)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes the record meanwhile. Raises ReadingError."""
    try:
        fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ReadingError(path.parent, f"{error.strerror}: the record of the reading belongs there") from error
    try:
        with contextlib.suppress(OSError):  # a file system without locks: what is written is whole in any case
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _replace(path: Path, data: bytes) -> None:
    """The whole file or none of it. Raises ReadingError."""
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".reading-", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), _mode(path))
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise _strange(path, None)
        temporary.replace(path)
    except OSError as error:
        raise ReadingError(path, f"{error.strerror}: the review cannot be kept there") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _mode(path: Path) -> int:
    """As the file has it, or as one that a person makes."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.lstat().st_mode) & 0o777
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def accepted_unseen(reading: Reading, by: str) -> str:
    """For the log: that `--accept-reading` passed over scripts which nobody has reviewed. Empty where there is none."""
    open_ = reading.pending
    if not open_:
        return ""
    lines = ", ".join(str(one.subject.line) for one in open_[:_NOT_LISTED])
    more = f" and {len(open_) - _NOT_LISTED} more" if len(open_) > _NOT_LISTED else ""
    scripts = "script" if len(open_) == 1 else "scripts"
    return f"{by} accepted the reading unseen (--accept-reading): {len(open_)} {scripts}, line {lines}{more}"


def texts_of(standings: Sequence[Standing]) -> dict[str, str]:
    """By sha256: what was reviewed of each script."""
    return {one.subject.sha256: handed(one.subject.text, one.subject.interpreter) for one in standings}
