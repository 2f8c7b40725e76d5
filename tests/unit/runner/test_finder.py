"""The sieve may say too much, never too little: what it rules out is nowhere in the buffer."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cockpit.runner.finder import Sieve, places
from cockpit.runner.redact import MASK, Redactor
from cockpit.runner.secrets import patterns

seeds = st.integers(0, 1 << 32).map(random.Random)
sizes = st.integers(1, 90)
letters = st.sampled_from(["ab", "abcdefgh0123", "postgresinternal0123456789ABCDEF-_/:", "0123456789abcdef"])


def _random(seed: random.Random, alphabet: str, size: int) -> bytes:
    return "".join(seed.choices(alphabet, k=size)).encode()


@settings(max_examples=400, deadline=None)
@given(seeds, st.lists(st.tuples(letters, sizes), min_size=1, max_size=120), st.integers(0, 70))
@example(random.Random(1), [("ab", 7)] * 40 + [("0123456789abcdef", 80)] * 40, 3)
def test_every_pattern_that_is_there_passes_at_any_place(
    seed: random.Random, shapes: list[tuple[str, int]], before: int
) -> None:
    known = [_random(seed, alphabet, size) for alphabet, size in shapes]
    sieve = Sieve(known)
    for pattern in known:
        buffer = b"x" * before + pattern + b"#" * seed.randrange(40)
        assert {one for one in known if one in buffer} <= sieve.possible(buffer)


def test_most_patterns_are_ruled_out_of_a_log_that_has_none() -> None:
    seed = random.Random(7)
    known = patterns(_random(seed, "abcdefghijklmnopqrstuvwxyz0123456789", 40).decode() for _ in range(20))
    lines = (
        b"2026-11-28 14:55:41 INFO shop.orders order %08d was taken by %x\n" % (n, seed.getrandbits(64))
        for n in range(999)
    )
    assert len(Sieve(known).possible(b"".join(lines))) < len(known) / 10


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(1, 400))
def test_many_secrets_in_pieces_and_broken_lines_leave_nothing(seed: random.Random, chunk: int) -> None:
    secrets = [
        _random(seed, "abcdefghijkmnpqrstuvwxyzABCDEFGH23456789", seed.randrange(12, 60)).decode() for _ in range(12)
    ]
    known = patterns(secrets)
    broken = [seed.choice("\n :").join((form.decode()[:15], form.decode()[15:])) for form in seed.sample(known, 20)]
    text = " some words ".join([*secrets, *broken]).encode()
    redactor = Redactor(known)
    pieces = [redactor.feed(text[at : at + chunk]) for at in range(0, len(text), chunk)]
    clean = b"".join(pieces) + redactor.feed(b"", final=True)
    joined = clean.translate(None, b" \t\r\n:")
    assert MASK in clean
    assert not [one for one in known if one in clean or (len(one) >= 12 and one in joined)]


def test_overlapping_places_are_all_told() -> None:
    assert list(places(b"aaaa", b"aa")) == [(0, 2), (1, 3), (2, 4)]
