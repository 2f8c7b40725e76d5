"""The log and its index on disk: what a dead or refused writer left is put in order by the next."""

import os
import tracemalloc
from pathlib import Path

import pytest

from cockpit.external.locks import is_locked
from cockpit.runner import files
from cockpit.runner.logfile import LogWriter
from cockpit.text.log_index import ENTRY


def _entries(folder: Path) -> list[tuple[int, float, int]]:
    raw = (folder / files.INDEX).read_bytes()
    assert len(raw) % ENTRY.size == 0
    return [ENTRY.unpack_from(raw, at) for at in range(0, len(raw), ENTRY.size)]


@pytest.mark.parametrize(
    ("log", "index", "expected"),
    [
        (b"", b"", [(0, 9.0, 3)]),
        (b"12345", ENTRY.pack(0, 1.0, 5), [(0, 1.0, 5), (5, 9.0, 3)]),
        (b"12345", b"", [(0, 9.0, 8)]),
        (b"12345", ENTRY.pack(0, 1.0, 2), [(0, 1.0, 2), (2, 9.0, 6)]),
        (b"12345", ENTRY.pack(0, 1.0, 5) + b"torn", [(0, 1.0, 5), (5, 9.0, 3)]),
        (b"12", ENTRY.pack(0, 1.0, 2) + ENTRY.pack(2, 2.0, 3), [(0, 1.0, 2), (2, 9.0, 3)]),
        (b"1", ENTRY.pack(0, 1.0, 2) + ENTRY.pack(2, 2.0, 3), [(0, 9.0, 4)]),
    ],
    ids=["new", "whole", "no index", "an undated end", "a torn entry", "a shorter log", "a log that is gone"],
)
def test_the_index_tiles_the_log_whatever_was_left(
    tmp_path: Path, log: bytes, index: bytes, expected: list[tuple[int, float, int]]
) -> None:
    (tmp_path / files.LOG).write_bytes(log)
    (tmp_path / files.INDEX).write_bytes(index)
    writer = LogWriter(tmp_path)
    writer.write(b"new", 9.0)
    writer.close(10.0)
    assert (tmp_path / files.LOG).read_bytes() == log + b"new"
    assert _entries(tmp_path) == expected


def test_going_back_takes_the_index_along(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path)
    for at in (1.0, 2.0, 3.0):
        writer.write(b"abc", at)
    writer.back_to(6)
    writer.write(b"xy", 4.0)
    writer.close(5.0)
    assert (tmp_path / files.LOG).read_bytes() == b"abcabcxy"
    assert _entries(tmp_path) == [(0, 1.0, 3), (3, 2.0, 3), (6, 4.0, 2)]


def test_a_tail_of_many_small_pieces_takes_the_memory_of_its_bytes(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, cap=1)
    writer.write(b"x", 1.0)
    tracemalloc.start()
    try:
        for n in range(100_000):
            writer.write(b"%02d" % (n % 100), 2.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    writer.close(3.0)


def test_a_lock_that_nobody_can_look_at_counts_as_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without a free descriptor must not take a living run for dead."""
    lock = tmp_path / "lock"
    assert not is_locked(lock)
    lock.touch()
    assert not is_locked(lock)
    assert not is_locked(lock / "below a file")

    def full(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", full)
    assert is_locked(lock)
