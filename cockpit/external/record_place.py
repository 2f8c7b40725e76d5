"""Where the record of a checkout lies, and whether it was made here.

In a git checkout it is `cockpit/` in git's own folder: `git clean -fdx` does not reach it, and nothing that a stranger
commits can stand in its place. Elsewhere it is `.cockpit/` beside `cockpit.toml`.
"""

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

from cockpit.external.locks import is_locked

FOLDER = ".cockpit"
SEAL = "place"
"""File in the record's folder: the folder's own inode. A record that was unpacked or copied has another one."""
JOURNAL = "journal.db"


class Strange(Exception):
    """The record cannot be used as it is; the text says why and what to do."""


def record_folder(root: Path) -> Path:
    """The folder of the record. One of an earlier version, beside the settings, until it is moved."""
    here = root / FOLDER
    inside = in_git(root)
    if inside is None:
        return here
    if _is_file(here / JOURNAL) and not _is_file(inside / JOURNAL) and not is_tracked(root):
        return here
    return inside


def in_git(root: Path) -> Path | None:
    """The record's folder in git's own one, which belongs to this very work tree; None outside a checkout."""
    for folder in (root, *root.parents):
        git = _git_folder(folder / ".git")
        if git is not None:
            below = root.relative_to(folder).parts
            return git / "+".join(("cockpit", *below))
    return None


def _git_folder(entry: Path) -> Path | None:
    """`.git` itself, or the folder that it names: in a linked work tree and a submodule it is a file."""
    try:
        if entry.is_dir():
            return entry if (entry / "HEAD").exists() else None
        line = entry.read_text(encoding="utf-8", errors="surrogateescape").split("\n", 1)[0]
    except OSError:
        return None
    kind, _, name = line.partition(":")
    folder = entry.parent / name.strip()
    return folder if kind == "gitdir" and folder.is_dir() else None


def is_tracked(root: Path) -> bool:
    """True where the repository itself has something under `.cockpit`: that is no record of this machine."""
    from cockpit.external.git import git

    return bool((git(root, "ls-files", "--", FOLDER) or "").strip())


def prepare(root: Path) -> str:
    """Make the record's folder, and bring an earlier version's into git's own. Gives what was moved where, in words.

    Raises OSError, and Strange where something else lies in its place.
    """
    here, inside = root / FOLDER, in_git(root)
    if inside is not None and os.path.lexists(here) and is_tracked(root):
        raise Strange(f"{here} is part of the repository, not a journal of this machine. Remove it from git")
    moved = ""
    folder = record_folder(root)
    if inside is not None and folder == here and not has_open(here) and _idle(here):
        _check_own(here)
        inside.parent.mkdir(parents=True, exist_ok=True)
        if not inside.exists():
            here.rename(inside)
            moved = f"the journal was moved from {here} to {inside}, which git clean does not touch"
            folder = inside
    fresh = not os.path.lexists(folder)
    if folder.is_symlink() or folder.is_dir():
        _check_own(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "locks").mkdir(mode=0o700, exist_ok=True)
    _check_own(folder)
    if fresh or moved or not has_open(folder):
        seal(folder)
    if folder == here:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(folder / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            (folder / ".gitignore").write_text("*\n")
    return moved


def check(folder: Path) -> None:
    """Before anything is run for an open deploy of this record: it was made here. Raises Strange."""
    _check_own(folder)
    if has_open(folder) and not _is_sealed(folder):
        raise Strange(
            f"{folder} has an open deploy but was not created here (unpacked or copied with the repository?), so "
            "none of it is run. If it is yours, run `cockpit recover --adopt`; otherwise remove the directory"
        )


def seal(folder: Path) -> None:
    """This folder is this machine's. Raises OSError."""
    fresh = folder / f"{SEAL}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, str(folder.stat().st_ino).encode())
    finally:
        os.close(fd)
    fresh.replace(folder / SEAL)


def has_open(folder: Path) -> bool:
    """True where the record has a deploy that was not closed; also where that cannot be told."""
    path = folder / JOURNAL
    if not os.path.lexists(path):
        return False
    try:
        with contextlib.closing(sqlite3.connect(read_uri(path), uri=True, timeout=2)) as db:
            return db.execute("SELECT 1 FROM deploys WHERE closed_at IS NULL LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True


def read_uri(path: Path) -> str:
    """SQLite's name for the file, to be opened for reading only."""
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{quoted}?mode=ro"


def _idle(folder: Path) -> bool:
    """No engine of an earlier version holds anything there."""
    return not any(
        map(is_locked, [*folder.glob("locks/*.lock"), *folder.glob("deploys/*/*.lock"), folder / "journal.lock"])
    )


def _is_sealed(folder: Path) -> bool:
    try:
        fd = os.open(folder / SEAL, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return os.read(fd, 64) == str(folder.stat().st_ino).encode()
    finally:
        os.close(fd)


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISREG(path.lstat().st_mode)
    return False


def _check_own(folder: Path) -> None:
    """Neither the folder nor what the cockpit opens in it leads elsewhere or is another user's. Raises Strange."""
    wanted = {folder: stat.S_ISDIR, folder / "locks": stat.S_ISDIR, folder / "deploys": stat.S_ISDIR}
    wanted |= {folder / name: stat.S_ISREG for name in (JOURNAL, "journal.lock", SEAL, "home")}
    for path, is_right in wanted.items():
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if not is_right(found.st_mode):
            kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not what it should be"
            raise Strange(f"{path} is {kind} and not the cockpit's. Check what it is, and remove it")
        if os.geteuid() not in (0, found.st_uid):
            raise Strange(f"{path} belongs to another user (uid {found.st_uid}). Use your own checkout")
