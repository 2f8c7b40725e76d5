"""Where the record lies, what is not taken for one, and how an earlier version's comes along."""

import sqlite3
from pathlib import Path

import pytest

from cockpit.external import record_place as place
from cockpit.journal.sqlite import Journal
from cockpit.paths import Layout, LayoutError
from tests.git import git


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    return root


def _record(folder: Path, *, is_open: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Journal(folder / "journal.db").close()
    if is_open:
        with sqlite3.connect(folder / "journal.db") as db:
            db.execute("INSERT INTO deploys VALUES ('d1', 'production', 1.0, NULL, NULL)")


def test_in_a_checkout_the_record_is_where_git_clean_does_not_reach(checkout: Path) -> None:
    layout = Layout(checkout)
    layout.make()
    (layout.folder / "kept").touch()
    git(checkout, "clean", "-ffdxq")
    assert (layout.folder / "kept").exists()
    assert layout.folder == checkout / ".git" / "cockpit"


def test_each_project_of_a_repository_and_each_work_tree_has_its_own(checkout: Path, tmp_path: Path) -> None:
    (checkout / "a" / "b").mkdir(parents=True)
    git(checkout, "commit", "-q", "--allow-empty", "-m", "first")
    git(checkout, "worktree", "add", "-q", str(tmp_path / "other"))
    folders = {Layout(root).folder for root in (checkout, checkout / "a", checkout / "a" / "b", tmp_path / "other")}
    assert len(folders) == 4
    assert all(".git" in folder.parts for folder in folders)


@pytest.mark.parametrize("entry", ["directory without HEAD", "file that says nothing", "file to nowhere"])
def test_what_only_looks_like_a_checkout_is_none(tmp_path: Path, entry: str) -> None:
    if entry.startswith("directory"):
        (tmp_path / ".git").mkdir()
    else:
        (tmp_path / ".git").write_text("gitdir: nowhere\n" if "nowhere" in entry else "\n")
    assert place.in_git(tmp_path) is None


def test_a_record_of_an_earlier_version_is_moved_and_that_is_said(checkout: Path) -> None:
    _record(checkout / ".cockpit")
    layout = Layout(checkout)
    assert layout.folder == checkout / ".cockpit"
    assert "which git clean does not touch" in layout.make()
    assert layout.folder == checkout / ".git" / "cockpit"
    assert layout.journal.exists()
    assert not (checkout / ".cockpit").exists()
    assert layout.make() == ""


def test_the_record_of_an_open_deploy_stays_where_its_engine_has_it(checkout: Path) -> None:
    _record(checkout / ".cockpit", is_open=True)
    layout = Layout(checkout)
    assert layout.make() == ""
    assert layout.folder == checkout / ".cockpit"


def test_a_record_that_the_repository_brings_along_is_refused(checkout: Path) -> None:
    _record(checkout / ".cockpit", is_open=True)
    git(checkout, "add", "-Af")
    assert Layout(checkout).folder == checkout / ".git" / "cockpit"
    with pytest.raises(LayoutError, match="is part of the repository"):
        Layout(checkout).make()


@pytest.mark.parametrize("name", ["", "locks", "deploys", "journal.db", "journal.lock", "home"])
def test_a_link_in_the_records_place_is_refused_and_its_target_left_alone(tmp_path: Path, name: str) -> None:
    root, target = tmp_path / "unpacked", tmp_path / "precious"
    root.mkdir()
    target.write_text("do not touch")
    folder = root / ".cockpit"
    if name:
        folder.mkdir()
    (folder / name).symlink_to(target) if name else folder.symlink_to(tmp_path)
    with pytest.raises(LayoutError, match="symbolic link"):
        Layout(root).make()
    assert target.read_text() == "do not touch"


def test_an_open_deploy_that_was_unpacked_with_the_repository_is_not_acted_on(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    _record(layout.folder, is_open=True)
    with pytest.raises(LayoutError, match=r"was not created here.*recover --adopt"):
        layout.check()
    place.seal(layout.folder)
    layout.check()


def test_a_record_without_an_open_deploy_may_be_moved_anywhere(tmp_path: Path) -> None:
    _record(tmp_path / "a" / ".cockpit")
    Layout(tmp_path / "a").check()
    (tmp_path / "a").rename(tmp_path / "b")
    Layout(tmp_path / "b").check()
