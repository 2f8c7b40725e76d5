"""The record beside the runbook as a file: what stands in its place, who else writes it, what git did to it."""

import os
import stat
from pathlib import Path

import pytest

from cockpit.opening.old_texts import MOST_VERSIONS, keep, old_text
from cockpit.opening.reading import Reading, ReadingError, load, place_of, read_as_reviewed, save, texts_of
from cockpit.paths import Layout
from cockpit.runbook.parse import parse
from cockpit.runbook.review.answers import Answers
from cockpit.runbook.review.model import Record
from cockpit.runbook.review.subjects import digest
from tests.git import git

RUNBOOK = "# Bread\n\n## Deploy\n\n### Knead\n```bash\n./knead\n```\n\n### Bake\n```bash\n./bake\n```\n"
MINE = "private"


@pytest.fixture
def runbook(tmp_path: Path) -> Path:
    (tmp_path / "RUNBOOK.md").write_text(RUNBOOK)
    return tmp_path / "RUNBOOK.md"


def reading(runbook: Path) -> Reading:
    return read_as_reviewed(runbook, parse(runbook.read_bytes()))


def accept(runbook: Path, by: str = "Ann", only: str = "") -> Record:
    read = reading(runbook)
    answers = Answers(read.standings, by)
    for one in read.pending:
        if only in one.subject.text:
            answers.give(one)
    return save(read, answers, 1_764_590_400)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("RUNBOOK.md", "RUNBOOK.reading.toml"),
        ("deploy.prod.md", "deploy.prod.reading.toml"),
        ("DEPLOY", "DEPLOY.reading.toml"),
        ("deploy.markdown", "deploy.markdown.reading.toml"),
    ],
)
def test_each_runbook_has_a_record_of_its_own_beside_itself(tmp_path: Path, name: str, record: str) -> None:
    assert place_of(tmp_path / "docs" / name) == tmp_path / "docs" / record


def test_the_record_of_a_linked_runbook_is_beside_the_file(tmp_path: Path, runbook: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "link.md").symlink_to(runbook)
    assert place_of(tmp_path / "docs" / "link.md") == tmp_path / "RUNBOOK.reading.toml"


def test_what_was_accepted_is_there_and_is_a_file_as_others_are(runbook: Path) -> None:
    before = os.umask(0o022)
    try:
        accept(runbook)
    finally:
        os.umask(before)
    path = place_of(runbook)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert reading(runbook).pending == []
    assert [one.name for one in runbook.parent.iterdir() if one.name.startswith(".reading")] == []


def test_the_same_review_twice_changes_nothing(runbook: Path) -> None:
    accept(runbook)
    text = place_of(runbook).read_bytes()
    accept(runbook, "Ben")
    assert place_of(runbook).read_bytes() == text


def test_two_people_who_review_at_once_lose_nothing(runbook: Path) -> None:
    ann, ben = reading(runbook), reading(runbook)
    for read, by, place in ((ann, "Ann", 0), (ben, "Ben", 1)):
        answers = Answers(read.standings, by)
        answers.give(read.pending[place])
        save(read, answers, 0)
    assert [entry.by for entry in load(place_of(runbook)).entries] == ["Ann", "Ben"]


def test_a_byte_order_mark_and_crlf_are_no_difference(runbook: Path) -> None:
    accept(runbook)
    for path in (runbook, place_of(runbook)):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert reading(runbook).pending == []


@pytest.mark.parametrize("kind", ["link", "dead link", "folder", "pipe"])
def test_something_else_in_its_place_is_refused_and_left_alone(runbook: Path, kind: str) -> None:
    path, other = place_of(runbook), runbook.parent / "other.toml"
    other.write_text("version = 1\n")
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(other if kind == "link" else runbook.parent / "nothing")
    words = "symbolic link" if "link" in kind else "no file"
    with pytest.raises(ReadingError, match=words):
        load(path)
    read = read_as_reviewed(runbook, parse(RUNBOOK), Record())
    answers = Answers(read.standings, "Ann")
    answers.give(read.pending[0])
    with pytest.raises(ReadingError, match=words):
        save(read, answers)
    assert other.read_text() == "version = 1\n"
    assert path.is_symlink() == ("link" in kind)


def test_a_strange_record_is_named_with_its_line(runbook: Path) -> None:
    place_of(runbook).write_text("version = 1\n<<<<<<< HEAD\n=======\n>>>>>>> x\n")
    with pytest.raises(ReadingError, match=r"RUNBOOK\.reading\.toml:2: a merge left its conflict markers"):
        reading(runbook)


def test_a_name_that_says_nothing_signs_nothing(runbook: Path) -> None:
    for name in ("somebody", "", "  "):
        with pytest.raises(ReadingError, match="needs a name"):
            accept(runbook, name)
    assert not place_of(runbook).exists()


def test_a_folder_that_cannot_be_written_is_said(runbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As root everything can be written: the system's word is put in its place.
    def refuse(*_: object, **__: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(ReadingError, match="Permission denied: the review cannot be kept there"):
        accept(runbook)


def test_a_text_is_found_again_in_the_private_copy(runbook: Path) -> None:
    layout = Layout(runbook.parent)
    keep(layout, texts_of(reading(runbook).standings))
    assert old_text(layout, runbook, digest("./knead\n")) == "./knead\n"
    copy = layout.folder / "reading" / digest("./knead\n")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_a_copy_that_was_changed_is_no_copy(runbook: Path) -> None:
    layout = Layout(runbook.parent)
    keep(layout, texts_of(reading(runbook).standings))
    (layout.folder / "reading" / digest("./knead\n")).write_text("./other\n")
    assert old_text(layout, runbook, digest("./knead\n")) is None


def test_a_text_is_found_in_git_s_history(runbook: Path) -> None:
    root = runbook.parent
    git(root, "init", "-q")
    for text in (RUNBOOK, RUNBOOK.replace("./bake", "./bake --fast")):
        runbook.write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-qm", "another")
    layout = Layout(root)
    assert old_text(layout, runbook, digest("./bake\n")) == "./bake\n"
    assert old_text(layout, runbook, digest("./never\n")) is None
    assert MOST_VERSIONS < 100


def test_outside_git_nothing_is_found_and_nothing_fails(runbook: Path) -> None:
    assert old_text(Layout(runbook.parent), runbook, digest("./old\n")) is None
