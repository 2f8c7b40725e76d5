"""The log of a run at a moment: what the index says, against a naive model; and the file that ends there."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.replay.logs import LogIndex, PastLog
from cockpit.runner.logfile import LogWriter
from cockpit.text.log_index import ENTRY

Entries = list[tuple[float, int]]


class Hand:
    """The moment that is shown."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def written(folder: Path, entries: Entries) -> Path:
    """A log and its index: (time, bytes) per chunk."""
    path = folder / "output.log"
    path.write_bytes(bytes(65 + number % 26 for number, (_, length) in enumerate(entries) for _ in range(length)))
    offset, data = 0, b""
    for at, length in entries:
        data += ENTRY.pack(offset, at, length)
        offset += length
    path.with_suffix(".idx").write_bytes(data)
    return path


def naive(entries: Entries, moment: float) -> tuple[int, float | None]:
    """What had been written, chunk by chunk; a chunk never comes before the one that it follows."""
    size, newest, spoke = 0, float("-inf"), None
    for at, length in entries:
        newest = max(newest, at)
        if newest > moment:
            break
        size, spoke = size + length, newest
    return size, spoke


@given(
    st.lists(st.tuples(st.integers(0, 30).map(float), st.integers(1, 9)), min_size=1, max_size=40),
    st.lists(st.integers(-1, 31).map(float), min_size=1, max_size=12),
    st.sampled_from([1, 2, 3, 1024]),
)
@settings(max_examples=200, deadline=None)
def test_the_index_says_what_was_there_at_any_moment(
    tmp_path_factory: pytest.TempPathFactory, entries: Entries, moments: list[float], block: int
) -> None:
    index = LogIndex(written(tmp_path_factory.mktemp("log"), entries), block=block)
    for moment in moments:
        assert index.written(moment) == naive(entries, moment)
    index.close()


def test_an_index_that_grows_or_has_half_an_entry(tmp_path: Path) -> None:
    path = written(tmp_path, [(1.0, 5), (2.0, 5)])
    index = LogIndex(path, block=2)
    assert index.written(9.0) == (10, 2.0)
    more = ENTRY.pack(10, 3.0, 7)
    with path.with_suffix(".idx").open("ab") as file:
        file.write(more[:9])
    assert index.written(9.0) == (10, 2.0)
    with path.with_suffix(".idx").open("ab") as file:
        file.write(more[9:])
    assert index.written(9.0) == (17, 3.0)
    assert index.written(2.5) == (10, 2.0)


def test_a_long_index_is_not_read_again_for_every_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 300_000
    path = tmp_path / "output.log"
    path.with_suffix(".idx").write_bytes(b"".join(ENTRY.pack(n * 10, n / 10, 10) for n in range(count)))
    index = LogIndex(path)
    assert index.written(1e9) == (count * 10, (count - 1) / 10)
    read: list[int] = []
    whole = index._file.read

    def noting(offset: int, length: int) -> bytes:
        read.append(length)
        return whole(offset, length)

    monkeypatch.setattr(index._file, "read", noting)
    for moment in (0.0, 15_000.05, 29_999.0, 15_000.05):
        assert index.written(moment) == (int(moment * 10 + 1) * 10, int(moment * 10) / 10)
    assert sum(read) < 4 * 3 * 1024 * ENTRY.size


def past(path: Path, hand: Hand, *, ended: float = float("inf"), last: float = 100.0) -> PastLog:
    return PastLog(path, hand, ended=ended, last=last)


def test_the_log_ends_where_it_ended_then(tmp_path: Path) -> None:
    """As the runner writes it."""
    writer = LogWriter(tmp_path)
    for at, data in ((10.0, b"one\n"), (12.0, b"two\n"), (20.0, b"three\n")):
        writer.write(data, at)
    writer.close(21.0)
    hand = Hand()
    log = past(tmp_path / "output.log", hand, ended=22.0)
    for at, text, spoke in (
        (5.0, b"", None),
        (10.0, b"one\n", 10.0),
        (19.9, b"one\ntwo\n", 12.0),
        (25.0, b"one\ntwo\nthree\n", 20.0),
    ):
        hand.now = at
        assert log.refresh()
        assert log.read(0, 1000) == text
        assert (log.size, log.spoke_at) == (len(text), spoke)
    assert log.read(4, 3) == b"two"
    hand.now = 11.0
    assert not log.refresh(), "there is less than before"
    assert log.read(0, 1000) == b"one\n"
    assert log.read(4, 3) == b""
    assert log.refresh()
    log.close()


def test_bytes_that_the_index_does_not_date_are_there_when_the_run_is_over(tmp_path: Path) -> None:
    path = written(tmp_path, [(10.0, 5)])
    with path.open("ab") as file:
        file.write(b"the disk had no room for the index entry of this")
    hand = Hand()
    log = past(path, hand, ended=30.0)
    hand.now = 29.9
    log.refresh()
    assert log.size == 5
    hand.now = 30.0
    log.refresh()
    assert log.size == path.stat().st_size


@pytest.mark.parametrize(("ended", "whole_at"), [(30.0, 30.0), (float("inf"), 100.0)])
def test_a_log_without_an_index_is_there_from_the_end_of_its_run(tmp_path: Path, ended: float, whole_at: float) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"all of it\n")
    hand = Hand()
    log = past(path, hand, ended=ended, last=100.0)
    hand.now = whole_at - 0.1
    assert log.refresh()
    assert log.size == 0
    hand.now = whole_at
    assert log.refresh()
    assert log.size == 10


def test_a_log_that_is_gone_is_empty(tmp_path: Path) -> None:
    hand = Hand()
    log = past(tmp_path / "output.log", hand, ended=1.0)
    assert log.refresh()
    assert (log.size, log.read(0, 10)) == (0, b"")
