"""Which files are migrations, and what is read of each."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cockpit.external.git import git, migrations, resolve
from cockpit.migrations.header import read as read_header
from cockpit.migrations.model import Script
from cockpit.migrations.split import split
from cockpit.migrations.wayback import down_part, is_down

FOLDERS = ("migrations", "supabase/migrations", "db/migrations", "db/migrate", "sql/migrations", "database/migrations")
_VERSION = re.compile(r"\d+")


class NoMigrations(Exception):
    """There is nothing to look at; the text says where it was looked for."""


def found(paths: Sequence[Path], root: Path, since: str = "") -> list[Path]:
    """The SQL files, in the order of their names (as every tool applies them). Raises NoMigrations."""
    if since:
        if not resolve(root, since):
            raise NoMigrations(f"{since}: not a commit, branch or tag of this repository")
        # Untracked ones too: the file that was just written is the one to look at.
        new = (git(root, "ls-files", "--others", "--exclude-standard") or "").splitlines()
        names = [*migrations(root, since, "HEAD"), *(name for name in new if _in_folder(name))]
        return sorted({root / name for name in names if name.endswith(".sql") and (root / name).is_file()}, key=_order)
    chosen = [*paths] or [root / folder for folder in FOLDERS if (root / folder).is_dir()]
    if not chosen:
        raise NoMigrations(f"no migrations. Give their paths, or put them in {', '.join(FOLDERS[:3])} ...")
    files: list[Path] = []
    for path in chosen:
        if path.is_dir():
            files += sorted(path.rglob("*.sql"), key=_order)
        elif path.is_file():
            files.append(path)
        else:
            raise NoMigrations(f"{path}: no such file or directory")
    if not files:
        raise NoMigrations(f"no .sql file in {', '.join(map(str, chosen))}")
    return files


def _in_folder(name: str) -> bool:
    return any(name.startswith(f"{folder}/") for folder in FOLDERS)


def _order(path: Path) -> tuple[str, list[int], str]:
    """1_a before 10_b before 20260101_c: versions are numbers."""
    version = _VERSION.match(path.name)
    return str(path.parent), [int(version[0])] if version else [], path.name


def decoded(raw: bytes) -> tuple[str, str]:
    """The text, and its encoding where that is not UTF-8."""
    for mark, encoding in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), encoding
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "another encoding (read as Latin-1)"


def load(path: Path, name: str = "", *, single: bool = False) -> Script:
    """`single`: the team's tool wraps every file that does not say otherwise. Raises NoMigrations."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise NoMigrations(f"{path}: {error.strerror}") from error
    text, encoding = decoded(raw)
    return script(text, name or str(path), single=single, encoding=encoding)


def script(text: str, name: str, *, single: bool = False, encoding: str = "") -> Script:
    """The way up of the text: what stands behind a mark such as `-- migrate:down` is left out."""
    header = read_header(text)
    up, _ = down_part(text)
    wrapped = single if header.single is None else header.single
    return Script(
        name=name,
        text=up,
        statements=split(up),
        header=header,
        wrapped=wrapped,
        is_down=is_down(name),
        encoding=encoding,
    )


def shown(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Each path with its shortest name that can be opened from here."""
    here = Path.cwd()
    for path in paths:
        full = path.resolve()
        yield path, str(full.relative_to(here) if full.is_relative_to(here) else path)
