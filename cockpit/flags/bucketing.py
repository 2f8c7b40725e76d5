"""Who is in: a hash of the user modulo a number of buckets, against the percentage. Pure.

`hash(user) % 100 < percentage` keeps everybody in when the percentage grows, as long as the bucket depends on nothing
that changes with it. That is what `shares` finds out, by trying.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256 as _sha256
from math import sqrt

from msgspec import Struct

_MASK = 0xFFFFFFFF


def fnv1a(data: bytes) -> int:
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & _MASK
    return value


def murmur3(data: bytes, seed: int = 0) -> int:
    """MurmurHash3 x86, 32 bits: what Unleash and many SDKs use."""
    value, whole = seed & _MASK, len(data) // 4 * 4
    for at in range(0, whole, 4):
        value ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        value = (_rotated(value, 13) * 5 + 0xE6546B64) & _MASK
    if len(data) > whole:
        value ^= _mixed(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = ((value ^ value >> 16) * 0x85EBCA6B) & _MASK
    value = ((value ^ value >> 13) * 0xC2B2AE35) & _MASK
    return value ^ value >> 16


def _mixed(block: int) -> int:
    return (_rotated((block * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & _MASK


def sha256(data: bytes) -> int:
    """The first 64 bits of SHA-256, most significant byte first."""
    return int.from_bytes(_sha256(data).digest()[:8], "big")


def times31(data: bytes) -> int:
    """`h = h * 31 + c` over UTF-16 units in signed 32 bits, without its sign: Java's and most JavaScript's own."""
    value = 0
    units = data.decode("utf-8", "replace").encode("utf-16-le", "surrogatepass")
    for at in range(0, len(units), 2):
        value = (value * 31 + int.from_bytes(units[at : at + 2], "little")) & _MASK
    return abs(value - (1 << 32) if value >> 31 else value)


HASHES: dict[str, Callable[[bytes], int]] = {
    "fnv1a": fnv1a,
    "murmur3": murmur3,
    "sha256": sha256,
    "times31": times31,
}


class Bucketing(Struct, frozen=True):
    """`key`: what is hashed, with `{id}`, `{flag}` and `{percent}`."""

    hash: str = "fnv1a"
    key: str = "{id}"
    buckets: int = 100

    def is_in(self, user: str, flag: str, percent: float) -> bool:
        """True where the user has the flag at that percentage."""
        text = self.key.replace("{percent}", f"{percent:g}").replace("{flag}", flag).replace("{id}", user)
        bucket = HASHES[self.hash](text.encode("utf-8", "surrogatepass")) % self.buckets
        return bucket * 100 < percent * self.buckets


class Share(Struct, frozen=True, kw_only=True):
    """What a stage comes to: who is in, and who was in at the stage before and is not any more."""

    percent: float
    inside: int
    of: int
    lost: tuple[str, ...] = ()

    @property
    def real(self) -> float:
        """Percent."""
        return 100.0 * self.inside / self.of if self.of else 0.0

    @property
    def unlikely(self) -> bool:
        """More than four standard deviations from what a fair hash gives."""
        fair = self.percent / 100
        return abs(self.inside - fair * self.of) > 4 * sqrt(self.of * fair * (1 - fair)) + 1e-9


def shares(bucketing: Bucketing, flag: str, percentages: Sequence[float], users: Sequence[str]) -> list[Share]:
    """Per stage the real share of these users; a stage that loses somebody names them."""
    found: list[Share] = []
    before: list[str] = []
    for percent in percentages:
        inside = [user for user in users if bucketing.is_in(user, flag, percent)]
        kept = set(inside)
        lost = tuple(user for user in before if user not in kept)
        found.append(Share(percent=percent, inside=len(inside), of=len(users), lost=lost))
        before = inside
    return found
