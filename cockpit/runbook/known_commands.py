"""What commands are known for, by how they begin: the table of `commands.toml`."""

import tomllib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cockpit.runbook.inner import Words, inner

FILE = Path(__file__).with_name("commands.toml")


class _Entry(NamedTuple):
    pattern: Words
    """Behind the command's name, without the words that may stand anywhere."""
    anywhere: Words
    unless: Words


def known_as(kind: str, words: Sequence[str]) -> str:
    """The innermost command of `words` that is known for `kind`, one of the file's tables, as it is written; empty
    where none is."""
    for one in inner(words):
        if any(_fits(entry, one[1:]) for entry in _table(kind).get(one[0], ())):
            return " ".join(one)
    return ""


@cache
def names_of(*kinds: str) -> tuple[bytes, ...]:
    """The names of the commands in these tables: a script that has none of them need not be looked at."""
    return tuple(sorted({name.encode() for kind in kinds for name in _table(kind)}))


@cache
def _table(kind: str) -> dict[str, list[_Entry]]:
    """By the name of the command. The file is read once."""
    found: dict[str, list[_Entry]] = {}
    for begins, *unless in _read()[kind]:
        names, *rest = begins.split()
        entry = _Entry(
            pattern=tuple(word for word in rest if not word.startswith("+")),
            anywhere=tuple(word[1:] for word in rest if word.startswith("+")),
            unless=tuple(unless),
        )
        for name in names.split("|"):
            found.setdefault(name, []).append(entry)
    return found


@cache
def _read() -> dict[str, list[list[str]]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _fits(entry: _Entry, words: Words) -> bool:
    if any(_is(word.partition("=")[0], option) for word in words for option in entry.unless):
        return False
    return _begins(entry.pattern, words, entry.anywhere)


def _begins(pattern: Words, words: Words, behind: Words) -> bool:
    """`behind` is looked for behind the pattern only: of `compose -f prod.yml logs` the `-f` is no `--follow`."""
    if not pattern:
        return all(any(_is(word, wanted) for word in words) for wanted in behind)
    first, *rest = pattern
    if first == "$":
        return not words
    if first == "**":
        return any(_begins(tuple(rest), words[at:], behind) for at in range(len(words) + 1))
    return bool(words) and _is(words[0], first) and _begins(tuple(rest), words[1:], behind)


def _is(word: str, wanted: str) -> bool:
    """`-*y*` is one of several short options together, never a part of a long one: `--only-upgrade` says no yes."""
    return any(
        fnmatchcase(word, one) and not (one.startswith("-*") and word.startswith("--")) for one in wanted.split("|")
    )
