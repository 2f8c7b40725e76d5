"""The record's file: written in one form, read back as it was, refused with a line where it is strange."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cockpit.runbook.review.model import ROLES, Entry, Record
from cockpit.runbook.review.record import RecordError, read_record, write_record
from cockpit.text.sanitize import one_line

SHA = "0" * 64
ENTRY = Entry("deploy:script-1", "Deploy", "step", "step", SHA, "Ann", 1_764_590_400)
GOOD = write_record(Record((ENTRY,)), "RUNBOOK.md")

_TEXT = st.text(max_size=60).map(one_line)
_ENTRIES = st.builds(
    Entry,
    id=st.from_regex(r"[a-z0-9/-]{1,30}:(?:script|block|box)-[1-9]{1,3}", fullmatch=True),
    title=_TEXT,
    role=st.sampled_from(ROLES),
    read_as=st.sampled_from(ROLES),
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    by=_TEXT.filter(bool),
    at=st.integers(0, 4_000_000_000),
    usual=st.booleans(),
)


@given(st.lists(_ENTRIES, max_size=5, unique_by=lambda entry: entry.id), st.text(max_size=20))
def test_any_record_is_read_back_as_it_was_written(entries: list[Entry], name: str) -> None:
    record = Record(tuple(entries))
    text = write_record(record, name)
    tomllib.loads(text)
    clean = Record(tuple(replace(one, title=_kept(one.title), by=_kept(one.by)) for one in entries))
    assert read_record(text.encode()) == clean
    assert read_record(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()) == clean


def _kept(text: str) -> str:
    """Half a character is none."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


@given(st.text())
def test_any_title_and_name_leave_one_line_each(text: str) -> None:
    entry = Entry("a:script-1", text, "step", "content", SHA, text, 0)
    lines = write_record(Record((entry,)), text).split("\n")
    assert len(lines) == len(write_record(Record((ENTRY,)), "x").split("\n")) + 1  # read_as
    assert all(line.isprintable() for line in lines[1:])


@given(st.binary(max_size=300))
def test_any_bytes_are_a_record_or_are_refused_in_words(data: bytes) -> None:
    for text in (data, GOOD.encode() + data, data + GOOD.encode()):
        refused: RecordError | None = None
        try:
            read_record(text)
        except RecordError as error:
            refused = error
        assert refused is None or (str(refused) and 0 <= refused.line <= text.count(b"\n") + 1)


def test_the_reader_s_role_stands_there_only_where_it_is_another_one() -> None:
    assert "read_as" not in GOOD
    other = Entry("a:script-1", "A", "contingency", "step", SHA, "Ann", 0)
    assert 'role = "contingency"\nread_as = "step"\n' in write_record(Record((other,)), "RUNBOOK.md")


TWICE = GOOD + GOOD[GOOD.index("\n[[") :]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD.replace("version = 1", "version = 2"), 4, "version 2 is not known here: update"),
        (GOOD.replace("version = 1", "version = true"), 4, "version True is not known"),
        (GOOD.replace("version = 1\n", ""), 1, "no `version`"),
        (GOOD.replace('role = "step"', 'role = "stepp"'), 9, "'stepp' is no role: there are step, "),
        (GOOD.replace(SHA, "0" * 63), 10, "64 hexadecimal digits"),
        (GOOD.replace(SHA, "A" * 64), 10, "64 hexadecimal digits"),
        (TWICE, 15, '"deploy:script-1" is here twice (line 6 too)'),
        (GOOD.replace('by = "Ann"\n', ""), 6, "without `by`"),
        (GOOD.replace('by = "Ann"', 'by = ""'), 11, "`by` is no text"),
        (GOOD.replace('by = "Ann"', 'by = "\\u202e"'), 11, "`by` is no text"),
        (GOOD.replace("2025-12-01T12:00:00Z", "2025-12-01T12:00:00"), 12, "no time with a zone"),
        (GOOD.replace("2025-12-01T12:00:00Z", '"yesterday"'), 12, "no time with a zone"),
        (GOOD + 'note = "x"\n', 13, "'note' is no key of a script"),
        ('x = 1\nversion = 1\n', 1, "'x' is no key of a record"),
        ("version = 1\nscript = 3\n", 2, "no list of tables"),
        ("version = 1\nscript = [3]\n", 1, "no table"),
        ("version = 1\n[[script]]\nid =\n", 3, "not TOML"),
        ("version = 1\n[[script]]\nid = 'a\tb'\n", 2, "without `title`"),
        ("<<<<<<< HEAD\nversion = 1\n=======\nversion = 1\n>>>>>>> other\n", 1, "conflict markers"),
        (GOOD + "=======\n", 13, "conflict markers"),
        (GOOD.replace("\n", "\r\n") + "=======\r\n", 13, "conflict markers"),
    ],
)  # fmt: skip
def test_a_strange_record_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(RecordError) as refused:
        read_record(text.encode())
    assert words in str(refused.value).replace("is not a list", "no list").replace("that is no table", "no table")
    assert refused.value.line == line


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(RecordError, match="not UTF-8") as refused:
        read_record(b"version = 1\n# \xff\n")
    assert refused.value.line == 2
