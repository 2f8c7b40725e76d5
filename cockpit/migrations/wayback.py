"""What a migration file says of the way back: what it takes away, and whether it can be undone. Pure, by its words.

A rollback of the application leaves the database as it is: what was dropped or renamed is missing to the old release
(expand and contract). This reads the file's statements; it does not run them.
"""

import re
from collections.abc import Collection

from cockpit.deploy.plan import Migration
from cockpit.text.sanitize import one_line

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
_SAYS_BACK = re.compile(r"^--\s*(?:migrate:down|\+goose\s+Down|\+migrate\s+Down|rollback\b|down\b).*$", re.I | re.M)
"""Marks of tools that keep both directions in one file: dbmate, goose, sql-migrate; and plain words."""
_UP_END = re.compile(
    r"^--[ \t]*(?:(?:migrate:down|\+goose\s+Down|\+migrate\s+Down)\b.*|(?:rollback|down)[ \t]*:?[ \t]*)$", re.I | re.M
)
"""Those behind which statements follow: `-- Rollback: drop the column` is a remark, and the file goes on."""


def migration(path: str, text: str | None, beside: Collection[str] = ()) -> Migration:
    """What this file says. `text`: None where it could not be read; `beside`: other files of the commit, by path."""
    if text is None:
        return Migration(path=path)
    forward, _ = down_part(text)
    code = _NOT_CODE.sub(" ", forward)
    found = [f"{words} {one_line(match['name'])}" for pattern, words in _DESTROYS for match in pattern.finditer(code)]
    return Migration(
        path=path,
        destroys=tuple(dict.fromkeys(found)),
        reversible=_SAYS_BACK.search(text) is not None or any(other in beside for other in down_names(path)),
    )


def down_part(text: str) -> tuple[str, str]:
    """What applies the migration, and what undoes it: behind a mark of its tool, with the mark; empty without one."""
    mark = _UP_END.search(text)
    return (text[: mark.start()], text[mark.start() :]) if mark else (text, "")


def is_down(path: str) -> bool:
    """True for the file that undoes another one."""
    return re.search(r"\.down\.\w+$|(^|/)down\.sql$|[._-](rollback|undo|revert)\.sql$", path, re.I) is not None


def down_names(path: str) -> tuple[str, ...]:
    """Where the file that undoes this one would lie, by the habits of the tools."""
    stem, dot, suffix = path.rpartition(".")
    bare = re.sub(r"\.up$", "", stem)
    folder, _, name = path.rpartition("/")
    names = [f"{bare}{word}.{suffix}" for word in (".down", ".rollback", "_rollback", ".undo", "_down")]
    if name == "up.sql":
        names.append(f"{folder}/down.sql")
    return tuple(names) if dot else ()
