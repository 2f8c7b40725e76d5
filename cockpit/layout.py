"""Where things are kept: the record (`place.py`), and a short runtime folder for sockets and shell state."""

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cockpit import place
from cockpit.expected import Expected

SETTINGS = "cockpit.toml"


class LayoutError(Expected):
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
        """Short, because the name of a Unix socket may have 107 bytes at most."""
        return runtime_folder() / f"{self._short(deploy_id)}.sock"

    def scratch(self, deploy_id: str) -> Path:
        """Folder (0700) of the carried shell state: outside the repository, on a RAM disk where there is one."""
        return runtime_folder() / self._short(deploy_id)

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
    """A folder that only this user may enter. Raises LayoutError where somebody else owns it."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if base and os.access(base, os.W_OK):
        folder = Path(base) / "cockpit"
    else:
        folder = Path(tempfile.gettempdir()) / f"cockpit-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LayoutError(f"{folder} is not a folder that only you can enter: remove it, or set XDG_RUNTIME_DIR")
    return folder


def find_root(start: Path) -> Path:
    """The nearest folder upwards with a `cockpit.toml` or `.git`; `start` itself where there is none."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file() or (folder / ".git").exists():
            return folder
    return start
