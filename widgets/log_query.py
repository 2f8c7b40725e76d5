"""What a person looks for in the log: a plain text without regard to case, or a `/regular expression/`."""

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SEARCHED = 2000
"""Characters of a line that a regular expression looks at: its worst case grows with a power of that."""


class Query:
    """A compiled filter. `error` is in words, empty where there is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.error = ""
        self.needle = ""
        """Lower case, of a plain text; empty for a regular expression."""
        self._pattern = re.compile(re.escape(text), re.IGNORECASE)
        if len(text) > 2 and text.startswith("/") and text.endswith("/"):
            self._compile(text[1:-1])
        else:
            self.needle = text.lower()

    def _compile(self, text: str) -> None:
        try:
            self._pattern = re.compile(text, re.IGNORECASE)
            if _explodes(parser.parse(text)):
                self.error = "nested repetition could take forever"
        except (re.error, OverflowError, RecursionError) as error:
            self.error = f"bad pattern: {error}"

    def test(self, line: str) -> bool:
        """Whether a line's text matches."""
        if self.needle:
            return self.needle in line.lower()
        return self._pattern.search(line, 0, SEARCHED) is not None

    def lines(self, text: str) -> list[int]:
        """Numbers of the lines that match, of a text whose lines all end with a newline."""
        if not self.needle:
            return [number for number, line in enumerate(text.split("\n")[:-1]) if self.test(line)]
        found: list[int] = []
        lower, number, last = text.lower(), 0, 0
        at = lower.find(self.needle)
        while at >= 0 and "\n" not in self.needle:
            number += lower.count("\n", last, at)
            found.append(number)
            last = lower.find("\n", at)
            at = lower.find(self.needle, last)
        return found

    def places(self, line: str) -> list[tuple[int, int]]:
        """The matches in a line, as character positions; none that are empty, at most 200."""
        end = len(line) if self.needle else SEARCHED
        found: list[tuple[int, int]] = []
        for match in self._pattern.finditer(line, 0, end):
            if match.end() > match.start():
                found.append(match.span())
            if len(found) == 200:
                break
        return found


def _explodes(pattern: Any, inside: bool = False) -> bool:
    """Whether an endless repeat holds something that repeats or chooses: exponential time, which nothing could stop."""
    for code, argument in pattern:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            most = argument[1]
            if inside and most > 1:
                return True
            if _explodes(argument[2], inside or most > 50):
                return True
            continue
        if code is codes.BRANCH and inside:
            return True
        if any(_explodes(part, inside) for part in _parts(code, argument)):
            return True
    return False


def _parts(code: Any, argument: Any) -> list[Any]:
    """The patterns inside a pattern's element."""
    if code is codes.BRANCH:
        return list(argument[1])
    if code is codes.SUBPATTERN:
        return [argument[3]]
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [argument[1]]
    if code is codes.ATOMIC_GROUP:
        return [argument]
    return [part for part in argument[1:] if part is not None] if code is codes.GROUPREF_EXISTS else []
