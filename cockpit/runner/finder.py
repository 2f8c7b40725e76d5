"""Many byte patterns in a buffer: which of them can be in it, and where one may begin that goes on behind its end.
Standard library only.
"""

import array
import re
import sys
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import combinations

_GRAM = 4
"""Bytes of a pattern by which it is ruled out: a buffer's words are compared with those of all patterns at once."""
_STRIDES = (4, 8, 16, 32)
"""Bytes from one word that is looked at to the next; each needs that many places of a pattern."""
_FINDS = 60
"""So many patterns are looked for one by one in the time that all words take, divided by their stride."""
_USUAL = re.compile(rb"[a-z]{7,}|[0-9]{8,}|[\s=_.:/-]{4,}")
"""Words, numbers and rules are in many logs: a pattern is not recognised by one of its own where it has others."""


class Sieve:
    """Thousands of patterns cost little more than one: most have four bytes that are nowhere in the buffer."""

    def __init__(self, patterns: Iterable[bytes]) -> None:
        marks = {pattern: _unusual(pattern) for pattern in set(patterns)}
        self._rest: list[bytes] = []
        """Looked for one by one: too short, or too few to rule out."""
        at_stride: dict[int, dict[bytes, bytes]] = {}
        strides = _cheapest([len(mark) for mark in marks.values()])
        for pattern, mark in marks.items():
            stride = next((one for one in strides if len(mark) >= _needs(one)), 0)
            if stride:
                # Its middle: the beginnings are those of keys and tokens of all kinds.
                start = (len(mark) - _needs(stride)) // 2
                at_stride.setdefault(stride, {})[pattern] = mark[start : start + _needs(stride)]
            else:
                self._rest.append(pattern)
        self._levels = [_Level(stride, windows) for stride, windows in at_stride.items()]

    def possible(self, buffer: bytes) -> set[bytes]:
        """The patterns that may be in the buffer: all that are, and few others."""
        found = {pattern for pattern in self._rest if pattern in buffer}
        words = _words(buffer) if self._levels else array.array("I")
        for level in self._levels:
            found |= level.possible(words)
        return found


class _Level:
    """The patterns that are recognised by one word in so many bytes."""

    def __init__(self, stride: int, windows: dict[bytes, bytes]) -> None:
        self._step = stride // _GRAM
        self._windows = windows
        self._grams = frozenset(
            gram for window in windows.values() for shift in range(_GRAM) for gram in _words(window[shift:])
        )
        self._having: dict[int, frozenset[bytes]] = {}
        """What was asked for already."""

    def possible(self, words: "array.array[int]") -> set[bytes]:
        found: set[bytes] = set()
        for gram in self._grams.intersection(words[:: self._step]):
            if gram not in self._having:
                text = gram.to_bytes(_GRAM, sys.byteorder)
                self._having[gram] = frozenset(one for one, window in self._windows.items() if text in window)
            found |= self._having[gram]
        return found


class Beginnings:
    """Where at the end of a buffer a pattern may have begun."""

    def __init__(self, patterns: Iterable[bytes]) -> None:
        self._sorted = sorted(set(patterns))
        self._begin = {_word(pattern[:_GRAM]) for pattern in self._sorted if len(pattern) > _GRAM}
        self._first = {pattern[0] for pattern in self._sorted}
        self.longest = max(map(len, self._sorted), default=0)

    def hold_from(self, buffer: bytes, least: int = 1) -> int:
        """Where the longest suffix of at least so many bytes begins that is a proper prefix of a pattern; the end where
        there is none."""
        size = len(buffer)
        for at in sorted(self._possible(buffer, max(0, size - self.longest + 1))):
            rest = buffer[at:]
            behind = bisect_right(self._sorted, rest)
            if size - at >= least and behind < len(self._sorted) and self._sorted[behind].startswith(rest):
                return at
        return size

    def _possible(self, buffer: bytes, start: int) -> Iterator[int]:
        """Places from there on where the first bytes are those of a pattern."""
        size = len(buffer)
        for shift in range(start, min(start + _GRAM, size)):
            words = _words(buffer[shift:])
            if not self._begin.isdisjoint(words):
                yield from (shift + _GRAM * place for place, word in enumerate(words) if word in self._begin)
        yield from (at for at in range(max(start, size - _GRAM + 1), size) if buffer[at] in self._first)


def places(buffer: bytes, pattern: bytes) -> Iterator[tuple[int, int]]:
    """[start, end) of every occurrence, also of those that overlap."""
    at = buffer.find(pattern)
    while at >= 0:
        yield at, at + len(pattern)
        at = buffer.find(pattern, at + 1)


def _needs(stride: int) -> int:
    """Bytes of a pattern that hold a whole word wherever the words of that stride begin."""
    return stride + _GRAM - 1


def _cheapest(sizes: Collection[int]) -> tuple[int, ...]:
    """The strides, widest first, with which patterns of these sizes cost least in every buffer."""

    def cost(strides: tuple[int, ...]) -> float:
        alone = sum(size < _needs(min(strides)) for size in sizes) if strides else len(sizes)
        return alone + sum(_FINDS / stride for stride in strides)

    some = [one for count in range(len(_STRIDES) + 1) for one in combinations(reversed(_STRIDES), count)]
    return min(some, key=cost)


def _unusual(pattern: bytes) -> bytes:
    """The longest part without a word that many logs have; the whole pattern where that is too short to tell."""
    parts, start = [], 0
    for run in _USUAL.finditer(pattern):
        parts.append(pattern[start : run.start() + _GRAM - 1])
        start = run.end() - _GRAM + 1
    longest = max([*parts, pattern[start:]], key=len)
    return longest if len(longest) >= _needs(_STRIDES[0]) else pattern


def _words(buffer: bytes) -> "array.array[int]":
    return array.array("I", buffer[: len(buffer) // _GRAM * _GRAM])


def _word(gram: bytes) -> int:
    return int.from_bytes(gram, sys.byteorder)
