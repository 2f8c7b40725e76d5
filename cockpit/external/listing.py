"""Files by a pattern, the newest first: absolute patterns, `~`, broken links and folders that nobody may enter are a
usual part of the world, and none of them is an error here."""

import glob
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

MOST = 20_000
"""Names that are looked at: a folder with millions of them must not keep anybody waiting."""
_NO_BACKUP = (".md", ".txt", ".partial", ".part", ".tmp", ".log", ".md5", ".sha1", ".sha256", ".sha512", ".sig", ".asc")


def newest(root: Path, pattern: str) -> list[Path]:
    """Files and dumps in directory format that match, the newest first. `pattern`: below `root`, absolute or with `~`;
    names that are hidden, not UTF-8 or hold control characters are left out."""
    found: dict[Path, float] = {}
    for name in islice(glob.iglob(under(root, pattern)), MOST):  # noqa: PTH207 - pathlib raises and shows hidden names
        path = Path(name)
        if not _is_plain(path.name):
            continue
        try:
            told = path.stat()
            if stat.S_ISREG(told.st_mode) or (stat.S_ISDIR(told.st_mode) and is_dump_folder(path)):
                found[path] = told.st_mtime
        except (OSError, ValueError):
            continue  # a link to nothing or to itself, or gone since
    return sorted(found, key=lambda path: (found[path], path.name), reverse=True)


def backups(root: Path, pattern: str) -> Iterator[Path]:
    """Those of them that can be a backup by their names: not the checksum, the note or the half-written file beside."""
    others = tuple(end for end in _NO_BACKUP if not pattern.lower().endswith(end))
    return (path for path in newest(root, pattern) if not path.name.lower().endswith(others))


def is_dump_folder(path: Path) -> bool:
    """A dump in pg_dump's directory format."""
    return (path / "toc.dat").is_file() or (path / "toc.dat.gz").is_file()


def under(root: Path, pattern: str) -> str:
    """The pattern as glob takes it; only what the person wrote is a pattern, not the folder it is in."""
    # Not Path.expanduser: it raises where there is no such person.
    home = Path(os.path.expanduser(pattern))  # noqa: PTH111
    return str(home) if home.is_absolute() else str(Path(glob.escape(str(root)), home))


def short(root: Path, path: Path) -> str:
    """The path as a person would write it: below `root`, where it is there."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _is_plain(name: str) -> bool:
    return name.isprintable() and not any("\ud800" <= sign <= "\udfff" for sign in name)
