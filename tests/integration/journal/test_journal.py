"""The journal: what was appended is there, in order, once; damage is noticed and says what survived."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from cockpit.deploy import events as e
from cockpit.journal.sqlite import Journal, JournalError
from tests.builders import START, item, plan


def _event(seq: int, text: str = "", **more: object) -> e.Event:
    return e.Event(seq=seq, at=START + seq, by="ann", body=e.NoteAdded(text=text or f"note {seq}"), **more)  # type: ignore[arg-type]


def _opened(environment: str = "production") -> e.Event:
    return e.Event(seq=1, at=START, by="ann", body=e.DeployOpened(plan=plan(item("a"), environment=environment)))


def _filled(path: Path, count: int = 20, deploy: str = "d1") -> list[e.Event]:
    events = [_event(number) for number in range(1, count + 1)]
    journal = Journal(path)
    journal.append(deploy, events)
    journal.close()
    return events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".cockpit" / "journal.db"


def _change(path: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(path)
    with database:
        assert database.execute(statement, values).rowcount > 0
    database.close()


def test_what_was_appended_is_read_back_in_order_also_by_the_next_process(path: Path) -> None:
    events = _filled(path)
    for journal in (Journal(path), Journal(path, read_only=True)):
        assert journal.read("d1") == events
        assert journal.read("d1", after=18) == events[18:]
        assert journal.read("d1", after=20) == []
        assert journal.read("d1", after=99) == []
        assert journal.read("nowhere") == []
        journal.close()


def test_a_batch_is_appended_whole_or_not_at_all(path: Path) -> None:
    journal = Journal(path)
    journal.append("d1", [_event(1)])
    with pytest.raises(JournalError, match="does not follow 2"):
        journal.append("d1", [_event(2), _event(4)])
    assert [event.seq for event in journal.read("d1")] == [1]
    journal.append("d1", [_event(2)])
    journal.append("d1", [])
    assert [event.seq for event in journal.read("d1")] == [1, 2]


@pytest.mark.parametrize("seq", [0, 1, 3, -1])
def test_a_number_that_is_not_the_next_one_is_refused(path: Path, seq: int) -> None:
    journal = Journal(path)
    journal.append("d1", [_event(1)])
    with pytest.raises(JournalError):
        journal.append("d1", [_event(seq)])
    assert len(journal.read("d1")) == 1


def test_two_writers_cannot_both_write_the_same_number(path: Path) -> None:
    first, second = Journal(path), Journal(path)
    first.append("d1", [_event(1, "first")])
    second.append("d1", [_event(2, "second")])
    with pytest.raises(JournalError, match="cannot be written"):
        first.append("d1", [_event(2, "late")])
    assert [event.body for event in first.read("d1")] == [e.NoteAdded(text="first"), e.NoteAdded(text="second")]
    first.append("d1", [_event(3)])
    assert len(second.read("d1")) == 3


def test_a_reader_sees_what_a_writer_adds(path: Path) -> None:
    writer = Journal(path)
    writer.append("d1", [_event(1)])
    reader = Journal(path, read_only=True)
    assert len(reader.read("d1")) == 1
    writer.append("d1", [_event(2)])
    assert [event.seq for event in reader.read("d1", after=1)] == [2]


def test_a_reader_cannot_write(path: Path) -> None:
    _filled(path, 1)
    reader = Journal(path, read_only=True)
    with pytest.raises(JournalError, match="for reading only"):
        reader.append("d1", [_event(2)])
    assert len(reader.read("d1")) == 1


def test_deploys_are_listed_with_their_end_the_newest_first(path: Path) -> None:
    journal = Journal(path)
    journal.append("d1", [_opened()])
    journal.append("d2", [_opened("staging"), _event(2)])
    closed = e.Event(seq=2, at=START + 60, by="ann", body=e.DeployClosed(outcome="failed", reason="x"))
    journal.append("d1", [closed])
    assert [(row.id, row.environment, row.outcome) for row in journal.deploys()] == [
        ("d2", "staging", None),
        ("d1", "production", "failed"),
    ]
    assert [row.id for row in journal.open_deploys()] == ["d2"]
    assert journal.open_deploys("production") == []


def test_times_without_a_fraction_keep_the_chain_whole(path: Path) -> None:
    journal = Journal(path)
    journal.append("d1", [e.Event(seq=1, at=5, by="ann", body=e.NoteAdded(text="x"))])
    assert Journal(path).read("d1")[0].at == 5.0


@pytest.mark.parametrize("text", ["", "ä 漢字 🚀", "line\nline", "nul\0", "'; DROP TABLE events; --", "x" * 200_000])
def test_any_text_comes_back_as_it_was(path: Path, text: str) -> None:
    journal = Journal(path)
    event = e.Event(seq=1, at=START, by=f"by {text[:50]}", body=e.NoteAdded(text=text))
    journal.append("d'1", [event])
    assert Journal(path).read("d'1") == [event]


def test_an_event_of_a_newer_version_stays_byte_for_byte(path: Path) -> None:
    raw = b'{"type":"FlagTurned",  "on" : true}'
    journal = Journal(path)
    journal.append("d1", [e.Event(seq=1, at=START, by="ann", body=e.UnknownEvent(kind="FlagTurned", raw=raw))])
    (read,) = Journal(path).read("d1")
    assert read.body == e.UnknownEvent(kind="FlagTurned", raw=raw)


DAMAGE = [
    ("UPDATE events SET body = replace(body, 'note 7', 'note 8') WHERE seq = 7", 7),
    ("UPDATE events SET at = at + 1 WHERE seq = 7", 7),
    ("UPDATE events SET actor = 'bob' WHERE seq = 7", 7),
    ("UPDATE events SET v = 0 WHERE seq = 7", 7),
    ("UPDATE events SET digest = x'00' WHERE seq = 7", 7),
    ("UPDATE events SET digest = zeroblob(32) WHERE seq = 1", 1),
    ("DELETE FROM events WHERE seq = 7", 7),
    ("DELETE FROM events WHERE seq < 7", 1),
    ("UPDATE events SET seq = 99 WHERE seq = 7", 7),
]


@pytest.mark.parametrize(("statement", "broken"), DAMAGE)
def test_a_changed_or_missing_row_is_noticed_and_what_survived_is_said(path: Path, statement: str, broken: int) -> None:
    _filled(path)
    _change(path, statement)
    survived = f"events 1 to {broken - 1} are intact" if broken > 1 else "no event is intact"
    with pytest.raises(JournalError, match=f"damaged at event {broken}: {survived}"):
        Journal(path).read("d1")


@pytest.mark.parametrize("after", [5, 6, 7, 10, 19])
def test_a_missing_row_is_noticed_by_those_who_read_on(path: Path, after: int) -> None:
    _filled(path)
    _change(path, "DELETE FROM events WHERE seq = ?", after)
    with pytest.raises(JournalError, match="damaged"):
        Journal(path).read("d1", after=after)


def test_swapped_rows_are_noticed(path: Path) -> None:
    _filled(path)
    for old, new in ((7, -1), (8, 7), (-1, 8)):
        _change(path, "UPDATE events SET seq = ? WHERE seq = ?", new, old)
    with pytest.raises(JournalError, match="damaged at event 7"):
        Journal(path).read("d1")


def test_damage_in_one_deploy_does_not_touch_another(path: Path) -> None:
    _filled(path, deploy="d1")
    events = _filled(path, deploy="d2")
    _change(path, "DELETE FROM events WHERE seq = 3 AND deploy = 'd1'")
    assert Journal(path).read("d2") == events


def _whole(path: Path) -> None:
    """Everything into the main file, so that damage hits it."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def test_a_flipped_bit_anywhere_in_the_rows_is_never_read_as_truth(path: Path) -> None:
    events = _filled(path, 30)
    _whole(path)
    good = path.read_bytes()
    noticed = 0
    start = good.index(b"note 1")
    for at in range(start % 37, len(good), 37):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
        try:
            journal = Journal(path, read_only=True)
            read = journal.read("d1")
            journal.close()
        except JournalError:
            noticed += 1
            continue
        # Not noticed: then it was in a page that holds no event, or events are missing at the end only.
        assert read == events[: len(read)]
    assert noticed > 20


