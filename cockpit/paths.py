"""Where things are kept: the record (`external/record_place.py`), and a short runtime folder for sockets and state."""

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cockpit.errors import CockpitError
from cockpit.external import record_place as place

SETTINGS = "cockpit.toml"
LONGEST = 85
"""Bytes of the runtime folder's name: with a socket's own it stays below the 103 that macOS allows, Linux 107."""


class LayoutError(CockpitError):
    """A folder cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Layout:
    """The paths of one repository."""

    root: Path

    @cached_property
    def folder(self) -> Path:
        """Of the record: in git's own folder, or `.cockpit/` beside the settings outside a checkout."""
        return place.record_folder(self.root)

    @property
    def journal(self) -> Path:
        return self.folder / "journal.db"

    def deploy(self, deploy_id: str) -> Path:
        return self.folder / "deploys" / deploy_id

    def replica_mark(self, deploy_id: str) -> Path:
        """There where another machine's engine owns the deploy, and this one only has a copy of it."""
        return self.deploy(deploy_id) / "replica"

    def lock(self, environment: str) -> Path:
        """flock held by the engine of the environment's open deploy for as long as it lives."""
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in environment)
        return self.folder / "locks" / f"{safe}.lock"

    def _short(self, deploy_id: str) -> str:
        return sha256(f"{self.root.resolve()}\0{deploy_id}".encode()).hexdigest()[:12]

    def socket(self, deploy_id: str) -> Path:
        """Of the deploy's engine, or (`DEPLOY/RUN`) of a run's terminal."""
        return self.runtime(deploy_id) / f"{self._short(deploy_id)}.sock"

    def scratch(self, deploy_id: str) -> Path:
        """Folder (0700) of the carried shell state: outside the repository, on a RAM disk where there is one."""
        return self.runtime(deploy_id) / self._short(deploy_id)

    def runtime(self, deploy_id: str) -> Path:
        """The folder of the deploy's sockets and shell state: the one that its engine has chosen, whatever this
        caller's environment says (su, cron, another session); before that, the one that it would choose."""
        try:
            named = Path(self._runtime_name(deploy_id).read_text(encoding="utf-8"))
            _check_own(named)
        except (OSError, ValueError, LayoutError):
            return runtime_folder()
        return named

    def keep_runtime(self, deploy_id: str) -> Path:
        """For the engine: the folder as it is from here on, also where the one before has vanished. Raises OSError,
        LayoutError."""
        folder = self.runtime(deploy_id)
        name = self._runtime_name(deploy_id)
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = name.with_name(f"{name.name}.{os.getpid()}")
        fresh.write_text(str(folder), encoding="utf-8")
        fresh.replace(name)
        return folder

    def _runtime_name(self, deploy_id: str) -> Path:
        return self.deploy(deploy_id.partition("/")[0]) / "runtime"

    def make(self) -> str:
        """Create the record's folder. Gives in words what was moved for it. Raises LayoutError."""
        try:
            moved = place.prepare(self.root)
        except place.Strange as error:
            raise LayoutError(str(error)) from None
        except OSError as error:
            raise LayoutError(
                f"{self.folder}: {error.strerror}: the cockpit keeps its journal there; "
                "make the folder writable or start from another checkout"
            ) from error
        # It may be in another place from now on.
        self.__dict__.pop("folder", None)
        return moved

    def check(self) -> None:
        """The record was made here: before anything is run for it. Raises LayoutError."""
        try:
            place.check(self.folder)
        except place.Strange as error:
            raise LayoutError(str(error)) from None


def runtime_folder() -> Path:
    """A folder that only this user may enter, with a name that is short enough for sockets. Raises LayoutError."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    mine = f"cockpit-{os.getuid()}"
    places = [Path(base) / "cockpit"] if base and os.access(base, os.W_OK) else []
    places += [Path(tempfile.gettempdir()) / mine, Path("/tmp") / mine]  # noqa: S108 - checked below
    folder = next((place for place in places if len(os.fsencode(place)) <= LONGEST), None)
    if folder is None:
        raise LayoutError(f"{places[0]} is too long a name for sockets: set XDG_RUNTIME_DIR to a shorter one")
    with contextlib.suppress(FileExistsError):
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            if isinstance(error, FileExistsError):
                raise
            raise LayoutError(f"{folder}: {error.strerror}: set XDG_RUNTIME_DIR to a folder of your own") from error
    _check_own(folder)
    return folder


def _check_own(folder: Path) -> None:
    """Raises LayoutError where others may enter it, OSError where it is not there."""
    found = folder.lstat()
    own = found.st_uid == os.getuid() or os.getuid() == 0
    if not stat.S_ISDIR(found.st_mode) or not own or found.st_mode & 0o077:
        raise LayoutError(f"{folder} is not a folder that only you can enter: remove it, or set XDG_RUNTIME_DIR")


def find_root(start: Path) -> Path:
    """The nearest folder upwards with a `cockpit.toml` or `.git`; `start` itself where there is none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file() or (folder / ".git").exists():
            return folder
    return start
