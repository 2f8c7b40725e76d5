"""Who is in: hashes with known values, and that nobody falls out when the share grows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.flags.bucketing import HASHES, Bucketing, fnv1a, murmur3, sha256, shares, times31

USERS = [f"user-{number}" for number in range(20_000)]


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)],
)
def test_fnv1a_as_its_authors_have_it(data: bytes, value: int) -> None:
    assert fnv1a(data) == value


@pytest.mark.parametrize(
    ("data", "seed", "value"),
    [
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"!Ce\x87", 0, 0xF55B516B),
        (b"!Ce", 0, 0x7E4A8634),
        (b"!C", 0, 0xA0F7B07A),
        (b"!", 0, 0x72661CF4),
        (b"\0\0\0\0", 0, 0x2362F9DE),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
        (b"The quick brown fox jumps over the lazy dog", 0x9747B28C, 0x2FA826CD),
    ],
)
def test_murmur3_as_the_known_vectors_have_it(data: bytes, seed: int, value: int) -> None:
    assert murmur3(data, seed) == value


def test_sha256_and_times31_as_known() -> None:
    assert sha256(b"abc") == 0xBA7816BF8F01CFEA
    assert [times31(text.encode()) for text in ("", "abc", "hello", "Ab")] == [0, 96354, 99162322, 2113]
    assert times31(b"polygenelubricants") == 2**31, "Java's is the smallest integer here: without its sign"
    assert times31("ü".encode()) == 0xFC


@pytest.mark.parametrize("name", sorted(HASHES))
def test_a_fair_hash_gives_about_what_is_wanted_and_nobody_falls_out(name: str) -> None:
    found = shares(Bucketing(name, "{flag}:{id}"), "checkout", (5.0, 25.0, 50.0, 100.0), USERS)
    assert [len(one.lost) for one in found] == [0, 0, 0, 0]
    assert found[-1].real == 100.0
    if name != "times31":
        assert [round(one.real / one.percent, 1) for one in found] == [1.0] * 4
        assert not any(one.unlikely for one in found)


def test_a_bucket_that_is_salted_per_stage_loses_people() -> None:
    found = shares(Bucketing("fnv1a", "{percent}:{id}"), "checkout", (5.0, 25.0, 50.0, 100.0), USERS)
    assert not found[0].lost
    assert len(found[1].lost) > 500
    assert set(found[1].lost) <= set(USERS)


@given(
    st.sampled_from(sorted(HASHES)),
    st.text(max_size=20),
    st.text(max_size=10),
    st.lists(st.floats(0, 100), min_size=1, max_size=6),
    st.sampled_from((1, 7, 100, 1000, 10_000)),
)
def test_whoever_is_in_stays_in(name: str, user: str, flag: str, percents: list[float], buckets: int) -> None:
    bucketing = Bucketing(name, "{flag}/{id}", buckets)
    inside = [bucketing.is_in(user, flag, percent) for percent in sorted(percents)]
    assert inside == sorted(inside)
    assert bucketing.is_in(user, flag, 100.0)
    assert not bucketing.is_in(user, flag, 0.0)


def test_a_share_of_nobody_is_none() -> None:
    (one,) = shares(Bucketing(), "x", (50.0,), [])
    assert (one.real, one.unlikely) == (0.0, False)


def test_more_buckets_than_a_hundred_give_finer_shares() -> None:
    (one,) = shares(Bucketing("murmur3", "{id}", 10_000), "x", (0.5,), USERS)
    assert 0.3 < one.real < 0.7
