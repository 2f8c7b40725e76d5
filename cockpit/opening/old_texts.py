"""What a script was when it was reviewed: from a private copy, else from the runbook's history in git."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from cockpit.errors import CockpitError
from cockpit.external.git import git
from cockpit.paths import Layout
from cockpit.runbook.parse import parse
from cockpit.runbook.review.subjects import digest, handed, subjects

FOLDER = "reading"
MOST_VERSIONS = 30
"""Of the runbook in git that are looked through, the newest first."""
LARGEST = 1_000_000
"""Characters of a text, or of a version, that is looked at."""


def keep(layout: Layout, texts: Mapping[str, str]) -> None:
    """Keep a copy of each text under its sha256, for a later review to compare with. Where that cannot be done the
    comparison is made with git's history, or there is none: nothing else hangs on it."""
    with contextlib.suppress(OSError, CockpitError):
        layout.make()
        folder = layout.folder / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink():
            return
        for name, text in texts.items():
            with contextlib.suppress(FileExistsError):
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
                with os.fdopen(os.open(folder / name, flags, 0o600), "wb") as file:
                    file.write(text.encode("utf-8", "surrogatepass"))


def old_text(layout: Layout, runbook: Path, sha256: str) -> str | None:
    """The text with this digest; None where neither the cockpit nor git has it any more."""
    return _kept(layout, sha256) or _in_git(runbook, sha256)


def _kept(layout: Layout, sha256: str) -> str | None:
    with contextlib.suppress(OSError, ValueError):
        fd = os.open(layout.folder / FOLDER / sha256, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            text = file.read(LARGEST).decode("utf-8", "surrogatepass")
        # A copy that was torn or changed is no copy.
        return text if digest(text) == sha256 else None
    return None


def _in_git(runbook: Path, sha256: str) -> str | None:
    file = runbook.resolve()
    said = git(file.parent, "log", f"-{MOST_VERSIONS}", "--format=%H", "HEAD", "--", f"./{file.name}")
    for commit in (said or "").split():
        text = git(file.parent, "show", f"{commit}:./{file.name}")
        if text is None or len(text) > LARGEST:
            continue
        found = next((one for one in subjects(parse(text, check=None)) if one.sha256 == sha256), None)
        if found is not None:
            return handed(found.text, found.interpreter)
    return None
