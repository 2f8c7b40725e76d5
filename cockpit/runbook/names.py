"""Ids, folded names and content hashes."""

import hashlib
import re

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_SEPARATORS = re.compile(r"[-_\s]+")


def slug(title: str) -> str:
    """The part of an id that a heading gives: ASCII letters and digits, the rest is one hyphen.

    Only ASCII, because every damaged character is several characters outside ASCII: a damaged file and the sound one
    have the same ids. Empty for a title without a Latin letter or digit.
    """
    return _NOT_SLUG.sub("-", title.lower()).strip("-")


def fold(name: str) -> str:
    """The name a placeholder is asked under: lower case; `-`, `_` and blanks are the same."""
    return _SEPARATORS.sub("-", name.strip().lower()).strip("-")


def digest(text: str) -> str:
    """Content hash, 16 hexadecimal digits: tells a resumed deploy that a step was edited."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Ids:
    """Hands out ids, each once: the second `a` becomes `a-2`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """`wanted`, or `wanted-2`, `wanted-3`, ... where it is taken."""
        got = wanted
        while got in self._taken:
            # Remembered per name: counting from 2 every time is quadratic in a file of equal headings.
            self._last[wanted] = self._last.get(wanted, 1) + 1
            got = f"{wanted}-{self._last[wanted]}"
        self._taken.add(got)
        return got
