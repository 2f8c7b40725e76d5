"""`cockpit check --fix`: a proposed runbook beside the runbook, never over it, and the difference to look at."""

import difflib
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from cockpit.runbook.lint.model import Finding, Replacement
from cockpit.text.sanitize import plain

MARK = b"<!-- proposed by `cockpit check --fix`: look at it, then take over what you want -->\n"
_LINE_END = re.compile(r"(\r\n|\n|\r)")
_FRONT_MATTER = (b"---", b"+++")
_MARKS_OF_ORDER = ("\ufeff", "\u00ef\u00bb\u00bf")


class ProposalError(Exception):
    """It cannot be written: the text says why."""


def corrected(data: bytes, fixes: Iterable[Replacement]) -> tuple[bytes, int]:
    """`data` with the fixes, and how many of them could be made. Everything else is the same byte for byte.

    A fix is made only where its old text stands at its place; of two for one place the first.
    """
    text = data.decode("utf-8", "surrogateescape")
    mark = next((mark for mark in _MARKS_OF_ORDER if text.startswith(mark)), "")
    pieces = _LINE_END.split(text[len(mark) :])
    made = 0
    free: dict[int, int] = {}
    # From the right to the left, so that the columns of those that are left stay true.
    for fix in sorted(set(fixes), key=lambda one: (one.line, -one.column)):
        place = 2 * (fix.line - 1)
        at = fix.column - 1
        if place >= len(pieces) or at < 0 or at + len(fix.old) > free.get(fix.line, len(pieces[place])):
            continue
        if pieces[place].startswith(fix.old, at):
            pieces[place] = pieces[place][:at] + fix.new + pieces[place][at + len(fix.old) :]
            free[fix.line] = at
            made += 1
    return (mark + "".join(pieces)).encode("utf-8", "surrogateescape"), made


def place_of(path: Path) -> Path:
    """`docs/deploy.md` -> `docs/deploy.proposed.md`."""
    return path.with_name(f"{path.stem}.proposed{path.suffix or '.md'}")


def write(path: Path, data: bytes, findings: Sequence[Finding]) -> tuple[Path | None, str, int]:
    """Write the proposal. (its path or None where there is nothing to propose, the unified diff, fixes made).

    Raises ProposalError where something else is there already, or the folder cannot be written.
    """
    changed, made = corrected(data, [one.fix for one in findings if one.fix is not None])
    if not made:
        return None, "", 0
    target = place_of(path)
    try:
        if target.is_symlink() or (target.exists() and not _is_ours(target.read_bytes())):
            raise ProposalError(f"{target} already exists and was not written by --fix; move it away first")
        _replace(target, _marked(changed))
    except OSError as error:
        raise ProposalError(f"{target}: {error.strerror}") from error
    return target, _diff(data, changed, path.name, target.name), made


def _marked(data: bytes) -> bytes:
    """With the mark in the first line; front matter must be first, there the mark is the last line."""
    if data.startswith(_FRONT_MATTER):
        return data + (b"" if data.endswith(b"\n") else b"\n") + MARK
    return MARK + data


def _is_ours(data: bytes) -> bool:
    return data.startswith(MARK) or data.endswith(MARK)


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".proposed-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _diff(before: bytes, after: bytes, name: str, other: str) -> str:
    old, new = (plain(one.decode("utf-8", "replace")).split("\n") for one in (before, after))
    return "\n".join(difflib.unified_diff(old, new, plain(name), plain(other), lineterm="", n=1))
