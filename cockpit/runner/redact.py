"""Secrets out of a byte stream before anything is written, whatever the chunking. Standard library only.

Held back is exactly the longest suffix that could begin a secret. Overlapping matches become one mask, also where a
secret overlaps itself over a chunk boundary (the case that gitlab-runner's masking leaks).

Encoders break their lines (base64 at 76 columns, openssl at 64, xxd at 60) and put colons or spaces between: patterns
that have none of these themselves are found without regard to them.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from itertools import accumulate

from cockpit.runner.finder import Beginnings, Sieve, places

MASK = b"[REDACTED]"
_BETWEEN = b" \t\r\n:"
_BROKEN = re.compile(rb"[!-9;-~\x80-\xff]{12,}")
"""Patterns that are found over breaks: shorter ones would be found in words that stand beside each other."""
_LEAST = 4
"""Bytes before a break that are held back for what may come behind it: with fewer, many a line would wait."""


class Redactor:
    """Feed chunks, get chunks back without the patterns; `feed(b"", final=True)` gives what was held back."""

    def __init__(self, patterns: Collection[bytes], news: Callable[[], Collection[bytes]] | None = None) -> None:
        """`news`: asked before each piece for the patterns that came since."""
        self._patterns: tuple[bytes, ...] = ()
        self._news = news
        self._learn(patterns)
        self._held = b""
        self._covered = 0

    def _learn(self, patterns: Collection[bytes]) -> None:
        known = {pattern for pattern in (*self._patterns, *patterns) if pattern}
        self._patterns = tuple(sorted(known, key=len, reverse=True))
        broken = {pattern for pattern in known if _BROKEN.fullmatch(pattern)}
        self._all, self._broken = Beginnings(known), Beginnings(broken)
        self._joined: dict[bytes, list[bytes]] = {}
        """Without breaks -> the patterns: one look at the joined buffer rules them all out."""
        for pattern in known:
            self._joined.setdefault(pattern.translate(None, _BETWEEN), []).append(pattern)
        self._sieve = Sieve(self._joined)

    @property
    def longest(self) -> int:
        """Bytes of the longest pattern."""
        return len(self._patterns[0]) if self._patterns else 0

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        buffer = self._held + chunk
        clean, used, self._covered = self.take(buffer, self._covered, final=final)
        self._held = buffer[used:]
        return clean

    def take(self, buffer: bytes, covered: int, *, final: bool = False) -> tuple[bytes, int, int]:
        """For who keeps what is held back himself: clean bytes, how many of the buffer they stand for, and `covered`.

        `covered` are leading bytes of the buffer for which the mask was given out already; the next call wants it, and
        the rest of the buffer with what came behind it.
        """
        if self._news is not None and (news := self._news()):
            self._learn(news)
        if not self._patterns:
            return buffer, len(buffer), 0
        joined = buffer.translate(None, _BETWEEN)
        edge = len(buffer) if final else self._hold_from(buffer, joined)
        out: list[bytes] = []
        position = 0
        for start, end in self._masked(buffer, joined, covered):
            if start >= edge:
                break
            out.append(buffer[position:start])
            if not (start == 0 and covered):
                out.append(MASK)
            position = end
        if position < edge:
            out.append(buffer[position:edge])
        # Nothing of the buffer left: what was masked of its beginning stays masked.
        return b"".join(out), edge, max(0, position - edge) if edge else covered

    def overlap(self, buffer: bytes) -> int:
        """`covered` where it is not known any more, behind a mask: bytes that end one secret and may begin another."""
        return max(
            (
                length
                for pattern in self._patterns
                for length in range(1, min(len(pattern), len(buffer) + 1))
                if buffer.startswith(pattern[-length:])
                and any(other.startswith(pattern[-length:]) for other in self._patterns)
            ),
            default=0,
        )

    def _masked(self, buffer: bytes, joined: bytes, covered: int) -> list[tuple[int, int]]:
        """Merged [start, end) of every occurrence of every pattern."""
        spans = [(0, covered)] if covered else []
        whole = _Whole(buffer)
        for text in self._sieve.possible(joined):
            for pattern in self._joined[text]:
                if _BROKEN.fullmatch(pattern):
                    spans += (whole.span(*span) for span in places(joined, pattern))
                else:
                    spans += places(buffer, pattern)
        spans.sort()
        merged: list[tuple[int, int]] = []
        for start, end in spans:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return merged

    def _hold_from(self, buffer: bytes, joined: bytes) -> int:
        """Where the longest suffix begins that could begin a secret; the end where there is none."""
        hold = self._all.hold_from(buffer)
        begins = self._broken.hold_from(joined, _LEAST)
        if begins == len(joined):
            return hold
        at, left = len(buffer), len(joined) - begins
        while left:
            at -= 1
            left -= buffer[at] not in _BETWEEN
        return min(hold, at)


class _Whole:
    """From places in a buffer without breaks to those in the buffer. Blocks: most have no place that is asked for."""

    _BLOCK = 1024

    def __init__(self, buffer: bytes) -> None:
        self._buffer = buffer
        self._begins: list[int] = []
        """Of each block, in the buffer without breaks."""
        self._in_block: dict[int, list[int]] = {}

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self._place(start), self._place(end - 1) + 1

    def _place(self, at: int) -> int:
        if not self._begins:
            sizes = (
                len(self._of(block).translate(None, _BETWEEN)) for block in range(len(self._buffer) // self._BLOCK)
            )
            self._begins = [0, *accumulate(sizes)]
        block = bisect_right(self._begins, at) - 1
        if block not in self._in_block:
            first = block * self._BLOCK
            found = [first + place for place, byte in enumerate(self._of(block)) if byte not in _BETWEEN]
            self._in_block[block] = found
        return self._in_block[block][at - self._begins[block]]

    def _of(self, block: int) -> bytes:
        return self._buffer[block * self._BLOCK : (block + 1) * self._BLOCK]


def redact(data: bytes, patterns: Sequence[bytes]) -> bytes:
    """A whole piece of data without the patterns."""
    return _kept(tuple(patterns)).take(data, 0, final=True)[0]


@lru_cache(maxsize=4)
def _kept(patterns: tuple[bytes, ...]) -> Redactor:
    """For the next piece: an engine redacts every text of every event with the same patterns."""
    return Redactor(patterns)
