"""Redaction against an oracle that sees the whole buffer: no chunking, no overlap, no repeat lets a secret through."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cockpit.runner.redact import MASK, Redactor, redact


def _oracle(data: bytes, patterns: list[bytes]) -> bytes:
    """Every occurrence of every pattern, overlapping ones as one; slow and plain on purpose."""
    spans = sorted(
        (at, at + len(one))
        for one in patterns
        if one
        for at in range(len(data) - len(one) + 1)
        if data[at : at + len(one)] == one
    )
    out, position = b"", 0
    end = -1
    for start, stop in spans:
        if start < end:
            end = max(end, stop)
        else:
            out += data[position if position > 0 else 0 : start] + MASK
            end = stop
        position = end
    return out + data[position:]


def _chunked(data: bytes, patterns: list[bytes], cuts: list[int]) -> bytes:
    redactor = Redactor(patterns)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    parts = [redactor.feed(data[a:b]) for a, b in pairwise(edges)]
    return b"".join(parts) + redactor.feed(b"", final=True)


few = st.text("ab", min_size=1, max_size=6).map(str.encode)
stream = st.text("abc", max_size=40).map(str.encode)


@settings(max_examples=2000, deadline=None)
@given(stream, st.lists(few, min_size=1, max_size=4), st.lists(st.integers(0, 100), max_size=8))
@example(b"aaaaa", [b"aaa"], [1, 2, 3, 4])
@example(b"ababab", [b"abab"], [3])
@example(b"abcab", [b"ab", b"bca"], [2, 4])
@example(b"aabb", [b"aa", b"bb"], [1, 2, 3])
def test_whatever_the_chunks_the_result_is_that_of_the_whole(
    data: bytes, patterns: list[bytes], cuts: list[int]
) -> None:
    expected = _oracle(data, patterns)
    assert redact(data, patterns) == expected
    assert _chunked(data, patterns, cuts) == expected
    assert _chunked(data, patterns, list(range(len(data)))) == expected


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.lists(st.binary(min_size=1, max_size=5), max_size=5), st.lists(st.integers(0, 99)))
def test_any_bytes_at_all(data: bytes, patterns: list[bytes], cuts: list[int]) -> None:
    assert _chunked(data, patterns, cuts) == _oracle(data, patterns)


@given(st.binary(max_size=50), st.integers(0, 50))
def test_without_secrets_every_byte_comes_through_at_once(data: bytes, cut: int) -> None:
    redactor = Redactor([])
    assert redactor.feed(data[:cut]) + redactor.feed(data[cut:]) == data


def test_only_what_could_begin_a_secret_is_held_back() -> None:
    redactor = Redactor([b"hunter2"])
    assert redactor.feed(b"name: hunt") == b"name: "
    assert redactor.feed(b"s. ") == b"hunts. "
    assert redactor.feed(b"hunter2") == MASK
    assert redactor.feed(b"h") == b""
    assert redactor.feed(b"", final=True) == b"h"