@pytest.mark.parametrize("keep", [0, 1, 50, 100, 4096, 5000, 8192])
def test_a_file_that_was_cut_off_is_an_error_or_a_whole_beginning(path: Path, keep: int) -> None:
    events = _filled(path, 200)
    _whole(path)
    path.write_bytes(path.read_bytes()[:keep])
    read: list[e.Event] = []
    with contextlib.suppress(JournalError):
        read = Journal(path, read_only=True).read("d1")
    assert read == events[: len(read)]
    assert len(read) < 200


def test_a_newer_format_is_refused_with_what_to_do(path: Path) -> None:
    journal = Journal(path)
    journal.append("d1", [_event(1), _event(2, v=e.FORMAT + 1)])
    with pytest.raises(JournalError, match=rf"event 2 was written in format {e.FORMAT + 1}; update the cockpit"):
        Journal(path).read("d1")


def test_an_event_that_does_not_have_its_form_is_a_journal_error(path: Path) -> None:
    journal = Journal(path)
    for number, raw in enumerate((b'{"type":"NoteAdded"}', b"{", b"[]"), 1):
        body = e.UnknownEvent(kind="x", raw=raw)
        journal.append(f"d{number}", [e.Event(seq=1, at=START, by="ann", body=body)])
        with pytest.raises(JournalError, match="event 1 cannot be read"):
            journal.read(f"d{number}")


def test_a_file_that_is_no_journal_is_an_error_with_its_path(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, it only stands in its place" * 100)
    for read_only in (False, True):
        with pytest.raises(JournalError, match=r"journal\.db"):
            Journal(path, read_only=read_only).deploys()


def test_a_folder_that_cannot_be_made_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal(tmp_path / "file" / "journal.db")
    with pytest.raises(JournalError, match="cannot be opened"):
        Journal(tmp_path / "nowhere" / "journal.db", read_only=True)


def test_writing_to_a_journal_that_cannot_be_written_is_an_error_and_nothing_is_appended(path: Path) -> None:
    journal = Journal(path)
    journal.append("d1", [_event(1)])
    journal._db.execute("PRAGMA query_only=1")
    with pytest.raises(JournalError, match="cannot be written"):
        journal.append("d1", [_event(2)])
    journal._db.execute("PRAGMA query_only=0")
    journal.append("d1", [_event(2)])
    assert [event.seq for event in journal.read("d1")] == [1, 2]


def test_the_journal_is_for_its_owner_alone(path: Path) -> None:
    _filled(path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["with space", "what?", "100%", "a#b", "ä"])
def test_a_folder_with_any_name_can_be_read_from(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "journal.db"
    events = _filled(path)
    assert Journal(path, read_only=True).read("d1") == events


def test_every_commit_is_synced_before_append_returns(path: Path) -> None:
    journal = Journal(path)
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
