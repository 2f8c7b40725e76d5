"""Many byte patterns in a buffer: where they are, and where one may begin that goes on behind its end. Standard library
only.
"""

import array
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator

_GRAM = 4
"""Bytes of a pattern by which it is ruled out: a buffer's words are compared with those of all patterns at once."""
_FEW = 24
"""So many patterns are looked for one by one."""


class Finder:
    """Thousands of patterns cost little more than one: most have four bytes that are nowhere in the buffer."""

    def __init__(self, patterns: Iterable[bytes]) -> None:
        self._sorted = sorted(set(patterns))
        self._begin = {_word(pattern[:_GRAM]) for pattern in self._sorted if len(pattern) > _GRAM}
        self._first = {pattern[0] for pattern in self._sorted}
        self.longest = max(map(len, self._sorted), default=0)
        self._short = [pattern for pattern in self._sorted if len(pattern) < 2 * _GRAM - 1]
        self._by_gram: dict[int, list[bytes]] = {}
        for pattern in self._sorted:
            # From its middle: the beginnings are those of keys and tokens of all kinds. One for each place that a word
            # of the buffer can begin at.
            middle = (len(pattern) - 2 * _GRAM + 1) // 2
            for at in range(middle, middle + _GRAM) if middle >= 0 else ():
                self._by_gram.setdefault(_word(pattern[at : at + _GRAM]), []).append(pattern)
        self._grams = frozenset(self._by_gram)

    def spans(self, buffer: bytes) -> Iterator[tuple[int, int]]:
        """[start, end) of every occurrence of every pattern."""
        for pattern in self._possible(buffer):
            at = buffer.find(pattern)
            while at >= 0:
                yield at, at + len(pattern)
                at = buffer.find(pattern, at + 1)

    def _possible(self, buffer: bytes) -> Iterable[bytes]:
        if len(self._sorted) <= _FEW:
            return self._sorted
        found = self._grams.intersection(_words(buffer))
        return {*self._short, *(pattern for gram in found for pattern in self._by_gram[gram])}

    def hold_from(self, buffer: bytes, least: int = 1) -> int:
        """Where the longest suffix of at least so many bytes begins that is a proper prefix of a pattern; the end where
        there is none."""
        size = len(buffer)
        for at in sorted(self._beginnings(buffer, max(0, size - self.longest + 1))):
            rest = buffer[at:]
            behind = bisect_right(self._sorted, rest)
            if size - at >= least and behind < len(self._sorted) and self._sorted[behind].startswith(rest):
                return at
        return size

    def _beginnings(self, buffer: bytes, start: int) -> Iterator[int]:
        """Places from there on where the first bytes are those of a pattern."""
        size = len(buffer)
        for shift in range(start, min(start + _GRAM, size)):
            words = _words(buffer[shift:])
            if not self._begin.isdisjoint(words):
                yield from (shift + _GRAM * place for place, word in enumerate(words) if word in self._begin)
        yield from (at for at in range(max(start, size - _GRAM + 1), size) if buffer[at] in self._first)


def _words(buffer: bytes) -> "array.array[int]":
    return array.array("I", buffer[: len(buffer) // _GRAM * _GRAM])


def _word(gram: bytes) -> int:
    return int.from_bytes(gram, sys.byteorder)
