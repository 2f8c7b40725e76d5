"""The record of a reading as text: a TOML file that is read strictly and written in one form only. Pure."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cockpit.runbook.review.model import ROLES, VERSION, Entry, Record
from cockpit.text.sanitize import one_line
from cockpit.text.toml import toml_string

LARGEST = 4_000_000
"""Bytes. A record of a thousand scripts has a tenth of that."""
_HEAD = """\
# What each script of {runbook} is for, and who said so: the reading, as a person reviewed it.
# Written by `cockpit review`. Commit it with the runbook, and look at its changes in a pull request as at those of a
# lock file. A script whose text is not in here is asked about before it runs.
version = {version}
"""
_NEEDED = ("id", "title", "role", "sha256", "by", "at")
_KEYS = (*_NEEDED, "read_as", "usual")
_SHA = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[^\x00-\x20\x7f-\x9f]{1,500}")
_TABLE = re.compile(r"\s*\[\[\s*\"?script\"?\s*\]\]")
_MERGE = re.compile(r"(?:<{7}|>{7}|\|{7})(?:\s|$)|={7}$")
_AT = re.compile(r"^(?P<words>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$", re.S)


class RecordError(Exception):
    """The record cannot be used: `line` (1-based; 0: the whole file), and in words why and what to do."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


def write_record(record: Record, runbook: str) -> str:
    """The file's text. `runbook`: the name of the runbook beside it."""
    return _HEAD.format(runbook=one_line(runbook), version=VERSION) + "".join(map(_table, record.entries))


def _table(entry: Entry) -> str:
    other = f"read_as = {toml_string(entry.read_as)}\n" if entry.read_as != entry.role else ""
    usual = "usual = true\n" if entry.usual else ""
    return (
        f"\n[[script]]\nid = {toml_string(entry.id)}\ntitle = {toml_string(one_line(entry.title))}\n"
        f"role = {toml_string(entry.role)}\n{other}{usual}sha256 = {toml_string(entry.sha256)}\n"
        f"by = {toml_string(one_line(entry.by))}\nat = {datetime.fromtimestamp(entry.at, UTC):%Y-%m-%dT%H:%M:%SZ}\n"
    )


def read_record(data: bytes) -> Record:
    """What the file says. Raises RecordError."""
    if len(data) > LARGEST:
        raise RecordError(0, f"larger than {LARGEST // 1_000_000} MB: no `cockpit review` wrote this")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(data.count(b"\n", 0, error.start) + 1, "not UTF-8 text: restore the file from git") from None
    lines = text.split("\n")
    marker = next((number for number, line in enumerate(lines, 1) if _MERGE.match(line.rstrip("\r"))), 0)
    if marker:
        raise RecordError(
            marker,
            "a merge left its conflict markers here: two people reviewed at once. Keep either side of each conflict "
            "(git checkout --ours, or --theirs) and run `cockpit review`: it asks about what is missing",
        )
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT.match(str(error))
        line = int(found["line"]) if found is not None and found["line"] else len(lines) if found is not None else 0
        words = found["words"] if found is not None else str(error)
        raise RecordError(line, f"not TOML: {one_line(words)}. Restore the file from git, or review anew") from None
    version = told.get("version")
    if version is None:
        raise RecordError(1, "no `version`: this is no record of `cockpit review`. Move it away, or restore it")
    if version != VERSION or isinstance(version, bool):
        raise RecordError(_line(lines, "version"), f"version {version!r} is not known here: update deploy-cockpit")
    unknown = next((key for key in told if key not in ("version", "script")), None)
    if unknown is not None:
        raise RecordError(_line(lines, unknown), f"{one_line(unknown)!r} is no key of a record: remove it")
    return Record(tuple(_entries(told.get("script", []), lines)))


def _line(lines: list[str], key: str, start: int = 1, end: int = 0) -> int:
    """Of the key, between those lines; `start` where it is not found."""
    wanted = re.compile(rf"\s*\"?{re.escape(key)}\"?\s*=")
    inside = lines[start - 1 : end - 1 if end else None]
    return next((number for number, line in enumerate(inside, start) if wanted.match(line)), start)


def _entries(tables: Any, lines: list[str]) -> Iterator[Entry]:
    if not isinstance(tables, list):
        raise RecordError(_line(lines, "script"), "`script` is not a list of tables: restore the file from git")
    starts = [number for number, line in enumerate(lines, 1) if _TABLE.match(line)]
    # Written as an inline list the tables have no lines of their own.
    starts = starts if len(starts) == len(tables) else [1] * len(tables)
    seen: dict[str, int] = {}
    for place, table in enumerate(tables):
        start = starts[place]
        end = starts[place + 1] if place + 1 < len(starts) else 0
        end = end if end > start else 0
        entry = _entry(table, lines, start, end)
        if entry.id in seen:
            words = f'"{one_line(entry.id)}" is here twice (line {seen[entry.id]} too): keep one of the two tables'
            raise RecordError(_line(lines, "id", start, end), words)
        seen[entry.id] = start
        yield entry


def _entry(table: Any, lines: list[str], start: int, end: int) -> Entry:
    def refuse(key: str, words: str) -> RecordError:
        return RecordError(_line(lines, key, start, end), f"{words}. Restore the file from git, or remove this table")

    if not isinstance(table, dict):
        raise RecordError(start, "a script that is no table: restore the file from git")
    for key in table:
        if key not in _KEYS:
            raise refuse(key, f"{one_line(key)!r} is no key of a script")
    for key in _NEEDED:
        if key not in table:
            raise RecordError(start, f"a script without `{key}`: restore the file from git, or remove this table")
    for key, value in table.items():
        if key == "usual" and not isinstance(value, bool):
            raise refuse(key, "`usual` is neither true nor false")
        if key not in ("at", "usual") and (not isinstance(value, str) or not (one_line(value) or key == "title")):
            raise refuse(key, f"`{key}` is no text")
    for key in ("role", "read_as"):
        if key in table and table[key] not in ROLES:
            raise refuse(key, f"{one_line(table[key])!r} is no role: there are {', '.join(ROLES)}")
    if not _SHA.fullmatch(table["sha256"]):
        raise refuse("sha256", "`sha256` is not 64 hexadecimal digits, in lower case")
    if not _ID.fullmatch(table["id"]):
        raise refuse("id", "`id` is no id of a script")
    at = table["at"]
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise refuse("at", "`at` is no time with a zone, as 2026-11-24T14:00:00Z")
    try:
        moment = int(at.timestamp())
        datetime.fromtimestamp(moment, UTC)
    except (OverflowError, ValueError, OSError):
        raise refuse("at", "`at` is outside the calendar") from None
    return Entry(
        id=table["id"], title=one_line(table["title"]), role=table["role"],
        read_as=table.get("read_as") or table["role"],
        sha256=table["sha256"], by=one_line(table["by"]), at=moment, usual=table.get("usual", False),
    )  # fmt: skip
