"""What a migration file says of the way back: what it takes away, and whether it can be undone. Pure, by its words.

A rollback of the application leaves the database as it is: what was dropped or renamed is missing to the old release
(expand and contract). This reads the file's statements; it does not run them.
"""

import re
from collections.abc import Collection

from cockpit.deploy.plan import Migration
from cockpit.sanitize import one_line

_NOT_CODE = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$",
    re.S,
)
_NAME = r"(?P<name>[\w.\"]+)"
_DESTROYS = tuple(
    (re.compile(pattern, re.I | re.S), words)
    for pattern, words in (
        (rf"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}", "DROP TABLE"),
        (rf"\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?{_NAME}", "DROP COLUMN"),
        (rf"\bDROP\s+(?:SCHEMA|VIEW|TYPE|FUNCTION|DATABASE)\s+(?:IF\s+EXISTS\s+)?{_NAME}", "DROP"),
        (rf"\bTRUNCATE\s+(?:TABLE\s+)?{_NAME}", "TRUNCATE"),
        (rf"\bDELETE\s+FROM\s+{_NAME}", "DELETE FROM"),
        (rf"\bRENAME\s+(?:COLUMN\s+)?{_NAME}\s+TO\b", "RENAME"),
        (rf"\bRENAME\s+TO\s+{_NAME}", "RENAME TO"),
        (rf"\bALTER\s+COLUMN\s+{_NAME}\s+(?:SET\s+DATA\s+)?TYPE\b", "ALTER TYPE of"),
    )
)
_UP_END = re.compile(r"^--\s*(?:migrate:down|\+goose\s+Down|\+migrate\s+Down|rollback\b|down\b).*$", re.I | re.M)
"""Marks of tools that keep both directions in one file: dbmate, goose, sql-migrate; and plain words."""


def migration(path: str, text: str | None, beside: Collection[str] = ()) -> Migration:
    """What this file says. `text`: None where it could not be read; `beside`: other files of the commit, by path."""
    if text is None:
        return Migration(path=path)
    mark = _UP_END.search(text)
    forward = text[: mark.start()] if mark else text
    code = _NOT_CODE.sub(" ", forward)
    found = [f"{words} {one_line(match['name'])}" for pattern, words in _DESTROYS for match in pattern.finditer(code)]
    return Migration(
        path=path,
        destroys=tuple(dict.fromkeys(found)),
        reversible=bool(mark) or any(other in beside for other in _down_names(path)),
    )


def is_down(path: str) -> bool:
    """True for the file that undoes another one."""
    return re.search(r"\.down\.\w+$|(^|/)down\.sql$|[._-](rollback|undo|revert)\.sql$", path, re.I) is not None


def _down_names(path: str) -> tuple[str, ...]:
    stem, dot, suffix = path.rpartition(".")
    bare = re.sub(r"\.up$", "", stem)
    folder, _, name = path.rpartition("/")
    names = [f"{bare}{word}.{suffix}" for word in (".down", ".rollback", "_rollback", ".undo", "_down")]
    if name == "up.sql":
        names.append(f"{folder}/down.sql")
    return tuple(names) if dot else ()
