"""Secrets out of a byte stream before anything is written, whatever the chunking. Standard library only.

Held back is exactly the longest suffix that could begin a secret. Overlapping matches become one mask, also where a
secret overlaps itself over a chunk boundary (the case that gitlab-runner's masking leaks).
"""

from collections.abc import Callable, Collection, Sequence

MASK = b"[REDACTED]"


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
        edge = len(buffer) if final else self._hold_from(buffer)
        out: list[bytes] = []
        position = 0
        for start, end in self._masked(buffer, covered):
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

    def _masked(self, buffer: bytes, covered: int) -> list[tuple[int, int]]:
        """Merged [start, end) of every occurrence of every pattern."""
        spans = [(0, covered)] if covered else []
        for pattern in self._patterns:
            at = buffer.find(pattern)
            while at >= 0:
                spans.append((at, at + len(pattern)))
                at = buffer.find(pattern, at + 1)
        spans.sort()
        merged: list[tuple[int, int]] = []
        for start, end in spans:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return merged

    def _hold_from(self, buffer: bytes) -> int:
        """Where the longest suffix begins that is a proper prefix of a pattern; the end where there is none."""
        hold = len(buffer)
        for pattern in self._patterns:
            at = buffer.find(pattern[0], max(0, len(buffer) - len(pattern) + 1))
            while 0 <= at < hold:
                if pattern.startswith(buffer[at:]):
                    hold = at
                    break
                at = buffer.find(pattern[0], at + 1)
        return hold


def redact(data: bytes, patterns: Sequence[bytes]) -> bytes:
    """A whole piece of data without the patterns."""
    return Redactor(patterns).feed(data, final=True)
