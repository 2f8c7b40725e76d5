"""Redaction of a step's output: how long until a log without secrets is written, against writing it as it is."""

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.table import Row, median
from cockpit.runner.drain import CHUNK
from cockpit.runner.redact import Redactor
from cockpit.runner.secrets import patterns

SIZE = 16 << 20
TIMES = 7
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def rows() -> list[Row]:
    seed = random.Random(1)
    tokens = ["ghp_" + _random(seed, 36) for _ in range(5)]
    twenty = [
        *("ghp_" + _random(seed, 36) for _ in range(8)),
        *(_random(seed, 17) + "/&'" for _ in range(8)),
        *(f"postgres://shop:{_random(seed, 20)}@db.internal:5432/shop" for _ in range(4)),
    ]
    log = _log(seed)
    with tempfile.TemporaryDirectory() as name:
        target = Path(name) / "output.log"
        plain = _written(target, log, ())
        return [
            _row("5 tokens", _written(target, log, patterns(tokens)), plain),
            _row("20 tokens, passwords and addresses", _written(target, log, patterns(twenty)), plain),
        ]


def _row(what: str, seconds: float, plain: float) -> Row:
    megabyte = SIZE / 1e6 / 1e3
    return Row(f"1 MB of output without {what}", seconds / megabyte, "ms", "plain copy", plain / megabyte)


def _written(target: Path, log: bytes, secrets: Sequence[bytes]) -> float:
    """Median seconds; without secrets nothing is looked for."""
    return median([_copy(target, log, Redactor(secrets)) for _ in range(TIMES)])


def _copy(target: Path, log: bytes, redactor: Redactor) -> float:
    began = time.perf_counter()
    with target.open("wb", buffering=0) as file:
        for at in range(0, len(log), CHUNK):
            file.write(redactor.feed(log[at : at + CHUNK]))
        file.write(redactor.feed(b"", final=True))
    return time.perf_counter() - began


def _log(seed: random.Random) -> bytes:
    words = [
        "INFO",
        "WARN",
        "shop.orders",
        "order",
        "taken",
        "items",
        "pod",
        "ready",
        "migration",
        "index",
        "http",
        "GET",
        "200",
    ]
    lines: list[bytes] = []
    size = 0
    while size < SIZE:
        said = " ".join(seed.choices(words, k=9))
        at = f"2026-11-28 14:55:{seed.randrange(60):02}.{seed.randrange(1000):03}"
        lines.append(f"{at} {said} {seed.getrandbits(64):x}\n".encode())
        size += len(lines[-1])
    return b"".join(lines)[:SIZE]


def _random(seed: random.Random, size: int) -> str:
    return "".join(seed.choices(_LETTERS, k=size))
