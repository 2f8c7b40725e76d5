"""Secrets out of a byte stream before anything is written, whatever the chunking. Standard library only.

Held back is exactly the longest suffix that could begin a secret. Overlapping matches become one mask, also where a
secret overlaps itself over a chunk boundary (the case that gitlab-runner's masking leaks).
"""

from collections.abc import Sequence

MASK = b"[REDACTED]"


class Redactor:
    """Feed chunks, get chunks back without the patterns; `feed(b"", final=True)` gives what was held back."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = tuple(sorted({pattern for pattern in patterns if pattern}, key=len, reverse=True))
        self._held = b""
        self._covered = 0
        """Leading bytes of the held ones for which the mask was given out already."""

    def feed(self, chunk: bytes, *, final: bool = False) -> bytes:
        if not self._patterns:
            return chunk
        buffer = self._held + chunk
        edge = len(buffer) if final else self._hold_from(buffer)
        out: list[bytes] = []
        position = 0
        for start, end in self._masked(buffer):
            if start >= edge:
                break
            out.append(buffer[position:start])
            if not (start == 0 and self._covered):
                out.append(MASK)
            position = end
        if position < edge:
            out.append(buffer[position:edge])
        if edge:
            # Nothing of the buffer left: what was masked of its beginning stays masked.
            self._covered = max(0, position - edge)
        self._held = buffer[edge:]
        return b"".join(out)

    def _masked(self, buffer: bytes) -> list[tuple[int, int]]:
        """Merged [start, end) of every occurrence of every pattern."""
        spans = [(0, self._covered)] if self._covered else []
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
